"""The app's actions that tell something in the chat without asking the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.actions import ACTIONS
from clacky_tui.i18n import tr

if TYPE_CHECKING:
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.router import Router


class Reports:
    """Mixed into the app, which says where the figures are."""

    _router: Router | None
    _transcript: Transcript

    def action_show_cost(self) -> None:
        from clacky_tui.wording import cost_report

        last_usage = self._router.last_usage if self._router is not None else None
        self._transcript.add_notice("info", cost_report(last_usage))

    def action_show_usage(self, name: str) -> None:
        """Say what a command of that name wants."""
        action = next(action for action in ACTIONS if action.name == name)
        self._transcript.add_notice("info", f"{action.usage}: {tr(action.description)}")
