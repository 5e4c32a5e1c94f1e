"""Load tests: scenarios of chat requests to any OpenAI-compatible server: measured, compared, swept for the knee."""
