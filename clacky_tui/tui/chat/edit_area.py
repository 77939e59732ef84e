"""Rows of text edited by the usual keys of a shell, by whole characters as a person sees them."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import ClassVar
from unicodedata import category

from rich.cells import split_graphemes
from rich.style import Style
from rich.text import Text
from textual.actions import SkipAction, parse
from textual.binding import Binding, BindingsMap, BindingType
from textual.document._document import Location, Selection
from textual.document._document_navigator import DocumentNavigator
from textual.events import Key

from clacky_tui.domain.safe_text import without_controls
from clacky_tui.tui.chat.cell_wrap import CellWrap
from clacky_tui.tui.chat.kept_rows import KeptRows
from clacky_tui.tui.chat.paste_blocks import PasteBlocks

_LAST_WORD = re.compile(r"\S+\s*$|\s+$")
_NEXT_WORD = re.compile(r"\s*(\w+|[^\w\s]+)")


def edit_key(keys: str, action: str, description: str) -> Binding:
    """A key of the composer as help and the keymap know it, named ``composer-`` and its action."""
    return Binding(
        keys,
        action,
        description,
        show=False,
        id=f"composer-{action.replace('_', '-')}",
    )


def _selecting(keys: str, action: str) -> Binding:
    return Binding(keys, f"{action}(True)", show=False)


class EditArea(KeptRows, inherit_bindings=False):
    """A text area whose cursor never stands within a grapheme cluster or the sign of a paste block.

    Its keys act when they arrive. As bindings they would run only after the event has bubbled up and
    come back, behind letters that arrived with it: of ``a``, Backspace, ``b`` in one burst the ``b``
    would be deleted.
    """

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        edit_key("left,ctrl+b", "cursor_left", "left"),
        edit_key("right,ctrl+f", "cursor_right", "right"),
        edit_key("alt+b,ctrl+left", "cursor_word_left", "a word left"),
        edit_key("alt+f,ctrl+right", "cursor_word_right", "a word right"),
        edit_key("home,ctrl+a", "row_start", "start of the row, then of the line"),
        edit_key("end,ctrl+e", "row_end", "end of the row, then of the line"),
        _selecting("shift+left", "cursor_left"),
        _selecting("shift+right", "cursor_right"),
        _selecting("shift+up", "cursor_up"),
        _selecting("shift+down", "cursor_down"),
        _selecting("shift+home", "row_start"),
        _selecting("shift+end", "row_end"),
        edit_key("backspace", "delete_left", "delete to the left"),
        edit_key("delete", "delete_right", "delete to the right"),
        edit_key("ctrl+w", "delete_blank_word_left", "delete back to the last blank"),
        edit_key("alt+backspace", "delete_word_left", "delete a word to the left"),
        Binding("ctrl+backspace", "delete_word_left", show=False),
        edit_key("alt+d,alt+delete", "delete_word_right", "delete a word to the right"),
        edit_key("ctrl+u", "delete_to_start_of_line", "delete to the start of the line"),
        edit_key("ctrl+k", "delete_to_end_of_line", "delete to the end of the line"),
        edit_key("ctrl+insert,super+c,ctrl+shift+c", "copy", "copy the selection"),
        edit_key("ctrl+underscore", "undo", "undo"),
        edit_key("ctrl+y", "redo", "redo"),
    ]

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:
        self._blocks = PasteBlocks()
        self._keymap_seen: object = None
        self._bound = BindingsMap()
        super().__init__(id=id, compact=True, highlight_cursor_line=False, placeholder=placeholder)
        self.cursor_blink = False
        self.match_cursor_bracket = False

    def edit_by_key(self, key: str) -> bool:
        """Do at once what a binding of this widget says; False when `key` is none of them."""
        keymap = self.app._keymap
        if self._keymap_seen is not keymap:
            self._keymap_seen = keymap
            self._bound = self._bindings.copy()
            self._bound.apply_keymap(keymap)
        binding = next(iter(self._bound.key_to_bindings.get(key, ())), None)
        if binding is None:
            return False
        _, name, arguments = parse(binding.action)
        try:
            getattr(self, f"action_{name}")(*arguments)
        except SkipAction:
            return False
        return True

    def write_unseen(self, event: Key) -> bool:
        """Write a wide space or a joiner, which Textual takes for no character; False for no such."""
        character = event.character
        if character is None or event.is_printable or not _is_writable(character):
            return False
        self._replace_via_keyboard(character, *self.selection)
        return True

    def _set_document(self, text: str, language: str | None) -> None:
        super()._set_document(text, language)
        self.wrapped_document = CellWrap(self.document, tab_width=self.indent_width)
        self.navigator = DocumentNavigator(self.wrapped_document)
        self._rewrap_and_refresh_virtual_size()

    def on_resize(self) -> None:
        """Keep the cursor in sight; Textual keeps the first row."""
        self.call_after_refresh(self.scroll_cursor_visible)

    # --- where the cursor may stand ----------------------------------------------------------

    def _validate_selection(self, selection: Selection) -> Selection:
        start, end = super()._validate_selection(selection)
        return Selection(self._beside(start), self._beside(end))

    def _beside(self, location: Location) -> Location:
        """`location`, or the nearest one beside the cluster or sign that it is in."""
        row, column = location
        line = self.document.get_line(row)
        for start, end, _ in self._blocks.spans(line):
            if start < column < end:
                return row, start if column - start < end - column else end
        return row, _cluster_start(line, column)

    def get_cursor_left_location(self) -> Location:
        row, column = self.cursor_location
        if column == 0:
            return row, 0
        for start, end, _ in self._blocks.spans(self.document.get_line(row)):
            if end == column:
                return row, start
        return row, _cluster_start(self.document.get_line(row), column - 1)

    def get_cursor_right_location(self) -> Location:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        for start, end, _ in self._blocks.spans(line):
            if start == column:
                return row, end
        return row, _cluster_end(line, column)

    def get_cursor_word_left_location(self) -> Location:
        row, column = self.cursor_location
        if column == 0:
            return super().get_cursor_word_left_location()
        before = self._blocks.masked(self.document.get_line(row))[:column].rstrip()
        starts = [found.start() for found in self._word_pattern.finditer(before)]
        return row, starts[-1] if starts else 0

    def get_cursor_word_right_location(self) -> Location:
        row, column = self.cursor_location
        line = self._blocks.masked(self.document.get_line(row))
        if column == len(line):
            return super().get_cursor_word_right_location()
        found = _NEXT_WORD.match(line, column)
        return row, found.end() if found else len(line)

    def action_row_start(self, select: bool = False) -> None:
        """Go to the start of the row on the screen, from there to that of the line."""
        row, column = self.cursor_location
        target = self.navigator.get_location_home(self.cursor_location)
        self.move_cursor((row, 0) if target[1] == column else target, select=select)

    def action_row_end(self, select: bool = False) -> None:
        """Go to the end of the row on the screen, from there to that of the line."""
        row, column = self.cursor_location
        target = self.navigator.get_location_end(self.cursor_location)
        line_end = len(self.document.get_line(row))
        self.move_cursor((row, line_end) if target[1] <= column else target, select=select)

    # --- deleting ----------------------------------------------------------------------------

    def action_delete_left(self) -> None:
        """Delete the selection, or what stands left of the cursor; joins lines at column 0."""
        row, column = self.cursor_location
        if self.selection.is_empty and column == 0 and row > 0:
            self._delete_via_keyboard((row - 1, len(self.document.get_line(row - 1))), (row, 0))
        else:
            super().action_delete_left()

    def action_delete_right(self) -> None:
        """Delete the selection, or what stands right of the cursor; joins lines at the end of one."""
        row, column = self.cursor_location
        at_end = column == len(self.document.get_line(row))
        if self.selection.is_empty and at_end and row + 1 < self.document.line_count:
            self._delete_via_keyboard((row, column), (row + 1, 0))
        else:
            super().action_delete_right()

    def action_delete_blank_word_left(self) -> None:
        """Delete blanks, then what is no blank, left of the cursor."""
        row, column = self.cursor_location
        before = self._blocks.masked(self.document.get_line(row))[:column]
        if not self.selection.is_empty or not before:
            self.action_delete_left()
        elif word := _LAST_WORD.search(before):
            self._delete_via_keyboard((row, word.start()), (row, column))

    def action_delete_word_right(self) -> None:
        """Delete blanks, then a word, right of the cursor."""
        if not self.selection.is_empty or self.cursor_at_end_of_line:
            self.action_delete_right()
        else:
            self._delete_via_keyboard(self.cursor_location, self.get_cursor_word_right_location())

    def action_delete_to_start_of_line(self) -> None:
        """Delete to the start of the line; at the start, the line break before it."""
        row, column = self.cursor_location
        if column:
            self._delete_via_keyboard((row, 0), (row, column))
        else:
            self.action_delete_left()

    def action_delete_to_end_of_line(self) -> None:
        """Delete to the end of the line; at the end, the line break."""
        row, column = self.cursor_location
        end = len(self.document.get_line(row))
        if column < end:
            self._delete_via_keyboard((row, column), (row, end))
        else:
            self.action_delete_right()

    # --- drawing -----------------------------------------------------------------------------

    def get_line(self, line_index: int) -> Text:
        """The line with the signs of paste blocks marked."""
        line = super().get_line(line_index)
        for start, end, _ in self._blocks.spans(line.plain):
            line.stylize(Style(underline=True), start, end)
        return line


def _cluster_start(line: str, column: int) -> int:
    """The start of the grapheme cluster that `column` is in; `column` itself between two."""
    if line.isascii() or column >= len(line):
        return min(column, len(line))
    starts = [start for start, _, _ in split_graphemes(line)[0]]
    return starts[bisect_right(starts, column) - 1]


def _cluster_end(line: str, column: int) -> int:
    """The end of the grapheme cluster that begins at `column`."""
    if line.isascii() or column >= len(line):
        return min(column + 1, len(line))
    return next(end for _, end, _ in split_graphemes(line)[0] if end > column)


def typable(text: str) -> str:
    """`text` without anything a terminal would obey; tabs, which code may need, stay."""
    return "\t".join(without_controls(part) for part in text.split("\t"))


def _is_writable(character: str) -> bool:
    """True for what belongs into a text though it is no visible sign: other spaces, and joiners."""
    return category(character) in ("Zs", "Cf") and typable(character) == character
