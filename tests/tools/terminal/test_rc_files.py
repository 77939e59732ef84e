"""Shells with the user's rc files, good and broken."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from support.terminal_session import TerminalSession, pids, running, until

from clacky_tui.tools.terminal.pool import ShellPool

RC_FILE = {"bash": ".bash_profile", "zsh": ".zshrc"}


def write_rc(home: Path, text: str) -> Path:
    """The rc file of the shell in ``$SHELL``."""
    file = home / RC_FILE[Path(os.environ["SHELL"]).name]
    file.write_text(text)
    return file


async def test_rc_files_are_read_and_their_noise_is_dropped(
    each_shell: TerminalSession, home: Path
) -> None:
    write_rc(home, "echo welcome; export FROM_RC=1; PS1='$ '; alias greet='echo hi'; stty echo\n")
    assert (await each_shell.run('echo "$FROM_RC"; greet')).content == "1\nhi\n[exit code 0]"


async def test_an_rc_file_that_returns_without_a_prompt_is_read(
    session: TerminalSession, home: Path
) -> None:
    write_rc(home, '[ -z "$PS1" ] && return\nexport FROM_RC=1\n')
    assert (await session.run('echo "$FROM_RC"')).output == "1"


async def test_a_syntax_error_in_an_rc_file_is_survived(
    each_shell: TerminalSession, home: Path
) -> None:
    write_rc(home, "if then (\n")
    assert (await each_shell.run("echo works")).content == "works\n[exit code 0]"


async def test_an_rc_file_that_reads_a_line_is_survived(
    each_shell: TerminalSession, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.tools.terminal.shell.ASK_AGAIN_SECONDS", 0.2)
    write_rc(home, "echo 'your name?'; read x; export FROM_RC=1\n")
    assert (await each_shell.run('echo "$FROM_RC"')).content == "1\n[exit code 0]"


@pytest.mark.parametrize("rc", ["sleep 1000\n", "cat\n", "exec sh\n", "exec sleep 1000\n"])
async def test_an_rc_file_that_never_gets_ready_leads_to_a_plain_bash(
    each_shell: TerminalSession, home: Path, rc: str
) -> None:
    write_rc(home, rc)
    each_shell.context.shells = ShellPool(ready_seconds=1)  # the plain one too has so long
    result = await each_shell.run("echo works; echo $0")
    assert result.output == f"works\n{shutil.which('bash')}"
    assert "was not ready after 1 s" in result.content
    assert "rc files" in result.content
    assert (await each_shell.run("echo again")).content == "again\n[exit code 0]"


async def test_an_rc_file_that_exits_leads_to_a_plain_bash(
    each_shell: TerminalSession, home: Path
) -> None:
    write_rc(home, "exit 3\n")
    result = await each_shell.run("echo works")
    assert result.output == "works"
    assert "ended while it started" in result.content


async def test_an_rc_file_that_execs_the_other_shell_is_served(
    session: TerminalSession, home: Path
) -> None:
    zsh = shutil.which("zsh")
    if not zsh:
        pytest.skip("no zsh here")
    (home / ".zshrc").write_text("PROMPT='%n %~ $ '\n")
    write_rc(home, f"exec {zsh} -i\n")
    assert (await session.run("echo ${ZSH_VERSION:+zsh}")).content == "zsh\n[exit code 0]"


async def test_a_changed_rc_file_is_read_again(each_shell: TerminalSession, home: Path) -> None:
    file = write_rc(home, "export VALUE=old\n")
    first = await each_shell.run("echo $VALUE $$")
    file.write_text("export VALUE=new\n")
    os.utime(file, ns=(1, 1))
    second = await each_shell.run("echo $VALUE $$")
    assert first.output.split()[0] == "old"
    assert second.output.split()[0] == "new"


async def test_prompt_hooks_run_unseen_before_each_command(
    session: TerminalSession, home: Path
) -> None:
    write_rc(home, "hook() { echo noise; export WHERE=$PWD; }\nPROMPT_COMMAND='hook; echo more'\n")
    (session.context.working_dir / "sub").mkdir()
    result = await session.run("echo $WHERE", cwd="sub")
    assert result.content == f"{session.context.working_dir}/sub\n[exit code 0]"


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")
async def test_zsh_hooks_run_unseen_before_each_command(
    session: TerminalSession, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL", shutil.which("zsh") or "")
    write_rc(
        home,
        "autoload -U add-zsh-hook\nmoved() { echo noise; export WHERE=$PWD; }\n"
        "seen() { echo noise; export SEEN=1; }\nprecmd() { echo noise; export OLD=1; }\n"
        "add-zsh-hook chpwd moved; add-zsh-hook precmd seen; setopt xtrace\n",
    )
    (session.context.working_dir / "sub").mkdir()
    result = await session.run("echo $WHERE $SEEN $OLD", cwd="sub")
    assert result.content == f"{session.context.working_dir}/sub 1 1\n[exit code 0]"


async def test_sourcing_the_rc_file_in_a_command_changes_nothing_for_us(
    each_shell: TerminalSession, home: Path
) -> None:
    file = write_rc(home, "PS1='prompt> '; PROMPT_COMMAND='echo noise'; precmd() { echo noise; }\n")
    assert (await each_shell.run(f". {file}; echo one")).content == "one\n[exit code 0]"
    assert (await each_shell.run("PS1='(venv) '; echo two")).content == "two\n[exit code 0]"
    assert (await each_shell.run("echo three")).content == "three\n[exit code 0]"


async def test_exec_of_a_shell_leaves_the_next_command_alone(each_shell: TerminalSession) -> None:
    result = await each_shell.run("PS1='inner$ ' exec bash --norc -i")
    assert result.card is not None
    assert result.card["status"] == "waiting"
    assert (await each_shell.run("echo next")).output == "next"


async def test_closing_does_not_wait_for_an_rc_file(
    each_shell: TerminalSession, home: Path
) -> None:
    write_rc(home, f"echo $$ > {home}/pid\nsleep 1000\n")
    each_shell.context.shells.warm(each_shell.context.working_dir, None)
    await until(lambda: bool(pids(home)))
    await asyncio.wait_for(each_shell.context.shells.close(), 5)
    assert not any(map(running, pids(home)))


async def test_closing_at_once_leaves_no_shell(session: TerminalSession, home: Path) -> None:
    write_rc(home, f"echo $$ > {home}/pid\n")
    session.context.shells.warm(session.context.working_dir, None)
    await asyncio.sleep(0)
    await session.context.shells.close()
    assert not any(map(running, pids(home)))
