"""One wire format per file over httpx, and the embedded demo model."""
