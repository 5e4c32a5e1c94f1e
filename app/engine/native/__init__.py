"""A decoder's step in C, for the CPU: the source, its compiler call, and what torch's tensors look like from there."""
