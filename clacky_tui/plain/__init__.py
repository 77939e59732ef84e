"""The linear front end, for screen readers and simple terminals: lines, numbers, no repainting."""
