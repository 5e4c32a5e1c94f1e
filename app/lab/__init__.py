"""The pitfall endpoints and their workloads: wrong on purpose, and nowhere else."""
