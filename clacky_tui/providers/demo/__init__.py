"""The embedded demo model: a real HTTP server with scripted answers."""
