"""Session journals: append-only, one file per session."""
