"""A diff on the whole screen: `n` and `p` go from change to change."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from pathlib import PurePath

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.diff import DiffLine
from clacky_tui.tui.chat.text import sanitize
from clacky_tui.tui.full_screen.diff_rows import DiffRows, lay_out
from clacky_tui.tui.full_screen.page_screen import PageScreen


class DiffScreen(PageScreen):
    """Side by side on a wide screen.

    Args:
        path: of the file, which also says how its code is coloured.
        diff: its changed lines with those around them.
    """

    def __init__(self, title: str, path: str, diff: list[DiffLine]) -> None:
        super().__init__(title)
        self._language = PurePath(path).name.lower()
        self._diff = diff
        self._laid = DiffRows()
        self._laid_width = 0

    def whole_text(self) -> str:
        signs = {"added": "+", "removed": "-", "same": " "}
        return "\n".join(signs.get(line.kind, "") + sanitize(line.text) for line in self._diff)

    async def on_mount(self) -> None:
        await self._lay_out()

    async def on_resize(self) -> None:
        await self._lay_out()

    async def _lay_out(self) -> None:
        width = self.app.size.width
        if width == self._laid_width:
            return
        self._laid_width = width
        canvas = Canvas.of_app(self.app, width)
        self._laid = await asyncio.to_thread(lay_out, self._diff, self._language, canvas)
        self.page.show(self._laid.rows)

    def step_part(self, step: int) -> None:
        hunks, top = self._laid.hunks, self.page.top
        at = bisect_right(hunks, top) if step > 0 else bisect_left(hunks, top) - 1
        if 0 <= at < len(hunks):
            self.page.go_to(hunks[at])
