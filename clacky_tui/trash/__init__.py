"""Where deleted and overwritten files go, and how they come back."""
