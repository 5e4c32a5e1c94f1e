"""Metrics, logs and the event-loop watch."""
