"""The unsent text of each running app, kept in a file that no other app touches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App

from clacky_tui.paths import data_dir
from clacky_tui.tui.draft import Draft, DraftKeeper


@pytest.fixture
def drafts() -> Iterator[tuple[Draft, Draft]]:
    pair = Draft(), Draft()
    yield pair
    for draft in pair:
        draft.release()


def test_two_running_apps_keep_two_drafts(drafts: tuple[Draft, Draft]) -> None:
    one, two = drafts
    one.save("from one")
    assert two.read() == "", "what the other app is writing"
    two.save("from two")
    one.save("more from one")
    two.save("")
    assert {path.name: path.read_text() for path in data_dir().glob("*.txt")} == {
        "draft.txt": "more from one"
    }


def test_the_drafts_of_two_apps_that_crashed_come_back_one_by_one(
    drafts: tuple[Draft, Draft],
) -> None:
    for draft, text in zip(drafts, ("from one", "from two"), strict=True):
        draft.save(text)
    for draft in drafts:
        draft.release()
    later = Draft(), Draft(), Draft()
    assert {draft.read() for draft in later} == {"from one", "from two", ""}
    later[2].save("from three")
    assert len(list(data_dir().glob("*.txt"))) == 3
    for draft in later:
        draft.release()


def test_a_look_at_an_empty_home_leaves_no_trace() -> None:
    draft = Draft()
    assert draft.read() == ""
    draft.save("  ")
    assert not data_dir().exists()


async def test_a_draft_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    data_dir().write_text("no folder")
    told: list[OSError] = []
    app, text = App[None](), "half"
    async with app.run_test():
        keeper = DraftKeeper(app, lambda: text, told.append)
        assert await keeper.read() == ""
        await keeper.save()
        await keeper.save()
        assert len(told) == 1
        data_dir().unlink()
        await keeper.save()
        assert (data_dir() / "draft.txt").read_text() == "half"
        await keeper.close()


async def test_nothing_is_saved_before_the_old_draft_is_known() -> None:
    old = Draft()
    old.save("the old draft")
    old.release()
    app = App[None]()
    async with app.run_test():
        keeper = DraftKeeper(app, lambda: "typed at once", lambda error: None)
        await keeper.save()
        assert await keeper.read() == "the old draft"
        await keeper.save()
        assert (data_dir() / "draft.txt").read_text() == "typed at once"
        await keeper.close()
