"""A message being written, which the person's own editor can take over for a while."""

from __future__ import annotations

from textual.message import Message

from clacky_tui.errors import ClackyError
from clacky_tui.tui.chat.recall_area import RecallArea


class OutsideArea(RecallArea):
    """Waits, with the screen given away, until the editor is left."""

    class EditorFailed(Message, namespace="composer"):
        """The person's editor was of no use; the message is as it was."""

        def __init__(self, problem: ClackyError) -> None:
            super().__init__()
            self.problem = problem

    def action_edit_outside(self) -> None:
        """Open the message, or the paste block that is shown, in the person's editor."""
        if not self.holds_query and not any(one.group == "editor" for one in self.workers):
            self.run_worker(self._edit_outside(), group="editor")

    async def _edit_outside(self) -> None:
        from clacky_tui.tui.chat.editor import EditorError, edit_outside

        in_block = bool(self.open_block)
        try:
            edited = await edit_outside(self.app, self.text if in_block else self.expanded_text())
        except EditorError as problem:
            self.post_message(self.EditorFailed(problem))
            return
        self.replace_all(edited if in_block else self._blocks.collapsed(edited))
