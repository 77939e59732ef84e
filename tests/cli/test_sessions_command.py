"""`clacky sessions` and `clacky -l`, run as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from support.stored_sessions import START, SessionWriter, stored

from clacky_tui import paths
from clacky_tui.sessions.lock import SessionLock

A, B, C = "aaaa111111111111", "aaab222222222222", "cccc333333333333"
ROOT = Path(__file__).parents[2]


def clacky(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TZ": "UTC"},
        check=False,
    )


def out(*arguments: str, cwd: Path | None = None) -> str:
    done = clacky(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def failure(*arguments: str) -> str:
    done = clacky(*arguments)
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    stored(A, ("fix the parser", "fixed"), name="解析 parser", working_dir=str(folder))
    stored(B, ("elsewhere", "ok"), working_dir="/src/x", at=START + timedelta(hours=1))
    writer = SessionWriter(C, working_dir="/src/x", at=START + timedelta(hours=2))
    writer.exchange("who knows", "not me", cost=None)
    writer.close()
    return folder


def test_recent_sessions_show_those_of_the_directory_first(project: Path) -> None:
    head, *rows, hint = out("-l", cwd=project).splitlines()
    assert head == "📋 Recent sessions:"
    assert rows == [
        "📍 1. [aaaa1111] 2026-05-22 09:30 (1 tasks, $0.0100) - 解析 parser",
        "   2. [cccc3333] 2026-05-22 11:30 (1 tasks, ?) - Unnamed session",
        "   3. [aaab2222] 2026-05-22 10:30 (1 tasks, $0.0100) - Unnamed session",
    ]
    assert "clacky -a" in hint
    assert out("-l", "--path", "/").splitlines()[1].startswith("   1. [cccc3333]")


def test_without_sessions_the_lists_say_so() -> None:
    assert out("--list") == "No sessions found.\n"
    assert out("sessions", "list") == "No sessions yet. Start one: clacky\n"
    assert out("sessions", "list", "--json") == "[]\n"
    assert out("sessions", "bin") == "The bin is empty.\n"


def test_the_list_has_pinned_ones_first_and_json_has_everything(project: Path) -> None:
    out("sessions", "pin", "aaaa")
    assert "2 sessions fit" in failure("sessions", "rename", "aaa", "x")
    out("sessions", "rename", "cccc", "Un  known")
    rows = json.loads(out("sessions", "list", "--json"))
    assert [(row["id"], row["name"], row["pinned"]) for row in rows] == [
        (A, "解析 parser", True),
        (C, "Un known", False),
        (B, "", False),
    ]
    assert [row["cost_usd"] for row in rows] == [0.01, None, 0.01]
    head, first, *_ = out("sessions", "list").splitlines()
    assert head.split() == ["ID", "Changed", "Tasks", "Cost", "Size", "Name", "Directory"]
    assert first.startswith("*  aaaa1111  2026-05-22 09:30  1      $0.0100")
    assert "aaab2222" not in out("sessions", "list", "--here", cwd=project)
    assert out("sessions", "list", "--limit", "1").splitlines()[-1].startswith("2 more:")


def test_a_broken_file_is_listed_with_its_reason(project: Path) -> None:
    paths.sessions_dir().joinpath("2026-05-23-00-00-00-eeeeeeee.json").write_text("{")
    assert "BROKEN: 2026-05-23-00-00-00-eeeeeeee.json is not valid JSON" in out("sessions", "list")
    assert "not valid JSON" in failure("sessions", "show", "eeee")
    out("sessions", "delete", "eeee")
    assert "BROKEN" not in out("sessions", "list")


def test_one_session_is_shown_with_its_last_messages(project: Path) -> None:
    text = out("sessions", "show", "parser")
    assert "Session:   aaaa111111111111" in text and "Cost:      $0.0100" in text
    assert text.endswith("\n1. fix the parser\n")
    shown = json.loads(out("sessions", "show", "aaaa", "--json"))
    assert (shown["messages"], shown["tokens"]["input_tokens"]) == (2, 10)
    assert shown["last_messages"] == ["fix the parser"]


def test_what_was_said_is_found(project: Path) -> None:
    assert out("sessions", "search", "PARSER", "fixed").splitlines()[0].startswith("[aaaa1111]")
    hits = json.loads(out("sessions", "search", "the parser", "--json"))
    assert [(hit["id"], hit["snippet"]) for hit in hits] == [(A, "fix the parser")]
    nothing = clacky("sessions", "search", "no such words")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "Nothing found.\n")


def test_deleted_sessions_come_back_or_go_for_good(project: Path) -> None:
    text = out("sessions", "delete", "aaaa", "cccc")
    assert "clacky sessions restore aaaa1111" in text
    assert [row["id"] for row in json.loads(out("sessions", "list", "--json"))] == [B]
    assert {row["id"] for row in json.loads(out("sessions", "bin", "--json"))} == {A, C}
    out("sessions", "restore", "aaaa")
    refused = clacky("sessions", "empty")
    assert refused.returncode == 130 and "Delete 1 session (" in refused.stdout + refused.stderr
    assert len(json.loads(out("sessions", "bin", "--json"))) == 1
    assert out("sessions", "empty", "--yes") == "1 deleted for good.\n"
    assert out("sessions", "bin") == "The bin is empty.\n"
    assert {row["id"] for row in json.loads(out("sessions", "list", "--json"))} == {A, B}


def test_an_open_session_is_not_deleted(project: Path) -> None:
    (path,) = paths.sessions_dir().glob(f"*{A[:8]}.jsonl")
    with SessionLock(path) as lock:
        assert lock.acquire()
        assert "is open" in failure("sessions", "delete", "aaaa")
    assert path.exists()


def test_exports_go_to_the_screen_or_a_private_file(project: Path, tmp_path: Path) -> None:
    assert out("sessions", "export", "aaaa").startswith("# 解析 parser\n")
    document = tmp_path / "one.json"
    out("sessions", "export", "aaaa", "--format", "json", "-o", str(document))
    assert json.loads(document.read_text())["session_id"] == A
    assert document.stat().st_mode & 0o777 == 0o600
    assert "exists" in failure("sessions", "export", "aaaa", "-o", str(document))
    out("sessions", "export", "aaaa", "-o", str(document), "--force")
    everything = tmp_path / "all.zip"
    out("sessions", "export", "--all", "-o", str(everything))
    assert len(zipfile.ZipFile(everything).namelist()) == 3
    assert "-o" in failure("sessions", "export", "--all")
    assert "--format zip" in failure("sessions", "export", "aaaa", "cccc", "--format", "md")
    assert "No session is named" in failure("sessions", "export")


def test_a_configured_key_never_leaves(clacky_home: Path) -> None:
    stored(A, ("the key is correct-horse-battery", "thanks"))
    row = '{model: m, api_key: correct-horse-battery, base_url: "http://127.0.0.1"}'
    (clacky_home / "config.yml").write_text(f"models:\n  - {row}\n")
    assert "correct-horse" not in out("sessions", "export", A)


def test_an_export_is_imported_again_and_copies_are_made(project: Path, tmp_path: Path) -> None:
    document = tmp_path / "one.json"
    out("sessions", "export", "aaaa", "--format", "json", "-o", str(document))
    assert "is here already" in failure("sessions", "import", str(document))
    out("sessions", "delete", "aaaa")
    assert out("sessions", "import", str(document)).startswith("Session aaaa1111 imported")
    assert "is a copy of aaaa1111" in out("sessions", "fork", "aaaa")
    names = [row["name"] for row in json.loads(out("sessions", "list", "--json"))]
    assert names[0] == "解析 parser (copy)"
    assert "one.txt: No such file" in failure("sessions", "import", str(tmp_path / "one.txt"))


def test_an_unknown_session_says_what_to_do_next(project: Path) -> None:
    assert "clacky sessions list" in failure("sessions", "show", "zzzz")
    assert "Give more of the id" in failure("sessions", "delete", "aaa")
    assert "No session" in failure("sessions", "restore", "aaaa")


def test_what_the_disk_refuses_is_said_in_a_sentence(project: Path, tmp_path: Path) -> None:
    paths.sessions_dir().joinpath("2026-05-23-00-00-00-eeeeeeee.jsonl").mkdir()
    assert "Is a directory. Mend that" in failure("sessions", "show", "eeee")
    missing = tmp_path / "missing" / "a.md"
    assert "No such file or directory" in failure("sessions", "export", "cccc", "-o", str(missing))
