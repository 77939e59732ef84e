"""What is printed on the normal screen once the app has left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clacky_tui.i18n import tr, tr_count
from clacky_tui.sessions.rows import SHORT_ID
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.wording import cost_report

if TYPE_CHECKING:
    from clacky_tui import events

CLOSING_RULE_CELLS = 60


def closing_words(
    closed: events.SessionClosed | None, recorded: events.UsageRecorded | None, session_id: str
) -> str:
    """What is printed after leaving: cost, tasks, where the session lies and how it goes on; empty
    without one."""
    if closed is None or not closed.journal_path:
        return ""
    cost = cost_report(recorded).splitlines()[0]
    tasks = tr_count("{n} task", "{n} tasks", closed.tasks)
    rule = current_glyphs().rule * CLOSING_RULE_CELLS
    again = tr("Go on with it: clacky -a {session_id}", session_id=session_id[:SHORT_ID])
    return "\n".join([rule, f"{cost}, {tasks}", closed.journal_path, again])
