"""`clacky --plain` as a process on a terminal: what is said, in which order, and with which bytes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.pty_screen import PtyScreen
from support.stored_sessions import stored

from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.sessions.reader import read_session

ROOT = str(Path(__file__).parents[2])
PLAIN = [sys.executable, "-m", "clacky_tui", "--plain"]
READY = "/exit leaves.\n>"
TOUCH = ScriptedCall("terminal", {"command": "touch made.txt"})
HOSTILE = "see\x1b]52;c;aGk=\x07 \x1b[2Jthis\x9b31m \x1b]0;title\x1b\\and\x07 that\u202e \x00."


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def start(project: Path) -> Iterator[Starter]:
    starter = Starter(project)
    yield starter
    starter.stop()


class Starter:
    """Starts plain mode on a terminal, on the demo model or on a server with a script."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.servers: list[DemoServer] = []
        self._screens: list[PtyScreen] = []

    def __call__(self, *arguments: str, steps: tuple[Step, ...] = (), **env: str) -> PtyScreen:
        variables = {"PYTHONPATH": ROOT, **env}
        if steps:
            server = DemoServer(script=steps, tokens_per_second=0)
            server.start()
            self.servers.append(server)
            variables |= served_by(server)
        screen = PtyScreen(
            [*PLAIN, *arguments], columns=110, rows=90, env=variables, cwd=self.project
        )
        self._screens.append(screen)
        screen.wait_for(READY)
        return screen

    def stop(self) -> None:
        for screen in self._screens:
            screen.close()
        for server in self.servers:
            server.stop()


def served_by(server: DemoServer) -> dict[str, str]:
    return {
        "CLACKY_API_KEY": "sk-plain-0123456789",
        "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
        "CLACKY_MODEL": "claude-sonnet-4-5",
        "CLACKY_ANTHROPIC_FORMAT": "true",
    }


def say(screen: PtyScreen, text: str, then: str) -> str:
    screen.type(text + "\r")
    return screen.wait_for(then)


def ready(screen: PtyScreen) -> None:
    """Wait for the prompt: what is typed before it is a message, never an answer."""
    screen.wait_until(lambda: screen.text.rstrip().endswith("\n>"), "the prompt")


def has_no_control(raw: bytes) -> bool:
    """Nothing but text, line ends, and what readline echoes for a typed character."""
    return not any(byte in raw for byte in b"\x00\x07\x1b\x7f")


def test_a_task_is_told_in_lines_and_its_questions_are_answered_by_number(start: Starter) -> None:
    screen = start()
    say(screen, "fix the failing test in the sample project", "or say what to do instead\n>")
    assert "tool: Edit /" in screen.text
    assert "diff: change of /" in screen.text
    assert "  +        return (self.subtotal * self.discount_percent / 100)" in screen.text
    assert "  1 yes\n  2 no\n  3 yes, and all such this session" in screen.text
    say(screen, "1", "python3 is not known to only read")
    ready(screen)
    said = say(screen, "yes", "cost $")
    assert "todo: 1 of 3 done" in said
    assert "Done after" in said
    assert "demo." in said
    assert has_no_control(screen.raw)
    assert "│" not in said and "─" not in said


def test_a_refusal_with_words_reaches_the_model(start: Starter) -> None:
    screen = start(steps=(Step(tool_calls=(TOUCH,)), Step(text="Understood.")))
    said = say(screen, "make it", "or say what to do instead\n>")
    assert "question: $ touch made.txt?" in said
    assert "Careful with: made.txt" in said
    say(screen, "7", "Type one of the numbers.")
    ready(screen)
    say(screen, "call it other.txt", "Understood.")
    assert b"call it other.txt" in start.servers[-1].requests[-1].raw
    assert not (start.project / "made.txt").exists()


def test_a_question_of_the_model_is_answered_by_its_number(start: Starter) -> None:
    screen = start()
    said = say(screen, "ask me a question", "or answer in your own words\n>")
    assert "  2 A command and its output" in said
    assert said.index("Waiting for your answer") < said.index("question: Which part")
    say(screen, "2", "You answered: **A command and its output**")


def test_ctrl_c_stops_the_task_and_twice_leaves(start: Starter) -> None:
    screen = start(steps=(Step(text="Never done with this", stall=True),))
    say(screen, "hello", "Never done with")
    screen.press("ctrl+c")
    screen.wait_for("Stopped after")
    ready(screen)
    screen.press("ctrl+c")
    screen.wait_for("Press Ctrl+C again to leave.\n>")
    ready(screen)
    screen.press("ctrl+c")
    assert screen.wait_exit() == 0
    assert "Go on with it: clacky --plain -a" in screen.text


def test_ctrl_d_leaves_and_the_session_goes_on_where_it_ended(
    start: Starter, clacky_home: Path
) -> None:
    screen = start(steps=(Step(text="The sky is blue."),))
    say(screen, "what colour is the sky", "cost $")
    ready(screen)
    screen.press("ctrl+d")
    assert screen.wait_exit() == 0
    assert json.loads((clacky_home / "cmd_history.json").read_text()) == ["what colour is the sky"]
    again = start("-c", steps=(Step(text="It was."),))
    assert "goes on after 1 task." in again.text
    assert "you said last: what colour is the sky" in again.text
    assert "the last answer: The sky is blue." in again.text
    say(again, "was it", "It was.")


def test_the_end_of_a_process_saves_what_was_said(start: Starter, clacky_home: Path) -> None:
    screen = start(steps=(Step(text="Half an answer and", stall=True),))
    say(screen, "hello there", "Half an answer")
    screen.send_signal(signal.SIGTERM)
    assert screen.wait_exit() == 143
    (journal,) = (clacky_home / "sessions").rglob("*.jsonl")
    session = read_session(journal)
    assert "hello there" in [message.text for message in session.messages]
    assert not session.task_open


def test_nothing_a_model_or_tool_says_is_obeyed_by_the_terminal(
    start: Starter, project: Path
) -> None:
    (project / "evil.txt").write_text(HOSTILE)
    call = ScriptedCall("file_reader", {"path": f"evil.txt{HOSTILE}"})
    steps = (Step(text=HOSTILE, tool_calls=(call,)), Step(text=f"{HOSTILE} the end"))
    screen = start(steps=steps)
    said = say(screen, "look", "cost $")
    assert "the end" in said
    assert "result: failed" in said
    assert has_no_control(screen.raw)
    assert "\u202e".encode() not in screen.raw
    assert b"\xc2\x9b" not in screen.raw


def test_what_is_typed_while_the_agent_works_waits_its_turn(start: Starter) -> None:
    gate = threading.Event()
    screen = start(steps=(Step(text="First.", gate=gate), Step(text="Second.")))
    say(screen, "one", "First.")
    say(screen, "two", "Your message waits until the task ends.")
    gate.set()
    said = screen.wait_for("Second.")
    assert said.index("Done after") < said.index("now: two") < said.index("Second.")


def test_what_happens_while_something_is_typed_is_told_after_it(
    start: Starter, project: Path
) -> None:
    call = ScriptedCall(
        "terminal", {"command": "until [ -e go ]; do sleep 0.05; done", "async": True}
    )
    steps = (Step(tool_calls=(call,)), Step(text="It runs."), Step(text="Over."), Step(text="Hi."))
    screen = start("--mode", "auto_approve", steps=steps)
    say(screen, "start it", "It runs.")
    screen.wait_for("cost $")
    ready(screen)
    screen.type("half a ")
    screen.wait_for("> half a")
    (project / "go").touch()
    server = start.servers[-1]
    while len(server.requests) < 3:  # the suite's time limit is the limit
        screen.settle(0.05)
    screen.settle()
    assert screen.text.rstrip().endswith("> half a")
    said = say(screen, "message", "Hi.")
    assert "> half a message\nnote: The background command" in said
    assert said.index("goes on by itself") < said.index("Over.") < said.index("Hi.")


def test_a_command_of_ones_own_and_answers_on_demand(start: Starter) -> None:
    screen = start()
    assert "tool: " in say(screen, "!echo one; echo two", "result: exit 0")
    assert "\none\ntwo\n" in screen.text
    ready(screen)
    assert "asks before edits" in say(screen, "/status", "The agent is idle.")
    ready(screen)
    say(screen, "/mode auto", "From here on the agent runs everything unasked.")
    ready(screen)
    helped = say(screen, "/help", "twice, leaves.")
    assert "/theme" not in helped
    assert "/cost: " in helped
    ready(screen)
    say(screen, "/theme light", "/theme needs the full screen.")
    ready(screen)
    say(screen, "/mode", "  3 auto: it runs everything unasked\n>")
    say(screen, "2", "From here on the agent runs everything, and asks you its questions.")


def test_a_file_goes_with_the_next_message(start: Starter, project: Path) -> None:
    (project / "notes.txt").write_text("nine lives")
    screen = start(steps=(Step(text="Read it."),))
    say(screen, "/attach gone.txt", "There is no file")
    ready(screen)
    say(screen, "/attach notes.txt", "notes.txt goes with the next message.")
    ready(screen)
    say(screen, "look", "Read it.")
    assert b"[File: notes.txt]" in start.servers[-1].requests[-1].raw


def test_pasted_lines_and_a_line_that_goes_on_are_one_message(start: Starter) -> None:
    screen = start(steps=(Step(text="Read."), Step(text="Read too.")))
    screen.type("first\rsecond\rthird\r")
    screen.wait_for("Read.")
    screen.wait_for("cost $")
    ready(screen)
    say(screen, "begun \\", "> begun \\\n>")
    say(screen, "ended", "Read too.")
    (journal,) = (Path(os.environ["CLACKY_HOME"]) / "sessions").rglob("*.jsonl")
    texts = [m.text for m in read_session(journal).messages if m.origin.value == "user"]
    assert texts == ["first\nsecond\nthird", "begun \nended"]


def test_editing_and_history_move_nothing_about(start: Starter, clacky_home: Path) -> None:
    clacky_home.mkdir()
    (clacky_home / "cmd_history.json").write_text('["earlier one"]')
    screen = start(steps=(Step(text="Read."),))
    screen.press("up")
    screen.wait_for("> earlier one")
    screen.press("left", "left", "left")
    screen.type("\x7f\x7f, s")
    screen.wait_for("> earlie, sone")
    say(screen, "", "Read.")
    assert json.loads((clacky_home / "cmd_history.json").read_text())[-1] == "earlie, sone"
    assert b"\x1b" not in screen.raw


def test_a_terminal_that_goes_away_leaves_a_saved_session(
    start: Starter, clacky_home: Path
) -> None:
    screen = start(steps=(Step(text="Half an answer and", stall=True),))
    say(screen, "hello there", "Half an answer")
    os.close(screen.fd)
    _, status = os.waitpid(screen.pid, 0)
    screen.exit_code = os.waitstatus_to_exitcode(status)
    screen.fd = os.open(os.devnull, os.O_RDONLY)  # for the screen to close
    assert screen.exit_code == 129
    (journal,) = (clacky_home / "sessions").rglob("*.jsonl")
    assert not read_session(journal).task_open


def test_a_model_that_is_not_configured_ends_it_with_the_reason(project: Path) -> None:
    done = subprocess.run(
        [*PLAIN, "--model", "nope"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": ROOT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "error: The agent is not running: No model named 'nope'" in done.stdout


def test_a_dumb_terminal_gets_lines_by_itself_and_is_told_why(project: Path) -> None:
    with PtyScreen(
        [sys.executable, "-m", "clacky_tui"],
        columns=110,
        rows=40,
        env={"TERM": "dumb", "PYTHONPATH": ROOT},
        cwd=project,
    ) as screen:
        screen.wait_for(READY)
        assert "TERM=dumb" in screen.text
        screen.press("ctrl+d")
        assert screen.wait_exit() == 0


def test_output_that_is_kept_in_a_file_too_is_told_in_lines(project: Path) -> None:
    command = f"'{sys.executable}' -m clacky_tui | tee kept"
    with PtyScreen(
        ["sh", "-c", command], columns=110, rows=40, env={"PYTHONPATH": ROOT}, cwd=project
    ) as screen:
        screen.wait_for(READY)
        assert "Standard output is no terminal" in screen.text
        say(screen, "/status", "The agent is idle.")
        ready(screen)
        screen.press("ctrl+d")
        assert screen.wait_exit() == 0
    assert "The agent is idle." in (project / "kept").read_text()


def test_through_pipes_every_line_is_carried_out_before_the_end(project: Path) -> None:
    server = DemoServer(script=(Step(tool_calls=(TOUCH,)), Step(text="Made.")), tokens_per_second=0)
    server.start()
    try:
        done = subprocess.run(
            PLAIN,
            cwd=project,
            input="make it\n1\n/status\n",
            env={**os.environ, "PYTHONPATH": ROOT, "LC_ALL": "C.UTF-8", **served_by(server)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr
    assert "question: $ touch made.txt?" in done.stdout
    assert (project / "made.txt").exists()
    assert "The agent is idle." in done.stdout
    assert "Go on with it: clacky --plain -a" in done.stdout


def test_a_closed_pipe_ends_it_without_a_complaint(project: Path) -> None:
    command = (
        f"'{sys.executable}' -m clacky_tui --plain < /dev/null | true; exit ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=project,
        env={**os.environ, "PYTHONPATH": ROOT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_stored_session_goes_on_by_name(start: Starter, project: Path) -> None:
    stored("a" * 16, ("hello", "hi"), name="The parser", working_dir=str(project))
    screen = start("-a", "Parser", steps=(Step(text="On it goes."),))
    assert "The parser goes on after 1 task." in screen.text
    say(screen, "go on", "On it goes.")
