"""The app's actions that tell something in the chat without asking the worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from clacky_tui.errors import ConfigError
from clacky_tui.tui.actions import ACTIONS

if TYPE_CHECKING:
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.context.tab import ContextTab
    from clacky_tui.tui.router import Router


class Reports:
    """Mixed into the app, which says where the figures are and how a tab is shown."""

    _clock: Callable[[], datetime]
    _context_tab: ContextTab
    _load: Callable[[], tuple[Settings, ModelEntry | None]]
    _router: Router | None
    _transcript: Transcript

    def action_show_tab(self, tab: str) -> None:
        raise NotImplementedError

    def action_show_cost(self) -> None:
        from clacky_tui.tui.wording import cost_report

        last_usage = self._router.last_usage if self._router is not None else None
        self._transcript.add_notice("info", cost_report(last_usage))

    def action_show_usage(self, name: str) -> None:
        """Say what a command of that name wants."""
        action = next(action for action in ACTIONS if action.name == name)
        self._transcript.add_notice("info", f"/{name}: {action.description}")

    def action_show_tasks(self) -> None:
        from clacky_tui.tui.background import tasks_report

        self.action_show_tab("chat")
        tasks = self._router.background if self._router is not None else ()
        self._transcript.add_notice("info", tasks_report(tasks, self._clock()))

    async def action_show_models(self) -> None:
        from clacky_tui.tui.model_list import models_report

        figures, now = self._context_tab.figures, self._clock()
        try:
            settings, entry = await asyncio.to_thread(self._load)
        except ConfigError as error:
            self._transcript.add_notice("error", error.message, error.hint)
            return
        known = [model.model for model in (*settings.models, *([entry] if entry else []))]
        report = await asyncio.to_thread(models_report, known, figures, now)
        self._transcript.add_notice("info", report)
