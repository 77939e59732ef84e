"""The table of sessions, with the words around a hit under each row after a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.cells import cell_len
from rich.style import Style

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.tools.wording import one_line, size_words
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.text import Line, fit, sanitize
from clacky_tui.tui.layout import Column
from clacky_tui.tui.lists.relative_time import time_ago
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.sessions.listing import Item, Scheduled
from clacky_tui.tui.sessions.rows import cost_words
from clacky_tui.wording import format_cost

COLUMNS = (
    Column("Directory", 22, from_width=78, is_text=True),
    Column("Tasks", 7, from_width=58),
    Column("Cost", 14, from_width=48),
    Column("Size", 11, from_width=94),
    Column("When", 13),
)
_MARKS = "    "
"""Where the signs of the current session, of a pin and of branches stand."""
SCHEDULED_NAME = tr_noop("Scheduled tasks ({count:,})")


class SessionTable(RowList[Item]):
    """One line per session, two after a search.

    Args:
        clock: the present, timezone-aware.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(_MARKS + tr("Name"), COLUMNS)
        self._clock = clock
        self.current_id = ""
        """The session that is open here."""
        self.shows_places = False
        """Whether the items come from a search."""

    def texts(self, item: Item, canvas: Canvas) -> Sequence[str]:
        glyphs = canvas.glyphs
        if isinstance(item, Scheduled):
            return self._scheduled(item, canvas)
        row = item.row
        marks = "".join(
            (
                glyphs.user if row.id == self.current_id else " ",
                glyphs.pinned if row.pinned else " ",
                glyphs.branches if row.branches > 1 else " ",
            )
        )
        if row.broken:
            name, where, tasks = one_line(row.path.name), one_line(row.broken), ""
            marks = f"{glyphs.warning}  "
        else:
            name, where = one_line(row.shown_name), one_line(shorten_home(row.working_dir))
            tasks = f"{row.tasks:,}"
        badge = f" [{row.source}]" if row.source != "manual" else ""
        return (
            f"{marks} {name}{badge}",
            where,
            tasks,
            cost_words(row),
            tr(size_words(row.size_bytes)),
            time_ago(row.updated_at, self._clock()),
        )

    def _scheduled(self, item: Scheduled, canvas: Canvas) -> Sequence[str]:
        newest = max(hit.row.updated_at for hit in item.hits)
        return (
            f"{canvas.glyphs.closed}   {tr(SCHEDULED_NAME, count=len(item.hits))}",
            "",
            f"{item.tasks:,}",
            format_cost(item.cost, item.unpriced, simulated=False),
            tr(size_words(item.size_bytes)),
            time_ago(newest, self._clock()),
        )

    def style(self, item: Item, canvas: Canvas) -> Style:
        is_broken = not isinstance(item, Scheduled) and item.row.broken
        return canvas.styles.error if is_broken else canvas.styles.ground

    def below(self, item: Item, canvas: Canvas) -> Line | None:
        if not self.shows_places or isinstance(item, Scheduled):
            return None
        styles, indent = canvas.styles, " " * (len(_MARKS) + 1)
        if not item.snippet:
            return [(tr("{indent}found in the name", indent=indent), styles.muted)]
        start, end = item.match_start, item.match_end
        said = f"{indent}{tr(item.role)}: "
        found, after = sanitize(item.snippet[start:end]), sanitize(item.snippet[end:])
        room = (canvas.width - cell_len(said) - cell_len(found)) // 2
        before = _last_cells(sanitize(item.snippet[:start]), room, canvas.glyphs.more)
        room = max(canvas.width - cell_len(said + before) - cell_len(found), 0)
        after = fit(after, room, canvas.glyphs.more)
        return [(said + before, styles.muted), (found, styles.accent), (after, styles.muted)]


def _last_cells(text: str, cells: int, ellipsis: str) -> str:
    """The end of `text`, at most `cells` wide, behind an ellipsis when it is cut."""
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    start = next((i for i in range(len(text)) if cell_len(text[i:]) <= room), len(text))
    return ellipsis + text[start:]
