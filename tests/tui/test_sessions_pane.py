"""The sessions tab: what it lists, how things are found in it, and what each of its keys does."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from support.scene import NOON, OPENED, SceneApp
from support.screens import press, screen_text, settle
from support.shop_sessions import shop_sessions
from support.stored_sessions import SessionWriter
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.sessions.journal import append_meta
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.recycle_bin import deleted
from clacky_tui.sessions.store import list_sessions
from clacky_tui.tui.sessions.bin_pane import BinPane
from clacky_tui.tui.sessions.pane import SessionsPane

Paths = dict[str, Path]


pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def stored() -> Paths:
    return shop_sessions(NOON)


class Scene(SceneApp):
    """Keeps what it would have told the worker."""

    def __init__(self, opened: events.SessionOpened, session_id: str, theme: str) -> None:
        super().__init__([], theme=theme)
        self.told: list[commands.Command] = []
        self._opened = events.Envelope(seq=1, ts=NOON, session_id=session_id, event=opened)

    async def _start_worker(self) -> None:
        await super()._start_worker()
        self.show(self._opened.event)

    def show(self, event: events.Event) -> None:
        """As if the worker had told of `event`."""
        assert self._router is not None
        self._router.show(self._opened.model_copy(update={"event": event}))

    def _send(self, command: commands.Command) -> None:
        self.told.append(command)


@asynccontextmanager
async def on_screen(
    size: tuple[int, int] = (100, 24),
    *,
    current: str = "ffff000011112222",
    working_dir: str = "/src/shop",
    theme: str = "hacker",
) -> AsyncIterator[tuple[Scene, Pilot[None]]]:
    opened = OPENED.model_copy(update={"working_dir": working_dir})
    app = Scene(opened, current, theme)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await press(pilot, "alt+4")
        yield app, pilot


def rows(text: str) -> list[str]:
    """The lines of the table, blanks joined, from the first below its heading on."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    start = next(i for i, line in enumerate(lines) if line.startswith("Name")) + 1
    return lines[start : lines.index("", start)]


def named(name: str) -> object:
    return next((row for row in list_sessions() if row.name == name), None)


# --- what is listed ------------------------------------------------------------------------------


async def test_pinned_first_then_this_directory_then_the_newest(stored: Paths) -> None:
    async with on_screen() as (app, _):
        listed = [re.sub(r" [\d.]+ (KB|bytes)", "", row) for row in rows(screen_text(app))]
        assert listed == [
            "★ 发布说明 release notes /src/cli 1 $0.0020 5 days ago",
            "fix orders /src/shop 1 $0.0412 9 min ago",
            "Unnamed session /src/shop 1 $0.0200 demo 23 Mar",
            "migrate to click /src/cli 2 $1.90+? yesterday",
            "! 2026-05-01-08-00-00-eeee555… no event of a sessi… 1 May",
        ]
        assert "5 sessions" in screen_text(app)
        assert "1 cannot be read" in screen_text(app)


async def test_another_directory_puts_its_own_sessions_first(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        app.show(events.WorkingDirChanged(path="/src/cli"))
        await settle(pilot)
        assert rows(screen_text(app))[1].startswith("migrate to click")


async def test_the_session_that_is_open_here_is_marked(stored: Paths) -> None:
    async with on_screen(current="aaaa111111111111") as (app, pilot):
        assert rows(screen_text(app))[1].startswith("› fix orders")
        assert "· open here" in await press(pilot, "down")


async def test_a_broken_session_tells_its_reason(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        text = await press(pilot, "end")
        assert "eeee5555.jsonl: no event of a session" in text
        assert "It cannot be opened" in await press(pilot, "enter")
        assert app.told == []


async def test_without_sessions_it_says_what_will_be_here() -> None:
    async with on_screen() as (app, _):
        assert "No sessions yet." in screen_text(app)


async def test_a_title_given_meanwhile_shows_at_once(stored: Paths) -> None:
    async with on_screen(current="dddd444444444444") as (app, pilot):
        titled = events.SessionTitled(name="tour of the shop")
        writer = SessionWriter("abcd111111111111", working_dir="/src/shop", at=NOON)
        writer.emit(titled)
        writer.close()
        app.show(titled)
        await settle(pilot)
        assert "tour of the shop" in "\n".join(rows(screen_text(app)))


async def test_a_wide_screen_shows_the_last_messages(stored: Paths) -> None:
    async with on_screen((130, 30)) as (app, pilot):
        text = await press(pilot, "down")
        assert "› fix the failing test in" in text
        assert "all 41 tests pass" in text.replace("\n", " ")
        assert "no event of a session can be" in await press(pilot, "end")
        await pilot.resize_terminal(100, 30)
        await settle(pilot)
        assert "│" not in screen_text(app)
        await pilot.resize_terminal(130, 30)
        await settle(pilot)
        assert "│" in screen_text(app)


async def test_messages_of_a_stored_session_reach_the_terminal_as_plain_text() -> None:
    writer = SessionWriter("aaaa111111111111", working_dir="/src/shop", at=NOON)
    writer.exchange("look\x1b]52;c;eA==\x07 here", "line\n" * 40)
    writer.emit(events.SessionTitled(name="a\x1b[2Jb"))
    writer.close()
    async with on_screen((130, 30)) as (app, _):
        text = screen_text(app)
        assert "\x1b" not in text
        assert "› look here" in text
        assert "… 33 more lines" in text


# --- finding -------------------------------------------------------------------------------------


async def test_typing_finds_names_and_enter_finds_what_was_said(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "slash")
        await pilot.press(*"tests")
        await settle(pilot)
        assert "No name or directory fits 'tests'; enter searches what was said." in screen_text(
            app
        )
        text = await press(pilot, "enter")
        assert "2 say 'tests' (esc shows all)" in text
        found = rows(text)
        assert found[0].startswith("fix orders")
        assert found[1].startswith("assistant: …")
        assert "all 41 tests pass." in found[1]
        assert found[3] == "user: and the tests?"
        assert "bbbb2222" in await press(pilot, "down")
        assert len(rows(await press(pilot, "escape"))) == 5
        assert isinstance(app.focused, SessionsPane)


async def test_what_was_said_in_chinese_is_found(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "slash")
        await pilot.press(*"写好")
        await press(pilot, "enter")
        assert "assistant: 发布说明写好了。" in screen_text(app)


async def test_a_search_without_a_hit_says_so(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "slash")
        await pilot.press(*"zzz")
        await press(pilot, "enter")
        assert "'zzz' was not said in any session (esc shows all)." in screen_text(app)


@pytest.fixture
def scheduled(stored: Paths) -> Paths:
    """Two sessions that a schedule began, a third with a pin, and one of a channel."""
    for number, source in enumerate(("cron", "cron", "cron", "channel")):
        at = NOON - timedelta(hours=2 + number)
        writer = SessionWriter(f"{number:04x}c0c0" * 2, working_dir="/src/shop", at=at)
        writer.exchange("report", "nothing new", "0.01")
        writer.emit(events.SessionTitled(name=f"{source} {number}"))
        stored[f"{source} {number}"] = path = writer.close()
        append_meta(path, source=source, pinned=number == 2)
    return stored


async def test_scheduled_sessions_are_one_row_that_opens(scheduled: Paths) -> None:
    async with on_screen() as (app, pilot):
        listed = rows(screen_text(app))
        assert "cron 2 [cron]" in listed[0] + listed[1], "a pin keeps it in sight"
        assert [row for row in listed if "cron" in row and "★" not in row] == []
        [place] = [n for n, row in enumerate(listed) if row.startswith("▸ Scheduled tasks (2)")]
        assert "$0.0200" in listed[place]
        text = await press(pilot, *["down"] * place)
        assert "2 sessions begun by schedules · enter shows them" in text
        await press(pilot, "p", "delete")
        assert "recycle bin?" not in screen_text(app), "no key takes them all at once"
        text = await press(pilot, "enter")
        assert len(rows(text)) == 3 and "3 fit scheduled (esc goes back)" in text
        assert app.told == []
        assert len(rows(await press(pilot, "escape"))) == len(listed)
        text = await press(pilot, "slash", *"cron", "enter", "escape", "slash", *"cron 0")
        assert any(row.startswith("cron 0 [cron]") for row in rows(text)), "a filter unfolds"


async def test_only_one_type_is_shown_and_only_those_of_a_date(scheduled: Paths) -> None:
    async with on_screen() as (app, pilot):
        everything = len(rows(screen_text(app)))
        text = await press(pilot, "t")
        assert "4 fit type manual (esc shows all)" in text
        assert "1 fit type channel" in await press(pilot, "t")
        assert "3 fit type cron" in await press(pilot, "t")
        assert len(rows(await press(pilot, "t"))) == everything
        text = await press(pilot, "d", *"2026-03", "enter")
        assert "1 fit begun 2026-03 (esc shows all)" in text and "demo" in rows(text)[0]
        text = await press(pilot, "t", "t")
        assert "No session: 0 fit type channel, begun 2026-03 (esc shows all)." in text
        assert len(rows(await press(pilot, "escape"))) == everything
        text = await press(pilot, "d", *"May", "enter")
        assert "May is no date like 2026-05-22" in text
        assert len(rows(text)) == everything


async def test_a_session_with_branches_bears_their_sign(stored: Paths) -> None:
    writer = SessionWriter("abcd111111111111", working_dir="/src/shop", at=NOON)
    writer.exchange("one", "1")
    writer.exchange("two", "2")
    writer.emit(events.TaskSwitched(direction="undo", to_task=1, restored=()))
    writer.exchange("three", "3")
    writer.close()
    async with on_screen() as (app, pilot):
        assert rows(screen_text(app))[1].startswith("⎇ Unnamed session")
        assert "3 requests · 2 branches" in await press(pilot, "down")


# --- opening and changing ------------------------------------------------------------------------


async def test_enter_opens_the_chosen_session_in_the_chat(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "down", "enter")
        assert app.told == [commands.OpenSession(session_id="aaaa111111111111")]
        assert app.query_one("#chat").display


async def test_enter_on_the_open_session_only_goes_to_the_chat(stored: Paths) -> None:
    async with on_screen(current="aaaa111111111111") as (app, pilot):
        await press(pilot, "down", "enter")
        assert app.told == []
        assert app.query_one("#chat").display


async def test_capital_n_begins_a_new_session_at_once(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "N")
        assert app.told == [commands.NewSession()]
        assert app.query_one("#chat").display


async def test_n_asks_for_name_model_and_directory(
    stored: Paths, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLACKY_API_KEY", "key-of-this-test-0123456789")
    monkeypatch.setenv("CLACKY_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("CLACKY_MODEL", "Sonnet-9")
    (home / "api").mkdir()
    async with on_screen(working_dir=str(home)) as (app, pilot):
        text = await press(pilot, "n")
        assert "New session" in text and "Models: Sonnet-9" in text
        await pilot.press(*"tidy up", "down", *"opus")
        text = await press(pilot, "down", "end", *"/nowhere", "enter")
        assert "No model named 'opus' is configured." in text
        text = await press(pilot, "up", "ctrl+u", *"sonnet-9", "enter")
        assert "~/nowhere is not a directory." in text and app.told == []
        await press(pilot, "down", "ctrl+u", *"api", "enter")
        assert app.told == [
            commands.NewSession(),
            commands.SetModel(model="Sonnet-9"),
            commands.SetWorkingDir(path=str(home / "api")),
            commands.RenameSession(name="tidy up"),
        ]
        assert app.query_one("#chat").display


async def test_the_dialog_left_as_it_is_begins_one_like_the_present(
    stored: Paths, home: Path
) -> None:
    async with on_screen(working_dir=str(home)) as (app, pilot):
        assert "the demo model answers" in await press(pilot, "n")
        await press(pilot, "escape")
        assert app.told == [] and isinstance(app.focused, SessionsPane)
        await press(pilot, "n", "enter")
        assert app.told == [commands.NewSession()]


async def test_a_session_gets_another_name(stored: Paths) -> None:
    async with on_screen() as (_, pilot):
        assert "Name: fix orders" in await press(pilot, "down", "r")
        text = await press(pilot, *"ed!", "enter")
        assert "It is called fix ordersed! now." in text
        assert "fix ordersed!" in "\n".join(rows(text))
        assert named("fix ordersed!")


async def test_an_empty_name_is_refused_and_an_unchanged_one_changes_nothing(stored: Paths) -> None:
    before = stored["fix"].read_bytes()
    async with on_screen() as (_, pilot):
        await press(pilot, "down", "e", "enter")
        await press(pilot, "e", "x", "escape")
        assert "cannot be empty" in await press(pilot, "e", "ctrl+u", "enter")
        assert stored["fix"].read_bytes() == before


async def test_the_open_session_is_renamed_by_the_worker(stored: Paths) -> None:
    before = stored["fix"].read_bytes()
    async with on_screen(current="aaaa111111111111") as (app, pilot):
        await press(pilot, "down", "e", "!", "enter")
        assert app.told == [commands.RenameSession(name="fix orders!")]
        assert stored["fix"].read_bytes() == before


async def test_a_pin_comes_and_goes_and_the_cursor_stays_with_it(stored: Paths) -> None:
    async with on_screen() as (_, pilot):
        text = await press(pilot, "down", "p")
        assert "fix orders is pinned." in text
        assert rows(text)[0].startswith("★ fix orders")
        text = await press(pilot, "p")
        assert "fix orders is no longer pinned." in text
        assert rows(text)[1].startswith("fix orders")


async def test_a_copy_stands_beside_its_original(stored: Paths) -> None:
    async with on_screen() as (_, pilot):
        text = await press(pilot, "down", "f")
        assert "fix orders has a copy now that goes on by itself." in text
        assert any(row.startswith("fix orders (copy)") for row in rows(text))


async def test_a_broken_session_can_be_deleted_but_not_pinned(stored: Paths) -> None:
    async with on_screen() as (_, pilot):
        assert "cannot be used" in await press(pilot, "end", "p")
        await press(pilot, "x", "y")
        assert not stored["broken"].exists()


# --- deleting and the bin ------------------------------------------------------------------------


async def test_a_deleted_session_goes_to_the_bin_and_comes_back(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        assert "Move fix orders to the recycle bin?" in await press(pilot, "down", "delete")
        assert stored["fix"].exists()
        assert "fix orders is in the recycle bin (b shows it)." in await press(pilot, "y")
        assert not stored["fix"].exists()
        text = await press(pilot, "b")
        assert "Recycle bin: 1 session, " in text
        assert rows(text)[0].startswith("fix orders /src/shop 1 ")
        assert "fix orders is back." in await press(pilot, "u")
        assert stored["fix"].exists()
        assert "The recycle bin is empty." in screen_text(app)
        assert rows(await press(pilot, "escape"))[1].startswith("fix orders")
        assert isinstance(app.focused, SessionsPane)


async def test_the_open_session_is_not_deleted(stored: Paths) -> None:
    async with on_screen(current="aaaa111111111111") as (_, pilot):
        assert "It is open here. Begin another one first: n." in await press(pilot, "down", "x")
        assert stored["fix"].exists()


async def test_a_session_that_another_process_has_open_is_not_deleted(stored: Paths) -> None:
    with SessionLock(stored["fix"]) as lock:
        assert lock.acquire()
        async with on_screen() as (_, pilot):
            text = await press(pilot, "down", "x", "y")
            assert "Session aaaa1111 is open, so it is not deleted." in text
            assert stored["fix"].exists()


async def test_the_bin_is_emptied_after_a_question(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "down", "x", "y", "x", "y", "b")
        assert "Recycle bin: 2 sessions" in screen_text(app)
        await press(pilot, "x")
        assert re.search(r"Delete .+ for good\?", screen_text(app))
        assert "Deleted for good: 1 session." in await press(pilot, "y")
        assert "Empty the recycle bin, 1 session, " in await press(pilot, "E")
        await press(pilot, "n")
        assert len(deleted()) == 1
        assert "The recycle bin is empty." in await press(pilot, "E", "y")
        assert deleted() == ()


async def test_the_bin_stays_open_while_another_tab_is_looked_at(stored: Paths) -> None:
    async with on_screen() as (app, pilot):
        await press(pilot, "b", "alt+1", "alt+4")
        assert isinstance(app.focused, BinPane)
        await press(pilot, "slash", "a", "escape", "escape")
        assert isinstance(app.focused, SessionsPane)


# --- export --------------------------------------------------------------------------------------


async def test_an_export_goes_where_the_person_says(stored: Paths, home: Path) -> None:
    (home / "src/cli").mkdir(parents=True)
    async with on_screen(working_dir=str(home / "src/cli")) as (_, pilot):
        text = await press(pilot, "z")
        assert "Write to (.md .json .zip): ~/src/cli/发布说明-release-notes.md" in text
        assert "secrets masked." in await press(pilot, "enter")
        exported = home / "src/cli/发布说明-release-notes.md"
        assert "写发布说明" in exported.read_text()
        assert exported.stat().st_mode & 0o777 == 0o600

        await press(pilot, "z", "ctrl+u")
        await pilot.press(*"out.json")
        await press(pilot, "enter")
        assert json.loads((home / "src/cli/out.json").read_bytes())

        await press(pilot, "z", "ctrl+u")
        await pilot.press(*"~/out.zip")
        await press(pilot, "enter")
        with zipfile.ZipFile(home / "out.zip") as archive:
            assert archive.namelist() == [stored["release"].name]


async def test_an_export_masks_configured_keys(
    stored: Paths, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLACKY_API_KEY", "key-of-this-test-0123456789")
    writer = SessionWriter("abcd111111111111", working_dir=str(home), at=NOON)
    writer.exchange("my key is key-of-this-test-0123456789", "I see.")
    writer.emit(events.SessionTitled(name="key"))
    writer.close()
    async with on_screen(working_dir=str(home)) as (_, pilot):
        await press(pilot, "down", "z", "enter")
        exported = (home / "key.md").read_text()
        assert "my key is" in exported
        assert "key-of-this-test" not in exported


async def test_an_export_replaces_nothing_unasked(stored: Paths, home: Path) -> None:
    async with on_screen(working_dir=str(home)) as (_, pilot):
        there = home / "发布说明-release-notes.md"
        there.write_text("mine")
        assert "~/发布说明-release-notes.md exists. Replace it?" in await press(pilot, "z", "enter")
        await press(pilot, "n")
        assert there.read_text() == "mine"
        await press(pilot, "z", "enter", "y")
        assert "写发布说明" in there.read_text()


async def test_a_wrong_place_is_told_and_what_was_typed_stays(stored: Paths, home: Path) -> None:
    async with on_screen(working_dir=str(home)) as (app, pilot):
        await press(pilot, "z", "ctrl+u")
        await pilot.press(*"notes.pdf")
        text = await press(pilot, "enter")
        assert "notes.pdf does not say which format." in text
        assert "zip): notes.pdf" in text
        await press(pilot, "ctrl+u")
        await pilot.press(*"none/notes.md")
        assert "There is no folder ~/none." in await press(pilot, "enter")
        assert isinstance(app.focused, SessionsPane)


# --- pictures ------------------------------------------------------------------------------------

SIZES = pytest.mark.parametrize(
    "size", [(60, 20), (80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}"
)


@pytest.mark.parametrize("theme", ["hacker", "light"])
@SIZES
def test_picture(
    snap_compare: Callable[..., bool], stored: Paths, size: tuple[int, int], theme: str
) -> None:
    async def open_sessions(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "alt+4", "down")

    app = Scene(OPENED, "aaaa111111111111", theme)
    assert snap_compare(app, terminal_size=size, run_before=open_sessions)


@SIZES
def test_picture_of_a_search(
    snap_compare: Callable[..., bool], stored: Paths, size: tuple[int, int]
) -> None:
    async def search(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "alt+4", "slash", *"test", "enter", "z")

    app = Scene(OPENED, "aaaa111111111111", "hacker")
    assert snap_compare(app, terminal_size=size, run_before=search)


@SIZES
def test_picture_of_scheduled_and_branched(
    snap_compare: Callable[..., bool], scheduled: Paths, size: tuple[int, int]
) -> None:
    async def open_sessions(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "alt+4", "down", "down", "t", "t", "t", "t")

    append_branch(scheduled["click"])
    app = Scene(OPENED, "aaaa111111111111", "hacker")
    assert snap_compare(app, terminal_size=size, run_before=open_sessions)


@pytest.mark.parametrize("theme", ["hacker", "light"])
@SIZES
def test_picture_of_the_new_dialog(
    snap_compare: Callable[..., bool], stored: Paths, size: tuple[int, int], theme: str
) -> None:
    async def open_dialog(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, "alt+4", "n", "down", *"none", "enter")

    app = Scene(OPENED, "aaaa111111111111", theme)
    assert snap_compare(app, terminal_size=size, run_before=open_dialog)


def append_branch(path: Path) -> None:
    """As if a session had gone back to its beginning and on from there."""
    switched = {"kind": "task.switched", "to_task": 0, "direction": "undo", "restored": []}
    started = {"kind": "task.started", "text": "another way"}
    for task, event in ((2, switched), (3, started)):
        with path.open("a") as journal:
            ts = "2026-05-21T12:00:00Z"
            line = {"type": "event", "seq": 90 + task, "ts": ts, "task_id": task, "event": event}
            journal.write(json.dumps(line) + "\n")


def test_the_start_of_the_app_loads_neither_the_panes_nor_a_database(clacky_home: Path) -> None:
    late = ["clacky_tui.tui.lists.pane", "clacky_tui.tui.trash.rows", "sqlite3", "zipfile"]
    probe = f"import sys, clacky_tui.tui.app; print([m for m in {late!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
