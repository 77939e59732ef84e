"""`clacky -c` and `clacky -a`: which session goes on, and what is said when none can."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.stored_sessions import stored

from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.sessions.reader import read_session

ROOT = str(Path(__file__).parents[2])
A, B = "a" * 16, "a" * 4 + "b" * 12


def clacky(cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clacky_tui", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": ROOT, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("9", "There is no session number 9"),
        ("0", "There is no session number 0"),
        ("zebra", "No session has an id beginning with 'zebra'"),
        ("aaaa", "2 sessions fit 'aaaa'"),
        ("", "No session has an id"),
    ],
)
def test_a_session_that_cannot_be_told_is_refused_before_anything_runs(
    wanted: str, said: str, tmp_path: Path
) -> None:
    for session in (A, B):
        stored(session, working_dir=str(tmp_path))
    done = clacky(tmp_path, "-a", wanted, "-m", "go on")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("option", [("-c",), ("-a", "1")])
def test_without_any_session_a_new_one_begins_and_it_is_said(
    option: tuple[str, ...], tmp_path: Path
) -> None:
    done = clacky(tmp_path, *option, "-m", "hello")
    assert done.returncode == 0, done.stderr
    assert "a new one begins" in done.stderr


@pytest.mark.parametrize("option", [("-c",), ("-a", "1"), ("-a", "Parser")])
def test_a_message_goes_on_with_the_session(option: tuple[str, ...], tmp_path: Path) -> None:
    path = stored(A, ("hello", "hi"), name="The parser", working_dir=str(tmp_path))
    server = DemoServer(script=[Step(text="On it goes.")], tokens_per_second=0)
    server.start()
    try:
        done = clacky(
            tmp_path,
            *option,
            "-m",
            "go on",
            CLACKY_API_KEY="sk-continue-0123456789",
            CLACKY_BASE_URL=server.endpoint("anthropic").base_url,
            CLACKY_MODEL="claude-sonnet-4-5",
            CLACKY_ANTHROPIC_FORMAT="true",
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert "On it goes." in done.stdout
    texts = [str(message.content) for message in read_session(path).messages]
    assert texts[:2] == ["hello", "hi"]
    assert "go on" in str(texts) and "On it goes." in texts[-1]


def test_continue_takes_the_sessions_of_this_folder_only(tmp_path: Path) -> None:
    stored(A, working_dir="/somewhere/else")
    done = clacky(tmp_path, "-c", "-m", "hello")
    assert done.returncode == 0
    assert f"No session in {tmp_path} yet; a new one begins." in done.stderr


def test_real_money_needs_a_model_to_go_on_with(tmp_path: Path) -> None:
    stored(A, working_dir=str(tmp_path))
    done = clacky(tmp_path, "-c", "-m", "go on")
    assert "no model is configured" in done.stdout
