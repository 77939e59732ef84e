"""A resumed session on the screen: its end at once, its beginning when asked for."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from support.stored_sessions import SessionWriter
from textual.pilot import Pilot

from clacky_tui import events
from clacky_tui.config.settings import Settings
from clacky_tui.paths import draft_file
from clacky_tui.sessions.journal import append_meta
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.replay import Replay
from clacky_tui.tui.welcome import OPENING_LINE

ID = "0123456789abcdef"


def with_tools(writer: SessionWriter, number: int) -> None:
    """A task with a diff and a failed command."""
    writer.task += 1
    writer.emit(events.TaskStarted(text=f"task {number}"))
    for call, verb in ((f"a{number}", "Edit"), (f"b{number}", "$")):
        writer.emit(
            events.ToolProposed(call_id=call, name="edit", verb=verb, subject=f"s{number}.py")
        )
    diff = "--- a\n+++ a\n@@ -1 +1 @@\n-old\n+new\n"
    writer.emit(
        events.ToolPreview(
            call_id=f"a{number}", path="a", diff=diff, added_lines=1, removed_lines=1
        )
    )
    for call, ok in ((f"a{number}", True), (f"b{number}", False)):
        writer.emit(events.ToolStarted(call_id=call))
        writer.emit(
            events.ToolFinished(
                call_id=call,
                name="edit",
                ok=ok,
                summary=f"summary {call}",
                duration_seconds=0.5,
                output="it broke",
            )
        )
    writer.emit(events.TextDone(text=f"**Answer** {number}\n\n- point"))
    writer.usage("0.01", simulated=True)
    writer.emit(
        events.TaskEnded(
            outcome="done",
            iterations=1,
            requests=1,
            duration_seconds=1,
            usage=events.TokenCounts(),
            cost=Decimal("0.01"),
        )
    )


def stored(tasks: int, folder: Path) -> SessionWriter:
    writer = SessionWriter(ID, working_dir=str(folder), simulated=True)
    for number in range(tasks):
        with_tools(writer, number)
    return writer


@asynccontextmanager
async def resumed(path: Path, folder: Path) -> AsyncIterator[tuple[ClackyApp, Pilot[None]]]:
    app = ClackyApp(
        working_dir=folder,
        mode="confirm_safes",
        theme_name=None,
        load=lambda: (Settings(), None),
        resume=path,
    )
    async with app.run_test(size=(100, 30)) as pilot:
        while "goes on after" not in app._transcript.text() or app._transcript.entry_count < 2:
            await pilot.pause(0.02)
        yield app, pilot
        await app._leave(0)


def test_pages_read_backwards_tell_what_one_page_would(tmp_path: Path) -> None:
    path = stored(7, tmp_path).close()
    whole = [entry.plain() for entry in replay(path).earlier(10_000)]
    for count in (1, 2, 3, 5, 11):
        pages = replay(path)
        entries = []
        while pages.has_earlier:
            entries[:0] = pages.earlier(count)
        assert [entry.plain() for entry in entries] == whole
    assert sum("summary a" in text or "Edit" in text for text in whole) == 7


def replay(path: Path) -> Replay:
    return Replay(path, path.stat().st_size, simulated=True)


async def test_the_end_is_there_at_once_and_the_beginning_on_page_up(tmp_path: Path) -> None:
    path = stored(40, tmp_path).close()
    async with resumed(path, tmp_path) as (app, pilot):
        transcript = app._transcript
        assert "Answer** 39" in transcript.text()
        assert "Answer** 0\n" not in transcript.text()
        assert transcript.is_at_end
        assert app._bar._fields["tasks"] == "40 tasks"
        while "0.4" not in app._bar._fields["cost"]:  # with the demo model, which is imported then
            await pilot.pause(0.02)
        while "task 0\n" not in transcript.text():
            await pilot.press("ctrl+home")
            await pilot.pause(0.02)
        told = transcript.text()
        assert [told.count(f"task {n}\n") for n in range(40)] == [1] * 40
        assert told.count("summary") == 0 or told.count("summary a") <= 40


async def test_the_end_is_shown_before_the_session_is_open_and_stays_as_it_is(
    tmp_path: Path,
) -> None:
    path = stored(40, tmp_path).close()
    may_open = threading.Event()

    def load() -> tuple[Settings, None]:
        may_open.wait()
        return Settings(), None

    app = ClackyApp(
        working_dir=tmp_path, mode="confirm_safes", theme_name=None, load=load, resume=path
    )
    async with app.run_test(size=(100, 30)) as pilot:
        transcript = app._transcript
        while "Answer** 39" not in transcript.text():
            await pilot.pause(0.02)
        await pilot.press("pageup")
        rows, early = [row.entry for row in transcript._shown], transcript.text()
        assert app._bar._fields["tasks"] == "" and OPENING_LINE in early
        may_open.set()
        while "goes on after 40 tasks" not in transcript.text():
            await pilot.pause(0.02)
        await pilot.pause()
        assert [row.entry for row in transcript._shown] == rows
        assert transcript.text().split("\n")[:-1] == early.split("\n")[:-1]
        while "task 0\n" not in transcript.text():
            await pilot.press("ctrl+home")
            await pilot.pause(0.02)
        assert [transcript.text().count(f"task {n}\n") for n in range(40)] == [1] * 40
        await app._leave(0)


async def test_a_copy_of_a_session_open_elsewhere_is_shown_in_its_place(tmp_path: Path) -> None:
    path = stored(3, tmp_path).close()
    with SessionLock(path) as held:
        assert held.acquire()
        async with resumed(path, tmp_path) as (app, pilot):
            while "You are in a copy" not in app._transcript.text():
                await pilot.pause(0.02)
            while "Answer** 2" not in app._transcript.text():
                await pilot.pause(0.02)
            told = app._transcript.text()
            assert [told.count(f"task {n}\n") for n in range(3)] == [1] * 3
            assert OPENING_LINE not in told


async def test_what_is_on_screen_stays_while_earlier_messages_come(tmp_path: Path) -> None:
    path = stored(60, tmp_path).close()
    async with resumed(path, tmp_path) as (app, pilot):
        transcript = app._transcript
        before = transcript.entry_count
        await pilot.press("ctrl+home")
        await pilot.pause()
        top = transcript._shown[0].entry
        while transcript.entry_count == before:
            await pilot.pause(0.02)
        await pilot.pause()
        assert any(row.entry is top for row in transcript._shown[:2])


async def test_an_open_question_can_be_answered_after_the_restart(tmp_path: Path) -> None:
    writer = stored(1, tmp_path)
    asked = events.FeedbackAsked(request_id="q1", question="Which?", options=("red", "blue"))
    writer.emit(asked)
    path = writer.close()
    async with resumed(path, tmp_path) as (app, pilot):
        assert app._feedback.is_open
        assert app._transcript.text().count("Which?") == 1
        await pilot.press("2")
        while "blue" not in app._transcript.text().partition("goes on after")[2]:
            await pilot.pause(0.02)
        assert not app._feedback.is_open


async def test_what_an_imported_session_has_cost_is_in_the_bar(tmp_path: Path) -> None:
    writer = SessionWriter(ID, working_dir=str(tmp_path), simulated=True)
    writer.emit(events.TaskStarted(text="as it was imported"))
    path = writer.close()
    append_meta(path, earlier={"tasks": 3, "cost": "0.1234", "requests": 9})
    async with resumed(path, tmp_path) as (app, _):
        assert app._bar._fields["cost"] == "$0.1234 demo"


async def test_what_was_typed_is_on_the_disk_a_moment_later(tmp_path: Path) -> None:
    path = stored(1, tmp_path).close()
    async with resumed(path, tmp_path) as (_, pilot):
        await pilot.press(*"half a thought")
        while not draft_file().exists() or draft_file().read_text() != "half a thought":
            await pilot.pause(0.05)


async def test_a_look_at_a_session_leaves_its_journal_as_it_was(tmp_path: Path) -> None:
    path = stored(2, tmp_path).close()
    before = path.read_bytes()
    async with resumed(path, tmp_path):
        pass
    assert path.read_bytes() == before
