"""The trash tab: what it shows of all projects, and what each of its keys does to the files."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from support.scene import NOON, OPENED, SceneApp
from support.screens import press, screen_text, settle
from support.trash import put_in_trash, shop_trash
from textual.pilot import Pilot

from clacky_tui.paths import trash_dir
from clacky_tui.trash.layout import TrashedItem
from clacky_tui.trash.overview import read_overview
from clacky_tui.tui.trash.pane import TrashPane
from clacky_tui.tui.trash.rows import Order, arrange, read_listing

Items = dict[str, TrashedItem]


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def items(home: Path) -> Items:
    return shop_trash(home, NOON)


@asynccontextmanager
async def on_screen(
    size: tuple[int, int] = (100, 24), theme: str = "hacker"
) -> AsyncIterator[tuple[SceneApp, Pilot[None]]]:
    app = SceneApp([OPENED], theme=theme)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("alt+5")
        await settle(pilot)
        yield app, pilot


def left() -> set[str]:
    """Names of what is in the trash now."""
    return {row.name for row in read_listing().rows}


ALL = {"totals.py", "settings.toml", "报告.md", "build.log", "sketch.py"}

# --- what is shown -------------------------------------------------------------------------------


async def test_entries_of_all_projects_stand_there_newest_first(items: Items) -> None:
    async with on_screen((130, 24)) as (app, _):
        lines = screen_text(app).splitlines()
        assert lines[1].split(" · ")[0] == " u restore"
        assert lines[2] == " 5 items, 1.4 MB · 1 orphan (!) · sorted by newest"
        assert [" ".join(line.split()) for line in lines[4:9]] == [
            "totals.py …/shop/shop/orders shop deleted 2.4 KB 5 min ago",
            "settings.toml ~/src/shop shop overwritten 6 bytes 3 h ago",
            "! sketch.py ~/src/prototype prototype deleted 5 bytes 2 days ago",
            "报告.md …/src/shop/docs shop deleted 63 bytes 3 days ago",
            "build.log ~/src/shop shop deleted 1.4 MB 22 Apr",
        ]
        assert "~/src/shop/shop/orders/totals.py · deleted 2026-05-22 11:55 by rm" in lines[-1]


async def test_an_empty_trash_says_what_will_be_in_it() -> None:
    async with on_screen() as (app, _):
        assert "Files that the agent deletes or overwrites" in screen_text(app)


async def test_what_another_process_deletes_shows_when_the_tab_is_opened_again(
    items: Items, home: Path
) -> None:
    async with on_screen() as (_, pilot):
        put_in_trash(home / "src/shop/new.txt", home / "src/shop", NOON)
        assert "new.txt" not in await press(pilot, "down")
        assert "new.txt" in await press(pilot, "alt+1", "alt+5")
        put_in_trash(home / "src/shop/newer.txt", home / "src/shop", NOON)
        assert "newer.txt" in await press(pilot, "r")


async def test_a_damaged_record_hides_no_other(items: Items) -> None:
    items["build"].sidecar.write_text("{")
    async with on_screen() as (app, _):
        text = screen_text(app)
        assert "4 items" in text
        assert "1 record cannot be read" in text


async def test_control_characters_in_names_reach_no_terminal(home: Path) -> None:
    put_in_trash(home / "src/shop/a\x1b[31m\nb.py", home / "src/shop", NOON)
    async with on_screen() as (app, _):
        text = screen_text(app)
        assert "\x1b" not in text
        assert "b.py" in text


async def test_a_failing_read_keeps_the_list(items: Items, monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen() as (_, pilot):

        def refuse() -> None:
            raise PermissionError(13, "Permission denied", "/trash")

        monkeypatch.setattr("clacky_tui.tui.trash.pane.read_listing", refuse)
        text = await press(pilot, "r")
        assert "/trash: Permission denied" in text
        assert "totals.py" in text
        assert "/trash" not in await press(pilot, "down")


# --- the keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["u", "enter"])
async def test_restore_brings_the_chosen_file_back(items: Items, key: str) -> None:
    async with on_screen() as (_, pilot):
        text = await press(pilot, key)
        assert "Back: ~/src/shop/shop/orders/totals.py." in text
        assert items["totals"].original_path.read_text() == "x" * 2500
        assert left() == ALL - {"totals.py"}
        assert " 4 items" in text


async def test_an_occupied_place_is_left_alone_and_told(items: Items) -> None:
    items["totals"].original_path.write_text("mine")
    async with on_screen() as (_, pilot):
        text = await press(pilot, "u")
        assert "exists; it was left as it is." in text
        assert "Move it away first" in text
        assert items["totals"].original_path.read_text() == "mine"
        assert left() == ALL


async def test_a_saved_copy_changes_places_with_what_is_there(items: Items) -> None:
    items["settings"].original_path.write_text("a = 2\n")
    async with on_screen() as (_, pilot):
        text = await press(pilot, "down", "u")
        assert "Back: ~/src/shop/settings.toml. What stood there is in the trash now." in text
        assert items["settings"].original_path.read_text() == "a = 1\n"
        [swapped] = [row for row in read_listing().rows if row.name == "settings.toml"]
        assert swapped.item.payload.read_text() == "a = 2\n"


async def test_a_file_of_a_project_that_is_gone_comes_back_too(items: Items) -> None:
    async with on_screen() as (_, pilot):
        await press(pilot, "down", "down", "u")
        assert items["sketch"].original_path.read_text() == "pass\n"


async def test_an_entry_that_another_process_took_is_told(items: Items) -> None:
    async with on_screen() as (_, pilot):
        items["totals"].payload.unlink()
        text = await press(pilot, "u")
        assert "could not be restored" in text
        assert " 4 items" in text


async def test_delete_asks_with_the_name_and_only_y_deletes(items: Items) -> None:
    async with on_screen() as (_, pilot):
        assert "Delete ~/src/shop/shop/orders/totals.py for good?" in await press(pilot, "x")
        for answer in ("n", "escape", "ctrl+c"):
            assert "for good?" not in await press(pilot, answer)
            assert "for good?" in await press(pilot, "x")
        assert "for good?" in await press(pilot, "enter", "x", "u", "down")
        assert left() == ALL
        text = await press(pilot, "y")
        assert "Deleted for good: 1 item, 2.4 KB." in text
        assert left() == ALL - {"totals.py"}
        assert not items["totals"].payload.exists()


async def test_old_ones_go_after_a_question_with_their_amount(items: Items) -> None:
    async with on_screen() as (_, pilot):
        asked = await press(pilot, "o")
        assert "Delete what has lain there for more than 7 days, 1 item, 1.4 MB?" in asked
        await press(pilot, "y")
        assert left() == ALL - {"build.log"}
        assert "Nothing has lain there for more than 7 days." in await press(pilot, "o")


async def test_orphans_go_after_a_question(items: Items) -> None:
    async with on_screen() as (_, pilot):
        assert "projects that are gone, 1 item, 5 bytes?" in await press(pilot, "O")
        await press(pilot, "y")
        assert left() == ALL - {"sketch.py"}
        assert "No entry belongs to a project that is gone." in await press(pilot, "O")


async def test_emptying_takes_all_that_was_listed_and_nothing_that_came_later(
    items: Items, home: Path
) -> None:
    async with on_screen() as (_, pilot):
        assert "Empty the trash of all projects, 5 items, 1.4 MB?" in await press(pilot, "E")
        put_in_trash(home / "src/shop/new.txt", home / "src/shop", NOON)
        text = await press(pilot, "y")
        assert "Deleted for good: 5 items, 1.4 MB." in text
        assert left() == {"new.txt"}


async def test_a_filter_narrows_while_typing_and_the_arrows_move_in_it(items: Items) -> None:
    async with on_screen() as (app, pilot):
        text = await press(pilot, "slash", *"shop s")
        assert "settings.toml" in text
        assert "sketch" not in text
        text = await press(pilot, "down", "enter")
        assert "fit 'shop s' (esc shows all)" in text
        assert isinstance(app.focused, TrashPane)
        assert "5 items" in await press(pilot, "escape")
        assert "(esc shows all)" not in screen_text(app)
        assert "sketch" in screen_text(app)
        assert "Nothing fits 'zzz' (esc shows all)." in await press(pilot, "slash", *"zzz")
        assert "totals.py" in await press(pilot, "escape")
        assert isinstance(app.focused, TrashPane)


async def test_sorting_goes_round_and_the_cursor_stays_on_its_entry(items: Items) -> None:
    first = {"largest": "build.log", "name": "build.log", "project": "sketch.py"}
    async with on_screen() as (_, pilot):
        for order, name in first.items():
            lines = (await press(pilot, "s")).splitlines()
            assert lines[2].endswith(f"sorted by {order}")
            assert name in lines[4]
            assert "~/src/shop/shop/orders/totals.py" in lines[-1]
        assert (await press(pilot, "s")).splitlines()[2].endswith("sorted by newest")


async def test_the_cursor_stops_at_both_ends(items: Items) -> None:
    async with on_screen() as (_, pilot):
        assert "build.log ·" in await press(pilot, "end", "down")
        assert "totals.py ·" in await press(pilot, "home", "up", "pageup")
        assert "build.log ·" in await press(pilot, "pagedown", "pagedown")


async def test_the_row_under_the_mouse_is_chosen(items: Items) -> None:
    async with on_screen() as (app, pilot):
        await pilot.click("TrashTable", offset=(5, 3))
        await settle(pilot)
        assert "sketch.py · project gone" in screen_text(app)


async def test_help_lists_the_keys_of_the_tab(items: Items) -> None:
    async with on_screen((100, 40)) as (_, pilot):
        text = await press(pilot, "question_mark")
        assert "This tab" in text
        assert "delete the files of projects that are gone" in text
        assert " x: " in await press(pilot, "down")  # the help has the keyboard


async def test_another_tab_takes_the_keyboard_from_an_open_question(items: Items) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "x", "alt+2")
        assert app.focused is not None
        assert type(app.focused).__name__ == "BillingPane"
        assert "for good?" not in await press(pilot, "alt+5")
        await press(pilot, "slash", "a", "alt+1")
        assert type(app.focused).__name__ == "Composer"


async def test_ctrl_c_closes_the_question_before_it_leaves(items: Items) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "E", "ctrl+c")
        assert app.is_running
        assert left() == ALL


# --- many ----------------------------------------------------------------------------------------


async def test_of_many_entries_only_those_on_the_screen_are_drawn(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_trash(home / "src/shop/a.txt", home / "src/shop", NOON)
    [row] = read_listing().rows
    rows = tuple(
        type(row)(
            _renumbered(row.item, number), row.project, row.folded.replace("a.txt", f"{number}.txt")
        )
        for number in range(10_000)
    )
    monkeypatch.setattr(
        "clacky_tui.tui.trash.pane.read_listing", lambda: type(read_listing())(rows, 0)
    )
    drawn: list[str] = []
    plain = _texts_of(drawn)
    monkeypatch.setattr("clacky_tui.tui.trash.table.TrashTable.texts", plain)
    async with on_screen() as (app, pilot):
        assert "10,000 items" in screen_text(app)
        drawn.clear()
        assert "0.txt" in await press(pilot, "end")
        assert 0 < len(set(drawn)) <= 24
        drawn.clear()
        assert "1 fit '4711.txt'" in await press(pilot, "slash", *"4711.txt", "enter")
        assert len(set(drawn)) <= 24 * len("4711.txt")


def _renumbered(item: TrashedItem, number: int) -> TrashedItem:
    from dataclasses import replace

    name = f"{number}.txt"
    return replace(
        item,
        original_path=item.original_path.with_name(name),
        payload=item.payload.with_name(name),
        deleted_at=NOON + timedelta(seconds=number),
    )


def _texts_of(drawn: list[str]) -> Callable[..., object]:
    from clacky_tui.tui.trash.table import TrashTable

    plain = TrashTable.texts

    def texts(table: TrashTable, item: object, canvas: object) -> object:
        drawn.append(item.name)  # type: ignore[attr-defined]
        return plain(table, item, canvas)  # type: ignore[arg-type]

    return texts


def test_every_word_of_the_filter_has_to_fit_in_path_or_project(items: Items) -> None:
    rows = read_listing().rows
    assert {row.name for row in arrange(rows, "SHOP orders", Order.NAME)} == {"totals.py"}
    assert arrange(rows, "报告", Order.NAME)[0].name == "报告.md"
    assert [row.name for row in arrange(rows, "", Order.LARGEST)][:2] == ["build.log", "totals.py"]


def test_a_project_that_is_unknown_is_shown_as_such(items: Items) -> None:
    for project in read_overview().projects:
        (project.folder / ".project_metadata.json").unlink()
    assert {row.project_name for row in read_listing().rows} == {"?"}


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Makes a folder one that may not be listed, to the superuser too."""

    def lock(folder: Path) -> None:
        listed = os.scandir

        def scandir(path: str | os.PathLike[str] = ".") -> Iterator[os.DirEntry[str]]:
            if Path(path) == folder:
                raise PermissionError(13, "Permission denied", str(folder))
            return listed(path)

        monkeypatch.setattr(os, "scandir", scandir)

    return lock


async def test_a_folder_that_cannot_be_read_is_named_beside_the_others(
    items: Items, locked: Callable[[Path], None]
) -> None:
    folder = items["sketch"].payload.parent
    locked(folder)
    async with on_screen((130, 24)) as (app, _):
        screen = screen_text(app)
        assert "totals.py" in screen and "sketch.py" not in screen
        assert "4 items, 1.4 MB · 1 folder cannot be read" in screen
        assert f"trash/{folder.name} cannot be read: Permission denied." in screen


async def test_a_trash_of_which_nothing_can_be_read_does_not_look_empty(
    home: Path, locked: Callable[[Path], None]
) -> None:
    locked(put_in_trash(home / "src/shop/new.txt", home / "src/shop", NOON).payload.parent)
    async with on_screen() as (app, _):
        screen = screen_text(app)
        assert "Nothing in the trash" not in screen
        assert "cannot be read: Permission denied." in screen


async def test_a_trash_that_is_no_folder_does_not_look_empty(home: Path) -> None:
    trash_dir().parent.mkdir(parents=True, exist_ok=True)
    trash_dir().write_text("in the way")
    async with on_screen() as (app, _):
        assert "trash cannot be read: Not a directory." in screen_text(app)


# --- pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_picture(
    snap_compare: Callable[..., bool], items: Items, size: tuple[int, int], theme: str
) -> None:
    async def open_trash(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "alt+5", "down", "down", "x")

    app = SceneApp([OPENED], theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=open_trash)
