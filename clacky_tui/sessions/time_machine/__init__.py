"""Undo, redo and branches over files: what they were before and after each task."""
