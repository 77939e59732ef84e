"""The help screen, made from the app's key bindings and the list of actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from clacky_tui.actions import ACTIONS
from clacky_tui.tui.lists.key_row import named_bindings

COMPOSER_KEYS = (
    ("enter", "send"),
    ("ctrl+j", "new line (also shift+enter, alt+enter)"),
    ("up / down", "earlier messages"),
    ("esc", "stop, close the menu or the question"),
    ("esc when idle", "go back to an earlier task"),
)
KEY_CELLS = 22


class HelpScreen(ModalScreen[None]):
    """Keys and commands. Esc, q or Enter closes it.

    Args:
        bindings: the app's own; those with a description are listed.
        tab_bindings: those of the open tab, likewise.
    """

    DEFAULT_CSS: ClassVar[str] = """
    HelpScreen { align: center middle; background: transparent; }
    HelpScreen VerticalScroll {
        width: 72; max-width: 100%; height: auto; max-height: 90%;
        border: round $accent; background: $surface; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark,ctrl+c", "dismiss", "close", show=False)
    ]

    def __init__(
        self, bindings: Iterable[BindingType], tab_bindings: Iterable[BindingType] = ()
    ) -> None:
        super().__init__()
        self._app_keys = named_bindings(bindings)
        self._tab_keys = named_bindings(tab_bindings)

    def compose(self) -> ComposeResult:
        commands = [(f"/{action.name}", action.description) for action in ACTIONS]
        with VerticalScroll():
            if self._tab_keys:
                yield Static(_section("This tab", self._tab_keys))
            yield Static(_section("Writing", COMPOSER_KEYS))
            yield Static(_section("Keys", self._app_keys))
            yield Static(_section("Commands", commands))
            yield Static(Content.styled("esc closes this", "dim"))


def _section(title: str, rows: Iterable[tuple[str, str]]) -> Content:
    lines = [Content.styled(title, "bold")]
    lines += [
        Content.styled(f"  {key:<{KEY_CELLS}}", "$accent") + Content(text) for key, text in rows
    ]
    return Content("\n").join([*lines, Content("")])
