"""Every size: nothing overlaps from 40x10 on, below it one line says so, and resizing loses nothing."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from support.scene import (
    OPENED,
    RecordingApp,
    cached_session,
    command_waits_for_approval,
    edit_waits_for_approval,
    screen_text,
)
from textual.pilot import Pilot

SIZES = [(40, 10), (40, 40), (60, 16), (79, 24), (99, 29), (100, 30), (200, 10), (200, 60)]


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_question_its_bar_and_the_composer_are_all_there(size: tuple[int, int]) -> None:
    app = RecordingApp(command_waits_for_approval())
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        rows = screen_text(app).splitlines()
        assert len(rows) == size[1]
        assert any("force" in row for row in rows)
        assert "waiting" in rows[-2]
        assert app._transcript.region.height >= 1
        used = [app._tabs, app._transcript, app._approval, app._bar, app._composer]
        heights = [widget.region for widget in used]
        assert all(a.bottom <= b.y for a, b in pairwise(heights))
        assert heights[-1].bottom <= size[1]


@pytest.mark.parametrize("width", [40, 48, 60, 80])
async def test_every_tab_has_its_place_in_the_bar_and_the_open_one_its_whole_name(
    width: int,
) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        app._tabs._tabs = [*app._tabs._tabs, ("memory", "Memory")]
        await pilot.press("alt+4")
        await settled(pilot)
        placed = app._tabs._placed_titles()
        assert len(placed) == 7
        ends = [x + len(title) for _, title, x in placed]
        assert all(end < x for end, (_, _, x) in zip(ends, placed[1:], strict=False))
        assert ends[-1] <= width
        assert ("sessions", "Sessions") in [(tab, title) for tab, title, _ in placed]
        for _, title, x in placed:
            assert app._tabs.render().plain[x:].startswith(title)  # type: ignore[union-attr]


@pytest.mark.parametrize("size", [(39, 24), (80, 9), (10, 3), (1, 1)])
async def test_below_the_least_size_one_line_says_so_and_the_draft_is_kept(
    size: tuple[int, int],
) -> None:
    app = RecordingApp(edit_waits_for_approval())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app._composer.load_draft("half a thought")
        await pilot.resize_terminal(*size)
        await settled(pilot)
        first, *rest = screen_text(app).split("\n")
        assert first.startswith(f"{size[0]}x{size[1]} is too small"[: max(size[0] - 1, 0)])
        assert not any(rest)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "waiting" in screen_text(app)
        assert app._composer.text == "half a thought"


async def test_a_sheet_below_the_least_size_says_so_too() -> None:
    app = RecordingApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("f1")
        await pilot.resize_terminal(30, 8)
        await settled(pilot)
        assert screen_text(app).splitlines()[0].startswith("30x8 is too small")


async def test_a_storm_of_sizes_ends_as_if_the_last_had_been_there_from_the_start() -> None:
    sizes = [(random.Random(6).randint(1, 200), random.Random(n).randint(1, 60)) for n in range(25)]
    stormy, calm = RecordingApp(cached_session()), RecordingApp(cached_session())
    async with stormy.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for tab, size in enumerate(sizes):
            await pilot.resize_terminal(*size)
            await pilot.press(f"alt+{1 + tab % 5}")
        await pilot.press("alt+1")
        await pilot.resize_terminal(100, 30)
        await settled(pilot)
        shown = screen_text(stormy)
    async with calm.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert shown == screen_text(calm)
