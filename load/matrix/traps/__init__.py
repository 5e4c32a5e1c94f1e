"""The traps: each is sprung, its real message is kept, and then it is mended."""
