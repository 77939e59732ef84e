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

from clacky_tui.tui.actions import ACTIONS

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
        bindings: the app's own bindings; those with a description are listed.
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

    def __init__(self, bindings: Iterable[Binding]) -> None:
        super().__init__()
        self._app_bindings = [binding for binding in bindings if binding.description]

    def compose(self) -> ComposeResult:
        keys = [(b.key_display or b.key, b.description) for b in self._app_bindings]
        commands = [(f"/{action.name}", action.description) for action in ACTIONS]
        with VerticalScroll():
            yield Static(_section("Writing", COMPOSER_KEYS))
            yield Static(_section("Keys", keys))
            yield Static(_section("Commands", commands))
            yield Static(Content.styled("esc closes this", "dim"))


def _section(title: str, rows: Iterable[tuple[str, str]]) -> Content:
    lines = [Content.styled(title, "bold")]
    lines += [
        Content.styled(f"  {key:<{KEY_CELLS}}", "$accent") + Content(text) for key, text in rows
    ]
    return Content("\n").join([*lines, Content("")])
