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
    store, problems = ProjectStore(tmp_path / "data" / "store.json", "numbers"), list[str]()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert store.get(tmp_path / "link", problems) is None
    store.update(tmp_path / "link", lambda kept: [kept, 1], problems)
    store.update(tmp_path / "real", lambda kept: [kept, 2], problems)
    assert store.get(tmp_path / "real", problems) == [[None, 1], 2]
    assert problems == []
    assert (tmp_path / "data" / "store.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{}", "{", "[1]", "\udcff", "null"])
def test_a_damaged_store_is_told_and_survives_beside_the_new_one(tmp_path: Path, text: str) -> None:
    path, damaged = tmp_path / "store.json", text not in ("", "{}")
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    (tmp_path / "store.json.broken").write_text("from the last time")
    store, problems = ProjectStore(path, "numbers"), list[str]()
    assert store.get(tmp_path, problems) is None
    assert ["as if it held no numbers" in problem for problem in problems] == [True] * damaged
    store.update(tmp_path, lambda _: "kept", problems)
    assert ["It is now store.json.broken-2" in p for p in problems[1:]] == [True] * damaged
    assert store.get(tmp_path, []) == "kept"
    assert (tmp_path / "store.json.broken-2").exists() == damaged
    assert (tmp_path / "store.json.broken").read_text() == "from the last time"


def test_a_store_that_cannot_be_read_is_told_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.json"
    path.mkdir()
    store, problems = ProjectStore(path, "numbers"), list[str]()
    assert store.get(tmp_path, problems) is None
    assert "Is a directory" in problems[0]
    with pytest.raises(OSError, match="store"):
        store.update(tmp_path, lambda _: 1, problems)
    assert path.is_dir()


def test_processes_that_update_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from clacky_tui.agent.project_store import ProjectStore\n"
        "store = ProjectStore(Path(sys.argv[1]), 'numbers')\n"
        "for number in range(20):\n"
        "    store.update(Path('/p'), lambda kept: [*(kept or []), f'{sys.argv[2]}{number}'], [])\n"
    )
    path = tmp_path / "store.json"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), name], cwd=Path(__file__).parents[2]
        )
        for name in "ab"
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    kept = ProjectStore(path, "numbers").get(Path("/p"), [])
    assert sorted(kept) == sorted(f"{name}{number}" for name in "ab" for number in range(20))
