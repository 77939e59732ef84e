"""The trash tab: entries of all projects, to bring back or to delete for good."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.tools.wording import one_line
from clacky_tui.trash.store import TrashError
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lists.pane import ListPane
from clacky_tui.tui.trash.rows import (
    OLD_DAYS,
    Order,
    TrashRow,
    amount,
    arrange,
    delete,
    older,
    read_listing,
    restore,
)
from clacky_tui.tui.trash.table import KIND_WORDS, TrashTable


class TrashPane(ListPane[TrashRow]):
    """Shows the whole trash, read again whenever the tab is opened.

    Args:
        clock: the present, timezone-aware; decides what is old.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "u,enter", "restore", "restore", key_display="u", tooltip="put it back (also enter)"
        ),
        Binding("x", "delete", "delete", tooltip="delete it for good"),
        Binding(
            "o",
            "delete_old",
            "old ones",
            tooltip=f"delete what has lain there for {OLD_DAYS} days",
        ),
        Binding(
            "O",
            "delete_orphans",
            "orphans",
            key_display="O",
            tooltip="delete the files of projects that are gone",
        ),
        Binding("E", "delete_all", "empty", key_display="E", tooltip="empty the trash"),
        Binding("s", "sort", "sort", tooltip="newest, largest, name, project"),
    ]
    EMPTY_TEXT = tr_noop(
        "Nothing in the trash. Files that the agent deletes or overwrites, in any project, appear "
        "here and can be brought back (alt+1 goes to the chat)."
    )

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        super().__init__(TrashTable(clock), clock=clock)
        self._order = Order.NEWEST
        self._unreadable = 0
        self._unreadable_folders: tuple[str, ...] = ()

    def fetch(self) -> Sequence[TrashRow]:
        listing = read_listing()
        self._unreadable = listing.unreadable
        self._unreadable_folders = listing.unreadable_folders
        if self._unreadable_folders and not listing.rows:
            raise TrashError(one_line(self._unreadable_folders[0]))
        return listing.rows

    async def _read(self) -> None:
        before = self._unreadable_folders
        await super()._read()
        if self._unreadable_folders != before:
            self.tell("\n".join(map(one_line, self._unreadable_folders)), is_error=True)

    def select(self, items: Sequence[TrashRow], typed: str) -> Sequence[TrashRow]:
        return arrange(items, typed, self._order)

    def key(self, item: TrashRow) -> Hashable:
        return item.item.payload

    def summary(self, items: Sequence[TrashRow]) -> str:
        words = [amount(items)]
        if orphans := sum(row.orphaned for row in items):
            words.append(f"{tr_count('{n} orphan', '{n} orphans', orphans)} (!)")
        if self._unreadable_folders:
            words.append(
                tr(
                    "{count} cannot be read",
                    count=tr_count("{n} folder", "{n} folders", len(self._unreadable_folders)),
                )
            )
        if self._unreadable:
            words.append(
                tr(
                    "{unreadable} cannot be read",
                    unreadable=tr_count("{n} record", "{n} records", self._unreadable),
                )
            )
        return " · ".join([*words, tr("sorted by {order}", order=tr(self._order))])

    def detail(self, item: TrashRow) -> str:
        trashed = item.item
        by = one_line(trashed.deleted_by)
        at = f"{trashed.deleted_at.astimezone(self._clock().tzinfo):%Y-%m-%d %H:%M}"
        gone = tr(" · project gone") if item.orphaned else ""
        return f"{item.path}{gone} · {tr(KIND_WORDS[trashed.kind])} {at}{tr(' by {by}', by=by) if by else ''}"

    # --- keys ----------------------------------------------------------------------------------

    def action_restore(self) -> None:
        if (row := self._list.chosen) is not None:
            self.act(tr("Restoring {name} …", name=row.name), lambda: restore(row))

    def action_delete(self) -> None:
        if (row := self._list.chosen) is not None:
            self._offer_to_delete([row], tr("Delete {path} for good?", path=row.path))

    def action_delete_old(self) -> None:
        old = older(self._all or (), self._clock())
        if old:
            asked = tr(
                "Delete what has lain there for more than {old_days} days, {old}?",
                old_days=OLD_DAYS,
                old=amount(old),
            )
            self._offer_to_delete(old, asked)
        else:
            self.tell(
                tr("Nothing has lain there for more than {old_days} days.", old_days=OLD_DAYS)
            )

    def action_delete_orphans(self) -> None:
        orphans = [row for row in self._all or () if row.orphaned]
        if orphans:
            asked = tr(
                "Delete what belonged to projects that are gone, {orphans}?",
                orphans=amount(orphans),
            )
            self._offer_to_delete(orphans, asked)
        else:
            self.tell(tr("No entry belongs to a project that is gone."))

    def action_delete_all(self) -> None:
        if self._all:
            self._offer_to_delete(
                self._all, tr("Empty the trash of all projects, {all}?", all=amount(self._all))
            )

    def action_sort(self) -> None:
        self._order = self._order.following
        self._arranging.request()

    def _offer_to_delete(self, rows: Sequence[TrashRow], question: str) -> None:
        doing = tr("Deleting {count} …", count=tr_count("{n} item", "{n} items", len(rows)))
        self.confirm(question, tr("delete for good"), lambda: self.act(doing, lambda: delete(rows)))
