"""Parts of the screen that never have the keyboard themselves but lead somewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a row, `cells` wide, `x` cells from the left of its widget."""

    x: int
    cells: int
    call: str
    """The app's action that a click on it, or a jump to it, runs."""


@runtime_checkable
class HasSpots(Protocol):
    """A widget made of such parts."""

    def jump_spots(self) -> Sequence[Spot]:
        """Those on the screen, from the left."""


def spot_at(spots: Sequence[Spot], x: int) -> Spot | None:
    """The part that covers column `x`; None when none does."""
    return next((spot for spot in spots if spot.x <= x < spot.x + spot.cells), None)
