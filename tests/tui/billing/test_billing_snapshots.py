"""The tab in pictures. After a wanted change: `pytest tests/tui/billing --snapshot-update`, then look."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.billing_screen import Host, press, settle
from support.ledger_days import UNPRICED, days_of_records, write_records
from textual.pilot import Pilot

from clacky_tui.tui.theming import load_themes

NOW = datetime(2026, 5, 22, 14, 30, tzinfo=UTC)
DAYS = {"empty": 0, "day": 1, "quarter": 90, "years": 5 * 365}
SIZES = {"narrow": (45, 40), "small": (80, 24), "wide": (120, 44), "widest": (200, 50)}


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What would change the picture: zone, colour and glyph switches of the person's terminal."""
    for name in ("NO_COLOR", "CLACKY_ASCII"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class ThemedHost(Host):
    """The pane in a theme of the product."""

    def __init__(self, folder: Path, theme: str = "hacker") -> None:
        super().__init__(folder, clock=lambda: NOW)
        for each in load_themes([]).values():
            self.register_theme(each)
        self.theme = theme


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Ledgers by name, each written once."""
    root = tmp_path_factory.mktemp("ledgers")

    def folder(name: str) -> Path:
        made = root / name
        if not made.exists():
            records = days_of_records(NOW, DAYS.get(name, 40), seed=3)
            if name == "unpriced":
                records = [record for record in records if record.model == UNPRICED]
            write_records(made, records)
        return made

    return folder


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("empty", ""),
        ("day", "d"),
        ("quarter", ""),
        ("quarter", "left"),
        ("years", "a"),
        ("unpriced", ""),
    ],
)
def test_figures(
    snap_compare: Callable[..., bool],
    ledgers: Callable[[str], Path],
    name: str,
    keys: str,
    size: str,
) -> None:
    async def shown(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *keys.split())

    app = ThemedHost(ledgers(name))
    assert snap_compare(app, terminal_size=SIZES[size], run_before=shown)


@pytest.mark.parametrize(
    "keys",
    ["tab tab tab down", "down enter", "y enter", "v", "c"],
    ids=lambda keys: keys.replace(" ", "-"),
)
def test_inquiries(
    snap_compare: Callable[..., bool], ledgers: Callable[[str], Path], keys: str
) -> None:
    async def shown(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, *keys.split())

    app = ThemedHost(ledgers("quarter"))
    assert snap_compare(app, terminal_size=SIZES["wide"], run_before=shown)


def test_light(snap_compare: Callable[..., bool], ledgers: Callable[[str], Path]) -> None:
    app = ThemedHost(ledgers("quarter"), theme="light")
    assert snap_compare(app, terminal_size=SIZES["wide"], run_before=settle)
