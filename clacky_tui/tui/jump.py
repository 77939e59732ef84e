"""The jump overlay: every part of the screen gets a letter, and pressing it goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from clacky_tui.tui.closes_once import ClosesOnce
from clacky_tui.tui.spots import HasSpots

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""The row under the fingers first."""
LABEL_CELLS = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A label on the screen and what its letter does."""

    letter: str
    place: Offset
    go: Callable[[], object]


def targets_of(screen: Screen[object], run: Callable[[str], object]) -> list[Target]:
    """What of `screen` can be jumped to, in reading order: parts of rows, and what takes keys.

    Args:
        screen: laid out.
        run: runs an action of the app.
    """
    found: list[tuple[Offset, Callable[[], object]]] = []
    for widget in screen.walk_children(with_self=False):
        if not isinstance(widget, Widget) or not widget.is_on_screen or not widget.region:
            continue
        corner = widget.region.offset
        if isinstance(widget, HasSpots):
            found += [
                (corner + Offset(spot.x, 0), lambda call=spot.call: run(call))  # type: ignore[misc]
                for spot in widget.jump_spots()
            ]
        elif widget.focusable:
            found.append((corner, widget.focus))
    found.sort(key=lambda entry: (entry[0].y, entry[0].x))
    return [
        Target(letter, place, go)
        for letter, (place, go) in zip(LETTERS, _spread(found), strict=False)
    ]


def _spread(
    found: Iterable[tuple[Offset, Callable[[], object]]],
) -> list[tuple[Offset, Callable[[], object]]]:
    """`found` with labels that would cover another one moved to its right."""
    spread: list[tuple[Offset, Callable[[], object]]] = []
    for place, go in found:
        if spread and spread[-1][0].y == place.y:
            place = Offset(max(place.x, spread[-1][0].x + LABEL_CELLS), place.y)
        spread.append((place, go))
    return spread


class JumpOverlay(ClosesOnce[Target], ModalScreen[Target]):
    """Gives the target whose letter was pressed; any other key closes it."""

    DEFAULT_CSS: ClassVar[str] = """
    JumpOverlay { background: transparent; }
    JumpOverlay Static {
        position: absolute; width: 3; height: 1;
        color: $accent; background: $background; text-style: bold reverse;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss", "stay here", show=False)
    ]

    def __init__(self, targets: Sequence[Target]) -> None:
        super().__init__()
        self._targets = targets

    def compose(self) -> ComposeResult:
        for target in self._targets:
            label = Static(f" {target.letter} ", markup=False)
            label.styles.offset = target.place
            yield label

    def on_key(self, event: events.Key) -> None:
        event.stop()
        found = (target for target in self._targets if target.letter == event.key)
        self.dismiss(next(found, None))

    def on_click(self) -> None:
        self.dismiss(None)

    def on_resize(self, event: events.Resize) -> None:
        """The labels belong to the layout that was there when it opened."""
        if self.is_current and event.size != self._opened_at:
            self.dismiss(None)

    def on_mount(self) -> None:
        self._opened_at = self.app.size
