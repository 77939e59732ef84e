"""What the tabs that list things have in common: reading, filtering, the cursor, asking, telling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.countdown import local_now
from clacky_tui.tui.layout import muted_style
from clacky_tui.tui.lazy_tab import TabPane
from clacky_tui.tui.lists.confirm import ConfirmPrompt
from clacky_tui.tui.lists.key_row import KeyRow
from clacky_tui.tui.lists.line_input import LineInput
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.rerun import Rerun

ItemT = TypeVar("ItemT")

FILTER_SIGN = "/"


class ListPane(TabPane, Generic[ItemT]):
    """A list with its keys above it, and what there is to say of it around it.

    What is read and changed on the disk is so on other threads; one change at a time.

    Args:
        rows: the list.
        body: what holds the list and more; the list itself when left out.
        clock: the present, timezone-aware.
    """

    DEFAULT_CSS = """
    ListPane { height: 1fr; width: 1fr; }
    ListPane .line { height: auto; min-height: 1; max-height: 2; padding: 0 1; }
    ListPane > #message { height: auto; max-height: 4; padding: 0 1; display: none; }
    ListPane > #message.error { color: $error; }
    ListPane > #empty { height: auto; padding: 1 1; max-width: 100; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", key_display="/", tooltip="show only what fits"),
        Binding("r", "reload", "reload", tooltip="read it again"),
        Binding("up", "move(-1)", "one up", show=False),
        Binding("down", "move(1)", "one down", show=False),
        Binding("pageup", "move_page(-1)", "one page up", show=False),
        Binding("pagedown", "move_page(1)", "one page down", show=False),
        Binding("home", "move_to_end(False)", "the first", show=False),
        Binding("end", "move_to_end(True)", "the last", show=False),
        Binding("escape", "back", "end the filter", show=False, key_display="esc"),
        Binding("question_mark", "app.help", "keys", key_display="?"),
    ]
    READING_TEXT: ClassVar[str] = tr_noop("Reading …")
    EMPTY_TEXT: ClassVar[str]
    """Shown instead of an empty list: what will appear in it."""

    def __init__(
        self,
        rows: RowList[ItemT],
        *,
        body: Widget | None = None,
        clock: Callable[[], datetime] = local_now,
    ) -> None:
        super().__init__()
        self._clock = clock
        self._all: Sequence[ItemT] | None = None
        self._typed = ""
        self._summary_words = ""
        self._acting = False
        self._shown = False
        self._reading = Rerun(self, self._read)
        self._arranging = Rerun(self, self._arrange)
        self._keys = KeyRow(self.key_bindings())
        self._summary = Static(classes="line", id="summary", markup=False)
        self._list = rows
        self._body = rows if body is None else body
        self._body.display = False
        self._empty = Static(tr(self.READING_TEXT), id="empty", markup=False)
        self._message = Static(id="message", markup=False)
        self._detail = Static(classes="line", id="detail", markup=False)
        self._input = LineInput()
        self._confirm = ConfirmPrompt()

    def compose(self) -> ComposeResult:
        yield self._keys
        yield self._summary
        yield self._input
        yield self._body
        yield self._empty
        yield self._message
        yield self._detail
        yield self._confirm

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, lambda _: self._draw_words())

    @classmethod
    def key_bindings(cls) -> Sequence[BindingType]:
        by_action: dict[str, Binding] = {}
        for binding in (*cls.BINDINGS, *ListPane.BINDINGS):
            if isinstance(binding, Binding):
                by_action.setdefault(binding.action, binding)
        return list(by_action.values())

    # --- for the tab at hand -------------------------------------------------------------------

    def fetch(self) -> Sequence[ItemT]:
        """Everything there is to list; blocking, on another thread.

        Raises:
            ClackyError: it cannot be read.
            OSError: likewise.
        """
        raise NotImplementedError

    def select(self, items: Sequence[ItemT], typed: str) -> Sequence[ItemT]:
        """Those of `items` that fit the filter `typed`, in order; on another thread."""
        raise NotImplementedError

    def key(self, item: ItemT) -> Hashable:
        """What makes `item` the same after it was read again."""
        raise NotImplementedError

    def summary(self, items: Sequence[ItemT]) -> str:
        """One line about all of `items`; on another thread."""
        raise NotImplementedError

    def detail(self, item: ItemT) -> str:
        """One line about the item under the cursor."""
        raise NotImplementedError

    @property
    def is_filtered(self) -> bool:
        """Whether some items may be left out."""
        return bool(self._typed)

    def words_found(self, count: int) -> str:
        """What to say of the filter, which `count` items fit."""
        return tr("{count:,} fit {typed!r} (esc shows all)", count=count, typed=self._typed)

    def nothing_found(self) -> str:
        """What to say when no item fits the filter."""
        return tr("Nothing fits {typed!r} (esc shows all).", typed=self._typed)

    # --- reading -------------------------------------------------------------------------------

    def set_shown(self, shown: bool) -> None:
        """The tab was opened, and is read again, or closed."""
        self._shown = shown
        if shown:
            self._reading.request()
        else:
            self._confirm.dismiss()
            self._input.close()

    def reload(self) -> None:
        """Read again; when not on show, that happens as soon as it is."""
        if self._shown:
            self._reading.request()

    async def _read(self) -> None:
        try:
            self._all = await asyncio.to_thread(self.fetch)
        except (ClackyError, OSError) as error:
            self._tell_error(error)
            if self._all is None:
                self._empty.update("")
            return
        self._arranging.request()

    async def _arrange(self) -> None:
        items, typed = self._all, self._typed
        if items is None:
            return
        shown = await asyncio.to_thread(self.select, items, typed)
        self._summary_words = await asyncio.to_thread(self.summary, items) if items else ""
        self._list.show(shown, self.key)
        self._body.display = bool(shown)
        self._empty.display = not shown
        self._empty.update(tr(self.EMPTY_TEXT) if not items else self.nothing_found())
        self._draw_words()

    def _draw_words(self) -> None:
        if self._all is None:
            return
        words = [self._summary_words] if self._summary_words else []
        if self.is_filtered and not self._is_filtering:
            words.insert(0, self.words_found(len(self._list.items)))
        muted = muted_style(self.app)
        self._summary.update(Content.styled(" · ".join(words), muted))
        item = self._list.chosen
        text = "" if item is None else self.detail(item)
        self._detail.update(Content.styled(text, muted))

    def on_row_list_moved(self) -> None:
        self._draw_words()

    # --- telling and asking --------------------------------------------------------------------

    def tell(self, text: str, *, is_error: bool = False) -> None:
        """Say `text` under the list until the next key that moves or does something."""
        self._message.update(Content(text))
        self._message.set_class(is_error, "error")
        self._message.display = bool(text)

    def _tell_error(self, error: ClackyError | OSError) -> None:
        if isinstance(error, ClackyError):
            self.tell(f"{error.message} {error.hint}".strip(), is_error=True)
        else:
            self.tell(f"{error.filename or ''}: {error.strerror or error}", is_error=True)

    def act(self, doing: str, work: Callable[[], str]) -> None:
        """Do `work` on another thread, tell the sentence it returns, and read again.

        Args:
            doing: told meanwhile.
            work: blocking; may raise ClackyError or OSError, which is told.
        """
        if self._acting:
            self.tell(tr("One thing at a time: the last one is still being done."), is_error=True)
            return
        self._acting = True
        self.tell(doing)
        self.run_worker(self._act(work))

    async def _act(self, work: Callable[[], str]) -> None:
        try:
            self.tell(await asyncio.to_thread(work))
        except (ClackyError, OSError) as error:
            self._tell_error(error)
        finally:
            self._acting = False
        self.reload()

    def confirm(self, question: str, yes: str, then: Callable[[], None]) -> None:
        """Ask, and call `then` if the person wants it; see `ConfirmPrompt.ask`."""
        self.tell("")
        self._confirm.ask(question, yes, then)

    def cancel(self) -> bool:
        """Close the open question or line of input; False when there is none."""
        if self._confirm.is_open:
            self._confirm.dismiss()
        elif self._input.is_open:
            self._input.action_cancel()
        else:
            return False
        return True

    # --- keys ----------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        self.tell("")
        self._list.move(step)

    def action_move_page(self, pages: int) -> None:
        self.tell("")
        self._list.move_page(pages)

    def action_move_to_end(self, last: bool) -> None:
        self.tell("")
        self._list.move_to_end(last=last)

    def action_reload(self) -> None:
        self.tell("")
        self.reload()

    @property
    def _is_filtering(self) -> bool:
        """Whether what fits is being typed, and so on the screen already."""
        return self._input.is_open and self._input.label == FILTER_SIGN

    def action_filter(self) -> None:
        self._input.ask(FILTER_SIGN, self._typed, self.filter_entered, self._filter_by)
        self._draw_words()

    def filter_entered(self, typed: str) -> None:
        """Enter was pressed in the filter: it stays, and the keys are the list's again."""
        self._filter_by(typed)

    def action_back(self) -> None:
        self.tell("")
        self._filter_by("")

    def _filter_by(self, typed: str) -> None:
        self._typed = typed.strip()
        self._arranging.request()
