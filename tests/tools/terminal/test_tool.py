"""The terminal tool with real processes."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.terminal.limit import OUTPUT_LIMIT_BYTES
from clacky_tui.tools.terminal.results import PERSON_OUTPUT_BYTES
from clacky_tui.tools.terminal.tool import Terminal

TOOL = Terminal()


@pytest.fixture(autouse=True)
def temporary_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


async def run(context: ToolContext, command: str, **more: object) -> ToolResult:
    return await TOOL.run({"command": command, **more}, context)


async def refusal(context: ToolContext, **arguments: object) -> str:
    with pytest.raises(ToolError) as caught:
        await TOOL.run(arguments, context)
    return caught.value.message


def running(pid: int) -> bool:
    """True when the process is there and not a zombie."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return False
    return status.rpartition(b")")[2].split()[0] not in b"ZX"


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def saved(result: ToolResult) -> str:
    """The full output a result points to."""
    assert result.card is not None
    path = str(result.card["full_output_file"])
    assert path in result.content
    return Path(path).read_text()


def pids(folder: Path) -> list[int]:
    return [int(file.read_text()) for file in sorted(folder.glob("pid*")) if file.read_text()]


async def test_output_exit_code_and_summary(context: ToolContext) -> None:
    result = await run(context, "echo out; echo err >&2; exit 3")
    assert result.content == "out\nerr\n[exit code 3]"
    assert result.summary == "exit 3"
    assert not result.ok
    assert result.output == "out\nerr"
    assert result.card is not None
    assert result.card["exit_code"] == 3
    assert result.card["status"] == "finished"


async def test_success_without_output(context: ToolContext) -> None:
    result = await run(context, "true")
    assert result.content == "(no output)\n[exit code 0]"
    assert result.ok
    assert result.summary == "exit 0"


async def test_death_by_signal_counts_from_128(context: ToolContext) -> None:
    assert (await run(context, "kill -SEGV $$")).summary == "exit 139"


async def test_cwd_env_and_quiet_environment(context: ToolContext, folder: Path) -> None:
    (folder / "sub").mkdir()
    command = 'pwd; echo "$A $PAGER $GIT_PAGER $TERM $GIT_TERMINAL_PROMPT"'
    result = await run(context, command, cwd="sub", env={"A": "b c"})
    assert result.output == f"{folder}/sub\nb c cat cat dumb 0"
    again = await run(context, 'pwd; echo "[$A]"')
    assert again.output == f"{folder}\n[]"


async def test_stdin_is_empty(context: ToolContext) -> None:
    assert (await run(context, "cat; read x || echo nothing")).output == "nothing"


async def test_colours_and_progress_are_cleaned(context: ToolContext) -> None:
    result = await run(context, r"printf '\033[31mred\033[0m\n10%%\r100%%\n'")
    assert result.output == "red\n100%"


async def test_output_is_shown_while_it_comes(context: ToolContext, folder: Path) -> None:
    shown: list[str] = []
    context.emit_output = shown.append
    task = asyncio.create_task(
        run(context, "echo early; while [ ! -e go ]; do sleep 0.02; done; echo late")
    )
    await until(lambda: "".join(shown) == "early\n")
    (folder / "go").touch()
    await task
    assert "".join(shown) == "early\nlate\n"


async def test_a_character_split_between_writes_is_whole(context: ToolContext) -> None:
    command = r"printf '\342\202'; sleep 0.1; printf '\254 caf\303'; sleep 0.1; printf '\251'"
    shown: list[str] = []
    context.emit_output = shown.append
    assert (await run(context, command)).output == "€ café"
    assert "".join(shown) == "€ café"


async def test_a_megabyte_of_output_stays_within_every_limit(context: ToolContext) -> None:
    result = await run(context, "seq 1 160000; echo the end; exit 1")
    assert len(result.content.encode()) <= OUTPUT_LIMIT_BYTES + len("\n[exit code 1]")
    assert result.content.startswith("1\n2\n")
    assert result.content.endswith("the end\n[exit code 1]")
    assert len(result.output.encode()) <= PERSON_OUTPUT_BYTES + 10
    assert saved(result).split("\n")[-2:] == ["160000", "the end"]


async def test_the_time_limit_stops_children_too(context: ToolContext, folder: Path) -> None:
    tool = Terminal(limit_seconds=0.5)
    command = "echo $$ > pid1; sleep 60 & echo $! > pid2; echo started; wait"
    result = await tool.run({"command": command}, context)
    assert "started\n[stopped after 0.5 s" in result.content
    assert result.summary == "stopped at 0.5s"
    assert not result.ok
    assert len(pids(folder)) == 2
    assert not any(map(running, pids(folder)))


async def test_who_ignores_term_is_killed(context: ToolContext, folder: Path) -> None:
    tool = Terminal(limit_seconds=0.5, kill_after_seconds=0.3)
    command = "trap '' TERM; echo $$ > pid1; while true; do sleep 0.1; done"
    started = time.monotonic()
    await tool.run({"command": command}, context)
    assert time.monotonic() - started < 5
    assert not any(map(running, pids(folder)))


async def test_slow_commands_get_the_longer_limit(context: ToolContext, folder: Path) -> None:
    (folder / "make").write_text("#!/bin/sh\nsleep 0.5\necho built\n")
    (folder / "make").chmod(0o755)
    tool = Terminal(limit_seconds=0.1, slow_limit_seconds=20)
    assert (await tool.run({"command": "./make"}, context)).output == "built"


async def test_cancelling_leaves_no_process(context: ToolContext, folder: Path) -> None:
    command = "echo $$ > pid1; (echo $BASHPID > pid2; sleep 60) & sleep 61 & echo $! > pid3; wait"
    task = asyncio.create_task(run(context, command))
    await until(lambda: len(pids(folder)) == 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(map(running, pids(folder)))


async def test_cancelling_twice_kills_at_once(context: ToolContext, folder: Path) -> None:
    tool = Terminal(kill_after_seconds=60)
    command = "trap 'touch asked' TERM; echo $$ > pid1; while true; do sleep 0.1; done"
    task = asyncio.create_task(tool.run({"command": command}, context))
    await until(lambda: len(pids(folder)) == 1)
    task.cancel()
    await until((folder / "asked").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not running(pids(folder)[0]))


async def test_cancelling_at_once_leaks_no_descriptor(context: ToolContext) -> None:
    await run(context, "true")
    before = len(list(Path("/proc/self/fd").iterdir()))  # noqa: ASYNC240
    for _ in range(5):
        task = asyncio.create_task(run(context, "sleep 60"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await run(context, "true")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before  # noqa: ASYNC240


async def test_background_processes_end_with_the_command(
    context: ToolContext, folder: Path
) -> None:
    for redirect in ("", ">/dev/null 2>&1"):
        result = await run(context, f"sleep 60 {redirect} & echo $! > pid1; echo done")
        assert result.content.startswith("done\n[exit code 0]")
        assert "background were stopped" in result.content
        assert result.ok
        assert not any(map(running, pids(folder)))


async def test_a_plain_command_says_nothing_about_background(context: ToolContext) -> None:
    assert "background" not in (await run(context, "seq 3 | head -1; (true)")).content


async def test_a_flood_does_not_block_the_event_loop(context: ToolContext) -> None:
    tool = Terminal(limit_seconds=1)
    task = asyncio.create_task(tool.run({"command": "yes"}, context))
    longest = 0.0
    while not task.done():
        before = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - before)
    assert longest < 0.5
    assert "bytes left out" in saved(await task)


async def test_what_is_not_available_yet_says_so(context: ToolContext) -> None:
    assert "async is not available" in await refusal(context, command="x", **{"async": True})
    for more in ({"handle_id": "a"}, {"input": ""}, {"kill": True}):
        assert "not available in this version" in await refusal(context, command="x", **more)


async def test_calls_that_cannot_be(context: ToolContext, folder: Path) -> None:
    (folder / "file").touch()
    assert "no command" in await refusal(context)
    assert "no command" in await refusal(context, command=" \n")
    assert "NUL" in await refusal(context, command="a\0b")
    assert "not a folder" in await refusal(context, command="ls", cwd="nowhere")
    assert "not a folder" in await refusal(context, command="ls", cwd="file")
    assert "environment variable" in await refusal(context, command="ls", env={"A=B": "c"})
    assert "Argument list too long" in await refusal(context, command="x" * 3_000_000)


async def test_a_shell_that_cannot_start_is_told(
    context: ToolContext, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "bash").write_text("not a program")
    (folder / "bash").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    assert "shell could not be started" in await refusal(context, command="ls")


def test_the_subject_hides_nothing(context: ToolContext, folder: Path) -> None:
    assert TOOL.subject({"command": "pytest  -q\n"}, context) == "pytest -q"
    assert TOOL.subject({"command": "ls\n\n  rm x\x1b[2K"}, context) == "ls \\n rm x[2K"
    assert TOOL.subject({"command": "ls", "cwd": "sub"}, context) == "ls (in sub)"
    assert TOOL.subject({"command": "ls", "cwd": str(folder)}, context) == "ls"
