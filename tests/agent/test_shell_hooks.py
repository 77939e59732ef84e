"""Hooks as real processes: what they are given, what their answers do, and that none outlives us."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from support.worker import KEY, running_worker

from clacky_tui import commands, events
from clacky_tui.agent.shell_hook import HookAnswer, run_shell_hook
from clacky_tui.config.hooks import ShellHook, read_hooks
from clacky_tui.config.settings import Settings, load_settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.demo.script import ScriptedCall, Step

AUTO = PermissionMode.AUTO_APPROVE
READ = ScriptedCall("file_reader", {"path": "a.txt"})
READ_B = ScriptedCall("file_reader", {"path": "b.txt"})
GIVEN = {
    "event": "before_tool_use",
    "session_id": "s1",
    "tool_name": "terminal",
    "tool_input": {"command": "curl -H 'Authorization: Bearer abcdefghijklmnop'"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.txt").write_text("alpha\n")
    (project / "b.txt").write_text("beta\n")
    return project


def hooks(event: str, *rows: dict[str, object]) -> Settings:
    problems: list[str] = []
    read = read_hooks({event: list(rows)}, "test", problems)
    assert not problems
    return Settings(hooks=read)


async def run(command: str, cwd: Path, timeout: float = 20) -> HookAnswer:
    return await run_shell_hook(ShellHook(command=command, timeout=timeout), GIVEN, cwd)


@pytest.mark.parametrize(
    ("command", "action", "reason"),
    [
        ("true", "allow", ""),
        ("echo fine", "allow", ""),
        ("echo not today >&2; exit 1", "deny", "not today"),
        ("echo from stdout; exit 3", "deny", "from stdout"),
        ("exit 7", "deny", "exit code 7"),
        ("""echo '{"action": "deny", "reason": "no"}'""", "deny", "no"),
        ("""echo '{"action": "allow"}'""", "allow", ""),
        ("""echo '{"action": "maybe"}'""", "deny", "makes no sense"),
        ("""echo '{"action"'""", "deny", "broken JSON"),
        ("no-such-program-anywhere", "deny", "not found"),
    ],
)
async def test_how_it_ends_is_its_answer(
    command: str, action: str, reason: str, tmp_path: Path
) -> None:
    answer = await run(command, tmp_path)
    assert answer.action == action
    assert reason in answer.reason


async def test_it_gets_the_call_on_stdin_and_masked_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLACKY_API_KEY", KEY)
    monkeypatch.setenv("PLAIN_NAME", KEY)
    hook = ShellHook(command="cat > stdin.json; env > environment")
    await run_shell_hook(hook, GIVEN, tmp_path, {KEY})
    assert json.loads((tmp_path / "stdin.json").read_text()) == GIVEN
    environment = (tmp_path / "environment").read_text()
    assert "CLACKY_EVENT=before_tool_use" in environment
    assert "CLACKY_TOOL_NAME=terminal" in environment
    assert KEY not in environment
    assert "abcdefghijklmnop" not in environment


async def test_a_hook_that_hangs_is_killed_with_its_children_and_denies(tmp_path: Path) -> None:
    answer = await run("sleep 300 & echo $! > child; wait", tmp_path, timeout=0.5)
    assert answer.action == "deny"
    assert "0.5 s" in answer.reason
    child = int((tmp_path / "child").read_text())
    assert await asyncio.to_thread(gone, child)


async def test_a_hook_that_floods_and_never_reads_is_no_trouble(tmp_path: Path) -> None:
    given = {**GIVEN, "tool_input": {"command": "x" * 500_000}}
    hook = ShellHook(command="head -c 3000000 /dev/zero; exit 1")
    answer = await run_shell_hook(hook, given, tmp_path)
    assert answer.action == "deny"
    assert len(answer.reason) <= 2000


async def test_a_denied_call_does_not_stop_the_next_one(folder: Path) -> None:
    deny = {"command": "grep -q b.txt || { echo a is private; exit 1; }", "block": True}
    settings = hooks("before_tool_use", {**deny, "matcher": "glob|file_reader"})
    steps = [Step(tool_calls=(READ, READ_B)), Step(text="Done.")]
    async with running_worker(steps, folder, settings=settings) as harness:
        assert (await harness.ask("read")).outcome == "done"
        sent = harness.server.requests[-1].raw.decode()
    assert [done.ok for done in harness.all(events.ToolFinished)] == [False, True]
    assert "a is private" in sent
    assert any("a is private" in notice.text for notice in harness.all(events.Notice))


async def test_any_deny_wins_whatever_comes_after(folder: Path) -> None:
    rows = [{"command": "exit 1", "block": True}, {"command": "true", "block": True}]
    for order in (rows, rows[::-1]):
        settings = hooks("before_tool_use", *order)
        steps = [Step(tool_calls=(READ,)), Step(text="Done.")]
        async with running_worker(steps, folder, settings=settings) as harness:
            await harness.ask("read")
        assert not harness.all(events.ToolFinished)[0].ok


async def test_a_hook_for_another_tool_is_not_asked(folder: Path) -> None:
    settings = hooks(
        "before_tool_use", {"matcher": "edit|write", "command": "exit 1", "block": True}
    )
    async with running_worker(
        [Step(tool_calls=(READ,)), Step(text="Done.")], folder, settings=settings
    ) as harness:
        await harness.ask("read")
    assert harness.all(events.ToolFinished)[0].ok


async def test_changed_arguments_are_what_is_shown_judged_and_run(folder: Path) -> None:
    changed = json.dumps({"arguments": {"command": "touch made-by-hook"}})
    settings = hooks("before_tool_use", {"command": f"echo '{changed}'", "block": True})
    steps = [Step(tool_calls=(ScriptedCall("terminal", {"command": "ls"}),)), Step(text="Done.")]
    async with running_worker(steps, folder, settings=settings) as harness:
        harness.send(commands.Submit(text="list"))
        asked = await harness.next(events.ApprovalAsked)
        assert "touch made-by-hook" in asked.question
        assert not (folder / "made-by-hook").exists()
        await harness.approve()
        await harness.next(events.TaskEnded)
        sent = harness.server.requests[-1].raw.decode()
    assert (folder / "made-by-hook").exists()
    assert "A hook of the user changed the arguments" in sent


async def test_arguments_changed_into_nonsense_do_not_run(folder: Path) -> None:
    settings = hooks(
        "before_tool_use", {"command": """echo '{"arguments": {"wrong": 1}}'""", "block": True}
    )
    steps = [Step(tool_calls=(READ,)), Step(text="Done.")]
    async with running_worker(steps, folder, settings=settings) as harness:
        await harness.ask("read")
    assert "invalid" in harness.all(events.ToolFinished)[0].output


async def test_hooks_are_told_of_the_end_of_calls_and_tasks(folder: Path) -> None:
    note = {"command": "cat >> log; echo >> log", "block": True}
    read = read_hooks(
        {
            event: [note]
            for event in (
                "on_start",
                "on_iteration",
                "after_tool_use",
                "on_tool_error",
                "on_complete",
            )
        },
        "test",
        [],
    )
    missing = ScriptedCall("file_reader", {"path": "missing.txt"})
    steps = [Step(tool_calls=(READ, missing)), Step(text="Done.")]
    async with running_worker(steps, folder, settings=Settings(hooks=read)) as harness:
        await harness.ask("read")
    lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    assert [line["event"] for line in lines] == [
        "on_start",
        "on_iteration",
        "after_tool_use",
        "on_tool_error",
        "on_iteration",
        "on_complete",
    ]
    assert lines[0]["input"] == "read"
    assert "alpha" in lines[2]["tool_result"]
    assert "missing.txt" in lines[3]["error"]
    assert lines[-1]["outcome"] == "done"


async def test_a_hook_nobody_waits_for_ends_with_the_session(folder: Path) -> None:
    settings = hooks("on_start", {"command": "echo $$ > pid; sleep 300"})
    async with running_worker([Step(text="Hi.")], folder, settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "done"
        pid = await asyncio.to_thread(wait_for_pid, folder / "pid")
    assert await asyncio.to_thread(gone, pid)


def test_what_cannot_be_used_of_the_configuration_is_said(tmp_path: Path) -> None:
    file = tmp_path / "config.yml"
    file.write_text(
        "settings:\n  parallel_tools: maybe\n  hooks:\n    on_nothing: []\n    on_start:\n"
        "      - {command: ''}\n      - {command: echo hi, timeout: 5}\n      - 7\n"
    )
    settings = load_settings(file, {})
    assert [hook.command for hook in settings.hooks["on_start"]] == ["echo hi"]
    problems = "\n".join(settings.problems)
    assert len(settings.problems) == 4
    for word in ("parallel_tools", "on_nothing", "on_start 1", "on_start 3"):
        assert word in problems


def wait_for_pid(file: Path) -> int:
    """What a hook writes into `file`, which it does at once."""
    for _ in range(2000):
        if file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.01)
    raise AssertionError("the hook did not start")


def gone(pid: int) -> bool:
    """Whether the process ends within some seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False
