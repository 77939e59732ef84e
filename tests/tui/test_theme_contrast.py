"""Every text of the key screens can be read in every theme: a contrast of at least 4.5:1 (WCAG AA).

The pairs of colours are those that really stand on the screen. Where the terminal's palette decides
a colour, the palettes most people have are tried. Two things cannot be promised: what a terminal
makes of dimmed text, and Solarized, whose own text on its own background has 4.7:1, no red of which
has more than 3.3:1, and which keeps greys where the bright colours are expected.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.contrast import DARK_PALETTES, Pair, pairs_on
from support.scene import (
    OPENED,
    SceneApp,
    cached_session,
    command_waits_for_approval,
    edit_waits_for_approval,
    finished_answer,
    time_machine_plans,
    trouble,
    trust_is_asked,
)

from clacky_tui import events
from clacky_tui.tui.theming import load_theme, load_themes

READABLE = 4.5
STRONG = 7.0
SOLARIZED = "Solarized dark"
SCENES = (
    edit_waits_for_approval,
    command_waits_for_approval,
    trust_is_asked,
    finished_answer,
    trouble,
    time_machine_plans,
    cached_session,
)
PLACES = (
    ("alt+2",),
    ("alt+3",),
    ("alt+4",),
    ("alt+5",),
    ("alt+1", "f1"),
    ("escape", "ctrl+p"),
    ("a",),
    ("escape", "slash"),
)
"""Keys that lead from one screen to the next: tabs, help, the palette, the slash menu."""


@pytest.fixture(autouse=True)
def coloured(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLACKY_HOME", str(home))
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")


async def _looks(scene: list[events.Event], *places: tuple[str, ...]) -> dict[str, dict[Pair, str]]:
    """By theme the looks on a screen high enough for the whole scene, then where `places` lead."""
    app = SceneApp([OPENED, *(event for event in scene if event.kind != OPENED.kind)])
    themes = load_themes()
    for theme in themes.values():
        app.register_theme(theme)
    found: dict[str, dict[Pair, str]] = {name: {} for name in themes}
    async with app.run_test(size=(120, 150)) as pilot:
        for keys in ((), *places):
            await pilot.press(*keys)
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()
            for name, looks in found.items():
                app.theme = name
                await pilot.pause()
                for pair, sample in pairs_on(app).items():
                    looks.setdefault(pair, f"{name}: {sample[:40]!r}")
    return found


def _unreadable(looks: dict[Pair, str], least: float) -> list[str]:
    return [
        f"{sample} has {contrast:.1f} with the colours of {name}"
        for pair, sample in looks.items()
        for name, palette in DARK_PALETTES.items()
        if name != SOLARIZED and (contrast := pair.contrast(palette)) < least
    ]


async def test_every_text_can_be_read_in_every_theme() -> None:
    found = await _looks([event for scene in SCENES for event in scene()], *PLACES)
    assert len(found) >= 9
    for name, looks in found.items():
        assert len(looks) > 5
        assert _unreadable(looks, STRONG if name.startswith("high-contrast") else READABLE) == []
        if not load_theme(name).ansi:  # dimmed by the toolkit then, and measured as such
            assert not any(pair.dim for pair in looks)


async def test_what_solarized_allows_is_kept() -> None:
    looks = (await _looks(finished_answer()))["hacker"]
    plain = [pair for pair in looks if pair.ink is None or pair.ink.number in (2, 6)]
    assert len(plain) > 2
    assert min(pair.contrast(DARK_PALETTES[SOLARIZED]) for pair in plain) >= READABLE
