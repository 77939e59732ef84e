"""A piece of code, or a long text, on the whole screen."""

from __future__ import annotations

import asyncio

from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.highlight import coloured, divided, load, tokens_of
from clacky_tui.tui.chat.text import Line, wrap_text
from clacky_tui.tui.full_screen.page_screen import PageScreen


class CodeScreen(PageScreen):
    """Coloured as `language`, its long lines reached sideways."""

    def __init__(self, title: str, code: str, language: str) -> None:
        super().__init__(title)
        self._code = code
        self._language = language

    def whole_text(self) -> str:
        return self._code

    async def on_mount(self) -> None:
        canvas = Canvas.of_app(self.app, self.app.size.width)
        self.page.show(await asyncio.to_thread(self._lines, canvas))

    def _lines(self, canvas: Canvas) -> list[Line]:
        if self._language:
            load(self._language)
        lines = self._code.split("\n")
        parts = divided(tokens_of(self._language, self._code), [len(line) + 1 for line in lines])
        return [coloured(part, canvas.styles.code, canvas.styles) for part in parts]


class TextScreen(PageScreen):
    """Prose, folded to the screen."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self._text = text

    def whole_text(self) -> str:
        return self._text

    async def on_mount(self) -> None:
        await self._fold()

    async def on_resize(self) -> None:
        await self._fold()

    async def _fold(self) -> None:
        canvas = Canvas.of_app(self.app, self.app.size.width)
        self.page.show(
            await asyncio.to_thread(
                wrap_text, self._text, max(canvas.column, 4), canvas.styles.ground
            )
        )
