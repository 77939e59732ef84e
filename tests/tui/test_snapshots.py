"""Whole screens as pictures. After a wanted change: `pytest tests/tui --snapshot-update`, then look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from support.scene import (
    OPENED,
    SceneApp,
    cached_session,
    command_waits_for_approval,
    edit_waits_for_approval,
    finished_answer,
    messages_wait,
    time_machine_lists,
    time_machine_plans,
    time_machine_shows_lines,
    time_machine_was_used,
    trouble,
    trust_is_asked,
    work_in_the_background,
)
from support.screens import settle
from textual.pilot import Pilot

from clacky_tui import events
from clacky_tui.config.settings import ModelEntry, Settings

SCENES: dict[str, Callable[[], list[events.Event]]] = {
    "approval": edit_waits_for_approval,
    "answer": finished_answer,
    "trouble": trouble,
    "waiting": messages_wait,
    "misses": cached_session,
    "fresh": lambda: [OPENED],
    "tasks": time_machine_lists,
    "switch-plan": time_machine_plans,
    "switch-lines": time_machine_shows_lines,
    "switched": time_machine_was_used,
    "demo": lambda: [OPENED.model_copy(update={"simulated": True, "model": "demo"})],
}
SIZES = [(60, 20), (80, 24), (120, 40)]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What would change the picture: zone, colour and glyph switches of the person's terminal."""
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "CLACKY_ASCII"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def shown(pilot: Pilot[None]) -> None:
    """Let the scene, its flush clock, the spinner's first frame and the colours of code settle."""
    await pilot.app.workers.wait_for_complete()
    await settle(pilot)


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_screen(
    snap_compare: Callable[..., bool], scene: str, size: tuple[int, int], theme: str
) -> None:
    app = SceneApp(SCENES[scene](), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=shown)


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("scene", [command_waits_for_approval, trust_is_asked])
def test_docked_question(
    snap_compare: Callable[..., bool], scene: Callable[[], list[events.Event]], theme: str
) -> None:
    app = SceneApp(scene(), theme=theme)
    assert snap_compare(app, terminal_size=(80, 24), run_before=shown)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_help(snap_compare: Callable[..., bool], size: tuple[int, int]) -> None:
    async def open_help(pilot: Pilot[None]) -> None:
        await shown(pilot)
        await pilot.press("f1")
        await pilot.pause()

    assert snap_compare(SceneApp([OPENED]), terminal_size=size, run_before=open_help)


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_context(snap_compare: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    async def open_context(pilot: Pilot[None]) -> None:
        await shown(pilot)
        await pilot.press("alt+3")
        for _ in range(4):
            await shown(pilot)

    app = SceneApp(cached_session(), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=open_context)


SHEETS = {
    "palette": ["ctrl+p", "t"],
    "models": [*"/model", "enter", "down"],
    "todos": ["ctrl+t"],
    "background": [*"/tasks", "enter"],
    "reasoning": [*"/reasoning", "enter"],
    "keys": [*"/keys", "enter"],
    "jump": ["alt+g"],
}


@pytest.mark.parametrize(
    ("size", "theme"),
    [((40, 10), "hacker"), ((80, 24), "hacker"), ((80, 24), "light"), ((120, 40), "light")],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
@pytest.mark.parametrize("sheet", SHEETS)
def test_sheet(
    snap_compare: Callable[..., bool],
    sheet: str,
    size: tuple[int, int],
    theme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLACKY_HOME", "/src/home")

    async def open_sheet(pilot: Pilot[None]) -> None:
        await shown(pilot)
        for key in SHEETS[sheet]:
            await pilot.press(key)
        for _ in range(3):
            await shown(pilot)

    models = ("claude-sonnet-4-5", "claude-haiku-4-5", "house-model")
    entries = tuple(ModelEntry(model=name) for name in models)
    app = SceneApp([*cached_session(), *work_in_the_background()], theme=theme)
    app._load = lambda: (Settings(models=entries), entries[0])
    assert snap_compare(app, terminal_size=size, run_before=open_sheet)
