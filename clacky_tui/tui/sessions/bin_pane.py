"""The recycle bin of sessions: to bring back, or to delete for good."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.sessions.recycle_bin import KEPT_DAYS, DeletedSession, deleted
from clacky_tui.tools.wording import one_line, size_words
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.layout import Column
from clacky_tui.tui.lists.pane import ListPane
from clacky_tui.tui.lists.relative_time import time_ago
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.sessions.rows import deleted_amount, deleted_name, purge, restore

COLUMNS = (
    Column("Directory", 28, from_width=78, is_text=True),
    Column("Tasks", 7, from_width=48),
    Column("Size", 12),
    Column("Deleted", 13),
)


class BinTable(RowList[DeletedSession]):
    """One line per session in the bin.

    Args:
        clock: the present, timezone-aware.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(tr("Name"), COLUMNS)
        self._clock = clock

    def texts(self, item: DeletedSession, canvas: Canvas) -> Sequence[str]:
        return (
            deleted_name(item),
            one_line(shorten_home(item.working_dir)),
            f"{item.tasks:,}",
            tr(size_words(item.size_bytes)),
            time_ago(item.deleted_at, self._clock()),
        )


class BinPane(ListPane[DeletedSession]):
    """Shows the recycle bin, read again whenever it is opened.

    Args:
        clock: the present, timezone-aware.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "u,enter", "restore", "restore", key_display="u", tooltip="bring it back (also enter)"
        ),
        Binding("x", "purge", "delete for good", tooltip="delete it for good"),
        Binding("E", "purge_all", "empty", key_display="E", tooltip="empty the bin"),
        Binding("b,escape", "back", "back", key_display="esc", tooltip="back to the sessions"),
    ]
    EMPTY_TEXT = tr_noop(
        "The recycle bin is empty. Sessions deleted with x stay here for a while; esc goes back to "
        "the "
        "sessions."
    )

    class Left(Message):
        """The person wants to see the sessions again."""

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        super().__init__(BinTable(clock), clock=clock)

    def fetch(self) -> Sequence[DeletedSession]:
        return deleted()

    def select(self, items: Sequence[DeletedSession], typed: str) -> Sequence[DeletedSession]:
        words = typed.casefold().split()
        return [
            item
            for item in items
            if all(word in f"{item.name}\n{item.working_dir}".casefold() for word in words)
        ]

    def key(self, item: DeletedSession) -> Hashable:
        return item.path

    def summary(self, items: Sequence[DeletedSession]) -> str:
        return tr(
            "Recycle bin: {items} · kept for {kept_days} days",
            items=deleted_amount(items),
            kept_days=KEPT_DAYS,
        )

    def detail(self, item: DeletedSession) -> str:
        at = f"{item.deleted_at.astimezone(self._clock().tzinfo):%Y-%m-%d %H:%M}"
        return tr(
            "{short_id} · {working_dir} · deleted {at}",
            short_id=item.short_id,
            working_dir=one_line(shorten_home(item.working_dir)),
            at=at,
        )

    # --- keys ----------------------------------------------------------------------------------

    def action_back(self) -> None:
        if self._typed:
            super().action_back()
        else:
            self.post_message(self.Left())

    def action_restore(self) -> None:
        if (item := self._list.chosen) is not None:
            self.act(tr("Restoring …"), lambda: restore(item))

    def action_purge(self) -> None:
        if (item := self._list.chosen) is not None:
            self._offer_to_purge([item], tr("Delete {item} for good?", item=deleted_name(item)))

    def action_purge_all(self) -> None:
        if self._all:
            question = tr("Empty the recycle bin, {all}?", all=deleted_amount(self._all))
            self._offer_to_purge(self._all, question)

    def _offer_to_purge(self, items: Sequence[DeletedSession], question: str) -> None:
        doing = tr("Deleting {count} …", count=tr_count("{n} session", "{n} sessions", len(items)))
        self.confirm(question, tr("delete for good"), lambda: self.act(doing, lambda: purge(items)))
