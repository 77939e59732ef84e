"""A message being written, with the earlier ones at hand: recalled one by one, or searched."""

from __future__ import annotations

from textual.message import Message

from clacky_tui.i18n import tr
from clacky_tui.input_history import InputHistory
from clacky_tui.tui.chat.history_search import HistorySearch
from clacky_tui.tui.chat.message_area import MessageArea


class RecallArea(MessageArea):
    """Keeps the draft while an earlier message stands in its place.

    Args:
        history: the earlier messages; None for none.
    """

    class HistoryTrouble(Message, namespace="composer"):
        """The history file could not be written, or was damaged: `text` says which."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(
        self, history: InputHistory | None, *, placeholder: str = "", id: str | None = None
    ) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self._input_history = history
        self.search = HistorySearch()
        self._recalled: int | None = None
        self._draft = ""

    @property
    def is_recalling(self) -> bool:
        """True while an earlier message stands in the place of the draft."""
        return self._recalled is not None

    @property
    def _entries(self) -> tuple[str, ...]:
        return self._input_history.entries if self._input_history is not None else ()

    def remember(self, text: str) -> None:
        """Add `text` to the history; `HistoryTrouble` follows if that fails."""
        if self._input_history is not None and text.strip():
            self._input_history.add(text)
            self.run_worker(self._save(self._input_history), exit_on_error=False)

    def leave_history(self) -> None:
        """What stands here is the draft from now on."""
        self._recalled = None

    def recall(self, step: int) -> None:
        """Show the entry before or after the one shown; after the newest comes the draft."""
        entries = self._entries
        at = len(entries) if self._recalled is None else min(self._recalled, len(entries))
        to = at + step
        if 0 <= to <= len(entries):
            self._show(None if to == len(entries) else to)

    def begin_search(self) -> None:
        """Search with what is typed here, until `end_search` or `take_found`."""
        self.lend_to_query()
        self.search_again()

    def search_again(self) -> None:
        """Search for what is typed now."""
        self.search.search(self._entries, self.text)

    def end_search(self) -> None:
        """Show the message again."""
        self.take_back()
        self.search.close()

    def take_found(self) -> None:
        """Let the match be the message; Down leads back to the draft."""
        found = self.search.choice
        self.end_search()
        if found is not None:
            entries = self._entries
            self._show(len(entries) - 1 - entries[::-1].index(found))

    def _show(self, index: int | None) -> None:
        if self._recalled is None:
            self._draft = self.text
        self._recalled = index
        self.load_draft(self._draft if index is None else self._entries[index])

    async def _save(self, history: InputHistory) -> None:
        try:
            trouble = await history.save()
        except OSError as error:
            trouble = tr("The input history is not saved: {error}", error=error)
        if trouble:
            self.post_message(self.HistoryTrouble(trouble))
