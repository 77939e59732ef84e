"""How readable a screen is: the colours that stand on each other in it, and their contrast."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.color import Color as RichColor
from rich.segment import Segment
from textual.app import App
from textual.color import Color


@dataclass(frozen=True)
class Palette:
    """What a terminal makes of the sixteen colours, and of no colour."""

    foreground: str
    background: str
    colors: tuple[str, ...]

    def color(self, color: RichColor | None, default: str) -> Color:
        if color is None or color.is_default:
            return Color.parse(default)
        if color.triplet is not None:
            return Color(*color.triplet)
        assert color.number is not None
        if color.number < 16:
            return Color.parse(self.colors[color.number])
        return Color.from_rich_color(color)


def _palette(foreground: str, background: str, colors: str) -> Palette:
    return Palette(f"#{foreground}", f"#{background}", tuple(f"#{c}" for c in colors.split()))


DARK_PALETTES = {
    "xterm": _palette(
        "ffffff",
        "000000",
        "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 "
        "7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff",
    ),
    "VGA": _palette(
        "aaaaaa",
        "000000",
        "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa "
        "555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff",
    ),
    "GNOME": _palette(
        "d0cfcc",
        "171421",
        "171421 c01c28 26a269 a2734c 12488b a347ba 2aa1b3 d0cfcc "
        "5e5c64 f66151 33da7a e9ad0c 2a7bde c061cb 33c7de ffffff",
    ),
    "Windows": _palette(
        "cccccc",
        "0c0c0c",
        "0c0c0c c50f1f 13a10e c19c00 0037da 881798 3a96dd cccccc "
        "767676 e74856 16c60c f9f1a5 3b78ff b4009e 61d6d6 f2f2f2",
    ),
    "iTerm2": _palette(
        "c7c7c7",
        "000000",
        "000000 c91b00 00c200 c7c400 0225c7 ca30c7 00c5c7 c7c7c7 "
        "686868 ff6e67 5ffa68 fffc67 6871ff ff77ff 60fdff ffffff",
    ),
    "Solarized dark": _palette(
        "839496",
        "002b36",
        "073642 dc322f 859900 b58900 268bd2 d33682 2aa198 eee8d5 "
        "002b36 cb4b16 586e75 657b83 839496 6c71c4 93a1a1 fdf6e3",
    ),
}
"""The terminals' own defaults, and Solarized by its author's table."""


@dataclass(frozen=True)
class Pair:
    """Text of one look. `reverse` has changed places already; `dim` is left to the terminal."""

    ink: RichColor | None
    ground: RichColor | None
    dim: bool

    def contrast(self, palette: Palette) -> float:
        """The contrast ratio (WCAG 2.1), without the dimming."""
        ink, ground = self._ends(palette)
        lighter, darker = sorted((_luminance(ink), _luminance(ground)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    def _ends(self, palette: Palette) -> tuple[Color, Color]:
        return (
            palette.color(self.ink, palette.foreground),
            palette.color(self.ground, palette.background),
        )


@dataclass(frozen=True)
class Reversed(Pair):
    """Text in the colour of the ground, on a ground in the colour of text."""

    def _ends(self, palette: Palette) -> tuple[Color, Color]:
        ground, ink = super()._ends(palette)
        return ink, ground


def _luminance(color: Color) -> float:
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def pairs_on(app: App[object]) -> dict[Pair, str]:
    """Every look of text on the screen of `app` now, each with a sample."""
    found: dict[Pair, str] = {}
    for segment in _segments(app):
        style, words = segment.style, segment.text.strip()
        # Lines and bars are shapes, not text.
        if not words or not any(c.isalnum() for c in words):
            continue
        if style is None:
            found.setdefault(Pair(None, None, False), words)
            continue
        kind = Reversed if style.reverse else Pair
        found.setdefault(kind(style.color, style.bgcolor, bool(style.dim)), words)
    return found


def _segments(app: App[object]) -> Iterator[Segment]:
    for strip in app.screen._compositor.render_strips():
        yield from strip
