"""The agent worker: turns requests into events."""
