"""Walking through the demo's conversations over both wires, with tools that really do things."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from support.scripted_server import WIRES, ask, collect, ending, reasoning_of, text_of, user

from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.providers.base import Provider, WireFormat
from clacky_tui.providers.demo.long_answer import asked_length_tokens, long_answer
from clacky_tui.providers.demo.prefix_cache import count_tokens
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.factory import make_provider

pytestmark = pytest.mark.parametrize("wire", WIRES)

TOOLS = ("terminal", "file_reader", "edit", "glob", "todo_manager", "request_user_feedback")
DENIED = json.dumps(
    {
        "error": "The user refused this call. It was NOT performed.",
        "action_performed": False,
        "user_feedback": "not today",
    }
)
FIX = "please fix the failing test in the sample project"


def run_tool(name: str, given: dict[str, Any]) -> str:
    """A stand-in for the agent's tools: the same effects, the plainest results."""
    match name:
        case "file_reader" if Path(given["path"]).is_dir():
            entries = sorted(Path(given["path"]).iterdir())
            names = [f"  {entry.name}{'/' * entry.is_dir()}" for entry in entries]
            return "\n".join([f"{given['path']}: {len(names)} entries", *names])
        case "file_reader":
            path = Path(given["path"])
            lines = path.read_text().splitlines(keepends=True)
            return f"{path} (lines 1-{len(lines)} of {len(lines)})\n\n{''.join(lines)}"
        case "edit":
            path = Path(given["path"])
            before = path.read_text()
            assert before.count(given["old_string"]) == 1
            path.write_text(before.replace(given["old_string"], given["new_string"]))
            return "Replaced 1 occurrence."
        case "terminal":
            command = given["command"].replace("python3", sys.executable)
            done = subprocess.run(
                command.split(), cwd=given.get("cwd"), capture_output=True, text=True, timeout=60
            )
            return f"{done.stdout}{done.stderr}\n[exit code {done.returncode}]"
        case "todo_manager" if given["action"] == "add":
            added = [f"#{4 + number} {task}" for number, task in enumerate(given["task"])]
            return "Added 3 tasks, 5 in the list:\n" + "\n".join(added)
        case "todo_manager":
            return "Completed."
        case "glob":
            found = sorted(Path(given["base_path"]).rglob(given["pattern"]))
            paths = [str(path) for path in found if path.is_file()]
            return "\n".join([f"{len(paths)} files match {given['pattern']}", *paths])
    raise AssertionError(name)


def sample_project(parent: Path) -> tuple[Path, int]:
    """The one sample project below `parent`, and its permission bits."""
    [folder] = parent.glob("clacky-demo-*")
    return folder, folder.stat().st_mode & 0o777


def unittest_verdict(folder: Path) -> str:
    command = [sys.executable, "-m", "unittest"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60).stderr


class Talk:
    """A conversation with the demo model, kept as the agent would keep it."""

    def __init__(self, provider: Provider, working_dir: Path) -> None:
        self.provider = provider
        self.messages: list[Message] = []
        context = (
            f"[Session context: Today is 2026-03-01, Sunday. Working directory: {working_dir}]"
        )
        self.add(Message("user", context, Origin.SESSION_CONTEXT))
        self.text = ""
        self.reasoning = ""
        self.all_calls: list[ToolCall] = []

    def add(self, message: Message) -> None:
        self.messages.append(message)

    async def next_calls(self, typed: str = "") -> list[tuple[str, dict[str, Any]]]:
        """Send the conversation and note the reply; returns its tool calls."""
        if typed:
            self.add(user(typed))
        events = await collect(self.provider, ask(*self.messages, tools=TOOLS))
        self.text, self.reasoning = text_of(events), reasoning_of(events)
        calls = ending(events).tool_calls
        self.all_calls += calls
        self.add(Message("assistant", self.text, Origin.MODEL, tool_calls=calls))
        return [(call.name, json.loads(call.arguments)) for call in calls]

    def answer(self, *results: str) -> None:
        """Give one result to each call of the last reply."""
        for call, result in zip(self.messages[-1].tool_calls, results, strict=True):
            self.add(Message("tool", result, Origin.TOOL, tool_call_id=call.id))

    async def run(self, typed: str, *, until: str = "") -> list[str]:
        """Let the model work to the end of the task, or to a call of `until`, left unanswered."""
        steps = []
        calls = await self.next_calls(typed)
        while calls:
            steps.append(" ".join(name for name, _ in calls))
            if until in [name for name, _ in calls]:
                break
            self.answer(*[run_tool(name, given) for name, given in calls])
            calls = await self.next_calls()
        return steps


Talking = Callable[[], Talk]


@asynccontextmanager
async def talk_over(wire: WireFormat, folder: Path) -> AsyncIterator[Talk]:
    with DemoServer(tokens_per_second=0, scratch_parent=folder) as server:
        provider = make_provider(server.endpoint(wire))
        yield Talk(provider, folder)
        await provider.aclose()


@pytest.fixture
async def talk(wire: WireFormat, tmp_path: Path) -> AsyncIterator[Talk]:
    async with talk_over(wire, tmp_path) as talk:
        yield talk


async def test_the_failing_test_is_really_fixed(talk: Talk, tmp_path: Path) -> None:
    assert await talk.run(FIX) == [
        "file_reader file_reader",
        "todo_manager",
        "edit",
        "todo_manager",
        "terminal",
        "todo_manager",
    ]
    assert "3 tests ran, all pass" in talk.text
    folder, mode = sample_project(tmp_path)
    assert str(folder) in talk.text
    assert mode == 0o700
    assert "OK" in unittest_verdict(folder)


async def test_the_sample_project_fails_before_the_fix(talk: Talk, tmp_path: Path) -> None:
    await talk.run(FIX, until="edit")
    folder, _ = sample_project(tmp_path)
    assert "FAILED (failures=1)" in unittest_verdict(folder)


async def test_the_todo_list_is_ticked_off_by_the_numbers_it_was_given(talk: Talk) -> None:
    await talk.run(FIX)
    todo = [json.loads(c.arguments) for c in talk.all_calls if c.name == "todo_manager"]
    assert len(todo[0]["task"]) == 3
    assert [step["id"] for step in todo[1:]] == [4, [5, 6]]


async def test_reasoning_is_shown_before_the_first_step(talk: Talk) -> None:
    await talk.next_calls(FIX)
    assert "read both" in talk.reasoning


async def test_call_ids_are_unique_in_a_conversation_and_the_same_for_a_retry(talk: Talk) -> None:
    await talk.run(FIX)
    await talk.run(FIX)
    ids = [call.id for call in talk.all_calls]
    assert len(ids) == len(set(ids)) == 14
    request = ask(*talk.messages, "list files", tools=TOOLS)
    twice = [ending(await collect(talk.provider, request)).tool_calls for _ in range(2)]
    assert twice[0] == twice[1] != ()


async def test_a_refused_edit_ends_the_script_politely(talk: Talk) -> None:
    await talk.run(FIX, until="edit")
    talk.answer(DENIED)
    talk.add(Message("user", "[SYSTEM] The user refused and said: not today", Origin.NOTICE))
    assert await talk.next_calls() == []
    assert "You refused that step" in talk.text
    assert "has been changed" in talk.text
    assert "not today" in talk.text


async def test_a_refused_test_run_is_not_reported_as_a_success(talk: Talk) -> None:
    await talk.run(FIX, until="terminal")
    talk.answer(DENIED)
    assert await talk.next_calls() == []
    assert "tests have not been run" in talk.text
    assert "all pass" not in talk.text


async def test_a_failed_read_is_explained(talk: Talk) -> None:
    await talk.next_calls(FIX)
    talk.answer('{"error": "no such file"}', '{"error": "no such file"}')
    assert await talk.next_calls() == []
    assert "no such file" in talk.text


async def test_tests_that_still_fail_are_not_reported_as_a_success(talk: Talk) -> None:
    await talk.run(FIX, until="terminal")
    talk.answer(json.dumps({"output": "Ran 3 tests in 0s\n\nFAILED (failures=1)", "exit_code": 1}))
    await talk.next_calls()
    talk.answer("Completed.")
    assert await talk.next_calls() == []
    assert "Not fixed" in talk.text and "failures=1" in talk.text


async def test_a_new_message_in_between_is_answered_instead(talk: Talk) -> None:
    await talk.run(FIX, until="edit")
    talk.answer("Replaced 1 occurrence.")
    assert await talk.next_calls("stop, who are you?") == []
    assert "built-in demo model" in talk.text


async def test_explaining_a_project_uses_what_the_tools_returned(
    talk: Talk, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text("# Weather station\n\nReads a sensor.\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "station"\n')
    (tmp_path / "station").mkdir()
    (tmp_path / "station" / "sensor.py").write_text("class Sensor:\n    def read(self): ...\n")
    steps = await talk.run("Explain this project")
    assert steps == ["file_reader glob", "file_reader file_reader file_reader"]
    assert "**README.md**: Weather station" in talk.text
    assert "`Sensor`, `read`" in talk.text
    assert "the manifest of `station`" in talk.text
    assert "| `.py` | 1 |" in talk.text
    assert "`station/`" in talk.text


async def test_explaining_an_empty_folder_says_so(talk: Talk) -> None:
    assert await talk.run("解释这个项目") == ["file_reader glob"]
    assert "no files" in talk.text


async def test_explaining_stops_when_looking_is_refused(talk: Talk) -> None:
    await talk.next_calls("what is this project?")
    talk.answer(DENIED, DENIED)
    assert await talk.next_calls() == []
    assert "NOT performed" in talk.text


async def test_listing_files_counts_what_the_command_printed(talk: Talk) -> None:
    [(name, given)] = await talk.next_calls("list files")
    assert (name, given) == ("terminal", {"command": "ls -la"})
    talk.answer("total 4\ndrwxr-xr-x 2 a a 9 .\ndrwxr-xr-x 2 a a 9 ..\n-rw-r--r-- 1 a a 9 x\n")
    assert await talk.next_calls() == []
    assert "3 entries, 2 of them folders" in talk.text


async def test_a_refused_command_is_not_run_again(talk: Talk) -> None:
    await talk.next_calls("运行一条命令")
    talk.answer(DENIED)
    assert await talk.next_calls() == []
    assert "not today" in talk.text


async def test_a_question_is_asked_and_its_answer_taken(talk: Talk) -> None:
    [(name, given)] = await talk.next_calls("ask me a question")
    assert name == "request_user_feedback"
    assert given["question"] and len(given["options"]) == 3
    talk.answer("Asked the person; the answer comes as the next message.")
    assert await talk.next_calls("A long answer") == []
    assert "A long answer" in talk.text


async def test_a_question_answered_automatically_ends_the_scenario(talk: Talk) -> None:
    await talk.next_calls("问我一个问题")
    talk.answer("Nobody is there to answer.")
    assert await talk.next_calls() == []
    assert "Nobody is there" in talk.text


async def test_a_long_answer_has_the_length_asked_for(talk: Talk) -> None:
    await talk.next_calls("write 600 tokens")
    assert 600 <= count_tokens(talk.text) < 800
    await talk.next_calls("写 300 字")
    assert 300 <= count_tokens(talk.text) < 500


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("hello", "built-in demo model"),
        ("hello", "CLACKY_API_KEY"),
        ("你好", "内置的演示模型"),
        ("你好", "/config"),
    ],
)
async def test_anything_else_is_answered_with_what_this_is(
    talk: Talk, typed: str, told: str
) -> None:
    assert await talk.next_calls(typed) == []
    assert told in talk.text


async def test_without_tools_the_script_says_what_is_missing(talk: Talk) -> None:
    events = await collect(talk.provider, ask(FIX))
    assert "todo_manager" in text_of(events)


def test_long_answers_are_the_same_each_time_and_bounded(wire: WireFormat) -> None:
    assert long_answer(900) == long_answer(900)
    assert count_tokens(long_answer(2000)) >= 2000
    assert asked_length_tokens("stream 100 words") == 150
    assert asked_length_tokens("a long answer please") == 2000
    assert asked_length_tokens("write 99,000,000 tokens") == 50_000
