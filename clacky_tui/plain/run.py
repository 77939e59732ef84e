"""Opens plain mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.config.preferences import load_preferences
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.money import currency_of, show_amounts_in
from clacky_tui.i18n import use_language
from clacky_tui.plain.front_end import PlainFrontEnd

if TYPE_CHECKING:
    from clacky_tui import events
    from clacky_tui.agent.worker import AgentWorker
    from clacky_tui.config.settings import ModelEntry, Settings


def run_plain(
    *,
    working_dir: Path,
    mode: str,
    load: Callable[[], tuple[Settings, ModelEntry | None]],
    resume: Path | None = None,
    model_chosen: bool = False,
) -> int:
    """Talk line by line until the person leaves; returns the process exit code.

    Args:
        working_dir: where the agent works.
        mode: a `PermissionMode` value.
        load: reads settings and the model; called on the worker's thread, later on this one too.
        resume: journal of the session to go on with; None begins one.
        model_chosen: whether the person named the model.
    """

    def start(deliver: Callable[[events.Envelope], None]) -> AgentWorker:
        from clacky_tui.agent.worker import AgentWorker

        settings, entry = load()
        return AgentWorker(
            settings,
            deliver,
            working_dir=working_dir,
            mode=PermissionMode(mode),
            entry=entry,
            resume=resume,
            entry_chosen=model_chosen,
        )

    preferences = load_preferences()
    show_amounts_in(currency_of(preferences.currency, preferences.exchange_rate))
    use_language(preferences.language)
    return PlainFrontEnd(start, load, preferences).run()
