"""Esc while a command runs: Ctrl-C first, force after, nothing left, the next command works."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from support.terminal_session import TerminalSession, pids, running, until

from clacky_tui.tools.terminal.tool import Terminal

NAP = f"1000.{os.getpid()}"
"""Seconds that no other test sleeps."""


async def interrupted(session: TerminalSession, command: str, started: int) -> None:
    """Run `command`, cancel it once `started` pid files are there, and wait for the end of it."""
    task = asyncio.create_task(session.run(command))
    await until(lambda: len(pids(session.context.working_dir)) == started)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_ctrl_c_ends_the_command_and_keeps_the_shell(each_shell: TerminalSession) -> None:
    first = await each_shell.run("echo $$")
    await interrupted(each_shell, "echo $$ > pid1; sleep 1000; echo no > after", 1)
    assert not (each_shell.context.working_dir / "after").exists()
    assert (await each_shell.run("echo $$")).output == first.output


async def test_children_in_the_background_go_too(each_shell: TerminalSession) -> None:
    command = (
        "sh -c 'echo $$ > pid1; sleep 1000' & sleep 1001 & echo $! > pid2;"
        " setsid sh -c 'echo $$ > pid3; sleep 1002' & wait"
    )
    await interrupted(each_shell, command, 3)
    assert not any(map(running, pids(each_shell.context.working_dir)))
    assert (await each_shell.run("echo next")).output == "next"


async def test_who_ignores_ctrl_c_and_term_is_killed(session: TerminalSession) -> None:
    script = "trap '' INT TERM HUP; echo $$ > pid1; while true; do sleep 0.05; done"
    session.tool = Terminal(interrupt_seconds=0.3)
    await interrupted(session, f'bash -c "{script.replace("$", chr(92) + "$")}"', 1)
    assert not any(map(running, pids(session.context.working_dir)))
    assert (await session.run("echo next")).output == "next"


async def test_cancelling_twice_kills_at_once(session: TerminalSession) -> None:
    session.tool = Terminal(interrupt_seconds=60)
    folder = session.context.working_dir
    (folder / "stubborn").write_text(
        "trap 'touch asked' INT; echo $$ > pid1; while true; do sleep 0.05; done"
    )
    task = asyncio.create_task(session.run("bash stubborn"))
    await until(lambda: len(pids(folder)) == 1)
    task.cancel()
    await until((folder / "asked").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not running(pids(folder)[0]))
    assert (await session.run("echo next")).output == "next"


async def test_cancelling_at_any_moment_leaks_nothing(session: TerminalSession) -> None:
    await session.run("true")
    for turns in range(12):
        task = asyncio.create_task(session.run(f"echo $$ > pid1; sleep {NAP}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not any(map(_sleeping, _command_lines()))
    assert (await session.run("echo next")).output == "next"
    await session.context.close()
    assert not [path for path in _open_files() if "ptmx" in path or "pts" in path]


async def test_cancelling_while_the_shell_starts(session: TerminalSession) -> None:
    for _ in range(3):
        task = asyncio.create_task(session.run("echo x"))
        await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await session.run("echo next")).output == "next"


async def test_a_full_screen_program_is_interrupted_too(session: TerminalSession) -> None:
    await interrupted(session, r"echo $$ > pid1; printf '\033[?1049h'; stty raw; cat", 1)
    assert (await session.run("echo next")).output == "next"


def _open_files() -> list[str]:
    found = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(link.readlink()))
        except OSError:
            continue
    return found


def _command_lines() -> list[Path]:
    return list(Path("/proc").glob("[0-9]*/cmdline"))


def _sleeping(cmdline: Path) -> bool:
    try:
        return cmdline.read_bytes() == f"sleep\0{NAP}\0".encode()
    except OSError:
        return False
