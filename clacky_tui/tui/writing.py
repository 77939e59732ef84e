"""What the app adds to writing a message: files by name, and what went wrong said in the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.draft import Unsent

if TYPE_CHECKING:
    from clacky_tui.input_history import InputHistory
    from clacky_tui.tui.chat.attachment_strip import AttachmentStrip
    from clacky_tui.tui.chat.composer import Composer
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.draft import DraftKeeper


class Writing:
    """Mixed into the app, which makes the parts."""

    _composer: Composer
    _draft: DraftKeeper
    _history: InputHistory
    _transcript: Transcript

    def unsent(self) -> Unsent:
        """What is being written, and what is to go with it."""
        return Unsent(self._composer.expanded_text(), self._composer.attachments.paths)

    def take_up(self, draft: Unsent) -> None:
        """Go on with what was being written when the app ended; a file that is gone is told of."""
        if self._composer.text_is_empty:
            self._composer.load_draft(draft.text)
        elif draft.text:
            self._history.add(draft.text)  # the up key brings it back
        for file in draft.files:
            self._composer.attachments.attach(f'"{file}"')  # quoted, so that it is taken as it is

    def on_attachment_strip_changed(self) -> None:
        self._draft.note_change()

    def action_attach(self, path: str) -> None:
        self._composer.attachments.attach(path)

    def action_attach_help(self) -> None:
        self._transcript.add_notice(
            "info", tr("/attach PATH sends a file along with the next message."), tr(ATTACH_HINT)
        )

    def on_attachment_strip_refused(self, message: AttachmentStrip.Refused) -> None:
        self._say(message.problem)

    def on_composer_editor_failed(self, message: Composer.EditorFailed) -> None:
        self._say(message.problem)

    def on_composer_history_trouble(self, message: Composer.HistoryTrouble) -> None:
        self._transcript.add_notice("warning", message.text)

    def _say(self, problem: ClackyError) -> None:
        self._transcript.add_notice("warning", problem.message, problem.hint)


ATTACH_HINT = tr_noop(
    "A path pasted or dropped alone is offered too; ctrl+d removes the newest file."
)
