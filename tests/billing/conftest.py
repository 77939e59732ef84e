"""A machine somewhere in the world, and records to keep books about."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.usage import Usage


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Call it with a zone name to move the machine there for this test."""

    def move(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def make() -> Callable[..., UsageRecord]:
    """A priced record with the given fields replaced."""

    def record(at: datetime | None = None, **fields: Any) -> UsageRecord:
        defaults: dict[str, Any] = {
            "session_id": "s1",
            "timestamp": at or datetime(2026, 5, 22, 12, tzinfo=UTC),
            "model": "claude-sonnet-4-6",
            "usage": Usage(600, 1_800, 40, 10, 350, 5),
            "cost": Decimal("0.00759"),
            "cost_source": "price",
        }
        return UsageRecord(**(defaults | fields))

    return record
