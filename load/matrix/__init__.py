"""The selection matrix: which of asyncio, threads and processes fits which work, each claim measured on this host."""
