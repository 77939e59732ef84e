"""`clacky permissions check` as a person or another program calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def run(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", "permissions", "check", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=60,
        check=False,
    )


def test_the_exit_code_tells_the_verdict(tmp_path: Path) -> None:
    assert run("git status", cwd=tmp_path).returncode == 0
    assert run("rm x", cwd=tmp_path).returncode == 10
    assert run("sudo ls", cwd=tmp_path).returncode == 11
    assert run("rm x", "--mode", "free", cwd=tmp_path).returncode == 0
    assert run("git push", "--mode", "auto", "--unattended", cwd=tmp_path).returncode == 11
    assert run(cwd=tmp_path).returncode == 2
    assert run("--stdin", cwd=tmp_path).returncode == 2


def test_a_person_reads_why_and_where(tmp_path: Path) -> None:
    shown = run("ls && pytest -q", cwd=tmp_path).stdout
    assert shown.splitlines()[0] == "asks (confirm)"
    assert "pytest runs the project's own code" in shown
    assert shown.splitlines()[3].strip() == "^" * len("pytest -q")
    assert "pytest *" in shown


def test_lines_are_answered_in_order_and_bad_ones_say_so(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    lines = [
        json.dumps({"command": "ls"}),
        "nonsense",
        json.dumps({"command": 1}),
        json.dumps({"command": "cat ../x", "cwd": str(tmp_path / "src")}),
        json.dumps({"command": "ls && rm -rf /"}),
        json.dumps([]),
    ]
    done = run("--stdin", "--json", cwd=tmp_path, stdin="\n".join(lines) + "\n")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [a.get("verdict", "error") for a in answers] == [
        *("allow", "error", "error", "ask", "deny", "error")
    ]
    assert answers[4]["class"] == "deny"
    assert answers[4]["spans"] == [[13, 14]]
    assert "line 2" in answers[1]["error"]


def test_one_command_as_json(tmp_path: Path) -> None:
    answer = json.loads(run("cat .env", "--json", cwd=tmp_path).stdout)
    assert answer["verdict"] == "ask"
    assert answer["class"] == "secret_read"
