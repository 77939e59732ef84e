"""The small Textual programs that clacky is measured against, and clacky itself with a long history.

python peers.py bare                      an input line and an empty transcript
python peers.py richlog|markdown          the same, streaming 2,000 tokens after Enter
python peers.py clacky-history COUNT      clacky with COUNT one-kilobyte messages shown
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from answer import ANSWER, PIECES_PER_SECOND, pieces

READY = "READY"
DONE = "\u2021DONE"


def bare() -> None:
    from textual.app import App, ComposeResult
    from textual.widgets import Input, Static

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield Static(READY)
            yield Input()

        def on_mount(self) -> None:
            self.query_one(Input).cursor_blink = False

    Bare().run()


def rich_log() -> None:
    from textual.app import App, ComposeResult
    from textual.widgets import Input, RichLog, Static

    class Streaming(App[None]):
        def compose(self) -> ComposeResult:
            yield RichLog(wrap=True)
            yield Static(READY)
            yield Input()

        def on_mount(self) -> None:
            field = self.query_one(Input)
            field.cursor_blink = False
            field.focus()

        def on_input_submitted(self) -> None:
            self.query_one(Input).clear()
            self.run_worker(self.stream())

        async def stream(self) -> None:
            from rich.text import Text

            log = self.query_one(RichLog)
            line = ""
            async for piece in paced():
                line += piece
                *full, line = line.split("\n")
                for text in full:
                    log.write(Text(text))
            self.query_one(Static).update(DONE)

    Streaming().run()


def markdown() -> None:
    from textual.app import App, ComposeResult
    from textual.containers import VerticalScroll
    from textual.widgets import Input, Markdown, Static

    class Streaming(App[None]):
        def compose(self) -> ComposeResult:
            with VerticalScroll():
                yield Markdown()
            yield Static(READY)
            yield Input()

        def on_mount(self) -> None:
            field = self.query_one(Input)
            field.cursor_blink = False
            field.focus()
            self.query_one(VerticalScroll).anchor()

        def on_input_submitted(self) -> None:
            self.query_one(Input).clear()
            self.run_worker(self.stream())

        async def stream(self) -> None:
            stream = Markdown.get_stream(self.query_one(Markdown))
            async for piece in paced():
                await stream.write(piece)
            await stream.stop()
            self.query_one(Static).update(DONE)

    Streaming().run()


async def paced():  # noqa: ANN201  an async generator of str
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, piece in enumerate(pieces(ANSWER)):
        await asyncio.sleep(max(0.0, start + number / PIECES_PER_SECOND - loop.time()))
        yield piece


def clacky_history(count: int) -> None:
    import clacky_tui.tui  # noqa: F401  sets the frame clock before textual is imported
    from clacky_tui.config.settings import Settings
    from clacky_tui.tui.app import ClackyApp

    class WithHistory(ClackyApp):
        def on_mount(self) -> None:
            super().on_mount()
            self._waiting = self.set_interval(0.1, self.fill)

        def fill(self) -> None:
            if self._router is None or not self._router.session_id:
                return  # the session's own beginning is still to come
            self._waiting.stop()
            text = (ANSWER * 2)[:1000]
            for number in range(count):
                if number % 2:
                    self._transcript.append_text(text)
                    self._transcript.end_text()
                else:
                    self._transcript.add_user(text)
            self._tabs.session_name = DONE

    WithHistory(
        working_dir=Path.cwd(),
        mode="confirm_safes",
        theme_name=None,
        load=lambda: (Settings(), None),
    ).run()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["bare"]:
            bare()
        case ["richlog"]:
            rich_log()
        case ["markdown"]:
            markdown()
        case ["clacky-history", count]:
            clacky_history(int(count))
        case _:
            sys.exit(__doc__)
