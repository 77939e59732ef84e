"""Stored sessions: append-only journals, one per session, and what is done with them."""
