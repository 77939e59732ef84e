"""The sixteen tools, one per file, in a frozen order."""
