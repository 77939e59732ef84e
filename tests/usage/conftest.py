"""What the tests of usage share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.time_zone import in_zone
from support.usage_home import UsageHome, moved_home


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """The machine is in UTC: some agents write local days."""
    with in_zone("UTC"):
        yield


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UsageHome]:
    """Someone whose home holds histories, in UTC."""
    yield from moved_home(tmp_path / "home", monkeypatch)
