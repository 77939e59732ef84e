"""The row of keys at the top of a tab, made from its bindings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, line_cells
from clacky_tui.tui.layout import MARGIN


def named_bindings(bindings: Iterable[BindingType]) -> list[tuple[str, str]]:
    """Keys and what they do, as the help tells it, in the order of `bindings`."""
    return [
        (binding.key_display or binding.key, tr(binding.tooltip or binding.description))
        for binding in bindings
        if isinstance(binding, Binding) and binding.description
    ]


class KeyRow(CanvasWidget):
    """``u restore · x delete · ? all``; of the keys that do not fit, the last are left out.

    Args:
        bindings: those with `show`, and a description of a word or two; the last one always fits.
    """

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    KeyRow { height: 1; width: 1fr; background: transparent; }
    """

    def __init__(self, bindings: Iterable[BindingType], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: list[tuple[str, str]] = []
        self.set_bindings(bindings)

    def set_bindings(self, bindings: Iterable[BindingType]) -> None:
        """Show other keys."""
        self._keys = [
            (binding.key_display or binding.key, binding.description)
            for binding in bindings
            if isinstance(binding, Binding) and binding.show
        ]
        self.refresh()

    def draw(self, canvas: Canvas) -> list[Line]:
        if not self._keys:
            return []
        styles, separator = canvas.styles, f" {canvas.glyphs.dot} "
        *keys, last = [(key, tr(meaning)) for key, meaning in self._keys]
        line: Line = [(MARGIN, styles.ground)]
        room = canvas.width - _cells(last)
        for key, meaning in keys:
            used = line_cells(line) + _cells((key, meaning)) + cell_len(separator)
            if used > room:
                break
            line += [(key, styles.accent), (f" {meaning}{separator}", styles.muted)]
        return [[*line, (last[0], styles.accent), (f" {last[1]}", styles.muted)]]


def _cells(key: tuple[str, str]) -> int:
    return cell_len(key[0]) + 1 + cell_len(key[1])
