"""What has become too much is put away once per start, beside everything else."""

from __future__ import annotations

import asyncio

from clacky_tui import events
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.trash_sweep import sweep_trash
from clacky_tui.config.settings import Settings
from clacky_tui.i18n import tr_count


async def tidy_up(session: Session, settings: Settings, attended: bool) -> None:
    """Bring the sessions and the trash down to what `settings` keep; `session` is told.

    Only when `attended`: a person has to see what is said about it.
    """
    if not attended:
        return
    await _bin_old_sessions(session, settings.max_sessions)
    if settings.sweep_trash:
        await sweep_trash(session)


async def _bin_old_sessions(session: Session, max_sessions: int | None) -> None:
    # Imported late: nothing of the index is needed for the first frame.
    from clacky_tui.sessions.retention import tidy

    if moved := await asyncio.to_thread(tidy, now(), max_sessions):
        session.emit(
            events.Notice(
                level="info",
                text=tr_count(
                    "{n} session above the {kept} that are kept went to the recycle bin. It can be "
                    "restored there; what is pinned always stays.",
                    "{n} sessions above the {kept} that are kept went to the recycle bin. They can "
                    "be restored there; what is pinned always stays.",
                    len(moved),
                    kept=max_sessions,
                ),
            )
        )
