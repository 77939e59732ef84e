"""The slash commands of plain mode: those of the shared list that make sense here, and a few more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from clacky_tui import commands, events
from clacky_tui.actions import ACTIONS, Action, Wish
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import LANGUAGES, tr, use_language
from clacky_tui.plain import wording
from clacky_tui.plain.questions import Question, setting
from clacky_tui.plain.state import SessionState
from clacky_tui.plain.writer import LineWriter
from clacky_tui.worker_actions import WorkerActions

PLAIN_ACTIONS = (
    *ACTIONS,
    Action("status", "session, model, mode, cost and what runs", "show_status"),
    Action("output", "everything the last tool call returned", "show_output"),
    Action("unsend", "take the newest waiting message back", "remove_queued"),
)
ELSEWHERE = {
    "billing": "clacky billing",
    "sessions": "clacky sessions list",
    "trash": "clacky trash list",
}
"""Tabs of the full screen, and the command line that tells the same."""


class PlainActions(WorkerActions):
    """Carries out wishes.

    Args:
        writer: says what is asked for.
        state: what events have told.
        send: hands the worker a command.
        load: reads the settings anew.
        ask: puts a question.
        leave: ends plain mode.
    """

    def __init__(
        self,
        writer: LineWriter,
        state: SessionState,
        send: Callable[[commands.Command], None],
        load: Callable[[], tuple[Settings, ModelEntry | None]],
        ask: Callable[[Question], None],
        leave: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._state = state
        self._send_on = send
        self._mode = PermissionMode.CONFIRM_SAFES.value
        self._load = load
        self._ask = ask
        self._leave = leave
        self.attachments: list[str] = []
        """Files that go with the next message."""

    def _send(self, command: commands.Command) -> None:
        self._send_on(command)

    def _warn(self, text: str) -> None:
        self._writer.line(text, "warning")

    def run(self, wish: Wish) -> None:
        """Do what was wished for, or say that only the full screen can."""
        name, arguments = wish.method
        method = getattr(self, f"action_{name}", None)
        if method is None:
            self._writer.line(tr("/{name} needs the full screen.", name=wish.action.name), "note")
        else:
            cast("Callable[..., None]", method)(*arguments)

    def action_help(self) -> None:
        self._writer.line(tr("Commands. Everything else that is typed goes to the agent."))
        for action in PLAIN_ACTIONS:
            method, _ = Wish(action).method
            if action.name != "chat" and hasattr(self, f"action_{method}"):
                self._writer.line(f"{action.usage}: {tr(action.description)}")
        self._writer.line(tr("!COMMAND runs a shell command of yours, without the model."))
        self._writer.line(tr("A line that ends with a backslash goes on with the next one."))
        self._writer.line(tr("Ctrl+C stops the agent; Ctrl+D, or Ctrl+C twice, leaves."))

    def action_leave(self) -> None:
        self._leave()

    # --- answers ---------------------------------------------------------------------------

    def action_show_status(self) -> None:
        self._say(wording.status(self._state))

    def action_show_cost(self) -> None:
        self._say(wording.cost_lines(self._state))

    def action_show_tasks(self) -> None:
        self._say(wording.background_lines(self._state.background, datetime.now().astimezone()))

    def action_show_todos(self) -> None:
        self._say(wording.todo_lines(self._state.todos))

    def action_show_output(self) -> None:
        self._writer.line(self._state.last_output or tr("No tool has run yet."))

    def action_show_tab(self, tab: str) -> None:
        if tab == "context":
            self._say(wording.context_lines(self._state.gauge))
        elif tab in ELSEWHERE:
            self._writer.line(tr("In another terminal: {command}", command=ELSEWHERE[tab]), "note")

    def action_show_usage(self, name: str) -> None:
        action = next(action for action in PLAIN_ACTIONS if action.name == name)
        self._writer.line(f"{action.usage}: {tr(action.description)}")

    def action_pick_directory(self) -> None:
        self._writer.line(tr("The agent works in {folder}.", folder=self._state.working_dir))
        self.action_show_usage("cd")

    def action_set_language(self, code: str) -> None:
        try:
            use_language(code.lower())
        except ValueError:
            known = ", ".join(("auto", *LANGUAGES))
            self._warn(
                tr("There is no language {code!r}. There are: {known}.", code=code, known=known)
            )
        else:
            self._writer.line(tr("clacky speaks English from now on."), "ok")

    def action_attach_help(self) -> None:
        self.action_show_usage("attach")

    def action_attach(self, path: str) -> None:
        file = Path(self._state.working_dir, Path(path).expanduser())
        if not file.is_file():
            self._writer.line(tr("There is no file {file}.", file=file), "warning")
            return
        self.attachments.append(str(file))
        self._writer.line(tr("{name} goes with the next message.", name=file.name), "note")

    def _say(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._writer.line(line)

    # --- choices ---------------------------------------------------------------------------

    def action_pick_model(self) -> None:
        try:
            settings, entry = self._load()
        except ConfigError as error:
            self._writer.line(str(error), "error")
            return
        entries = (*settings.models, *([entry] if entry else []))
        names = dict.fromkeys(each.model for each in entries)
        others = [name for name in names if name != self._state.model]
        if others:
            self._ask(setting(tr("{model} answers. Which model is to?", model=self._state.model), [
                (name, commands.SetModel(model=name)) for name in others
            ]))  # fmt: skip
        else:
            self._writer.line(
                tr("{model} answers. Others are added in config.yml.", model=self._state.model)
            )

    def action_pick_mode(self) -> None:
        modes = [
            (
                tr("{mode}: it {does}", mode=mode.label, does=tr(wording.MODE_WORDS[mode])),
                commands.SetMode(mode=mode.value),
            )
            for mode in PermissionMode
        ]
        now = PermissionMode(self._state.mode).label
        self._ask(setting(tr("The mode is {mode}. Which is it to be?", mode=now), modes))

    def action_pick_reasoning(self) -> None:
        levels = [
            (tr(level), commands.SetReasoningLevel(level=level))
            for level in commands.REASONING_LEVELS
        ]
        now = tr(self._state.reasoning_level)
        self._ask(setting(tr("Reasoning is {level}. What is it to be?", level=now), levels))

    # --- what waits ------------------------------------------------------------------------

    def action_remove_queued(self) -> None:
        waiting: tuple[events.QueuedMessage, ...] = self._state.waiting
        if not waiting:
            self._writer.line(tr("Nothing waits."), "note")
            return
        self._send(commands.EditQueued(client_id=waiting[-1].client_id, text=""))
        self._writer.line(tr("Not sent: {text}", text=waiting[-1].text), "note")
