"""The full-screen front end; the only package that imports textual."""

import os

# Read by textual when it is imported. Its frame clock, not the processor, is the key echo: 31 ms at
# the default 60, 2.4 at 1000; from 4000 on it never waits. What may draw is limited at its source
# instead.
os.environ.setdefault("TEXTUAL_FPS", "4000")
# Nothing glides: what moves by itself costs bytes and pulls at the eye.
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
