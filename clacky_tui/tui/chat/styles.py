"""The styles of transcript and prompts, looked up in the theme once per theme change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rich.color import Color as RichColor
from rich.style import Style
from textual.app import App
from textual.color import Color, ColorParseError


@dataclass(frozen=True, slots=True)
class ChatStyles:
    """Rich styles by meaning; each carries the ground, so a line never mixes two backgrounds."""

    ground: Style
    """Plain text and blanks."""
    strong: Style
    muted: Style
    accent: Style
    success: Style
    warning: Style
    error: Style
    heading: Style
    code: Style
    link: Style

    @classmethod
    def of_app(cls, app: App[Any]) -> ChatStyles:
        """The styles of the theme `app` shows now."""
        variables = app.get_css_variables()
        ground = Style(
            color=_own_color(variables["foreground"]),
            bgcolor=_own_color(variables["background"]),
        )

        def ink(name: str) -> Style:
            try:
                return ground + Style(color=_own_color(variables[name]))
            except (KeyError, ColorParseError):
                return ground + Style(dim=True)

        return cls(
            ground=ground,
            strong=ground + Style(bold=True),
            muted=ink("muted"),
            accent=ink("accent"),
            success=ink("success"),
            warning=ink("warning"),
            error=ink("error"),
            heading=ink("primary") + Style(bold=True),
            code=ink("secondary"),
            link=ink("primary") + Style(underline=True),
        )


def _own_color(name: str) -> RichColor | None:
    """The colour called `name`; None for the terminal's own, so that no escape is sent for it."""
    color = Color.parse(name).rich_color
    return None if color.is_default else color


@lru_cache(maxsize=512)
def linked(style: Style, url: str) -> Style:
    """`style` leading to `url`; the same object each time, since Rich draws a new link id per style."""
    return style + Style(link=url)
