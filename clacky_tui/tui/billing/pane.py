"""The billing tab: what was spent over a stretch of time, on what, and how sure that is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from clacky_tui.config.settings import load_settings
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.billing.choice import OWN_AGENTS, Choices
from clacky_tui.tui.billing.dates import month_title, stretch_title
from clacky_tui.tui.billing.desk import Books, UsageDesk
from clacky_tui.tui.billing.inquiries import UNREADABLE, Inquiries
from clacky_tui.tui.billing.outlook import OutlookLine
from clacky_tui.tui.billing.page import LOW_ROWS, ROOMY_ROWS, FiguresPage
from clacky_tui.tui.billing.periods import PeriodRow
from clacky_tui.tui.billing.records_view import RecordsView
from clacky_tui.tui.billing.status import LedgerStatus
from clacky_tui.tui.billing.text_page import TextPage
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.lazy_tab import TabPane
from clacky_tui.tui.lists.line_input import LineInput
from clacky_tui.tui.rerun import Rerun
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.overview import Overview, read_overview, read_table
from clacky_tui.usage.stretch import Period, Stretch

SIMULATED_TEXT = tr_noop("Simulated costs of the built-in demo model; never part of your bill")
_FOOT_ROWS = 2
_REREAD_SECONDS = 2.0
"""How often the figures follow while the index is being filled."""


class BillingPane(Inquiries, TabPane):
    """Shows one ledger, or all agents; `show_ledger` chooses which ledger.

    Args:
        clock: the present, timezone-aware; decides which day, month or year is on show.
        session: gives what is known of the session that is open.
    """

    DEFAULT_CSS = """
    BillingPane { height: 1fr; width: 1fr; }
    BillingPane.roomy PeriodRow { margin-bottom: 1; }
    BillingPane > FiguresPage { height: 1fr; }
    BillingPane > #simulated { height: 1; color: $warning; padding: 0 1; display: none; }
    BillingPane > #empty { height: auto; padding: 1 1; color: $text-muted; }
    BillingPane > #message { height: auto; max-height: 3; padding: 0 1; display: none; }
    BillingPane > #message.error { color: $error; }
    BillingPane > #indexing { height: 1; padding: 0 1; color: $accent; display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "show_period('day')", "costs of the day"),
        Binding("w", "show_period('week')", "costs of the week"),
        Binding("m", "show_period('month')", "costs of the month"),
        Binding("y", "show_period('year')", "costs of the year"),
        Binding("a", "show_period('all')", "costs of all time"),
        Binding("c", "ask_stretch", "costs from one day to another"),
        Binding("left_square_bracket", "move_period(-1)", "period before", key_display="["),
        Binding("right_square_bracket", "move_period(1)", "period after", key_display="]"),
        Binding("left", "move(-1)", "day, hour or month before"),
        Binding("right", "move(1)", "day, hour or month after"),
        Binding("tab", "next_table", "by model, agent, provider, project or session"),
        Binding("up", "move_row(-1)", "row before, scroll up"),
        Binding("down", "move_row(1)", "row after, scroll down"),
        Binding("enter", "open_records", "single requests of the row, else of the day"),
        Binding("s", "sort", "sort the table by cost, requests, input or output"),
        Binding("i", "open_what_if", "what it would have cost with other models"),
        Binding("p", "open_price", "where the price of the chosen model comes from"),
        Binding("o", "toggle_agents", "own requests, or those of all agents here"),
        Binding("f", "only_agent", "requests of one agent only"),
        Binding("v", "open_sources", "what is known of each agent, and what is not"),
        Binding("x", "ask_export", "write the figures to a file"),
        Binding("dollar_sign", "ask_currency", "amounts in another currency", key_display="$"),
        Binding("r", "reload", "read the histories again"),
        Binding("pageup", "page(-1)", "scroll up by a page", show=False),
        Binding("pagedown", "page(1)", "scroll down by a page", show=False),
        Binding("escape", "back", "back, stop indexing", show=False, key_display="esc"),
    ]
    ROW_KEYS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "days", key_display="←→"),
        Binding("enter", "open_records", "records"),
        Binding("tab", "next_table", "table"),
        Binding("i", "open_what_if", "what if"),
        Binding("o", "toggle_agents", "all agents"),
        Binding("s", "sort", "sort"),
        Binding("p", "open_price", "price"),
        Binding("x", "ask_export", "export"),
        Binding("dollar_sign", "ask_currency", "currency", key_display="$"),
        Binding("left_square_bracket", "move_period(-1)", "earlier", key_display="[]"),
        Binding("v", "open_sources", "sources"),
        Binding("question_mark", "app.help", "keys", key_display="?"),
    ]

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = local_now,
        session: Callable[[], ContextFigures] = ContextFigures,
    ) -> None:
        super().__init__()
        self._clock, self._session = clock, session
        self._desk = UsageDesk(Books.of(simulated=False))
        self._choices = Choices(clock)
        self._overview: Overview | None = None
        self._budget: Decimal | None = None
        self._shown = False
        self._stale = True
        self._reading = Rerun(self, self._read)
        self._may_fill = True
        """False after filling was stopped or has failed: then only a key begins it again."""
        self._reread_at = 0.0
        self._periods = PeriodRow(self.ROW_KEYS)
        self._simulated = Static(tr(SIMULATED_TEXT), id="simulated", markup=False)
        self._empty = Static(id="empty", markup=False)
        self._message = Static(id="message", markup=False)
        self._indexing = Static(id="indexing", markup=False)
        self._input = LineInput()
        self._outlook = OutlookLine()
        self._status = LedgerStatus()
        self._figures = FiguresPage(clock)
        self._records = RecordsView()
        self._text = TextPage()

    def compose(self) -> ComposeResult:
        yield self._periods
        yield self._simulated
        yield self._input
        yield self._message
        yield self._empty
        yield self._figures
        yield self._records
        yield self._text
        yield self._outlook
        yield self._indexing
        yield self._status

    def on_mount(self) -> None:
        self._announce_reading()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw())

    def on_unmount(self) -> None:
        self._desk.close()

    # --- what to show ------------------------------------------------------------------------

    def show_ledger(self, folder: Path | None = None, *, simulated: bool) -> None:
        """Show the ledger in `folder` (None: the user's own) and say so when it is simulated."""
        books = Books.of(folder, simulated=simulated)
        self._simulated.display = simulated
        if books != self._desk.books:
            self._desk.close()
            self._desk = UsageDesk(books)
            self._overview, self._may_fill = None, True
            self._indexing.display = False
            if simulated:
                self._choices.all_agents, self._choices.agent = False, None
            self._announce_reading()
        self.reload()

    def reload(self) -> None:
        """Read the ledger again: now when on show, else as soon as it is."""
        self._stale = True
        if self._shown:
            self._reading.request()

    async def _read(self) -> None:
        self._stale = False
        desk, choices = self._desk, self._choices
        stretch, agents, by, order = choices.stretch, choices.agents, choices.by, choices.order
        now = self._clock()

        def overview_of(index: UsageIndex) -> tuple[Overview, Decimal | None]:
            overview = read_overview(
                index, stretch, agents=agents, order=order, now=now, pricer=desk.pricer
            )
            own = agents == OWN_AGENTS and not desk.books.simulated
            return overview, _month_budget() if own else None

        try:
            if not await desk.catch_up() and self._may_fill:
                self._fill(OWN_AGENTS)
            overview, budget = await desk.read(overview_of)
            table = overview.tables.get(by)
            if table is None:
                table = await desk.read(lambda index: read_table(index, stretch, agents, by, order))
        except (OSError, sqlite3.Error) as error:
            if desk is self._desk and self.is_attached:
                self.tell(tr(UNREADABLE, error=error), is_error=True)
            return
        asked = (choices.stretch, choices.agents, choices.by, choices.order)
        if desk is self._desk and asked == (stretch, agents, by, order):
            self._overview, self._budget = overview, budget
            self._figures.show(overview, table, order)
            self._draw()

    def set_shown(self, shown: bool) -> None:
        self._shown = shown
        self._may_fill = True
        if not shown:
            self._input.close()
        elif self._choices.all_agents:
            self._fill(frozenset())
        if shown and self._stale:
            self.reload()

    # --- filling the index -------------------------------------------------------------------

    def _fill(self, agents: frozenset[str]) -> None:
        """Bring the index up to date in another process, and show how far it is."""
        if not self._desk.is_filling and not self._desk.books.simulated:
            self._show_percent(0)
            self.run_worker(self._filled(self._desk, agents))

    async def _filled(self, desk: UsageDesk, agents: frozenset[str]) -> None:
        trouble = ""
        try:
            await desk.fill(agents, self._show_percent)
        except OSError as error:
            trouble = tr(UNREADABLE, error=error)
        if desk is not self._desk:
            return
        self._indexing.display = self._may_fill = False
        if trouble:
            self.tell(trouble, is_error=True)
        self.reload()

    def _show_percent(self, percent: int) -> None:
        words = tr("indexing {percent} % · esc stops it, what is done stays", percent=percent)
        self._indexing.update(words)
        self._indexing.display = True
        if monotonic() - self._reread_at > _REREAD_SECONDS and percent:
            self._reread_at = monotonic()
            self.reload()

    # --- events and keys -----------------------------------------------------------------------

    def on_show(self) -> None:
        self.set_shown(True)

    def on_hide(self) -> None:
        self.set_shown(False)

    def on_resize(self) -> None:
        self._draw()

    def cancel(self) -> bool:
        if self._input.is_open:
            self._input.action_cancel()
        elif self._is_covered:
            self._close_views()
        else:
            return False
        return True

    def action_show_period(self, period: str) -> None:
        self.show_stretch(None, Period(period))

    def action_move_period(self, step: int) -> None:
        if self._choices.move(step):
            self.show_stretch(self._choices.fixed)

    def show_stretch(self, stretch: Stretch | None, period: Period | None = None) -> None:
        """Show `stretch`; None for the one of kind `period` that holds the present."""
        self.tell("")
        self._close_views()
        self._choices.fixed = stretch
        self._choices.period = period or self._choices.period
        self.reload()

    def action_move(self, step: int) -> None:
        if not self._is_covered:
            self._figures.move(step)

    def action_next_table(self) -> None:
        self._choices.next_table()
        self._figures.leave_table()
        self.reload()

    def action_sort(self) -> None:
        self._choices.next_order()
        self.reload()

    def action_move_row(self, step: int) -> None:
        if self._records.is_open:
            self._records.move(step)
        elif self._text.is_open:
            self._text.scroll_relative(y=step, animate=False)
        else:
            self._figures.move_row(step)

    def action_page(self, pages: int) -> None:
        if self._records.is_open:
            self._records.move_page(pages)
        else:
            view = self._text if self._text.is_open else self._figures
            view.scroll_relative(y=pages * max(1, view.size.height - 2), animate=False)

    def action_back(self) -> None:
        self.tell("")
        if self.cancel():
            return
        if self._figures.leave_table():
            return
        if self._choices.agent is not None:
            self._choices.agent = None
            self.reload()
        else:
            self._desk.stop_filling()

    def action_reload(self) -> None:
        self.tell("")
        self._close_views()
        self._may_fill = True
        if self._choices.all_agents:
            self._fill(frozenset())
        self.reload()

    # --- drawing -------------------------------------------------------------------------------

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say `text` under the keys until the next one; nothing when it is empty."""
        if not text and not self._message.display:
            return
        self._message.update(Content(text))
        self._message.set_class(is_error, "error")
        self._message.display = bool(text)

    def _announce_reading(self) -> None:
        """Nothing of another ledger may stay on the screen."""
        self._close_views()
        self._figures.display = self._outlook.display = False
        self._empty.display = True
        self._empty.update(tr("Reading the ledger …"))
        self._status.update("")

    def _close_views(self) -> None:
        if not self._is_covered:
            return
        self._records.close()
        self._close_page()
        self._draw()

    @property
    def _is_covered(self) -> bool:
        return self._records.is_open or self._text.is_open

    def _draw(self) -> None:
        width, height = self.size
        overview = self._overview
        if overview is None or width == 0:
            return
        self.set_class(height >= ROOMY_ROWS, "roomy")
        all_agents = self._choices.all_agents
        self._periods.show(overview.stretch, width, self._whose())
        self._status.show(
            overview, width, _FOOT_ROWS if height >= LOW_ROWS else 1, all_agents=all_agents
        )
        has_figures = overview.totals.entries > 0
        self._figures.display = has_figures and not self._is_covered
        self._empty.display = not has_figures and not self._is_covered
        outlook = overview.outlook
        self._outlook.display = (
            has_figures and not self._is_covered and outlook is not None and height >= LOW_ROWS
        )
        if outlook is not None:
            self._outlook.show(outlook, month_title(self._clock()), self._budget, width)
        if has_figures:
            self._figures.draw(width, height)
        else:
            self._empty.update(_empty_text(overview.stretch))


def _empty_text(stretch: Stretch) -> str:
    if stretch.first is None:
        return tr("No requests yet. What each one costs appears here as soon as it is made.")
    return tr(
        "No requests in this period ({title}). What each one costs appears here as soon as it is "
        "made; a shows all time.",
        title=stretch_title(stretch),
    )


def _month_budget() -> Decimal | None:
    """USD; None without one, and where the settings cannot be read, which the chat tells."""
    try:
        return load_settings().max_month_cost
    except ConfigError:
        return None
