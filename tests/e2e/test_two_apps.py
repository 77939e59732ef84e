"""Two processes on one home: what both write is whole and complete, and neither takes from the other."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.paced_server import PacedServer
from support.pty_screen import PtyScreen
from support.stored_sessions import stored

from clacky_tui import paths
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.providers.demo.script import ScriptedCall, Turn
from clacky_tui.sessions.reader import StoredSession, read_session

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "tests" / "support" / "neighbour_driver.py"
FOLDERS = 6
NAMES = ("one", "two")


def answer(body: bytes, number: int) -> Turn:
    """Each task writes one file, then ends."""
    last = json.loads(body)["messages"][-1]["content"]
    if any(isinstance(part, dict) and part["type"] == "tool_result" for part in last):
        return Turn(f"answer {number}")
    write = ScriptedCall("write", {"path": "a.txt", "content": str(number)})
    return Turn("", tool_calls=(write,))


async def started(server: PacedServer, parent: Path, journal: Path) -> Process:
    for number in range(FOLDERS):
        hooks = parent / str(number) / ".clacky" / "hooks.yml"
        hooks.parent.mkdir(parents=True)
        hooks.write_text('on_start:\n  - {command: "true"}\n')
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(DRIVER), server.url, str(parent), str(FOLDERS), str(journal)),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        limit=1 << 24,
    )


async def opened(process: Process) -> dict[str, Any]:
    """The first event: the session that the process is in."""
    assert process.stdout is not None
    first = json.loads(await process.stdout.readline())
    assert first["event"]["kind"] == "session.opened"
    return dict(first)


def asked(session: StoredSession) -> list[str]:
    return [message.text for message in session.messages if message.origin == "user"]


async def test_two_workers_in_one_session_and_one_home_lose_nothing(tmp_path: Path) -> None:
    journal = stored("a" * 16, ("hello", "hi"), working_dir=str(tmp_path))
    before = journal.read_bytes()
    async with PacedServer(answer, random.Random(1)) as server:
        one = await started(server, tmp_path / "one", journal)
        first = await opened(one)
        two = await started(server, tmp_path / "two", journal)
        second = await opened(two)
        told, shown = await asyncio.gather(*(p.communicate(b"go\n") for p in (two, one)))
        assert (one.returncode, two.returncode) == (0, 0)
        requests = server.requests

    assert first["session_id"] == "a" * 16 != second["session_id"]
    assert b"This session is open in another window" in told[0]
    assert b"another window" not in shown[0]
    assert journal.read_bytes().startswith(before)
    sessions = {s.id: s for s in map(read_session, paths.sessions_dir().glob("*.jsonl"))}
    own = [sessions[envelope["session_id"]] for envelope in (first, second)]
    for name, session in zip(NAMES, own, strict=True):
        assert asked(session) == ["hello", *(f"{name} {n}" for n in range(FOLDERS))]
        assert not session.problems
        assert session.tasks == FOLDERS + 1

    ledger = default_ledger().read()
    assert ledger.skipped_lines == 0
    booked = Counter(record.session_id for record in ledger.records)
    assert booked == {session.id: 2 * FOLDERS for session in own}
    tokens = [record.usage.output_tokens for record in ledger.records if record.usage]
    assert sorted(tokens) == list(range(1, requests + 1))

    folders = {str(tmp_path / name / str(n)) for name in NAMES for n in range(FOLDERS)}
    assert set(json.loads(paths.permissions_file().read_text())) == folders
    trusted = json.loads(paths.trust_file().read_text())
    assert {folder for folder, kept in trusted.items() if kept["decision"] == "trusted"} == folders
    audited = [json.loads(line) for line in paths.audit_log().read_text().splitlines()]
    assert sorted(line["project"] for line in audited) == sorted(folders)
    assert not list(paths.data_dir().rglob("*.tmp"))


def test_processes_that_change_settings_at_once_lose_none() -> None:
    code = (
        "import sys\n"
        "from clacky_tui.config.preferences import save_preference\n"
        "for number in range(20):\n"
        "    for name in sys.argv[1:]:\n"
        "        save_preference(name, f'{name} {number}' if name == 'theme' else bool(number))\n"
    )
    groups = [["theme"], ["transparent", "reduced_motion"], ["suggestions"]]
    running = [subprocess.Popen([sys.executable, "-c", code, *names], cwd=ROOT) for names in groups]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    written = paths.preferences_file().read_text().splitlines()
    assert sorted(written) == [
        "reduced_motion = true",
        "suggestions = true",
        'theme = "theme 19"',
        "transparent = true",
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("plain notes\n")
    return folder


def app(project: Path, *options: str) -> PtyScreen:
    command = [sys.executable, "-m", "clacky_tui", *options]
    return PtyScreen(command, cwd=project, columns=100, rows=40, env={"PYTHONPATH": str(ROOT)})


def wait_for_drafts(screens: tuple[PtyScreen, ...], texts: set[str]) -> None:
    def kept() -> bool:
        return {path.read_text() for path in paths.data_dir().glob("draft*.txt")} == texts

    while not kept():
        for screen in screens:
            screen.settle(0.05)


def test_two_apps_on_two_terminals_share_a_home_and_a_session(project: Path) -> None:
    with app(project) as first:
        first.wait_for("built-in demo model")
        first.type("explain this project")
        first.press("enter")
        first.wait_for("done in", 60)
        with app(project, "-c") as second:
            second.wait_for("This session is open in another window")
            second.wait_for("done in")
            for screen, text in ((first, "from the first"), (second, "from the second")):
                screen.type(text)
                screen.wait_for(text)
            wait_for_drafts((first, second), {"from the first", "from the second"})
            for screen in (first, second):
                screen.send_signal(signal.SIGKILL)
                assert screen.wait_exit() == -signal.SIGKILL
    with app(project) as first, app(project) as second:
        for screen in (first, second):
            screen.wait_for("from the")
        assert ("from the first" in first.text) != ("from the first" in second.text)
        for screen in (first, second):
            screen.press("enter")
            screen.wait_until(lambda screen=screen: screen.text.count("done in") == 1)  # type: ignore[misc]
            screen.press("ctrl+q")
            assert screen.wait_exit() == 0
    history = json.loads(paths.history_file().read_text())
    assert history[0] == "explain this project"
    assert sorted(history[1:]) == ["from the first", "from the second"]
    assert not list(paths.data_dir().glob("draft*.txt"))
    sessions = [read_session(path) for path in paths.sessions_dir().glob("*.jsonl")]
    assert not [problem for session in sessions for problem in session.problems]
    ledger = default_ledger(simulated=True).read()
    assert ledger.skipped_lines == 0
    assert {record.session_id for record in ledger.records} < {session.id for session in sessions}
