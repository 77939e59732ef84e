"""clacky-tui: a full-screen terminal AI agent that shows, explains and caps what it costs."""

__version__ = "0.1.0"
