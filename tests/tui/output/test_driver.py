"""The driver under a whole app, on a real pseudo-terminal that reads when the test says so."""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pyte
import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from clacky_tui.tui.output.choice import LayerUnusable, find_driver
from clacky_tui.tui.output.driver import OutputDriver
from clacky_tui.tui.output.hook import LayeredApp

COLUMNS, ROWS = 80, 24
UPDATES_BEHIND = 20
FULL_SCREEN_BYTES = COLUMNS * ROWS * 4


class Page(LayeredApp):
    """A screen full of text."""

    CSS = "Screen { background: transparent; } Static { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    async def turn(self, number: int) -> None:
        """Show another page and let it be drawn."""
        words = "\n".join(f"page {number} " * 7 for _ in range(ROWS))
        self.query_one(Static).update(words)
        drawn = asyncio.Event()
        self.call_after_refresh(drawn.set)
        await drawn.wait()


class Reader:
    """A terminal that starts to read when told to."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self.screen)
        self._may_read = threading.Event()
        self._lock = threading.Lock()
        self._is_open = True
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def start(self) -> None:
        self._may_read.set()

    def close(self) -> None:
        self._is_open = False
        self._may_read.set()
        self._thread.join()

    @property
    def text(self) -> list[str]:
        with self._lock:
            return [line.rstrip() for line in self.screen.display]

    def _read(self) -> None:
        self._may_read.wait()
        while self._is_open:
            if select.select([self._master], [], [], 0.02)[0]:
                piece = os.read(self._master, 65536)
                with self._lock:
                    self._stream.feed(piece)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A terminal that stands for standard input and output of this process."""
    numbers = (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH, signal.SIGTTIN, signal.SIGTTOU)
    handlers = {number: signal.getsignal(number) for number in numbers}
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with open(slave, closefd=False) as stdin, open(slave, "w", closefd=False) as stdout:
        monkeypatch.setattr(sys, "__stdin__", stdin)
        monkeypatch.setattr(sys, "__stdout__", stdout)
        monkeypatch.setenv("COLUMNS", str(COLUMNS))
        monkeypatch.setenv("LINES", str(ROWS))
        reader = Reader(master)
        yield reader
        reader.close()
    os.close(slave)
    os.close(master)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@asynccontextmanager
async def running(app: Page) -> AsyncIterator[OutputDriver]:
    app.driver_class = find_driver(app)
    task = asyncio.create_task(app.run_async())
    while not (app.output and app._running and app.is_mounted(app.screen)):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield app.output
    app.exit()
    await task


async def block(app: Page, driver: OutputDriver) -> int:
    """Turn pages until nobody reads any more of them, and some more; returns the last one's number."""
    number = 0
    while driver._line is None or not driver._line.has_unsent:
        number += 1
        await app.turn(number)
    for _ in range(UPDATES_BEHIND):
        number += 1
        await app.turn(number)
    assert driver._line.has_unsent
    return number


async def settled(reader: Reader, wanted: str) -> list[str]:
    """The screen once `wanted` is on it and it has stopped changing."""
    while wanted not in "".join(reader.text):  # noqa: ASYNC110  the reader is a thread
        await asyncio.sleep(0.01)
    before: list[str] = []
    while before != reader.text:
        before = reader.text
        await asyncio.sleep(0.05)
    return before


async def test_a_blocked_terminal_blocks_nobody_and_then_shows_the_newest_frame(
    reader: Reader,
) -> None:
    app = Page()
    async with running(app) as driver:
        last = await block(app, driver)
        assert driver._line is not None
        assert (
            len(driver._line._unsent) < FULL_SCREEN_BYTES
        )  # however many pages: one frame at most
        reader.start()
        shown = await settled(reader, f"page {last} ")
        frames = driver._frames
        assert shown == [frames.text_of(row).rstrip() for row in frames.target]


async def test_a_new_size_while_the_terminal_is_behind(reader: Reader) -> None:
    app = Page()
    async with running(app) as driver:
        await block(app, driver)
        reader.screen.resize(10, 50)
        os.environ["COLUMNS"], os.environ["LINES"] = "50", "10"
        signal.raise_signal(signal.SIGWINCH)
        while app.size.width != 50:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await app.turn(777)
        reader.start()
        shown = await settled(reader, "page 777 ")
        assert shown == [driver._frames.text_of(row).rstrip() for row in driver._frames.target]
        assert len(shown) == 10


async def test_leaving_waits_for_no_blocked_terminal(reader: Reader) -> None:
    app = Page()
    async with running(app) as driver:
        await block(app, driver)


async def test_what_others_wrote_is_gone_after_a_redraw(reader: Reader) -> None:
    reader.start()
    app = Page()
    async with running(app) as driver:
        await app.turn(1)
        right = await settled(reader, "page 1 ")
        driver.write("\x1b[5;5Hgarbage")
        await settled(reader, "garbage")
        app.redraw()
        while reader.text != right:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("connection", ["", "10.0.0.1 1 10.0.0.2 22"])
async def test_the_mouse_is_reported_or_left_to_the_terminal_as_it_is_wanted(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, connection: str
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", connection)
    reader.start()
    reports = {number << 5 for number in (1000, 1002, 1003, 1006)}  # as pyte keeps private modes
    async with running(Page()) as driver:
        for wanted in (False, True, False):
            driver.report_mouse(wanted)
            while bool(reports & reader.screen.mode) is not wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", ["_batch_count", "_sync_available"])
def test_a_private_name_that_is_gone_makes_the_layer_unusable(name: str) -> None:
    app = Page()
    delattr(app, name)
    with pytest.raises(LayerUnusable, match=name):
        find_driver(app)


def test_a_changed_compositor_makes_the_layer_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("textual._compositor.ChopsUpdate")
    with pytest.raises(LayerUnusable, match="ChopsUpdate"):
        find_driver(Page())


def test_a_changed_driver_makes_the_layer_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("textual.drivers.linux_driver.LinuxDriver._sigtstp_application")
    with pytest.raises(LayerUnusable, match="_sigtstp_application"):
        find_driver(Page())


def test_a_changed_hook_makes_the_layer_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.app.App._display", lambda self, update: None)
    with pytest.raises(LayerUnusable, match="lambda"):
        find_driver(Page())


def test_a_terminal_out_of_reach_makes_the_layer_unusable(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> int:
        raise FileNotFoundError("no such terminal")

    monkeypatch.setattr("clacky_tui.tui.output.choice.open_terminal", gone)
    with pytest.raises(LayerUnusable, match="no such terminal"):
        find_driver(Page())
