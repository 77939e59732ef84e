"""Lists that open over the screen and keep up with what happens: todos and background commands."""
