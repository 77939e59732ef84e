"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.usage_home import UsageHome, moved_home


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UsageHome]:
    """Someone whose home holds histories, in UTC."""
    yield from moved_home(tmp_path / "home", monkeypatch)
