"""``@`` and some letters of a file's name: the files that fit, to put their path into the message."""

from __future__ import annotations

import re
from pathlib import Path

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.choice_list import ChoiceList
from clacky_tui.tui.chat.file_index import FileIndex
from clacky_tui.tui.chat.text import Line, fit

_MENTION = re.compile(r"(?:^|(?<=[\s(\[\"'，。、（]))@([^\s@]*)$")


def mention_query(before_cursor: str) -> str | None:
    """What follows the ``@`` that is being typed at the end of `before_cursor`; None without one."""
    found = _MENTION.search(before_cursor)
    return found[1] if found else None


def typed_path(path: str) -> str:
    """`path` as it goes into a message: in quotes when it has blanks."""
    return f'"{path}"' if " " in path else path


class MentionMenu(ChoiceList[str]):
    """The files that fit, best first. The walk behind it begins with the first ``@``."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._index: FileIndex | None = None
        self._query: str | None = None

    def set_folder(self, folder: Path) -> None:
        """Whose files are offered; paths are told from there."""
        self._index = FileIndex(folder)

    def offer(self, query: str) -> None:
        """Show the files that fit `query` as soon as they are known."""
        if query == self._query:
            return
        self._query = query
        if self._index is not None:
            self.run_worker(
                self._search(self._index, query),
                group="mention",
                exclusive=self._index.is_fresh,  # a walk under way serves the next letter too
                exit_on_error=False,
            )

    def close(self) -> None:
        self._query = None
        super().close()

    async def _search(self, index: FileIndex, query: str) -> None:
        if not index.is_fresh:
            await index.refresh()
        if query != self._query:
            return
        matches = await index.matches(query)
        if query == self._query:
            self.show(matches)

    def draw_row(self, choice: str, is_chosen: bool, canvas: Canvas) -> Line:
        styles = canvas.styles
        folder, _, name = choice.rpartition("/")
        name = fit(name, canvas.text_cells, canvas.glyphs.more)
        line: Line = [(name, styles.accent if is_chosen else styles.ground)]
        if folder:
            room = canvas.text_cells - sum(len(text) for text, _ in line) - 2
            line.append((f"  {fit(folder, max(room, 0), canvas.glyphs.more)}", styles.muted))
        return line
