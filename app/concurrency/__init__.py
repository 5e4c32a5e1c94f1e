"""Generic off-loading: bounded threads, a supervised process pool, placement by size. Knows no model."""
