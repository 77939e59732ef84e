"""Opening a stored session: by whom it can be, what is said of it, and what a cut journal still gives."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.stored_sessions import SessionWriter, stored
from support.wire_server import Held, WireServer
from support.worker import Harness

from clacky_tui import commands, events, paths
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.demo.script import ScriptedCall, Turn
from clacky_tui.sessions.lock import SessionLock
from clacky_tui.sessions.reader import read_session

A, B = "a" * 16, "b" * 16
LONG = "Words that fill the context. " * 4_000


@asynccontextmanager
async def opened(
    server: WireServer, folder: Path, resume: Path | None = None, entry: ModelEntry | None = None
) -> AsyncIterator[Harness]:
    """A worker that begins, or goes on with, a session."""
    entry = entry or server.entry("anthropic")
    harness = Harness(server)  # type: ignore[arg-type]
    harness.worker = AgentWorker(
        Settings(models=(entry,)),
        harness.deliver,
        working_dir=folder,
        mode=PermissionMode.AUTO_APPROVE,
        entry=entry,
        resume=resume,
    )
    serving = asyncio.create_task(harness.worker.run())
    await harness.next(events.SessionOpened)
    try:
        yield harness
    finally:
        harness.send(commands.Shutdown())
        await serving


def opening(harness: Harness, number: int = -1) -> events.Envelope:
    return [e for e in harness.envelopes if e.event.kind == "session.opened"][number]


async def test_the_second_opener_gets_a_copy_and_is_told(tmp_path: Path) -> None:
    path = stored(A, ("hello", "hi"), working_dir=str(tmp_path))
    async with (
        WireServer([Turn("one"), Turn("two")]) as server,
        opened(server, tmp_path, path) as first,
        opened(server, tmp_path, path) as second,
    ):
        told = await second.next(events.Notice)
        assert "open in another window" in told.text and "copy" in told.text
        assert opening(first).session_id == A
        assert opening(second).session_id != A
        await first.ask("said in the first")
        await second.ask("said in the second")
    [copy] = [other for other in paths.sessions_dir().glob("*.jsonl") if other != path]
    texts = {p: [str(m.content) for m in read_session(p).messages] for p in (path, copy)}
    assert texts[path][:2] == texts[copy][:2] == ["hello", "hi"]
    assert "said in the first" in str(texts[path]) and "the second" not in str(texts[path])
    assert "said in the second" in str(texts[copy]) and "the first" not in str(texts[copy])
    assert read_session(copy).name.endswith("(copy)")


async def test_the_lock_is_free_again_when_the_first_opener_has_left(tmp_path: Path) -> None:
    path = stored(A, working_dir=str(tmp_path))
    async with WireServer([]) as server:
        for _ in range(2):
            async with opened(server, tmp_path, path) as harness:
                assert opening(harness).session_id == A
                assert not SessionLock(path).acquire()


async def test_another_session_is_opened_in_the_place_of_the_present_one(tmp_path: Path) -> None:
    first = stored(A, working_dir=str(tmp_path))
    stored(B, ("and you", "fine"), name="Parser", working_dir=str(tmp_path))
    async with WireServer([Turn("on")]) as server, opened(server, tmp_path, first) as harness:
        harness.send(commands.OpenSession(session_id="bbbb"))
        now = await harness.next(events.SessionOpened, count=2)
        assert (now.restored, now.name, opening(harness).session_id) == (True, "Parser", B)
        with SessionLock(first) as lock:
            assert lock.acquire()
        await harness.ask("more")
    [body] = server.bodies
    assert "and you" in body.decode() and "hello" not in body.decode()


@pytest.mark.parametrize(
    ("wanted", "said"), [("cccc", "No session"), (A, "open already"), ("", "No session")]
)
async def test_what_cannot_be_opened_leaves_the_present_session(
    wanted: str, said: str, tmp_path: Path
) -> None:
    path = stored(A, working_dir=str(tmp_path))
    async with (
        WireServer([Turn("still here")]) as server,
        opened(server, tmp_path, path) as harness,
    ):
        harness.send(commands.OpenSession(session_id=wanted))
        await harness.next(events.Notice, lambda notice: said in notice.text)
        assert (await harness.ask("more")).outcome == "done"
        assert len(harness.all(events.SessionOpened)) == 1


async def test_no_other_session_is_opened_while_the_agent_works(tmp_path: Path) -> None:
    stored(B, working_dir=str(tmp_path))
    async with WireServer([Held("half an ans")]) as server, opened(server, tmp_path) as harness:
        harness.send(commands.Submit(text="say much"))
        await harness.next(events.TextDelta)
        harness.send(commands.OpenSession(session_id=B))
        notice = await harness.next(events.Notice)
        assert "while the agent works" in notice.text
        assert len(harness.all(events.SessionOpened)) == 1
        harness.send(commands.Interrupt())
        await harness.next(events.TaskEnded)


async def cold_notice(tmp_path: Path, **changes: str) -> str:
    path = stored(A, ("read all of it", LONG), ("and", LONG), working_dir=str(tmp_path))
    async with WireServer([]) as server:
        entry = server.entry("anthropic").model_copy(update=changes)
        async with opened(server, tmp_path, path, entry) as harness:
            return (await harness.next(events.Notice, lambda n: "forgotten" in n.text)).text


async def test_a_cold_session_says_what_the_next_message_costs(tmp_path: Path) -> None:
    text = await cold_notice(tmp_path)
    told = re.search(r"about ([\d,]+) tokens, for \$([\d.]+)\.", text)
    assert told is not None, text
    tokens, cost = int(told[1].replace(",", "")), Decimal(told[2])
    assert tokens > 20_000
    # Claude Sonnet 4.5: 3.75 USD per million tokens written to the cache.
    assert cost == (tokens * Decimal("3.75") / 1_000_000).quantize(Decimal("0.0001"))
    assert "/compact first" in text


async def test_a_price_that_is_not_known_is_said_to_be_so(tmp_path: Path) -> None:
    text = await cold_notice(tmp_path, model="home-made-1")
    assert "at a price that is not known" in text
    assert "$" not in text


async def test_a_small_or_warm_session_costs_nothing_worth_a_word(tmp_path: Path) -> None:
    async with WireServer([Turn(LONG), Turn("on")]) as server:
        async with opened(server, tmp_path) as harness:
            await harness.ask("say much")
        [path] = paths.sessions_dir().glob("*.jsonl")
        async with opened(server, tmp_path, path) as harness:
            await harness.ask("more")
            assert not [n for n in harness.all(events.Notice) if "forgotten" in n.text]


async def test_a_journal_without_a_line_says_that_its_folder_is_not_known(tmp_path: Path) -> None:
    path = SessionWriter(A).close()
    path.write_bytes(b"")
    async with WireServer([Turn("on")]) as server, opened(server, tmp_path, path) as harness:
        assert (await harness.ask("more")).outcome == "done"
        [told] = harness.all(events.SessionOpened)
        assert told.working_dir == str(tmp_path)
        assert any("not known" in notice.text for notice in harness.all(events.Notice))


WORK = [
    Turn(
        "I look.",
        tool_calls=(
            ScriptedCall("glob", {"pattern": "*"}),
            ScriptedCall("todo_manager", {"action": "add", "tasks": ["one"]}),
        ),
    ),
    Turn(tool_calls=(ScriptedCall("terminal", {"command": "echo done"}),)),
    Turn("Done."),
]


async def test_a_journal_cut_after_any_line_goes_on_with_a_request_that_can_be_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with WireServer(WORK) as server, opened(server, tmp_path) as harness:
        await harness.ask("look")
    [path] = paths.sessions_dir().glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    async with WireServer([Turn("on")] * (len(lines) + 1)) as server:
        for kept in range(len(lines) + 1):
            monkeypatch.setenv("CLACKY_HOME", str(tmp_path / f"cut-{kept}"))
            cut = paths.sessions_dir() / path.name
            cut.parent.mkdir(parents=True)
            cut.write_bytes(b"".join(lines[:kept]))
            async with opened(server, tmp_path, cut) as harness:
                harness.send(commands.Submit(text="go on"))
                # A task that was open ends first, cancelled.
                await harness.next(events.TaskEnded, lambda ended: ended.outcome == "done")
            refuse_unsendable(json.loads(server.bodies[-1])["messages"])
            assert not read_session(cut).task_open
    assert b'"look"' in server.bodies[-1]


def refuse_unsendable(messages: Sequence[dict[str, Any]]) -> None:
    """What the Messages API would answer with 400."""
    assert messages[0]["role"] == messages[-1]["role"] == "user"
    assert "go on" in json.dumps(messages[-1])
    waiting: list[str] = []
    for message in messages:
        assert message["content"]
        blocks = message["content"] if isinstance(message["content"], list) else []
        answered = [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"]
        assert sorted(answered) == sorted(waiting)
        waiting = [b["id"] for b in blocks if b["type"] == "tool_use"]
        assert not waiting or message["role"] == "assistant"
        assert all(b["text"].strip() for b in blocks if b["type"] == "text")
    assert not waiting
