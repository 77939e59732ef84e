"""Commands that go on after their call: handles, input, limits and ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.terminal_session import (
    TerminalSession,
    handle_of,
    pids,
    running,
    until,
)

from clacky_tui.tools.background import BackgroundTask
from clacky_tui.tools.terminal.tool import Terminal, keys_of

ASYNC = {"async": True}


@pytest.fixture
def finished(session: TerminalSession) -> list[BackgroundTask]:
    """The tasks the worker is told of, as they end."""
    tasks: list[BackgroundTask] = []
    session.context.background.on_finished = tasks.append
    return tasks


async def test_a_prompt_is_recognised_and_answered(each_shell: TerminalSession) -> None:
    result = await each_shell.run("printf 'name? '; read x; echo \"hello $x\"; (exit 4)")
    assert result.output == "name? "
    assert "waiting for input" in result.content
    handle = handle_of(result)
    answered = await each_shell.on(handle, input="bob\n")
    assert answered.content == "hello bob\n[exit code 4]"
    assert "has ended already (failed)" in await each_shell.refusal(handle_id=handle, input="x")
    assert "failed" in (await each_shell.on(handle)).content


async def test_a_python_prompt_takes_several_inputs(session: TerminalSession) -> None:
    session.tool = Terminal(quiet_seconds=1)
    handle = handle_of(await session.run(f"{sys.executable} -i -q"))
    assert (await session.on(handle, input="6 * 7\n")).output.splitlines()[-2:] == ["42", ">>> "]
    assert "SyntaxError" in (await session.on(handle, input="1 1\n")).output
    ended = await session.on(handle, input="\\x04")
    assert ended.card is not None
    assert ended.card["exit_code"] == 0


async def test_silence_is_no_prompt(session: TerminalSession) -> None:
    assert (await session.run("sleep 0.8; echo done")).content == "done\n[exit code 0]"


async def test_at_the_limit_a_command_goes_on_watched(
    session: TerminalSession, finished: list[BackgroundTask]
) -> None:
    session.tool = Terminal(limit_seconds=1.5)
    command = "echo one; while [ ! -e go ]; do sleep 0.02; done; echo two; (exit 3)"
    result = await session.run(command)
    assert result.content.startswith("one\n[still running in the background")
    assert "do not poll" in result.content
    handle = handle_of(result)
    assert session.context.background.tasks[0].watched
    assert (await session.run("echo other")).output == "other"
    assert "(no output)" in (await session.on(handle)).content
    (session.context.working_dir / "go").touch()
    await until(lambda: bool(finished))
    (task,) = finished
    assert (task.status, task.exit_code, task.last_line) == ("failed", 3, "two")
    assert task.output_file is not None
    assert task.output_file.read_text() == "one\ntwo\n"
    assert (await session.on(handle)).output == "two"


async def test_a_server_runs_in_the_background_until_it_is_killed(
    session: TerminalSession, finished: list[BackgroundTask]
) -> None:
    session.tool = Terminal(start_up_seconds=1)
    command = "echo $$ > pid1; echo listening; (echo $BASHPID > pid2; sleep 1000); sleep 1"
    result = await session.run(command, **ASYNC)
    handle = handle_of(result)
    assert result.content.startswith("listening\n[")
    assert "runs already: handle " + handle in await session.refusal(command=command, **ASYNC)
    await until(lambda: len(pids(session.context.working_dir)) == 2)
    assert all(map(running, pids(session.context.working_dir)))
    killed = await session.on(handle, kill=True, input="ignored")
    assert "cancelled" in killed.content
    assert not any(map(running, pids(session.context.working_dir)))
    assert [task.status for task in finished] == ["cancelled"]
    assert not finished[0].watched
    assert "has ended already" in await session.refusal(handle_id=handle, kill=True)


async def test_a_background_command_that_fails_at_once_is_an_ordinary_result(
    session: TerminalSession,
) -> None:
    session.tool = Terminal(start_up_seconds=30)
    result = await session.run("echo broken; exit 2", **ASYNC)
    assert result.content == "broken\n[exit code 2]"
    assert session.context.background.tasks == ()


async def test_slow_commands_go_to_the_background_with_the_shells_variables(
    session: TerminalSession,
) -> None:
    make = session.context.working_dir / "bin" / "make"
    make.parent.mkdir()
    make.write_text('#!/bin/sh\necho "$WHO builds"; sleep 1000\n')
    make.chmod(0o755)
    await session.run("export WHO=alice PATH=$PWD/bin:$PATH")
    result = await session.run("make")
    assert result.output == "alice builds"
    handle_of(result)


async def test_processes_left_in_the_background_get_a_handle(each_shell: TerminalSession) -> None:
    for number, command in enumerate(
        ("sleep 1000 & echo $! > pid1", "(sleep 1000 >/dev/null 2>&1 & echo $! > pid2)")
    ):
        result = await each_shell.run(f"{command}; echo done")
        assert result.ok
        assert "go on in the background" in result.content
        pid = pids(each_shell.context.working_dir)[number]
        assert running(pid)
        assert (await each_shell.run("echo next")).output == "next"
        await each_shell.on(handle_of(result), kill=True)
        assert not running(pid)


async def test_a_plain_command_says_nothing_about_background(each_shell: TerminalSession) -> None:
    for command in ("seq 3 | head -1; (true)", "sleep 0.05 & wait", "true && echo a 2>&1"):
        assert "background" not in (await each_shell.run(command)).content


async def test_max_duration_ends_a_command(
    session: TerminalSession, finished: list[BackgroundTask]
) -> None:
    await session.run("echo $$ > pid1; sleep 1000", max_duration=1, **ASYNC)
    await until(lambda: bool(finished))
    assert finished[0].status == "error"
    assert "max_duration of 1 s" in finished[0].last_line
    assert not any(map(running, pids(session.context.working_dir)))


async def test_a_prompt_nobody_answers_is_given_up(
    session: TerminalSession, finished: list[BackgroundTask]
) -> None:
    session.tool = Terminal(quiet_seconds=0.2, waiting_seconds=0.3)
    await session.run("echo $$ > pid1; printf 'sure? '; read x")
    await until(lambda: bool(finished))
    assert "nobody answered" in finished[0].last_line
    assert not finished[0].watched
    assert not any(map(running, pids(session.context.working_dir)))


@pytest.mark.parametrize(
    ("program", "leave"), [("less", "q"), ("vim", "\x1b:q!\n"), ("top", "q"), ("vim", "\\x1b:q!\n")]
)
async def test_full_screen_programs_are_answered_with_a_hint(
    session: TerminalSession, program: str, leave: str
) -> None:
    if not shutil.which(program):
        pytest.skip(f"no {program} here")
    session.tool = Terminal()
    (session.context.working_dir / "text").write_text("secret line\n" * 200)
    result = await session.run(f"echo before; {program}{'' if program == 'top' else ' text'}")
    assert result.content.startswith("before\n[")
    assert "full-screen program" in result.content
    assert "secret line" not in result.content
    if leave.startswith("\\"):
        await session.on(handle_of(result), kill=True)
        return
    left = await session.on(handle_of(result), input=leave)
    assert left.content.endswith("[exit code 0]")


async def test_stopping_all_and_closing_leaves_nothing(session: TerminalSession) -> None:
    await session.run(
        "echo $$ > pid1; setsid sleep 1000 & echo $! > pid2; trap '' TERM; sleep 1000", **ASYNC
    )
    await session.run("echo $$ > pid3; printf '? '; read x")
    await until(lambda: len(pids(session.context.working_dir)) == 3)
    await session.context.close()
    assert not any(map(running, pids(session.context.working_dir)))
    assert session.context.background.alive == ()


async def test_killing_the_app_kills_its_commands(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.terminal.tool import Terminal
async def main():
    context = ToolContext(Path(sys.argv[1]))
    tool = Terminal(start_up_seconds=0.1)
    await tool.run({"command": "echo $$ > pid1; sleep 1000 & echo $! > pid2; wait", "async": True}, context)
    await tool.run({"command": "echo $$ > pid3; sleep 1000"}, context)
asyncio.run(main())
"""
    app = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])  # noqa: ASYNC220
    try:
        await until(lambda: len(pids(tmp_path)) == 3, 20)
    finally:
        app.send_signal(signal.SIGKILL)
        await asyncio.to_thread(app.wait)
    await until(lambda: not any(map(running, pids(tmp_path))))


def test_input_in_escapes_is_keys_and_other_input_is_itself() -> None:
    assert keys_of("y\n") == b"y\r"
    assert keys_of("\\x03") == b"\x03"
    assert keys_of("\\e\\n\\t") == b"\x1b\r\t"
    assert keys_of('print("\\n")\n') == b'print("\\n")\r'
    assert keys_of("é") == "é".encode()
    assert os.linesep == "\n"
