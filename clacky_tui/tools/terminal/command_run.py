"""One command on one shell, from its first byte of output to its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from clacky_tui.tools.terminal import process_tree
from clacky_tui.tools.terminal.capture import Excerpt, OutputCapture
from clacky_tui.tools.terminal.scripts import Setting
from clacky_tui.tools.terminal.shell import Shell

COALESCE_SECONDS = 0.03
"""Output that comes within this time is shown as one piece."""
TICK_SECONDS = 0.25
"""How often a running command's shell is looked at: one that died may have left its terminal to
others, and then no end of file tells it."""
LEFT_OVER_SECONDS = 0.3
"""How long processes may outlive the command before they count as left in the background."""
LEFT_OVER_TICK_SECONDS = 1.0

Stage = Literal["ended", "drawing", "quiet", "timeout"]


class CommandRun:
    """Used on one event loop. `Shell.run` is called by `start`; the shell is not given back here.

    Attributes:
        last_activity: monotonic time of the start, of the last typing or the last question.
        stopped: it was ended by us.
        left_over: processes outlive the command; the run ends with them.
        notices: what has to be told besides the output, until it is.
    """

    def __init__(self, shell: Shell, command: str, cwd: Path, emit: Callable[[str], None]) -> None:
        self.shell = shell
        self.command = command
        self.cwd = cwd
        self.capture = OutputCapture(emit)
        self.last_activity = time.monotonic()
        self.stopped = False
        self.left_over = False
        self.notices: list[str] = []
        self._shown = True
        self._last_output = 0.0
        self._drawing_since = 0.0
        self._changed = asyncio.Event()
        self._done = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, shell: Shell, command: str, setting: Setting, emit: Callable[[str], None]
    ) -> CommandRun:
        """Type `command` into `shell` and begin to read.

        Raises:
            OSError, TimeoutError: the shell does not take it.
        """
        run = cls(shell, command, setting.cwd, emit)
        await shell.run(command, setting)
        run._pump = asyncio.create_task(run._read())
        return run

    @property
    def is_done(self) -> bool:
        """The command, and what it left over, has ended and all output is captured."""
        return self._done.is_set()

    @property
    def exit_code(self) -> int | None:
        return self.shell.exit_code

    async def wait(
        self,
        seconds: float | None,
        *,
        quiet_seconds: float | None = None,
        drawing_seconds: float | None = None,
    ) -> Stage:
        """Until it ends, but no longer than `seconds`.

        Args:
            quiet_seconds: come back when nothing came for so long after some output.
            drawing_seconds: come back when a full-screen program has had the terminal for so long.
        """
        started = time.monotonic()
        while not self.is_done:
            now = time.monotonic()
            limits: list[tuple[float, Stage]] = [(now + TICK_SECONDS, "timeout")]
            if seconds is not None:
                limits.append((started + seconds, "timeout"))
            if drawing_seconds is not None and self.capture.is_drawing:
                limits.append((max(self._drawing_since, started) + drawing_seconds, "drawing"))
            elif quiet_seconds is not None and self._last_output > started:
                limits.append((self._last_output + quiet_seconds, "quiet"))
            until, stage = min(limits[1:], default=limits[0])
            if until <= now:
                return stage
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(until, limits[0][0]) - now):
                    await self._changed.wait()
            self.shell.has_died()
        return "ended"

    async def type(self, keys: bytes) -> None:
        """Send input; raises as `Shell.type` does."""
        self.last_activity = time.monotonic()
        await self.shell.type(keys)

    async def unread(self) -> Excerpt:
        """The output since the last time."""
        self.last_activity = time.monotonic()
        return await asyncio.to_thread(self.capture.unread)

    async def detach(self) -> Path | None:
        """Go on in the background: nothing is shown any more, everything goes to a file."""
        self._shown = False
        self.capture.stop_showing()
        return await asyncio.to_thread(self.capture.save)

    async def left_processes(self) -> bool:
        """True when processes of an ended command go on; then `is_done` waits for them."""
        if self.shell.has_died():
            return False
        until = time.monotonic() + LEFT_OVER_SECONDS
        while time.monotonic() < until:
            if not await self._has_left_over():
                return False
            await asyncio.sleep(process_tree.POLL_SECONDS)
        self.left_over = True
        self._done.clear()
        self._pump = asyncio.create_task(self._read())
        return True

    async def stop(self, grace_seconds: float, *, ask: bool = True) -> None:
        """End it with all its processes, and its shell."""
        self.stopped = True
        await self.shell.stop(grace_seconds, ask=ask)
        if self._pump is not None:
            await asyncio.wait({self._pump})

    async def interrupt(self, patience_seconds: float, grace_seconds: float) -> bool:
        """Ctrl-C, and if that does not end it, `stop`. True when the shell can go on."""
        self.stopped = True
        self.shell.interrupt()
        stage = await self.wait(patience_seconds)
        if stage == "ended" and self.shell.is_healthy:
            shell_itself = frozenset({self.shell.pid})
            await asyncio.to_thread(
                process_tree.stop_tree,
                self.shell.pid,
                grace_seconds,
                spare=self.shell.companions | shell_itself,
            )
            return True
        await self.stop(grace_seconds)
        return False

    async def _read(self) -> None:
        """Move output from the shell to the capture until there will be no more."""
        while not await self._is_over():
            piece = self.shell.take()
            if piece:
                self._capture(piece)
                if self.capture.needs_saving or not self._shown:
                    await asyncio.to_thread(self.capture.save)
                await asyncio.sleep(0)
        await self.shell.settle()
        self.capture.finish()
        if not self._shown:
            await asyncio.to_thread(self.capture.save)
        self._done.set()
        self._changed.set()

    def _capture(self, piece: bytes) -> None:
        was_drawing = self.capture.is_drawing
        self.capture.feed(piece)
        self._last_output = time.monotonic()
        if self.capture.is_drawing and not was_drawing:
            self._drawing_since = self._last_output
        self._changed.set()

    async def _is_over(self) -> bool:
        """Wait for output or the end; True when the end is there and the output is read."""
        shell = self.shell
        if shell.arrived.is_set():
            return False
        if self.left_over and not self.stopped:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEFT_OVER_TICK_SECONDS):
                    await shell.arrived.wait()
                    return False
            return not await self._has_left_over()
        if shell.ended.is_set():
            return True
        await shell.arrived.wait()
        if self._last_output:  # the first piece at once, then what comes closely together
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COALESCE_SECONDS):
                    await shell.pressing.wait()
        return False

    async def _has_left_over(self) -> bool:
        return await asyncio.to_thread(self._left_over_now)

    def _left_over_now(self) -> bool:
        pid, companions = self.shell.pid, self.shell.companions
        if "&" not in self.command and not process_tree.children(pid) - companions:
            return False  # spares a look at every process
        return bool(process_tree.tree(pid, companions | {pid}))
