"""The sessions tab: a list to open, find, name, pin, copy, export and delete from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message

from clacky_tui.errors import SessionError
from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.sessions import store
from clacky_tui.sessions.rows import SessionRow
from clacky_tui.sessions.search import SearchHit
from clacky_tui.tools.wording import one_line, size_words
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lists.pane import ListPane
from clacky_tui.tui.rerun import Rerun
from clacky_tui.tui.sessions.listing import (
    Filters,
    Item,
    Scheduled,
    arrange,
    folded,
    is_date_beginning,
    is_scheduled,
    sources,
)
from clacky_tui.tui.sessions.preview import Preview, read_glimpse
from clacky_tui.tui.sessions.rows import delete, export, export_path, resolve_export
from clacky_tui.tui.sessions.table import SessionTable

PREVIEW_CELLS = 120
"""Room for the list and the last messages beside it."""
DATE_LABEL = tr_noop("Begun on (2026, 2026-05 or 2026-05-22):")


class SessionsPane(ListPane[Item]):
    """Shows every session, read again whenever the tab is opened.

    Args:
        clock: the present, timezone-aware.
    """

    DEFAULT_CSS = """
    SessionsPane > #beside { height: 1fr; }
    SessionsPane SessionTable { width: 3fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", tooltip="go on with it"),
        Binding(
            "slash", "filter", "search", key_display="/", tooltip="find by name; enter: by text"
        ),
        Binding("f", "fork", "fork", tooltip="copy it; the copy goes on by itself"),
        Binding("r,e", "rename", "rename", key_display="r", tooltip="give it a name"),
        Binding("p", "pin", "pin", tooltip="keep it in front and for good, or no longer"),
        Binding(
            "delete,x", "delete", "bin", key_display="del", tooltip="move it to the recycle bin"
        ),
        Binding("b", "recycle_bin", "recycle bin", tooltip="show the recycle bin"),
        Binding("n", "new", "new", tooltip="begin a new session: name, model, directory"),
        Binding(
            "N",
            "app.tell_worker('new_session')",
            "new at once",
            key_display="N",
            show=False,
            tooltip="begin a new session like the present one",
        ),
        Binding("t", "next_source", "type", tooltip="only those begun by hand, by a schedule …"),
        Binding("d", "created", "date", tooltip="only those begun on a day, in a month or a year"),
        Binding("z", "export", "export", tooltip="write it to a file: Markdown, JSON or zip"),
        Binding("R", "reload", "reload", key_display="R", tooltip="read them again"),
    ]
    EMPTY_TEXT = tr_noop(
        "No sessions yet. Every conversation is kept and appears here as soon as something is said "
        "in it; n begins a new one."
    )

    class BinAsked(Message):
        """The person wants to see the recycle bin."""

    def __init__(self, *, clock: Callable[[], datetime] = local_now) -> None:
        self._table = SessionTable(clock)
        self._preview = Preview()
        beside = Horizontal(self._table, self._preview, id="beside")
        super().__init__(self._table, body=beside, clock=clock)
        self._working_dir = Path.cwd()
        self._query = ""
        """What is searched for in the texts; empty while the names are filtered."""
        self._hits: tuple[SearchHit, ...] = ()
        self._source = ""
        """Who began the sessions on show; empty shows all, and folds scheduled ones."""
        self._created = ""
        """What the date of their beginning begins with."""
        self._in_scheduled = False
        """Whether the folded sessions are on show, and no others."""
        self._previewing = Rerun(self, self._read_preview)

    def set_session(self, session_id: str, working_dir: Path) -> None:
        """Mark the session that is open here; those of its directory come first."""
        self._table.current_id, self._working_dir = session_id, working_dir
        self.reload()

    # --- what is listed ------------------------------------------------------------------------

    def fetch(self) -> Sequence[Item]:
        query = self._query
        self._hits = store.search_sessions(query) if query else ()
        return [SearchHit(row, matches=0) for row in store.list_sessions()]

    @property
    def _filters(self) -> Filters:
        return Filters("" if self._query else self._typed, self._source, self._created)

    @property
    def is_filtered(self) -> bool:
        return bool(self._typed or self._filters or self._in_scheduled)

    def select(self, items: Sequence[Item], typed: str) -> Sequence[Item]:
        filters, hits = self._filters, [item for item in items if isinstance(item, SearchHit)]
        if self._query:
            return [hit for hit in self._hits if filters.fits(hit.row)]
        if self._in_scheduled:
            hits = [hit for hit in hits if is_scheduled(hit)]
        fitting = arrange(hits, filters, self._working_dir)
        return fitting if self.is_filtered else folded(fitting)

    def key(self, item: Item) -> Hashable:
        return Scheduled if isinstance(item, Scheduled) else item.row.path

    def summary(self, items: Sequence[Item]) -> str:
        rows = [item.row for item in items if isinstance(item, SearchHit)]
        words = [
            tr_count("{n} session", "{n} sessions", len(rows)),
            tr(size_words(sum(row.size_bytes for row in rows))),
        ]
        if broken := sum(bool(row.broken) for row in rows):
            words.append(tr("{broken:,} cannot be read", broken=broken))
        return " · ".join(words)

    def detail(self, item: Item) -> str:
        if isinstance(item, Scheduled):
            return tr(
                "{count} begun by schedules · enter shows them",
                count=tr_count("{n} session", "{n} sessions", len(item.hits)),
            )
        row = item.row
        if row.broken:
            return f"{one_line(shorten_home(row.path))}: {one_line(row.broken)}"
        unpriced = (
            tr(", {unpriced:,} without a price", unpriced=row.unpriced) if row.unpriced else ""
        )
        branches = tr(" · {branches:,} branches", branches=row.branches) if row.branches > 1 else ""
        here = tr(" · open here") if self._is_current(row) else ""
        return (
            f"{row.short_id} · {one_line(shorten_home(row.working_dir))} · "
            f"{one_line(row.model) or tr('unknown model')} · "
            f"{tr_count('{n} request', '{n} requests', row.requests)}{unpriced}{branches}{here}"
        )

    def words_found(self, count: int) -> str:
        back = tr("esc goes back") if self._in_scheduled else tr("esc shows all")
        filters = self._filters
        kinds = ["scheduled"] if self._in_scheduled else []
        kinds += [tr("type {source}", source=filters.source)] if filters.source else []
        kinds += [tr("begun {created}", created=filters.created)] if filters.created else []
        if self._query:
            said = tr("{count:,} say {query!r}", count=count, query=self._query)
            return f"{', '.join([said, *kinds])} ({back})"
        kinds += [repr(filters.typed)] if filters.typed else []
        return tr("{count:,} fit {kinds} ({back})", count=count, kinds=", ".join(kinds), back=back)

    def nothing_found(self) -> str:
        if self._source or self._created:
            return tr("No session: {found}.", found=self.words_found(0))
        if self._query:
            return tr("{query!r} was not said in any session (esc shows all).", query=self._query)
        return tr(
            "No name or directory fits {typed!r}; enter searches what was said.", typed=self._typed
        )

    async def _arrange(self) -> None:
        self._table.shows_places = bool(self._query)
        await super()._arrange()

    # --- the last messages ---------------------------------------------------------------------

    def on_resize(self) -> None:
        self._draw_words()

    def _draw_words(self) -> None:
        super()._draw_words()
        has_room = self.app.size.width >= PREVIEW_CELLS
        self._preview.display = has_room and self._list.chosen is not None
        if self._preview.display:
            self._previewing.request()

    async def _read_preview(self) -> None:
        chosen = self._list.chosen
        row = self._chosen_row()
        glimpse = await asyncio.to_thread(read_glimpse, row) if row is not None else None
        if chosen is self._list.chosen:
            self._preview.show(glimpse)

    # --- keys ----------------------------------------------------------------------------------

    def _filter_by(self, typed: str) -> None:
        self._query = ""
        super()._filter_by(typed)

    def filter_entered(self, typed: str) -> None:
        super().filter_entered(typed)
        self._query = typed.strip()
        self._reading.request()

    def action_next_source(self) -> None:
        """Show only what the next of the sources began; after the last one, all again."""
        hits = [item for item in self._all or () if isinstance(item, SearchHit)]
        known = ["", *sources(hits)]
        at = known.index(self._source) if self._source in known else 0
        self._source = known[(at + 1) % len(known)]
        self.tell("")
        self._arranging.request()

    def action_created(self) -> None:
        self._input.ask(tr(DATE_LABEL), self._created, self._created_entered, self._show_created)

    def _created_entered(self, typed: str) -> None:
        if not is_date_beginning(typed.strip()):
            self.tell(
                tr("{typed} is no date like 2026-05-22, nor its beginning.", typed=typed.strip()),
                is_error=True,
            )
            return
        self._show_created(typed)

    def _show_created(self, typed: str) -> None:
        if is_date_beginning(typed.strip()):
            self._created = typed.strip()
            self._arranging.request()

    def action_back(self) -> None:
        if self._in_scheduled and not (self._typed or self._filters):
            self._in_scheduled = False
        self._source = self._created = ""
        super().action_back()

    async def action_new(self) -> None:
        from clacky_tui.tui.sessions.new_dialog import NewSession, NewSessionDialog

        async def begin(wanted: NewSession | None) -> None:
            if wanted is not None:
                moved = wanted.working_dir != self._working_dir
                folder = str(wanted.working_dir) if moved else ""
                call = ("", "begin_session", (wanted.name, wanted.model, folder))
                await self.app.run_action(call)

        await self.app.push_screen(NewSessionDialog(self._working_dir), begin)

    async def action_open(self) -> None:
        if isinstance(self._list.chosen, Scheduled):
            self._in_scheduled = True
            self._arranging.request()
            return
        row = self._chosen_row()
        if row is None:
            return
        if row.broken:
            self.tell(tr("It cannot be opened: {broken}", broken=row.broken), is_error=True)
        elif self._is_current(row):
            await self.run_action("app.show_tab('chat')")
        else:
            await self.app.run_action(("", "open_session", (row.id,)))

    def action_rename(self) -> None:
        row = self._chosen_row()
        if row is not None:
            self._input.ask(tr("Name:"), one_line(row.name), lambda name: self._rename(row, name))

    def action_pin(self) -> None:
        row = self._chosen_row()
        if row is None:
            return
        pinned = not row.pinned

        def pin() -> str:
            store.set_pinned(row, pinned)
            name = one_line(row.shown_name)
            if pinned:
                return tr("{name} is pinned.", name=name)
            return tr("{name} is no longer pinned.", name=name)

        self.act(tr("Pinning …"), pin)

    def action_delete(self) -> None:
        row = self._chosen_row()
        if row is None:
            return
        if self._is_current(row):
            self.tell(tr("It is open here. Begin another one first: n."), is_error=True)
            return
        question = tr("Move {shown_name} to the recycle bin?", shown_name=one_line(row.shown_name))
        self.confirm(question, tr("move it"), lambda: self.act(tr("Moving …"), lambda: delete(row)))

    def action_fork(self) -> None:
        row = self._chosen_row()
        if row is None:
            return

        def fork() -> str:
            store.fork(row)
            return tr(
                "{shown_name} has a copy now that goes on by itself.",
                shown_name=one_line(row.shown_name),
            )

        self.act(tr("Copying …"), fork)

    def action_export(self) -> None:
        row = self._chosen_row()
        if row is not None:
            self._ask_export_path(row, export_path(row, self._working_dir))

    def action_recycle_bin(self) -> None:
        self.post_message(self.BinAsked())

    # --- what keys lead to ---------------------------------------------------------------------

    def _chosen_row(self) -> SessionRow | None:
        """The session under the cursor; None also where a row stands for several."""
        chosen = self._list.chosen
        return chosen.row if isinstance(chosen, SearchHit) else None

    def _is_current(self, row: SessionRow) -> bool:
        return bool(row.id) and row.id == self._table.current_id

    def _rename(self, row: SessionRow, name: str) -> None:
        if name == row.name:
            return
        if self._is_current(row) and name.strip():
            self.run_worker(self.app.run_action(("", "rename_session", (name.strip(),))))
            return

        def rename() -> str:
            store.rename(row, name)
            return tr("It is called {name} now.", name=one_line(name))

        self.act(tr("Renaming …"), rename)

    def _ask_export_path(self, row: SessionRow, value: str) -> None:
        self._input.ask(
            tr("Write to (.md .json .zip):"), value, lambda typed: self._export(row, typed)
        )

    def _export(self, row: SessionRow, typed: str) -> None:
        try:
            path = resolve_export(typed, self._working_dir)
        except SessionError as error:
            self._tell_error(error)
            self._ask_export_path(row, typed)
            return
        self.run_worker(self._export_to(row, path))

    async def _export_to(self, row: SessionRow, path: Path) -> None:
        def write() -> None:
            self.act(tr("Writing …"), lambda: export(row, path))

        if await asyncio.to_thread(path.exists):
            self.confirm(
                tr("{path} exists. Replace it?", path=shorten_home(path)), tr("replace it"), write
            )
        else:
            write()
