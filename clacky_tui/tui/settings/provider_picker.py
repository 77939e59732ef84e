"""Whose model is to be added: the providers we know, found by typing, or any other address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from clacky_tui.i18n import tr
from clacky_tui.providers.presets import Preset, presets
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.closes_once import ClosesOnce
from clacky_tui.tui.layout import Column
from clacky_tui.tui.lists.line_field import LineField
from clacky_tui.tui.lists.row_list import RowList


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a provider; without a `preset` any other."""

    preset: Preset | None
    label: str
    base_url: str


def addresses() -> list[Address]:
    """Every address of every provider, and last the one that is typed."""
    found = []
    for preset in presets():
        variants = [
            Address(preset, f"{preset.name} · {each.label}", each.base_url)
            for each in preset.variants
        ]
        found += variants or [Address(preset, preset.name, preset.base_url)]
    return [*found, Address(None, tr("Another address"), "")]


class AddressList(RowList[Address]):
    """One line per address."""

    def __init__(self) -> None:
        super().__init__(tr("Provider"), (Column(tr("Model"), 32, from_width=86, is_text=True),))

    def texts(self, item: Address, canvas: Canvas) -> Sequence[str]:
        return item.label, item.preset.default_model if item.preset else ""


class ProviderPicker(ClosesOnce[Address | None], ModalScreen[Address | None]):
    """Asks; None when the person thinks better of it."""

    DEFAULT_CSS: ClassVar[str] = """
    ProviderPicker { align: center middle; background: transparent; }
    ProviderPicker > Vertical {
        width: 96; max-width: 100%; height: 24; max-height: 100%;
        border: round $accent; background: $background; padding: 0 1;
    }
    ProviderPicker Input { width: 1fr; background: transparent; background-tint: transparent; }
    ProviderPicker #hint { height: 1; color: $text-muted; text-wrap: nowrap; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "leave it", show=False),
        Binding("up", "move(-1)", "one up", show=False, priority=True),
        Binding("down", "move(1)", "one down", show=False, priority=True),
        Binding("pageup", "page(-1)", "one page up", show=False, priority=True),
        Binding("pagedown", "page(1)", "one page down", show=False, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._all = addresses()
        self._filter = LineField(placeholder=tr("type to find"), compact=True)
        self._filter.cursor_blink = False
        self._list = AddressList()

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled(tr("Whose model?"), "bold"))
            yield self._filter
            yield self._list
            yield Static(tr("enter takes it · esc leaves it"), id="hint", markup=False)

    def on_mount(self) -> None:
        self._list.show(self._all, lambda address: address.label)
        self._filter.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        wanted = event.value.casefold().split()
        fitting = [
            each
            for each in self._all
            if each.preset is None
            or all(word in f"{each.label} {each.base_url}".casefold() for word in wanted)
        ]
        self._list.show(fitting, lambda address: address.label)
        self._list.move_to_end(last=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(self._list.chosen)

    def action_move(self, step: int) -> None:
        self._list.move(step)

    def action_page(self, pages: int) -> None:
        self._list.move_page(pages)
