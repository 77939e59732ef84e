"""The trash is tidied once per start, beside everything else."""

from __future__ import annotations

import asyncio

from clacky_tui import events
from clacky_tui.agent.session import Session
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_count
from clacky_tui.tools.wording import size_words


async def sweep_trash(session: Session) -> None:
    """Delete for good what has lain in the trash too long, and say so if there was anything."""
    # Imported late: nothing of the trash is needed for the first frame.
    from clacky_tui.trash.overview import KEEP_BYTES, KEEP_DAYS, sweep

    try:
        removal = await asyncio.to_thread(sweep)
    except (OSError, ClackyError) as error:
        session.warn(tr("The trash could not be tidied. {error}", error=error))
        return
    if removal.count:
        session.emit(
            events.Notice(
                level="info",
                text=tr_count(
                    "{n} item older than {days} days, or above {most} in all, left the trash for "
                    "good ({freed} freed).",
                    "{n} items older than {days} days, or above {most} in all, left the trash for "
                    "good ({freed} freed).",
                    removal.count,
                    days=KEEP_DAYS,
                    most=tr(size_words(KEEP_BYTES)),
                    freed=tr(size_words(removal.freed_bytes)),
                ),
            )
        )
