"""Reading mode, selection, search and whole views as pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.scene import SceneApp, edit_waits_for_approval, finished_answer, tool
from support.screens import settle
from textual.pilot import Pilot

from clacky_tui import events

SIZES = [(40, 10), (60, 20), (80, 24), (120, 40), (200, 60)]
KEYS = {
    "reading": ["alt+k", "k", "k"],
    "selecting": ["alt+k", "k", "k", "k", "v", "down", "end"],
    "finding": ["alt+s", *"total"],
    "code": ["alt+k", "k", "k", "o"],
}


def named(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def reads_and_a_failure() -> list[events.Event]:
    """A folded run of reads and a command that failed."""
    reads = [tool(str(n), "Read", f"shop/part{n}.py", "40 lines") for n in range(4)]
    lines = "\n".join(f"tests/test_orders.py::test_{n} \x1b[31mFAILED\x1b[0m" for n in range(60))
    failed = tool("f", "$", "pytest -q", "exit 1", ok=False, output=lines)
    return [*finished_answer(), *(event for read in reads for event in read), *failed]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "CLACKY_ASCII"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)


def pressing(*keys: str) -> Callable[[Pilot[None]], object]:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)

    return run


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("size", SIZES, ids=named)
@pytest.mark.parametrize("keys", KEYS)
def test_chat(
    snap_compare: Callable[..., bool], keys: str, size: tuple[int, int], theme: str
) -> None:
    app = SceneApp(finished_answer(), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=pressing(*KEYS[keys]))


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("size", SIZES, ids=named)
def test_diff(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    app = SceneApp(edit_waits_for_approval(), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=pressing("ctrl+o"))


@pytest.mark.parametrize("keys", [[], ["ctrl+o", "slash", *"_7", "enter"]], ids=["chat", "whole"])
@pytest.mark.parametrize("size", SIZES, ids=named)
def test_output(snap_compare: Callable[..., bool], size: tuple[int, int], keys: list[str]) -> None:
    app = SceneApp(reads_and_a_failure())
    assert snap_compare(app, terminal_size=size, run_before=pressing(*keys))
