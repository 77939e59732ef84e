"""What a tool cannot do and what to do instead, as the one message the model reads."""

from __future__ import annotations

from clacky_tui.errors import ToolError


def refused(what: str, *, hint: str, code: str = ToolError.code) -> ToolError:
    """A `ToolError` whose message holds both sentences: what is wrong, and the next step."""
    separator = "" if what.endswith("\n") else " "
    return ToolError(f"{what}{separator}{hint}", code=code)
