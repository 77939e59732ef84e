"""The table of the trash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.style import Style

from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tools.wording import size_words
from clacky_tui.trash.layout import ItemKind
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.layout import Column
from clacky_tui.tui.lists.relative_time import time_ago
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.trash.rows import TrashRow

COLUMNS = (
    Column("From", 34, from_width=110, is_text=True),
    Column("Project", 18, from_width=64, is_text=True),
    Column("Kind", 13, from_width=80, is_text=True),
    Column("Size", 12),
    Column("When", 13),
)
KIND_WORDS = {
    ItemKind.DELETED: tr_noop("deleted"),
    ItemKind.OVERWRITTEN: tr_noop("overwritten"),
}


class TrashTable(RowList[TrashRow]):
    """One line per entry; those whose project is gone are marked.

    Args:
        clock: the present, timezone-aware.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(GUTTER + tr("Name"), COLUMNS)
        self._clock = clock

    def texts(self, item: TrashRow, canvas: Canvas) -> Sequence[str]:
        mark = f"{canvas.glyphs.warning} " if item.orphaned else GUTTER
        return (
            mark + item.name,
            item.short_path,
            item.project_name,
            tr(KIND_WORDS[item.item.kind]),
            tr(size_words(item.size_bytes)),
            time_ago(item.item.deleted_at, self._clock()),
        )

    def style(self, item: TrashRow, canvas: Canvas) -> Style:
        return canvas.styles.warning if item.orphaned else canvas.styles.ground
