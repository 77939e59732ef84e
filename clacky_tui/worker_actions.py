"""Actions of a front end that hand the worker one command and nothing else.

The commands are imported when they are first used: the first frame does not wait for pydantic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from clacky_tui.i18n import tr, tr_noop

if TYPE_CHECKING:
    from clacky_tui.commands import Command

_UNKNOWN = tr_noop("There is no {name} to choose. There are: {known}.")


class WorkerActions:
    """Mixed into a front end, which says how a command is sent, a tab shown and a person warned."""

    _mode: str

    def _send(self, command: Command) -> None:
        raise NotImplementedError

    def _warn(self, text: str) -> None:
        raise NotImplementedError

    def action_show_tab(self, tab: str) -> None:
        raise NotImplementedError

    def _interrupt_worker(self) -> None:
        from clacky_tui.commands import Interrupt

        self._send(Interrupt())

    def action_toggle_mode(self) -> None:
        from clacky_tui.commands import SetMode
        from clacky_tui.domain.modes import PermissionMode

        toggled = PermissionMode(self._mode).toggled
        self._mode = toggled.value
        self._send(SetMode(mode=toggled.value))

    def action_set_mode(self, name: str) -> None:
        """Switch to a mode by its name or by the word the session bar has for it."""
        from clacky_tui.commands import SetMode
        from clacky_tui.domain.modes import PermissionMode

        wanted = name.lower()
        mode = next((mode for mode in PermissionMode if wanted in (mode, mode.label)), None)
        if mode is None:
            self._refuse(name, [mode.label for mode in PermissionMode])
            return
        self._mode = mode.value
        self._send(SetMode(mode=mode.value))

    def action_set_reasoning_level(self, name: str) -> None:
        from clacky_tui.commands import REASONING_LEVELS, SetReasoningLevel

        level = next((level for level in REASONING_LEVELS if level == name.lower()), None)
        if level is None:
            self._refuse(name, REASONING_LEVELS)
            return
        self._send(SetReasoningLevel(level=level))

    def action_set_working_dir(self, path: str) -> None:
        from clacky_tui.commands import SetWorkingDir

        self._send(SetWorkingDir(path=path))

    def _refuse(self, name: str, known: Sequence[str]) -> None:
        self._warn(tr(_UNKNOWN, name=name, known=", ".join(known)))

    def action_new_session(self) -> None:
        from clacky_tui.commands import NewSession

        self._send(NewSession())

    def action_begin_session(self, name: str, model: str, working_dir: str) -> None:
        """A new session that differs from the present one in what is not empty."""
        from clacky_tui.commands import NewSession, RenameSession, SetModel, SetWorkingDir

        self.action_show_tab("chat")
        self._send(NewSession())
        if model:
            self._send(SetModel(model=model))
        if working_dir:
            self._send(SetWorkingDir(path=working_dir))
        if name:
            self._send(RenameSession(name=name))

    def action_open_session(self, session_id: str) -> None:
        from clacky_tui.commands import OpenSession

        self.action_show_tab("chat")
        self._send(OpenSession(session_id=session_id))

    def action_rename_session(self, name: str) -> None:
        from clacky_tui.commands import RenameSession

        self._send(RenameSession(name=name))

    def action_tell_worker(self, kind: str) -> None:
        """Send a command that is no more than its `kind`; what comes of it is told in the chat."""
        from clacky_tui.commands import COMMAND

        self.action_show_tab("chat")
        self._send(COMMAND.validate_python({"kind": kind}))

    def action_open_time_machine(self) -> None:
        from clacky_tui.commands import ListTasks

        self.action_show_tab("chat")
        self._send(ListTasks())

    def action_set_model(self, name: str) -> None:
        from clacky_tui.commands import SetModel

        self._send(SetModel(model=name))

    def action_kill_task(self, handle: str) -> None:
        from clacky_tui.commands import StopBackgroundTask

        self._send(StopBackgroundTask(handle=handle))
