"""The line to a terminal that is slow, blocked or gone, on a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import os
import threading
import tty
from collections.abc import Iterator

import pytest

from clacky_tui.tui.output.line import TerminalLine

MORE_THAN_A_TERMINAL_HOLDS = 1 << 20


class Far:
    """The far end of a pseudo-terminal whose near end is `fd`."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.fd = os.open(os.ttyname(self.slave), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)

    async def read(self, count: int) -> bytes:
        """The next `count` bytes, while the loop goes on."""
        got = b""
        while len(got) < count:
            got += await asyncio.to_thread(os.read, self.master, 65536)
        return got

    def close(self) -> None:
        for fd in (self.master, self.slave):
            os.close(fd)


@pytest.fixture
def far() -> Iterator[Far]:
    end = Far()
    yield end
    end.close()


async def test_what_is_written_arrives_in_order_from_any_thread(far: Far) -> None:
    line = TerminalLine(far.fd, asyncio.get_running_loop(), lambda: None)
    line.write("first ")
    thread = threading.Thread(target=line.write, args=("second ",))
    thread.start()
    thread.join()
    line.write("third €")
    assert (await far.read(18)).decode() == "first second third €"
    line.close()


async def test_a_blocked_terminal_blocks_nobody_and_gets_everything_later(far: Far) -> None:
    drained = asyncio.Event()
    line = TerminalLine(far.fd, asyncio.get_running_loop(), drained.set)
    text = "".join(f"{number:7} " for number in range(MORE_THAN_A_TERMINAL_HOLDS // 8))
    line.write(text)
    assert line.has_unsent
    line.write("the end")
    assert (await far.read(len(text) + 7)).decode() == text + "the end"
    await drained.wait()
    assert not line.has_unsent
    line.close()


async def test_before_the_terminal_is_handed_over_what_it_does_not_take_is_dropped(
    far: Far,
) -> None:
    line = TerminalLine(far.fd, asyncio.get_running_loop(), lambda: None)
    line.write("x" * MORE_THAN_A_TERMINAL_HOLDS)
    assert not line.drain(0.01)
    assert not line.has_unsent
    line.close()


async def test_a_terminal_that_hung_up_is_no_error() -> None:
    far = Far()
    far.close()
    line = TerminalLine(far.fd, asyncio.get_running_loop(), lambda: None)
    line.write("into the void")
    assert not line.has_unsent
    line.close()
    line.write("after the end")
    assert line.drain(0.01)


async def test_text_that_is_no_utf8_is_sent_replaced(far: Far) -> None:
    line = TerminalLine(far.fd, asyncio.get_running_loop(), lambda: None)
    line.write("a\ud800b")
    assert await far.read(3) == b"a?b"
    line.close()
