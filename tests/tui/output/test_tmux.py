"""The layer's bytes in a terminal we did not write: tmux shows what the layer believes it shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from rich.segment import Segment
from rich.style import Style
from support.side_by_side import SideBySide
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

COLUMNS, ROWS = 50, 12
FRAMES = 40
PATIENCE_SECONDS = 20
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
STYLES = (Style(), Style(bold=True), Style(color="red"), Style(bgcolor="blue"), Style(reverse=True))


class Tmux:
    """A server of its own with one window that shows what is written to a pipe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pipe = folder / "pipe"
        os.mkfifo(self._pipe)
        size = ("-x", str(COLUMNS), "-y", str(ROWS))
        self._run("new-session", "-d", *size, f"stty raw -echo; exec cat {self._pipe}")
        self._run("set", "-g", "status", "off")
        self._run("resize-window", *size)
        self._to = self._pipe.open("wb", buffering=0)
        self._marks = 0

    def show(self, text: str) -> list[str]:
        """The lines on the screen once `text` has been read."""
        self._marks += 1
        self._to.write(f"{text}\x1b]2;mark {self._marks}\x1b\\".encode())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._run("display", "-p", "#{pane_title}") != f"mark {self._marks}":
            assert time.monotonic() < deadline, "tmux has not read the frame"
        return [line.rstrip() for line in self._run("capture-pane", "-p").split("\n")]

    def close(self) -> None:
        self._to.close()
        self._run("kill-server")

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._folder / "socket"), "-f", os.devnull, "-u", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        return done.stdout.rstrip("\n")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    server = Tmux(tmp_path)
    yield server
    server.close()


def test_tmux_shows_every_frame(tmux: Tmux) -> None:
    random = Random(3)
    both = SideBySide()
    both.resize(COLUMNS, ROWS)
    words = [f"{number} {'word ' * random.randint(0, 8)}" for number in range(90)]
    words[20], words[23], words[31] = "优惠 ひらがな 한국어", "│ boxes ─┐ ● › …", "Привет " * 6
    styles = [random.choice(STYLES) for _ in words]
    strips = [
        Strip([Segment(text[:40], style)]).adjust_cell_length(COLUMNS, random.choice(STYLES))
        for text, style in zip(words, styles, strict=True)
    ]
    top = 0
    for _ in range(FRAMES):
        top = max(0, min(len(strips) - ROWS, top + random.choice((-3, -1, 0, 1, 1, 2, 5))))
        shown = [*strips[top : top + ROWS - 2], random.choice(strips), strips[-1]]
        frame = both.show(LayoutUpdate([[strip] for strip in shown], Region(0, 0, COLUMNS, ROWS)))
        assert tmux.show(frame) == both.layer.text.split("\n")
    assert both.layer.scrolls > FRAMES // 3
