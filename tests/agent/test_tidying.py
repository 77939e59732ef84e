"""Sessions that are too many go to the recycle bin when the app starts, unless nobody would see it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.stored_sessions import START, stored
from support.worker import running_worker

from clacky_tui import events
from clacky_tui.config.settings import Settings
from clacky_tui.providers.demo.script import Step
from clacky_tui.sessions.recycle_bin import deleted
from clacky_tui.sessions.store import list_sessions, set_pinned


@pytest.fixture
def four_sessions() -> None:
    """The oldest, 0, is pinned."""
    for number in range(4):
        stored(f"{number}" * 16, at=START + timedelta(hours=number))
    set_pinned(list_sessions()[-1], True)


@pytest.mark.usefixtures("four_sessions")
async def test_the_oldest_unpinned_go_to_the_bin_and_the_person_is_told(tmp_path: Path) -> None:
    async with running_worker([], tmp_path, settings=Settings(max_sessions=2)) as harness:
        notice = await harness.next(events.Notice)
        assert notice.text.startswith("1 session above the 2 that are kept")
    assert {row.id[0] for row in list_sessions()} == {"0", "2", "3"}
    assert [row.id[0] for row in deleted()] == ["1"]


@pytest.mark.usefixtures("four_sessions")
@pytest.mark.parametrize(("max_sessions", "attended"), [(None, True), (4, True), (2, False)])
async def test_none_go_when_there_is_room_or_nobody_sees_it(
    max_sessions: int | None, attended: bool, tmp_path: Path
) -> None:
    settings = Settings(max_sessions=max_sessions)
    async with running_worker(
        [Step(text="done")], tmp_path, settings=settings, attended=attended
    ) as harness:
        await harness.ask("anything")
        assert not [notice for notice in harness.all(events.Notice) if "bin" in notice.text]
    assert len(list_sessions()) == 5
    assert not deleted()
