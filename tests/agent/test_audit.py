"""The audit log's file, and the file that keeps decisions per project."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clacky_tui.agent import audit
from clacky_tui.agent.project_store import ProjectStore

ENTRY = audit.AuditEntry(
    datetime(2026, 5, 22, 12, tzinfo=UTC), "s1", Path("/p"), "terminal", "ls", "done", "exit 0"
)


def test_the_log_rotates_and_keeps_five_files(tmp_path: Path) -> None:
    log = tmp_path / "new" / "audit.log"
    for _ in range(40):
        audit.record(log, ENTRY, rotate_bytes=400)
    files = sorted(path.name for path in log.parent.glob("audit.log*"))
    assert files == ["audit.log", *(f"audit.log.{number}" for number in range(1, 5))]
    for path in log.parent.glob("audit.log*"):
        assert path.stat().st_size <= 400
        assert all(json.loads(line)["summary"] == "ls" for line in path.read_text().splitlines())


def test_values_are_kept_by_the_real_folder(tmp_path: Path) -> None:
    store = ProjectStore(tmp_path / "data" / "store.json")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert store.get(tmp_path / "link") is None
    store.update(tmp_path / "link", lambda kept: [kept, 1])
    store.update(tmp_path / "real", lambda kept: [kept, 2])
    assert store.get(tmp_path / "real") == [[None, 1], 2]
    assert (tmp_path / "data" / "store.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[1]", "\udcff", "null"])
def test_an_unreadable_store_is_empty_and_survives_beside_the_new_one(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "store.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    store = ProjectStore(path)
    assert store.get(tmp_path) is None
    store.update(tmp_path, lambda _: "kept")
    assert store.get(tmp_path) == "kept"
    assert (tmp_path / "store.json.broken").exists() == bool(text)


def test_processes_that_update_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from clacky_tui.agent.project_store import ProjectStore\n"
        "store = ProjectStore(Path(sys.argv[1]))\n"
        "for number in range(20):\n"
        "    store.update(Path('/p'), lambda kept: [*(kept or []), f'{sys.argv[2]}{number}'])\n"
    )
    path = tmp_path / "store.json"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), name], cwd=Path(__file__).parents[2]
        )
        for name in "ab"
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    kept = ProjectStore(path).get(Path("/p"))
    assert sorted(kept) == sorted(f"{name}{number}" for name in "ab" for number in range(20))
