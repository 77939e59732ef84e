"""The billing tab's pane alone on a screen, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.usage import Usage
from clacky_tui.tui.billing.pane import BillingPane

NOW = datetime(2026, 5, 22, 14, 30).astimezone()  # a Friday


class Host(App[None]):
    """A screen that holds nothing but the pane, in its own two rows of frame as in the product."""

    CSS = "BillingPane { height: 1fr; }"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        simulated: bool = False,
        hidden: bool = False,
        clock: Callable[[], datetime] = lambda: NOW,
    ) -> None:
        super().__init__()
        self.pane = BillingPane(clock=clock)
        self.pane.display = not hidden
        self._folder = folder
        self._simulated = simulated

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.show_ledger(self._folder, simulated=self._simulated)
        self.pane.focus()


@asynccontextmanager
async def on_screen(
    folder: Path | None = None, size: tuple[int, int] = (80, 22), **options: bool
) -> AsyncIterator[tuple[Host, Pilot[None]]]:
    app = Host(folder, **options)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


async def settle(pilot: Pilot[None]) -> None:
    """Until every reading and drawing that one led to another is over."""
    for _ in range(4):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def lines_of(app: App[Any]) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def text_of(app: App[Any]) -> str:
    return "\n".join(lines_of(app))


def add(folder: Path, days_ago: int = 0, model: str = "claude-sonnet-4-6", **fields: Any) -> None:
    defaults: dict[str, Any] = {
        "session_id": "s",
        "timestamp": NOW - timedelta(days=days_ago),
        "model": model,
        "usage": Usage(12_310, 402_118, 8_012, 0, 9_120),
        "cost": Decimal("1.2345"),
        "cost_source": "price",
    }
    Ledger(folder).append(UsageRecord(**(defaults | fields)))
