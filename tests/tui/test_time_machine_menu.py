"""The time machine's menu: opening it, choosing, looking first, deciding."""

from __future__ import annotations

import pytest
from support.scene import (
    OPENED,
    PLAN,
    SWITCHED,
    TASKS,
    SceneApp,
    finished_answer,
    time_machine_lists,
    time_machine_plans,
)
from textual.pilot import Pilot

from clacky_tui import commands, events
from clacky_tui.tui.glyphs import ASCII, UNICODE
from clacky_tui.tui.time_machine.wording import switched_notice


class RecordingApp(SceneApp):
    """A scene whose commands are kept instead of sent."""

    sent: tuple[commands.Command, ...] = ()

    def _send(self, command: commands.Command) -> None:
        self.sent = (*self.sent, command)

    def tell(self, event: events.Event) -> None:
        assert self._router is not None
        envelope = events.Envelope(
            seq=99, ts=TASKS.tasks[0].started_at, session_id="s", event=event
        )
        self._router.show(envelope)


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def menu_lines(app: SceneApp) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [strip.text.strip("┃ ") for strip in strips if strip.text.startswith("┃")]


async def test_esc_on_an_idle_empty_composer_asks_for_the_tasks() -> None:
    app = RecordingApp(finished_answer())
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("h", "escape")
        assert app.sent == (commands.Interrupt(),), "a draft is not left for the menu"
        await pilot.press("backspace", "escape")
        assert app.sent[1:] == (commands.ListTasks(),)
        app.tell(events.TaskStarted(text="more"))
        await pilot.press("escape")
        assert app.sent[2:] == (commands.Interrupt(),), "what runs is stopped first"


@pytest.mark.parametrize("typed", ["undo", "redo", "tasks-tree"])
async def test_the_command_opens_it_too(typed: str) -> None:
    app = RecordingApp([OPENED])
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("/", *typed, "enter")
        await pilot.pause()
        assert app.sent == (commands.ListTasks(),)


async def test_the_present_task_is_chosen_and_all_can_be_reached() -> None:
    app = RecordingApp(time_machine_lists())
    async with app.run_test(size=(80, 40)) as pilot:
        await settled(pilot)
        [chosen] = [line for line in menu_lines(app) if line.startswith("›")]
        assert chosen.startswith("› → Task 13: add a test for the discount")
        assert "files are those of task 14" in menu_lines(app)[0]
        await pilot.press("end", "down")
        await pilot.pause()
        assert any(line.startswith("› ↯ Task 14") for line in menu_lines(app))
        await pilot.press("home")
        await pilot.pause()
        assert menu_lines(app)[1].startswith("›   Before the first task")
        await pilot.press("down", "enter")
        await pilot.press("right")
        assert app.sent == (commands.PlanSwitch(to_task=1),) * 2
        await pilot.press("escape")
        await pilot.pause()
        assert menu_lines(app) == [] and app.focused is app._composer


@pytest.mark.parametrize(
    ("key", "restore", "conflicts"),
    [
        ("b", "both", "keep"),
        ("c", "conversation", "keep"),
        ("f", "files", "keep"),
        ("B", "both", "overwrite"),
        ("F", "files", "overwrite"),
    ],
)
async def test_the_preview_names_conflicts_and_a_letter_decides(
    key: str, restore: str, conflicts: str
) -> None:
    app = RecordingApp(time_machine_plans())
    async with app.run_test(size=(80, 40)) as pilot:
        await settled(pilot)
        lines = menu_lines(app)
        assert lines[0] == "Undo: back to task 11 · 1 conflict"
        assert lines[1] == "› modify  shop/orders.py"
        assert lines[2] == "conflict: you changed it after task 13"
        await pilot.press("enter", "y")
        await pilot.pause()
        look = commands.ShowChange(plan_id="p", path="shop/orders.py")
        assert app.sent == (look,), "neither Enter nor another letter restores anything"
        await pilot.press(key)
        await pilot.pause()
        assert menu_lines(app) == []
        assert app.sent[1:] == (
            commands.SwitchTask.model_validate(
                {"to_task": 11, "restore": restore, "plan_id": "p", "conflicts": conflicts}
            ),
        )


async def test_a_file_of_the_plan_shows_its_lines_and_scrolls() -> None:
    app = RecordingApp(time_machine_plans())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("down", "up", "space")
        await pilot.pause()
        path = PLAN.files[1].path
        assert app.sent == (commands.ShowChange(plan_id="p", path=path),)
        lines = "".join(f"-old {n}\n+new {n}\n" for n in range(40))
        diff = f"--- a\n+++ a\n@@ -1,40 +1,40 @@\n{lines}"
        shown = events.ChangeShown(
            plan_id="p", path=path, diff=diff, added_lines=40, removed_lines=40
        )
        app.tell(shown.model_copy(update={"plan_id": "another"}))
        app.tell(shown.model_copy(update={"path": PLAN.files[0].path}))
        await pilot.pause()
        assert menu_lines(app)[0].startswith("Undo: back to"), "neither was asked for"
        app.tell(shown)
        await pilot.pause()
        assert menu_lines(app)[0] == f"{path}  +40 −40 · 69 more lines"
        assert menu_lines(app)[1].endswith("− old 0") and "esc close" in " ".join(menu_lines(app))
        await pilot.press("pagedown", "down", "up", "home", "end")
        await pilot.pause()
        assert any(line.endswith("+ new 39") for line in menu_lines(app))
        await pilot.press("left")
        await pilot.pause()
        assert f"› {PLAN.files[1].action:<7} {path}" in menu_lines(app)
        app.tell(events.ChangeShown(plan_id="p", path=path, note="A folder."))
        await pilot.pause()
        assert menu_lines(app)[:2] == [path, "A folder."]
        await pilot.press("b")
        assert isinstance(app.sent[-1], commands.SwitchTask), "the decision is at hand here too"


async def test_without_a_conflict_nothing_can_be_overwritten_and_left_goes_back() -> None:
    app = RecordingApp(time_machine_lists())
    async with app.run_test(size=(80, 40)) as pilot:
        await settled(pilot)
        app.tell(PLAN.model_copy(update={"files": (), "not_covered": ()}))
        await pilot.pause()
        assert "No file would change." in menu_lines(app)
        await pilot.press("B", "F")
        assert app.sent == ()
        await pilot.press("left")
        await pilot.pause()
        assert any("Task 13" in line for line in menu_lines(app))
        app.tell(events.TaskStarted(text="more"))
        await pilot.pause()
        assert menu_lines(app) == [], "it does not stay open over work"


@pytest.mark.parametrize("size", [(60, 20), (80, 12)])
async def test_the_keys_stay_in_sight_on_a_small_screen(size: tuple[int, int]) -> None:
    app = RecordingApp(time_machine_lists())
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "esc close" in menu_lines(app)[-1]
        files = tuple(
            events.PlannedFile(path=f"{n}.py", action="modify", conflict="you changed it")
            for n in range(30)
        )
        app.tell(PLAN.model_copy(update={"files": files}))
        await pilot.pause()
        lines = menu_lines(app)
        assert lines[0].endswith("30 conflicts")
        assert "B, F overwrite" in lines[-1]
        assert any(line.endswith("files more") for line in lines)
        await pilot.press("end")
        await pilot.pause()
        assert any(line.startswith("› modify  29.py") for line in menu_lines(app))


def test_what_was_done_is_told_in_words() -> None:
    level, text, hint = switched_notice(SWITCHED, UNICODE)
    assert level == "warning"
    assert text.startswith("⏪ At task 11: 2 files restored. Kept as they are: shop/orders.py (")
    assert hint.startswith("3 tasks above are hidden from the model")
    start = {"to_task": 0, "restore": "conversation", "conflicts": (), "hidden_tasks": 1}
    level, text, hint = switched_notice(SWITCHED.model_copy(update=start), ASCII)
    assert level == "success"
    assert text.startswith("<< The conversation is at the start")
    assert hint.startswith("1 task above is hidden")
