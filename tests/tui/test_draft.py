"""The unsent text of each running app, kept in a file that no other app touches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.scene import OPENED, SceneApp
from support.screens import screen_text, settle, until
from textual.app import App

from clacky_tui.paths import data_dir
from clacky_tui.tui.draft import Draft, DraftKeeper, Unsent


@pytest.fixture
def drafts() -> Iterator[tuple[Draft, Draft]]:
    pair = Draft(), Draft()
    yield pair
    for draft in pair:
        draft.release()


def test_two_running_apps_keep_two_drafts(drafts: tuple[Draft, Draft]) -> None:
    one, two = drafts
    one.save(Unsent("from one"))
    assert two.read() == Unsent(), "what the other app is writing"
    two.save(Unsent("from two"))
    one.save(Unsent("more from one"))
    two.save(Unsent(""))
    assert {path.name: path.read_text() for path in data_dir().glob("*.txt")} == {
        "draft.txt": "more from one"
    }


def test_the_drafts_of_two_apps_that_crashed_come_back_one_by_one(
    drafts: tuple[Draft, Draft],
) -> None:
    for draft, text in zip(drafts, ("from one", "from two"), strict=True):
        draft.save(Unsent(text))
    for draft in drafts:
        draft.release()
    later = Draft(), Draft(), Draft()
    assert {draft.read().text for draft in later} == {"from one", "from two", ""}
    later[2].save(Unsent("from three"))
    assert len(list(data_dir().glob("*.txt"))) == 3
    for draft in later:
        draft.release()


def test_a_look_at_an_empty_home_leaves_no_trace() -> None:
    draft = Draft()
    assert draft.read() == Unsent()
    draft.save(Unsent("  "))
    assert not data_dir().exists()


async def test_a_draft_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    data_dir().write_text("no folder")
    told: list[OSError] = []
    app, text = App[None](), "half"
    async with app.run_test():
        keeper = DraftKeeper(app, lambda: Unsent(text), told.append)
        assert await keeper.read() == Unsent()
        await keeper.save()
        await keeper.save()
        assert len(told) == 1
        data_dir().unlink()
        await keeper.save()
        assert (data_dir() / "draft.txt").read_text() == "half"
        await keeper.close()


async def test_nothing_is_saved_before_the_old_draft_is_known() -> None:
    old = Draft()
    old.save(Unsent("the old draft"))
    old.release()
    app = App[None]()
    async with app.run_test():
        keeper = DraftKeeper(app, lambda: Unsent("typed at once"), lambda error: None)
        await keeper.save()
        assert await keeper.read() == Unsent("the old draft")
        await keeper.save()
        assert (data_dir() / "draft.txt").read_text() == "typed at once"
        await keeper.close()


def test_the_files_of_a_draft_come_back_with_it(drafts: tuple[Draft, Draft]) -> None:
    one, two = drafts
    unsent = Unsent("see these\nplease", ("/src/order notes.txt", "/src/订单.md"))
    one.save(unsent)
    one.release()
    assert two.read() == unsent
    two.save(Unsent("", ("/src/alone.txt",)))
    two.release()
    assert one.read() == Unsent("", ("/src/alone.txt",))


async def test_a_file_of_a_draft_that_is_gone_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "a 'b' c.txt").write_text("x")
    app = SceneApp([OPENED])
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.take_up(Unsent("see", (str(tmp_path / "a 'b' c.txt"), str(tmp_path / "gone.txt"))))
        await until(pilot, lambda: "cannot be attached: No such file" in screen_text(app))
        assert app.unsent() == Unsent("see", (str(tmp_path / "a 'b' c.txt"),))
