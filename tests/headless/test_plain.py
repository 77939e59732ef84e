"""`clacky -m`: one task without a screen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer

ROOT = str(Path(__file__).parents[2])
WIRES: list[WireFormat] = ["anthropic", "openai_chat"]


class Scripted:
    """A server that is started with its script by the test."""

    def __init__(self) -> None:
        self.running: list[DemoServer] = []

    def __call__(self, *steps: Step) -> DemoServer:
        server = DemoServer(script=steps, tokens_per_second=0)
        server.start()
        self.running.append(server)
        return server


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    servers = Scripted()
    yield servers
    for server in servers.running:
        server.stop()


def environment(server: DemoServer, wire: WireFormat = "anthropic") -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": ROOT,
        "CLACKY_API_KEY": "sk-plain-0123456789",
        "CLACKY_BASE_URL": server.endpoint(wire).base_url,
        "CLACKY_MODEL": "claude-sonnet-4-5",
        "CLACKY_ANTHROPIC_FORMAT": "true" if wire == "anthropic" else "false",
    }


def clacky(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", *arguments],
        cwd=cwd,
        env=env or {**os.environ, "PYTHONPATH": ROOT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("wire", WIRES)
def test_a_real_edit_its_exact_cost_and_the_bill_that_sums_to_it(
    scripted: Scripted, wire: WireFormat, tmp_path: Path, clacky_home: Path
) -> None:
    (tmp_path / "a.txt").write_text("colour\n")
    call = ScriptedCall("edit", {"path": "a.txt", "old_string": "colour", "new_string": "color"})
    if wire == "anthropic":
        first = {"input_tokens": 1200, "output_tokens": 80, "cache_creation_input_tokens": 3000}
        second = {"input_tokens": 60, "output_tokens": 20, "cache_read_input_tokens": 3000}
    else:
        first = {"prompt_tokens": 4200, "completion_tokens": 80}
        second = {
            "prompt_tokens": 3060,
            "completion_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 3000},
        }
    server = scripted(
        Step(text="Editing.", tool_calls=(call,), usage=first),
        Step(text="Edited.", usage=second),
    )
    done = clacky("-m", "american, please", cwd=tmp_path, env=environment(server, wire))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.txt").read_text() == "color\n"
    assert "[tool] Edit → a.txt" in done.stdout
    assert "[done] iterations=2 cost=$" in done.stdout
    (ledger,) = (clacky_home / "billing").glob("*.jsonl")
    records = [json.loads(x, parse_float=Decimal) for x in ledger.read_text().splitlines()]
    million = Decimal(10**6)
    if wire == "anthropic":
        assert records[0]["prompt_tokens"] == 1200
        assert records[0]["cache_write_tokens"] == 3000
        costs = [
            (1200 * 3 + 3000 * Decimal("3.75") + 80 * 15) / million,
            (60 * 3 + 3000 * Decimal("0.3") + 20 * 15) / million,
        ]
    else:
        assert records[1]["prompt_tokens"] == 3060
        assert records[1]["cache_read_tokens"] == 3000
        costs = [
            (4200 * 3 + 80 * Decimal(15)) / million,
            (60 * 3 + 3000 * Decimal("0.3") + 20 * 15) / million,
        ]
    assert [record["cost_usd"] for record in records] == costs
    bill = clacky("billing", "--json", cwd=tmp_path)
    summary = json.loads(bill.stdout, parse_float=Decimal)
    assert summary["total_cost"] == sum(costs)
    assert summary["record_count"] == 2


def test_without_a_key_the_demo_answers_and_the_real_ledger_stays_empty(
    tmp_path: Path, clacky_home: Path
) -> None:
    done = clacky("-m", "hello", cwd=tmp_path)
    assert done.returncode == 0
    assert "demo model" in done.stderr
    assert not (clacky_home / "billing").exists()
    assert list((clacky_home / "demo" / "billing").glob("*.jsonl"))


def test_a_failure_goes_to_stderr_with_exit_code_one(scripted: Scripted, tmp_path: Path) -> None:
    server = scripted(Step(status=401))
    done = clacky("-m", "hello", cwd=tmp_path, env=environment(server))
    assert done.returncode == 1
    assert "Error:" in done.stderr
    assert "key" in done.stderr
    assert "sk-plain-0123456789" not in done.stdout + done.stderr


def test_an_interrupt_exits_with_130(scripted: Scripted, tmp_path: Path) -> None:
    server = scripted(Step(text="Never done", stall=True))
    with subprocess.Popen(
        [sys.executable, "-m", "clacky_tui", "-m", "hello"],
        cwd=tmp_path,
        env=environment(server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 30
        while not server.requests and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted." in stderr


def test_an_unknown_model_and_a_bad_folder_are_named(tmp_path: Path) -> None:
    unknown = clacky("-m", "hi", "--model", "nope", cwd=tmp_path)
    assert unknown.returncode == 1
    assert "nope" in unknown.stderr
    bad = clacky("-m", "hi", "--path", "/does/not/exist", cwd=tmp_path)
    assert bad.returncode == 1
    assert "/does/not/exist" in bad.stderr
    empty = clacky("-m", " ", cwd=tmp_path)
    assert empty.returncode == 1


def test_usage_errors_exit_with_two(tmp_path: Path) -> None:
    assert clacky("--mode", "yolo", cwd=tmp_path).returncode == 2
    wrong = clacky("explain this", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "clacky -m" in wrong.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    from clacky_tui import __version__

    assert clacky("--version", cwd=tmp_path).stdout.strip() == f"clacky {__version__}"


def test_files_are_sent_along(scripted: Scripted, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "more.txt").write_text("more")
    server = scripted(Step(text="Seen."))
    files = ("--file", "notes.txt", "-i", "more.txt")
    done = clacky("-m", "look", *files, cwd=tmp_path, env=environment(server))
    assert done.returncode == 0, done.stderr
    sent = server.requests[-1].raw.decode()
    assert sent.index("[File: notes.txt]") < sent.index("[File: more.txt]")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("-m", "look", "-f", "gone.txt"), "There is no file"), (("-f", "x"), "goes with a message")],
)
def test_files_that_cannot_be_sent_are_refused_first(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = clacky(*arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert words in done.stderr
