"""Unblocked: a FastAPI LLM inference service whose event loop never blocks."""

__version__ = "0.1.0"
