"""Compression: what it keeps, what it costs, and that nothing is lost when it fails."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worker import Harness, running_worker

from clacky_tui import commands, events, paths
from clacky_tui.agent import summary
from clacky_tui.agent.compression_plan import plan_compression, unsent_from
from clacky_tui.agent.history import refusal_notice, said_by_user
from clacky_tui.agent.summary import Answer, Said
from clacky_tui.config.settings import Settings
from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.sessions.chunks import Chunk

WIRES: list[WireFormat] = ["anthropic", "openai_chat"]
AUTO = PermissionMode.AUTO_APPROVE
SUMMARY = Step(
    text="<topics>orders, tax</topics>\n<summary>\nThe orders are taxed now.\n</summary>"
)
SMALL = Settings(compression_threshold_tokens=22_000)
"""A threshold that a test reaches; the last 5,500 tokens stay."""
MAX_COLD_TOKENS = 700
"""Of a compression request (issue 3)."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "big.txt").write_text("orders and taxes\n" * 480)
    return project


def work(*texts: str) -> list[Step]:
    """One task per text: a file of about 2,000 tokens is read, then the text is the reply."""
    read = Step(tool_calls=(ScriptedCall("file_reader", {"path": "big.txt"}),))
    return [step for text in texts for step in (read, Step(text=text))]


def replies(count: int) -> list[str]:
    return [f"Reply {number}." for number in range(count)]


def history_of(harness: Harness) -> tuple[Message, ...]:
    return harness.worker._session.history.messages


def last_request(harness: Harness) -> str:
    return json.dumps(harness.server.requests[-1].body, ensure_ascii=False)


def compressions(harness: Harness) -> list[events.CompressionFinished]:
    return harness.all(events.CompressionFinished)


async def compact(harness: Harness) -> events.CompressionFinished:
    count = len(compressions(harness)) + 1
    harness.send(commands.Compact())
    return await harness.next(events.CompressionFinished, count=count)


async def talk(harness: Harness, rounds: int) -> None:
    for number in range(rounds):
        await harness.ask(f"Request {number}.")


async def arrived(harness: Harness, count: int) -> None:
    """Wait until the server has `count` requests."""
    async with asyncio.timeout(20):
        while len(harness.server.requests) < count:  # noqa: ASYNC110  it lives in a thread
            await asyncio.sleep(0.01)


CONSTRAINTS = [f"Constraint {n}: never touch table t{n}, it is audited." for n in range(10)]
TODOS = [f"Check the rounding of invoice kind {n}" for n in range(10)]
FILES = [f"shop/module_{n}/orders.py" for n in range(10)]
DECISIONS = [f"Decision {n}: amounts stay in integer cents of kind {n}." for n in range(10)]


@pytest.mark.parametrize("wire", WIRES)
async def test_forty_planted_facts_survive(folder: Path, wire: WireFormat) -> None:
    """Constraints and open todos word for word in the context, the rest in the archive."""
    todo = ScriptedCall("todo_manager", {"action": "add", "task": TODOS})
    done = ScriptedCall("todo_manager", {"action": "complete", "id": 1})
    steps = [Step(tool_calls=(todo,)), Step(tool_calls=(done,)), Step(text="Noted.")]
    steps += work(*(f"{FILES[n]}: {DECISIONS[n]}" for n in range(10)), *replies(12))
    steps += [SUMMARY, Step(text="Here.")]
    async with running_worker(steps, folder, wire=wire, mode=AUTO) as harness:
        await harness.ask("Make a list.")
        for constraint in CONSTRAINTS:
            await harness.ask(constraint)
        await talk(harness, 12)
        assert (await compact(harness)).outcome == "done"
        await harness.ask("And now?")
        context = last_request(harness)
    kept = [*CONSTRAINTS, *TODOS[1:]]
    assert [fact for fact in kept if fact not in context] == []
    assert "The orders are taxed now." in context
    assert TODOS[0] not in context
    [archive] = paths.sessions_dir().glob("*-chunk-1.md")
    text = archive.read_text()
    assert [fact for fact in [*CONSTRAINTS, *FILES, *DECISIONS] if fact not in text] == []
    assert str(archive) in context


@pytest.mark.parametrize("wire", WIRES)
async def test_the_request_for_a_summary_is_cached_and_one_cold_request_follows(
    folder: Path, wire: WireFormat
) -> None:
    steps = [*work(*replies(9)), SUMMARY, *(Step(text="On.") for _ in range(3))]
    async with running_worker(steps, folder, wire=wire, settings=SMALL) as harness:
        await talk(harness, 12)
        bodies = [request.body for request in harness.server.requests]
    [finished] = compressions(harness)
    [started] = harness.all(events.CompressionStarted)
    assert (finished.outcome, started.reason) == ("done", "threshold")
    assert finished.after_tokens < finished.before_tokens / 2
    used = harness.all(events.UsageRecorded)
    [position] = [i for i, event in enumerate(used) if event.purpose == "compression"]
    tokens = used[position].tokens
    assert tokens is not None
    assert tokens.input_tokens + tokens.cache_creation_tokens <= MAX_COLD_TOKENS
    assert finished.cache_hit_rate is not None
    assert finished.cache_hit_rate >= 0.95
    assert finished.cost == used[position].cost
    asked, before = unmarked(bodies[position]), unmarked(bodies[position - 1])
    assert asked["tools"] == before["tools"]
    assert asked.get("system") == before.get("system")
    assert asked["messages"][: len(before["messages"])][:-1] == before["messages"][:-1]
    # What the model wrote stays unheard.
    assert "The orders are taxed now." not in harness.shown_text
    cold = [rate(event) < 0.75 for event in used[position + 1 :]]
    assert cold == [True, False, False]
    assert not harness.all(events.CacheMissed)


def unmarked(body: dict[str, Any]) -> dict[str, Any]:
    """The request without cache marks, and with every content as blocks."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {key: plain(item) for key, item in value.items() if key != "cache_control"}
            if isinstance(kept.get("content"), str):
                kept["content"] = [{"type": "text", "text": kept["content"]}]
            return kept
        return [plain(item) for item in value] if isinstance(value, list) else value

    made: dict[str, Any] = plain(body)
    return made


def rate(event: events.UsageRecorded) -> float:
    assert event.tokens is not None
    tokens = event.tokens
    total = tokens.input_tokens + tokens.cache_read_tokens + tokens.cache_creation_tokens
    return tokens.cache_read_tokens / total


async def test_a_conversation_of_many_messages_is_compressed_too(folder: Path) -> None:
    call = ScriptedCall("glob", {"pattern": "*.none"})
    step = Step(tool_calls=(call,) * 11)
    steps = [step for _ in range(17)]
    steps = [item for n, item in enumerate(steps) for item in (item, Step(text=f"Nothing {n}."))]
    async with running_worker([*steps, SUMMARY, Step(text="Done.")], folder, mode=AUTO) as harness:
        await talk(harness, 18)
    assert [finished.outcome for finished in compressions(harness)] == ["done"]
    assert len(history_of(harness)) < 130


async def test_five_compressions_leave_five_archives_and_one_summary(folder: Path) -> None:
    steps: list[Step] = []
    for _ in range(5):
        steps += [*work(*replies(12)), SUMMARY]
    async with running_worker(steps, folder) as harness:
        for number in range(5):
            await harness.ask(f"Wish {number} stays.")
            await talk(harness, 11)
            assert (await compact(harness)).outcome == "done"
            history = history_of(harness)
            assert sum(map(summary.is_summary, history)) == 1
            assert [m.role for m in history[:2]] == ["user", "user"]
    [message] = filter(summary.is_summary, history_of(harness))
    names = sorted(path.name for path in paths.sessions_dir().glob("*-chunk-*.md"))
    assert [name[-4] for name in names] == list("12345")
    said = [(item.text, item.chunk) for item in summary.said_in(message) if "Wish" in item.text]
    assert said == [(f"Wish {number} stays.", names[number]) for number in range(5)]
    assert [name in message.text for name in names] == [True] * 5
    assert message.text.count("orders, tax") == 4


async def test_the_journal_tells_the_conversation_as_it_stands_after_a_compression(
    folder: Path,
) -> None:
    steps = [*work(*replies(12)), SUMMARY, Step(text="And on.")]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 12)
        await compact(harness)
        await harness.ask("Go on.")
        history = history_of(harness)
    assert journalled() == [message.content for message in history]


async def test_stopping_a_compression_leaves_the_conversation_as_it_was(folder: Path) -> None:
    gate = threading.Event()
    slow = Step(text=SUMMARY.text, start_gate=gate)
    steps = [*work(*replies(12)), slow, Step(text="Still here.")]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 12)
        before = history_of(harness)
        harness.send(commands.Compact())
        await arrived(harness, 25)
        harness.send(commands.Interrupt())
        finished = await harness.next(events.CompressionFinished)
        assert finished.outcome == "cancelled"
        assert finished.before_tokens == finished.after_tokens
        after = history_of(harness)
        assert len(before) == len(after)
        assert all(one is other for one, other in zip(before, after, strict=True))
        gate.set()
        assert (await harness.ask("Are you there?")).outcome == "done"
    assert "Still here." in harness.shown_text
    assert not list(paths.sessions_dir().glob("*-chunk-*"))


async def test_stopping_it_inside_a_task_lets_the_task_go_on(folder: Path) -> None:
    gate = threading.Event()
    slow = Step(text=SUMMARY.text, start_gate=gate)
    steps = [*work(*replies(9)), slow, Step(text="Uncompressed.")]
    async with running_worker(steps, folder, settings=SMALL) as harness:
        await talk(harness, 9)
        before = history_of(harness)
        harness.send(commands.Submit(text="one more"))
        await arrived(harness, 19)
        harness.send(commands.Interrupt())
        ended = await harness.next(events.TaskEnded, count=10)
        gate.set()
    assert ended.outcome == "done"
    assert [finished.outcome for finished in compressions(harness)] == ["cancelled"]
    assert history_of(harness)[: len(before)] == before
    assert history_of(harness)[-1].text == "Uncompressed."


async def test_a_refused_compression_is_told_and_not_repeated_at_once(folder: Path) -> None:
    refused = Step(status=400, body='{"error": {"message": "no summaries today"}}')
    steps = [*work(*replies(9)), refused]
    steps += [Step(text="Going on."), Step(text="And on.")]
    async with running_worker(steps, folder, settings=SMALL) as harness:
        await talk(harness, 11)
        history = history_of(harness)
    assert [finished.outcome for finished in compressions(harness)] == ["failed"]
    [notice] = [n for n in harness.all(events.Notice) if n.level == "warning"]
    assert "no summaries today" in notice.text
    assert not any(map(summary.is_summary, history))
    assert [ended.outcome for ended in harness.all(events.TaskEnded)] == ["done"] * 11


async def test_a_model_that_calls_tools_instead_is_asked_once_more(folder: Path) -> None:
    busy = Step(text="Let me look.", tool_calls=(ScriptedCall("glob", {"pattern": "*"}),))
    rounds = work(*replies(12))
    async with running_worker([*rounds, busy, SUMMARY, busy, busy], folder) as harness:
        await talk(harness, 12)
        first = await compact(harness)
        costs = [e.cost for e in harness.all(events.UsageRecorded) if e.purpose == "compression"]
    assert first.outcome == "done"
    assert len(costs) == 2
    assert first.cost == sum(cost for cost in costs if cost is not None)
    assert {proposed.name for proposed in harness.all(events.ToolProposed)} == {"file_reader"}


async def test_a_short_conversation_has_nothing_to_gain(folder: Path) -> None:
    async with running_worker([Step(text="Hello.")], folder) as harness:
        await harness.ask("hi")
        harness.send(commands.Compact())
        notice = await harness.next(events.Notice)
    assert "nothing to gain" in notice.text
    assert not harness.all(events.CompressionStarted)
    assert len(harness.server.requests) == 1


async def test_without_a_place_for_the_archive_it_still_compresses_and_says_so(
    folder: Path,
) -> None:
    steps = [*work(*replies(12)), SUMMARY]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 12)
        harness.worker._compressor.archive._base = folder / "file" / "session"
        (folder / "file").write_text("")
        finished = await compact(harness)
        history = history_of(harness)
    assert finished.outcome == "done"
    assert any("could not be archived" in notice.text for notice in harness.all(events.Notice))
    [message] = filter(summary.is_summary, history)
    assert {item.chunk for item in summary.said_in(message)} == {""}


async def test_switched_off_it_waits_to_be_asked(folder: Path) -> None:
    settings = Settings(compression_threshold_tokens=22_000, enable_compression=False)
    steps = [*work(*replies(12)), SUMMARY]
    async with running_worker(steps, folder, settings=settings) as harness:
        await talk(harness, 12)
        assert not compressions(harness)
        assert (await compact(harness)).outcome == "done"


# --- taking it back ------------------------------------------------------------------------------


async def ask_to_undo(harness: Harness) -> None:
    """Ask once the worker is idle; the end of a compression is told a moment before."""
    if (running := harness.worker._running) is not None:
        await asyncio.wait([running])
    harness.send(commands.UndoCompression())


async def undo(harness: Harness) -> events.CompressionUndone:
    await ask_to_undo(harness)
    return await harness.next(events.CompressionUndone)


def journalled() -> list[str]:
    """The conversation as the journal on the disk has it."""
    [journal] = paths.sessions_dir().glob("*.jsonl")
    told: list[str] = []
    for line in map(json.loads, journal.read_text().splitlines()):
        if line["type"] == "message":
            told.append(line["content"])
        elif line["type"] == "history":
            told = [message["content"] for message in line["messages"]]
    return told


async def test_the_summary_that_stands_in_is_shown(folder: Path) -> None:
    async with running_worker([*work(*replies(12)), SUMMARY], folder) as harness:
        await talk(harness, 12)
        finished = await compact(harness)
        [message] = filter(summary.is_summary, history_of(harness))
    assert finished.summary == message.text
    assert "The orders are taxed now." in finished.summary
    assert "Request 0." in finished.summary


@pytest.mark.parametrize("wire", WIRES)
async def test_undone_at_once_it_leaves_no_trace_in_what_is_sent(
    folder: Path, wire: WireFormat
) -> None:
    steps = [*work(*replies(12)), SUMMARY, Step(text="On.")]
    async with running_worker(steps, folder, wire=wire) as harness:
        await talk(harness, 12)
        before = history_of(harness)
        sent = unmarked(harness.server.requests[-1].body)["messages"]
        finished = await compact(harness)
        undone = await undo(harness)
        assert history_of(harness) == before
        assert journalled() == [message.content for message in before]
        assert (await harness.ask("Go on.")).outcome == "done"
        again = unmarked(harness.server.requests[-1].body)["messages"]
    assert again[: len(sent)][:-1] == sent[:-1]
    assert undone.messages == len(before)
    assert undone.before_tokens == finished.after_tokens
    assert undone.after_tokens == finished.before_tokens
    # Sonnet 4.5 asks 3.75 USD per million tokens written to the cache.
    assert undone.cold_cost == undone.after_tokens * Decimal("3.75") / 1_000_000
    # So soon after, the provider still has it: the cold cost is what it comes to at most.
    assert rate(harness.all(events.UsageRecorded)[-1]) > 0.95
    assert not harness.all(events.CacheMissed)


async def test_what_was_said_since_follows_the_restored_messages(folder: Path) -> None:
    steps = [*work(*replies(12)), SUMMARY, Step(text="Later."), Step(text="Now.")]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 12)
        before = history_of(harness)
        await compact(harness)
        await harness.ask("Something new.")
        since = history_of(harness)[-2:]
        undone = await undo(harness)
        assert history_of(harness) == (*before, *since)
        assert await harness.ask("And now?")
        request = last_request(harness)
        journal = journalled()
    assert [message.text for message in since] == ["Something new.", "Later."]
    assert undone.messages == len(before) + 2
    assert "The orders are taxed now." not in request
    assert request.index("Reply 0.") < request.index("Reply 11.") < request.index("Something new.")
    assert journal[: len(before) + 2] == [message.content for message in (*before, *since)]


async def test_a_compression_that_was_undone_is_not_repeated_at_once(folder: Path) -> None:
    steps = [*work(*replies(9)), SUMMARY, Step(text="On."), Step(text="Still on.")]
    async with running_worker(steps, folder, settings=SMALL) as harness:
        await talk(harness, 10)
        assert len(compressions(harness)) == 1
        await undo(harness)
        assert not harness.worker._compressor.may_begin
        assert (await harness.ask("one more")).outcome == "done"
    assert len(compressions(harness)) == 1
    assert harness.shown_text.endswith("Still on.")


async def test_only_the_last_compression_is_undone_and_only_once(folder: Path) -> None:
    async with running_worker([*work(*replies(12)), SUMMARY], folder) as harness:
        await talk(harness, 12)
        await ask_to_undo(harness)
        await harness.next(events.Notice)
        await compact(harness)
        await undo(harness)
        await ask_to_undo(harness)
        await harness.next(events.Notice, count=2)
    said = {notice.text for notice in harness.all(events.Notice)}
    assert said == {"There is no compression that could be undone."}
    assert len(harness.all(events.CompressionUndone)) == 1


async def test_where_something_was_cut_since_it_stays(folder: Path) -> None:
    async with running_worker([*work(*replies(12)), SUMMARY], folder) as harness:
        await talk(harness, 12)
        await compact(harness)
        cut = history_of(harness)[1:]
        harness.worker._compressor.replace(cut)
        await ask_to_undo(harness)
        notice = await harness.next(events.Notice)
        assert history_of(harness) == cut
    assert "could be undone" in notice.text


async def test_while_the_agent_works_nothing_is_undone(folder: Path) -> None:
    gate = threading.Event()
    steps = [*work(*replies(12)), SUMMARY, Step(text="Done.", start_gate=gate)]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 12)
        await compact(harness)
        harness.send(commands.Submit(text="Work."))
        await arrived(harness, 26)
        harness.send(commands.UndoCompression())
        notice = await harness.next(events.Notice)
        assert sum(map(summary.is_summary, history_of(harness))) == 1
        gate.set()
        await harness.next(events.TaskEnded, count=13)
    assert "until the agent has finished" in notice.text


# --- the plan ----------------------------------------------------------------------------------


def user(text: str) -> Message:
    return Message("user", text, Origin.USER)


def called(*ids: str) -> Message:
    calls = tuple(ToolCall(call_id, "glob", "{}") for call_id in ids)
    return Message("assistant", "", Origin.MODEL, tool_calls=calls)


def result(call_id: str, size: int = 10) -> Message:
    return Message("tool", "r" * size, Origin.TOOL, tool_call_id=call_id)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Well-formed conversations, cut off anywhere."""
    messages = [Message("user", "[Session context]", Origin.SESSION_CONTEXT)]
    for number in range(draw(st.integers(0, 25))):
        match draw(st.sampled_from(["user", "calls", "text", "notice"])):
            case "user":
                messages.append(user(f"u{number}" * draw(st.integers(1, 100))))
            case "calls":
                ids = [f"{number}-{i}" for i in range(draw(st.integers(1, 5)))]
                messages.append(called(*ids))
                answered = ids[: draw(st.integers(0, len(ids)))]
                messages += [result(i, draw(st.integers(0, 5000))) for i in answered]
            case "text":
                messages.append(Message("assistant", f"a{number}", Origin.MODEL))
            case _:
                messages.append(Message("user", "[SYSTEM]", Origin.NOTICE))
    return messages


@given(conversations(), st.integers(1, 25), st.integers(10, 5000), st.booleans())
def test_no_plan_loses_a_message_or_tears_results_from_their_call(
    messages: list[Message], groups: int, tokens: int, shown: bool
) -> None:
    ask_until = unsent_from(messages) if shown else None
    plan = plan_compression(messages, groups=groups, tokens=tokens, ask_until=ask_until)
    if plan is None:
        return
    assert plan.archived == tuple(messages[: len(plan.archived)])
    assert plan.asked == tuple(messages[: len(plan.asked)])
    assert len(plan.archived) + len(plan.kept) == len(messages)
    assert len(plan.archived) <= len(plan.asked)
    rest = messages[len(plan.archived) :]
    assert [(m.role, m.tool_call_id) for m in plan.kept] == [(m.role, m.tool_call_id) for m in rest]
    unread = messages[len(plan.asked) :]
    assert list(plan.kept[len(plan.kept) - len(unread) :]) == unread
    for part in (plan.kept, messages[len(plan.asked) :]):
        assert not part or part[0].role != "tool"


# --- the summary message -----------------------------------------------------------------------


def made(said: Sequence[Said], answer: str = "<summary>x</summary>") -> Message:
    chunk = Chunk(3, Path("/s/s-chunk-3.md"), "now")
    return summary.summary_message(
        Answer("", answer), said=said, todos=(), archived_count=9, chunk=chunk, older=()
    )


chunk_names = st.sampled_from(["", "a-chunk-1.md", "a-chunk-2.md"])
said_texts = st.text(max_size=200) | st.sampled_from(
    ["", "\n\n[user message, 3 characters]\nabc", "## Open todos", "]\n\n## Summary of the rest"]
)


@given(st.lists(st.builds(Said, said_texts, chunk_names), max_size=12), said_texts)
def test_whatever_was_said_is_read_back_word_for_word(said: list[Said], answer: str) -> None:
    assert summary.said_in(made(said, answer)) == tuple(said)


def test_very_long_messages_keep_beginning_and_end_and_name_their_archive() -> None:
    long = Said("BEGIN" + "x" * 50_000 + "END", "s-chunk-1.md")
    once = summary.said_in(made([long, Said("short"), long]))
    older, short, newest = (item.text for item in once)
    assert len(older) < 4_300 < 20_000 < len(newest) < 20_300
    for text in (older, newest):
        assert text.startswith("BEGIN")
        assert text.endswith("END")
        assert "all of it is in s-chunk-1.md" in text
    assert short == "short"
    again = summary.said_in(made([*once, Said("new")]))
    assert again[0] == once[0]


def test_many_messages_are_cut_shorter_but_none_is_left_out() -> None:
    said = [Said(f"{n} " + "y" * 3_000, "s-chunk-1.md") for n in range(100)]
    read = summary.said_in(made(said))
    assert [item.text.split()[0] for item in read] == [str(n) for n in range(100)]
    assert read[99].text == said[99].text
    assert sum(len(item.text) for item in read) < 110_000


def test_a_remark_on_a_refusal_counts_as_said() -> None:
    assert said_by_user(refusal_notice("not in\nthat file")) == "not in\nthat file"
    assert said_by_user(Message("user", "[SYSTEM] smaller calls", Origin.NOTICE)) == ""
    assert said_by_user(Message("tool", "result", Origin.TOOL, tool_call_id="1")) == ""


def test_older_archives_are_listed_newest_first_and_at_most_ten() -> None:
    older = [Chunk(n, Path(f"/s/a-chunk-{n}.md"), f"topic {n}") for n in range(14, 0, -1)]
    message = summary.summary_message(
        Answer("", "x"), said=(), todos=(), archived_count=1, chunk=None, older=older
    )
    assert "- a-chunk-14.md: topic 14\n- a-chunk-13.md" in message.text
    assert "… and 4 older archives back to a-chunk-1.md" in message.text
    assert "a-chunk-4.md" not in message.text


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<topics>a, b</topics>\n<summary>s</summary>", Answer("a, b", "<summary>s</summary>")),
        ("<topics>a,\n b</topics>s", Answer("a, b", "s")),
        ("<topics>a, b\n<summary>s</summary>", Answer("a, b", "<summary>s</summary>")),
        ("just words", Answer("", "just words")),
        ("<topics>a</topics>\n<summary> </summary>", None),
        ("  ", None),
    ],
)
def test_topics_and_summary_are_told_apart(text: str, answer: Answer | None) -> None:
    assert summary.read_answer(text) == answer


def test_the_instruction_is_short_enough_to_be_cold() -> None:
    assert len(summary.INSTRUCTION.encode()) / 4 < 400
