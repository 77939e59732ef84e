"""What has lain in the trash too long goes when the app starts, unless the person keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.trash import put
from support.worker import Harness, running_worker

from clacky_tui import events
from clacky_tui.config.settings import Settings
from clacky_tui.paths import trash_dir
from clacky_tui.providers.demo.script import Step
from clacky_tui.trash.store import ProjectTrash


@pytest.fixture
def trash(tmp_path: Path) -> ProjectTrash:
    """One item of today, one of 40 days ago."""
    project = tmp_path / "project"
    project.mkdir()
    trash = ProjectTrash(project)
    put(trash, "new")
    put(trash, "old", days_ago=40)
    return trash


def names(trash: ProjectTrash) -> list[str]:
    return sorted(item.original_path.name for item in trash.contents().items)


def said(harness: Harness) -> list[str]:
    return [event.text for event in harness.all(events.Notice)]


async def test_old_items_go_and_the_person_is_told(trash: ProjectTrash) -> None:
    async with running_worker([], trash.project) as harness:
        notice = await harness.next(events.Notice)
        assert notice.text.startswith("1 item older than 30 days")
        assert names(trash) == ["new"]


@pytest.mark.parametrize(
    ("settings", "attended"), [(Settings(sweep_trash=False), True), (Settings(), False)]
)
async def test_nothing_goes_when_it_is_not_wanted_or_nobody_sees_it(
    trash: ProjectTrash, settings: Settings, attended: bool
) -> None:
    steps = [Step(text="done")]
    async with running_worker(
        steps, trash.project, settings=settings, attended=attended
    ) as harness:
        await harness.ask("anything")
        assert not [text for text in said(harness) if "trash" in text]
    assert names(trash) == ["new", "old"]


async def test_a_trash_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    trash_dir().parent.mkdir(parents=True)
    trash_dir().write_text("in the way")
    async with running_worker([], tmp_path) as harness:
        notice = await harness.next(events.Notice)
        assert notice.text.startswith("The trash could not be tidied. The trash folder ")
        assert "Not a directory" in notice.text
