"""The web tools: one page by its address, and a search."""
