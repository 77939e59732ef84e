"""A page of text in place of the figures, laid out anew whenever its width changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.text import wrap_text
from clacky_tui.tui.layout import MARGIN, muted_style

Layout = Callable[[int, str], Sequence[Content]]
"""Gives the lines for a width in cells, and the style of what matters less."""
_SCROLLBAR_CELLS = 2
_LINE_CELLS = 120
"""Lines end here on a wider screen too, where the eye still finds the next one."""


class TextPage(VerticalScroll):
    """Hidden until `open`; the pane around it scrolls it."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    TextPage { height: 1fr; display: none; scrollbar-size-vertical: 1; }
    TextPage > Static { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        self._text = Static(markup=False)
        super().__init__(self._text)
        self._layout: Layout = _nothing

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    def open(self, layout: Layout) -> None:
        """Show what `layout` gives, from its first line."""
        self._layout = layout
        self.display = True
        self._draw()
        self.scroll_home(animate=False)

    def close(self) -> None:
        """Forget what is on show."""
        self.display = False
        self._layout = _nothing

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        width = min(self.size.width - _SCROLLBAR_CELLS, _LINE_CELLS)
        if width > 0:
            lines = self._layout(width, muted_style(self.app))
            self._text.update(Content("\n").join(lines))


def title_lines(title: str, width: int) -> list[Content]:
    """The heading of a page."""
    return paragraph(tr("{title} (esc goes back)", title=title), width, "bold")


def paragraph(text: str, width: int, style: str = "", indent: int = len(MARGIN)) -> list[Content]:
    """`text` in lines of at most `width` cells, each behind `indent` spaces."""
    folded = wrap_text(text, max(1, width - indent), Style())
    return [
        Content.styled(" " * indent + "".join(part for part, _ in line), style) for line in folded
    ]


def _nothing(width: int, muted: str) -> Sequence[Content]:
    return ()
