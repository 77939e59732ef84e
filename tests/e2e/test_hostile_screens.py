"""Hostile names and texts on every tab and in every dialog: nothing is obeyed, nothing is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from support.hostile import PIECES, TEXTS, is_obeyed
from support.scene import NOON, OPENED, TASKS, RecordingApp, money
from support.screens import settle
from support.stored_sessions import stored
from support.strict_terminal import StrictTerminal
from support.trash import put_in_trash
from textual.pilot import Pilot
from textual.widgets import Input

from clacky_tui import events
from clacky_tui.tui.output.frame import Frames, Terminal

COLUMNS, ROWS = 80, 24
ALL = "".join(PIECES)
FILE_NAME = "".join(piece for piece in PIECES if not set(piece) & set("/\0\ud800"))[:80]
TABS = ("alt+2", "alt+3", "alt+4", "alt+5", "alt+1")
SHEETS = ("f1", "ctrl+p", "ctrl+t", "ctrl+o", "alt+g", "alt+s")
PICKERS = ("show_tasks", "pick_model", "pick_directory", "pick_mode", "pick_reasoning", "show_keys")


def said(text: str) -> list[events.Event]:
    """`text` in every field that a model, a tool, a provider, a file or a person can fill."""
    return [
        OPENED.model_copy(update={"name": text, "working_dir": f"/src/{text}", "model": text}),
        events.TaskStarted(text=text, attachments=(text,)),
        events.SessionTitled(name=text),
        events.ReasoningDelta(text=text),
        events.TextDelta(text=text),
        events.TextDone(text=text),
        events.ToolProposed(call_id="1", name=text, verb=text, subject=text),
        events.ToolPreview(
            call_id="1", path=text, diff=f"@@ -1 +1 @@\n-{text}\n+{text}\n", added_lines=1,
            removed_lines=1,
        ),
        events.ToolStarted(call_id="1"),
        events.ToolOutput(call_id="1", text=text),
        events.ToolFinished(
            call_id="1", name=text, ok=False, summary=text, duration_seconds=1, output=text
        ),
        events.RequestRetried(attempt=1, of=9, wait_seconds=1, cause=text),
        events.Notice(level="warning", text=text),
        events.Failed(code="auth", message=text, hint=text),
        events.Progress(handle="h", activity="other", text=text),
        events.CacheMissed(
            expected_tokens=9, got_tokens=0, cause=text, first_difference=text, extra_cost=None
        ),
        events.ContextGauged(categories={"chat": 10, text: 5}, window_tokens=100),
        events.CompressionFinished(
            outcome="done", before_tokens=9, after_tokens=1, cache_hit_rate=None,
            cost=Decimal(0), summary=text,
        ),
        events.ModelTested(
            model=text, provider=text, ok=False, message=text, time_to_first_token_seconds=None,
            duration_seconds=1, output_tokens=None, cost=None,
        ),
        events.TodosChanged(items=(events.TodoItem(id=1, task=text, status="pending"),)),
        events.QueueChanged(waiting=(events.QueuedMessage(client_id="q", text=text),)),
        events.BackgroundTasksChanged(
            tasks=(
                events.BackgroundTask(
                    handle="k", command=text, status="running", started_at=NOON, last_line=text
                ),
            )
        ),
        money("0.01").model_copy(update={"model": text, "provider": text}),
        events.SuggestionOffered(text=text),
    ]  # fmt: skip


def asked(text: str) -> list[Sequence[events.Event]]:
    """What opens a dialog over or under the chat, each alone."""
    diff = f"@@ -1 +1 @@\n-{text}\n+{text}\n"
    plan = events.SwitchPlanned(
        plan_id="p",
        to_task=11,
        direction="undo",
        files=(events.PlannedFile(path=text, action="modify", conflict=text),),
        not_covered=(text,),
    )
    tasks = tuple(task.model_copy(update={"summary": text}) for task in TASKS.tasks)
    return [
        [
            events.ToolProposed(call_id="2", name="terminal", verb=text, subject=text),
            events.ApprovalAsked(
                request_id="r", call_id="2", question=text, reason=text, rule=text,
                danger=((0, 3),),
            ),
        ],
        [events.TrustAsked(request_id="t", folder=text, items=(text, text))],
        [events.FeedbackAsked(request_id="f", question=text, context=text, options=(text, text))],
        [TASKS.model_copy(update={"tasks": tasks}), plan],
        [
            TASKS.model_copy(update={"tasks": tasks}),
            plan,
            events.ChangeShown(
                plan_id="p", path=text, diff=diff, added_lines=1, removed_lines=1, note=text
            ),
        ],
    ]  # fmt: skip


class Looker:
    """Looks at the screen as the terminal gets it: what is not to be sent raises."""

    def __init__(self, app: RecordingApp) -> None:
        self._app = app

    def look(self) -> None:
        screen = self._app.screen
        frames, terminal = Frames(Terminal()), StrictTerminal(COLUMNS, ROWS)
        frames.show(screen._compositor.render_full_update())
        terminal.feed(frames.take((0, 0), synchronized=False))
        terminal.assert_at_rest()
        strips = screen._compositor.render_strips()
        assert [strip.cell_length for strip in strips] == [COLUMNS] * ROWS
        fields = {field.region.y for field in screen.query(Input) if field.display}
        for y, strip in enumerate(
            strips
        ):  # fields show what is in them; the layer alone guards there
            assert y in fields or not any(map(is_obeyed, strip.text))
        tabs = self._app._tabs.region
        assert (tabs.x, tabs.y, tabs.width, tabs.height) == (0, 0, COLUMNS, 1)
        for widget in screen.query("*"):
            if widget.display and widget.region.size and widget in screen.children:
                assert screen.region.contains_region(widget.region), widget


async def walk(text: str) -> None:
    for question in ([], *asked(text)):
        app = RecordingApp([*said(text), *question])
        async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
            await settle(pilot)
            looker = Looker(app)
            looker.look()
            if not question:
                await open_all(pilot, looker, (*TABS, *SHEETS))
                for action in PICKERS:
                    await app.run_action(action)
                    await settle(pilot)
                    looker.look()
                    app.close_sheets()


async def open_all(pilot: Pilot[Any], looker: Looker, keys: Sequence[str]) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
        looker.look()
        if key in SHEETS:
            await pilot.press("escape")
            await settle(pilot)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=1, deadline=None
)
@example(ALL)
@given(text=TEXTS)
def test_no_tab_and_no_dialog_obeys_or_moves(home: Path, text: str) -> None:
    asyncio.run(walk(text))


async def test_names_on_the_disk_are_no_better(home: Path, clacky_home: Path) -> None:
    stored("s1", (ALL, ALL), name=ALL, working_dir=f"/src/{ALL}")
    project = home / FILE_NAME
    put_in_trash(project / FILE_NAME, project, NOON - timedelta(days=1))
    app = RecordingApp([OPENED])
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        await settle(pilot)
        looker = Looker(app)
        for keys in (
            "alt+4",
            "enter",
            "escape",
            "x",
            "escape",
            "r",
            "escape",
            "alt+5",
            "x",
            "escape",
        ):
            await open_all(pilot, looker, [keys])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path
