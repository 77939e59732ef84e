"""A message being written, with paste blocks that can be opened in its place."""

from __future__ import annotations

from dataclasses import dataclass

from textual.document._document import EditResult, Location

from clacky_tui.tui.chat.edit_area import EditArea, typable


@dataclass(frozen=True, slots=True)
class Lent:
    """The message while its place is lent to something else: to a block, or to a query (0)."""

    text: str
    cursor: Location
    block: int


class MessageArea(EditArea):
    """What stands in it is the message, one of its paste blocks, or a query."""

    _lent: Lent | None = None

    @property
    def message(self) -> str:
        """The message with the signs of its paste blocks, whatever is shown."""
        return self._lent.text if self._lent is not None else self.text

    @property
    def text_is_empty(self) -> bool:
        """True when the message is nothing but blank space."""
        return not self.message.strip()

    @property
    def _is_lent(self) -> bool:
        return self._lent is not None

    @property
    def open_block(self) -> int:
        """The number of the block that is shown in the place of the message; 0 for none."""
        return self._lent.block if self._lent is not None else 0

    @property
    def holds_query(self) -> bool:
        """True while a query is typed in the place of the message."""
        return self._lent is not None and not self._lent.block

    def expanded_text(self) -> str:
        """The message with every pasted text in the place of its sign."""
        if self.open_block:
            self._blocks.replace(self.open_block, self.text)
        return self._blocks.expanded(self.message)

    def block_lines(self) -> list[int]:
        """How many lines each paste block of the message has, in its order."""
        return [
            self._blocks.text(number).count("\n") + 1
            for line in self.message.split("\n")
            for *_, number in self._blocks.spans(line)
        ]

    def load_draft(self, text: str) -> None:
        """Replace the message and put the cursor at its end."""
        self._lent = None
        self._load(typable(text))

    def clear(self) -> EditResult:
        """Throw the message away; undo brings it back, its paste blocks with it."""
        if self._lent is not None:
            self.take_back()
        return super().clear()

    def insert_pasted(self, text: str) -> None:
        """Insert `text` at the cursor; more than one line become a block."""
        text = typable(text).rstrip("\n")
        if self.holds_query:
            text = " ".join(text.split())
        elif "\n" in text and not self.open_block:
            text = self._blocks.add(text)
        self._replace_via_keyboard(text, *self.selection)

    def replace_all(self, text: str) -> None:
        """Let `text` stand in the place of what is shown; undo takes that back."""
        self.replace(typable(text), (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    # --- lending the place -------------------------------------------------------------------

    def lend_to_query(self) -> None:
        """Let a query be typed here, until `take_back`."""
        self._lent = Lent(self.text, self.cursor_location, 0)
        self._load("")

    def take_back(self) -> None:
        """Show the message again where it was left; what was changed in a block stays changed."""
        if self._lent is None:
            return
        lent, self._lent = self._lent, None
        if lent.block:
            self._blocks.replace(lent.block, self.text)
        self._load(lent.text)
        self.move_cursor(lent.cursor)

    def action_toggle_block(self) -> None:
        """Show the paste block at the cursor, else the last one, to be edited; or close it again."""
        if self._lent is not None:
            self.take_back()
        elif number := self._block_at_cursor():
            self._lent = Lent(self.text, self.cursor_location, number)
            self._load(self._blocks.text(number))
            self.move_cursor((0, 0))

    def _block_at_cursor(self) -> int:
        row, column = self.cursor_location
        here = [
            number
            for start, end, number in self._blocks.spans(self.document.get_line(row))
            if start <= column <= end
        ]
        everywhere = [
            number for line in self.document.lines for *_, number in self._blocks.spans(line)
        ]
        return (here or everywhere or [0])[-1]

    def _load(self, text: str) -> None:
        self.load_text(text)
        self.move_cursor(self.document.end)
