"""The next message, guessed after a task: asked for apart from the conversation, paid for, withdrawn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from support.worker import Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.agent.suggestion import question, read_suggestion
from clacky_tui.config.settings import Settings
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.todos import TodoList
from clacky_tui.providers.demo.script import ScriptedCall, Step

ANSWERED = [Step(text="Done."), Step(text='"run the tests"\n'), Step(text="They pass.")]


async def offered(harness: Harness, count: int = 1) -> str:
    return (await harness.next(events.SuggestionOffered, count=count)).text


async def until(met: Callable[[], bool]) -> None:
    """Wait for what no event tells."""
    async with asyncio.timeout(60):
        while not met():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def purposes(harness: Harness) -> list[tuple[str, str]]:
    return [(usage.purpose, usage.outcome) for usage in harness.all(events.UsageRecorded)]


async def test_after_a_task_the_next_message_is_offered_and_booked(tmp_path: Path) -> None:
    async with running_worker(ANSWERED, tmp_path, suggests=True) as harness:
        await harness.ask("fix it")
        assert await offered(harness) == "run the tests"
    usage = harness.all(events.UsageRecorded)[-1]
    assert purposes(harness) == [("chat", "ok"), ("suggestion", "ok")]
    assert usage.cost
    assert usage.session_cost == sum(
        (each.cost or Decimal(0) for each in harness.all(events.UsageRecorded)), Decimal(0)
    )


async def test_the_request_has_nothing_of_the_prefix_and_leaves_its_cache_alone(
    tmp_path: Path,
) -> None:
    steps = [*ANSWERED, Step(text="NONE")]
    async with running_worker(steps, tmp_path, suggests=True) as harness:
        await harness.ask("fix it")
        await offered(harness)
        await harness.ask("run them")
        await harness.next(events.UsageRecorded, count=4)
    first, aside, second, _ = (request.body for request in harness.server.requests)
    assert "tools" not in aside
    assert "system" not in aside
    assert "cache_control" not in harness.server.requests[1].raw.decode()
    assert aside["max_tokens"] == 40
    assert "user: fix it\nagent: Done." in aside["messages"][0]["content"][0]["text"]
    assert second["system"] == first["system"]
    assert "run the tests" not in str(second["messages"])
    assert not harness.all(events.CacheMissed)
    chat = [usage for usage in harness.all(events.UsageRecorded) if usage.purpose == "chat"]
    assert chat[1].tokens
    assert chat[1].tokens.cache_read_tokens > 0


async def test_the_lite_model_is_asked_where_there_is_one(tmp_path: Path) -> None:
    async with running_worker(ANSWERED, tmp_path, suggests=True) as harness:
        desk = harness.worker._desk
        assert desk.entry is not None
        lite = desk.entry.model_copy(update={"model": "claude-haiku-4-5", "type": "lite"})
        desk.settings = Settings(models=(desk.entry, lite))
        await harness.ask("fix it")
        await offered(harness)
    models = [usage.model for usage in harness.all(events.UsageRecorded)]
    assert models == ["claude-sonnet-4-5", "claude-haiku-4-5"]


async def test_a_new_message_takes_the_offer_back(tmp_path: Path) -> None:
    async with running_worker(ANSWERED, tmp_path, suggests=True) as harness:
        await harness.ask("fix it")
        await offered(harness)
        harness.send(commands.Submit(text="something else"))
        assert await offered(harness, count=2) == ""
        await harness.next(events.TaskEnded, count=2)
    kinds = harness.kinds
    assert kinds.index("suggestion.offered", kinds.index("suggestion.offered") + 1) < (
        kinds.index("task.started", kinds.index("suggestion.offered"))
    )


async def test_a_new_message_cancels_the_question_which_is_booked(tmp_path: Path) -> None:
    gate = threading.Event()
    steps = [Step(text="Done."), Step(text="run the tests", gate=gate), Step(text="Yes.")]
    async with running_worker(steps, tmp_path, suggests=True) as harness:
        await harness.ask("fix it")
        await until(lambda: len(harness.server.requests) == 2)
        harness.send(commands.Submit(text="something else"))
        await harness.next(events.TaskStarted, count=2)
        gate.set()
        await harness.next(events.TaskEnded, count=2)
    assert ("suggestion", "cancelled") in purposes(harness)


async def test_nothing_is_asked_unless_it_is_wanted(tmp_path: Path) -> None:
    async with running_worker(ANSWERED, tmp_path) as harness:
        await harness.ask("fix it")
        await harness.ask("run them")
    assert len(harness.server.requests) == 2
    assert not harness.all(events.SuggestionOffered)


async def test_nothing_is_asked_after_a_task_that_ended_otherwise(tmp_path: Path) -> None:
    ask = ScriptedCall("request_user_feedback", {"question": "Red or blue?"})
    steps = [Step(text="Hm.", tool_calls=(ask,)), Step(status=401), Step(text="never")]
    async with running_worker(steps, tmp_path, suggests=True) as harness:
        assert (await harness.ask("paint it")).outcome == "awaiting_feedback"
        assert (await harness.ask("red")).outcome == "error"
    assert len(harness.server.requests) == 2


async def test_a_failure_is_silent(tmp_path: Path) -> None:
    steps = [Step(text="Done."), Step(status=500), Step(text="Yes."), Step(text="NONE")]
    async with running_worker(steps, tmp_path, suggests=True) as harness:
        await harness.ask("fix it")
        await harness.next(events.UsageRecorded, lambda usage: usage.purpose == "suggestion")
        await harness.ask("and then")
        await harness.next(events.UsageRecorded, count=4)
    assert ("suggestion", "rejected") in purposes(harness)
    assert not harness.all(events.Failed)
    assert not harness.all(events.RequestRetried)
    assert not harness.all(events.SuggestionOffered)


async def test_a_budget_that_is_used_up_is_kept(tmp_path: Path) -> None:
    settings = Settings(max_cost=Decimal("0.000001"))
    async with running_worker(ANSWERED, tmp_path, suggests=True, settings=settings) as harness:
        assert (await harness.ask("fix it")).outcome == "done"
        suggester = harness.worker._suggester
        await until(lambda: suggester._asking is not None and suggester._asking.done())
    assert len(harness.server.requests) == 1
    assert not harness.all(events.Failed)


@pytest.mark.parametrize(
    ("answer", "suggestion"),
    [
        ("run the tests", "run the tests"),
        ('\n\n  "run the tests"  \nbecause', "run the tests"),
        ("「运行测试」", "运行测试"),
        ("none", ""),
        ("`NONE`", ""),
        ("", ""),
        ("x" * 80, "x" * 80),
        ("x" * 81, ""),
    ],
)
def test_the_first_line_is_the_message(answer: str, suggestion: str) -> None:
    assert read_suggestion(answer) == suggestion


def test_what_is_asked_is_short_and_only_what_was_said() -> None:
    said = [Message("user", f"question {n} " + "x" * 900, Origin.USER) for n in range(9)]
    others = [
        Message("user", "scaffold", Origin.NOTICE),
        Message("user", "$ ls", Origin.SHELL),
        Message("tool", "result", Origin.TOOL, tool_call_id="1"),
    ]
    todos = TodoList().add([f"todo {n} " + "y" * 200 for n in range(9)])
    asked = question([*said, *others], todos.items)
    assert "question 0" not in asked
    assert "question 1" in asked
    assert "todo 5" in asked
    assert "todo 6" not in asked
    assert "x" * 400 not in asked
    assert not any(word in asked for word in ("scaffold", "$ ls", "result"))
