"""The app's side of what a person sends: a command of the app, a message, or a shell line.

While the agent works it waits; until then it can be taken back or removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from clacky_tui.actions import find_action
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.chat.composer import SHELL_SIGN

if TYPE_CHECKING:
    from textual.app import App

    from clacky_tui.commands import Command
    from clacky_tui.config.preferences import Preferences
    from clacky_tui.events import WaitsFor
    from clacky_tui.tui.bridge import WorkerBridge
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.chat.queue_strip import QueueStrip
    from clacky_tui.tui.chat.transcript import Transcript


_NO_COMMAND = tr_noop("Type the command to run after the exclamation mark, for example !git status")
_NO_FILES = tr_noop("A command takes no attachments; they were left out.")


class Submission:
    """Mixed into the app, which says how a command is sent."""

    preferences: Preferences
    _bridge: WorkerBridge | None
    _queue: QueueStrip
    _transcript: Transcript
    _early: list[Composer.Submitted]
    """Sent before the worker side was imported; replayed in order."""
    _submitted = 0

    def _send(self, command: Command) -> None:
        raise NotImplementedError

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        wish = find_action(message.text)
        if wish is not None:
            app = cast("App[None]", self)
            app.call_later(app.run_action, wish.call)
        elif self._bridge is None:
            self._early.append(message)
        else:
            self._submit(message)

    def _replay_early(self) -> None:
        """Send what was sent before somebody could take it."""
        early, self._early = self._early, []
        for message in early:
            self._submit(message)

    def _submit(self, message: Composer.Submitted) -> None:
        self._submitted += 1
        self._transcript.scroll_end()
        if message.text.startswith(SHELL_SIGN):
            self._run_shell(message.text.removeprefix(SHELL_SIGN).strip(), message.attachments)
            return
        from clacky_tui.commands import Submit

        self._send(
            Submit(
                text=message.text,
                attachments=message.attachments,
                client_id=str(self._submitted),
                when=self._when(message),
            )
        )

    def _when(self, message: Composer.Submitted) -> WaitsFor:
        steers = message.steer or self.preferences.while_running == "steer"
        return "safe_point" if steers else "next_task"

    def _run_shell(self, command: str, attachments: tuple[str, ...]) -> None:
        if not command:
            self._transcript.add_notice("info", tr(_NO_COMMAND))
            return
        if attachments:
            self._transcript.add_notice("warning", tr(_NO_FILES))
        from clacky_tui.commands import RunShell

        self._send(RunShell(command=command, client_id=str(self._submitted)))

    # --- what waits ------------------------------------------------------------------------

    def on_composer_waiting_wanted(self) -> None:
        self.action_take_back_queued()

    def action_take_back_queued(self) -> None:
        """The newest waiting message goes back into the composer, if it still waits."""
        if newest := self._queue.newest:
            from clacky_tui.commands import TakeBackQueued

            self._send(TakeBackQueued(client_id=newest.client_id))

    def action_remove_queued(self) -> None:
        """The newest waiting message is not sent."""
        if newest := self._queue.newest:
            from clacky_tui.commands import EditQueued

            self._send(EditQueued(client_id=newest.client_id, text=""))
