"""Everything that goes wrong on the way to a model: it is tried again, or said with the next step.

Nothing hangs, no request is billed twice, nothing the person wrote is lost.
"""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.raw_server import HEAD, Raw, RawServer, frames, good, untrusted_tls, worker_at
from support.worker import KEY, Harness, running_worker

from clacky_tui import events
from clacky_tui.agent.stall import Patience
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.providers.anthropic import AnthropicProvider
from clacky_tui.providers.base import Endpoint, Provider, WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step, Turn
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.openai_chat import OpenAIChatProvider

WIRES: list[WireFormat] = ["anthropic", "openai_chat"]
QUESTION = "What is the colour of money?"
WHOLE = Step(text="Green.")
LOOK = ScriptedCall("file_reader", {"path": "a.txt"}, id="look-1")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clacky_tui.agent.model_call.retry_wait_seconds", lambda *_: 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.txt").write_text("the colour of money\n")
    return project


def check_books(harness: Harness, requests: int) -> None:
    """One usage record per request, on the screen and in the ledger, and the sums agree."""
    recorded = harness.all(events.UsageRecorded)
    assert len(recorded) == requests
    ledger = default_ledger().read().records
    assert sorted(record.id for record in ledger) == sorted(event.record_id for event in recorded)
    known = [event.cost for event in recorded if event.cost is not None]
    assert recorded[-1].session_cost == sum(known)
    assert recorded[-1].session_unpriced_requests == requests - len(known)


def error_step(status: int, message: str, **rest: Any) -> Step:
    return Step(status=status, body=json.dumps({"error": {"message": message}}), **rest)


# --- tried again --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Passing:
    """A fault, and a word of the cause the person is told."""

    step: Step
    cause: str


PASSING = {
    "429 with Retry-After": Passing(Step(status=429, headers={"Retry-After": "0"}), "429"),
    "429 without": Passing(error_step(429, "Slow down"), "Slow down"),
    "500 in plain text": Passing(Step(status=500, body="boom"), "boom"),
    "502 from a proxy": Passing(Step(status=502, body="<html>bad gateway</html>"), "502"),
    "529": Passing(Step(status=529), "529"),
    "a web page with 200": Passing(
        Step(body="<!doctype html><title>Login</title>", content_type="text/html"), "web page"
    ),
    "plain JSON with 200": Passing(Step(body='{"message": "maintenance"}'), "maintenance"),
    "an empty body with 200": Passing(Step(body="", content_type="text/event-stream"), "cut off"),
    "cut before the first byte": Passing(Step(text="Gre", cut_after_bytes=0), "cut off"),
    "cut in the text": Passing(Step(text="Gre" * 100, cut_after_bytes=700), "cut off"),
    "no finish reason": Passing(Step(text="Gre", finish=""), "cut off"),
    "overloaded inside the stream": Passing(
        Step(text="Gre", error_event={"type": "overloaded_error", "message": "Overloaded"}),
        "Overloaded",
    ),
    "quota as 400": Passing(error_step(400, "You exceeded your quota"), "quota"),
    "throttling as 400": Passing(error_step(400, "ThrottlingException: wait"), "Throttling"),
    "an empty reply": Passing(Step(), "answered with nothing"),
    "only reasoning": Passing(Step(reasoning="Hmm, hmm."), "thought"),
    "a call without its arguments": Passing(
        Step(tool_calls=(ScriptedCall("edit", "{}"),)), "without its arguments"
    ),
    "a call with empty arguments": Passing(
        Step(tool_calls=(ScriptedCall("edit", ""),)), "without its arguments"
    ),
    "400 about missing reasoning": Passing(
        error_step(400, "thinking is on: reasoning_content must be passed back"), "reasoning"
    ),
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", PASSING)
async def test_a_passing_fault_ends_in_a_whole_answer(
    folder: Path, wire: WireFormat, name: str
) -> None:
    fault = PASSING[name]
    async with running_worker([fault.step, WHOLE, WHOLE], folder, wire=wire) as harness:
        ended = await harness.ask(QUESTION)
        assert ended.outcome == "done"
        bodies = [json.loads(request.raw) for request in harness.server.requests]
    [retried] = harness.all(events.RequestRetried)
    assert fault.cause in retried.cause
    assert harness.all(events.TextDone)[-1].text == "Green."
    assert [json.dumps(body).count(QUESTION) for body in bodies] == [1, 1]
    check_books(harness, requests=2)
    assert not harness.all(events.ToolProposed)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_cut_inside_a_character_leaves_no_broken_one(
    folder: Path, wire: WireFormat
) -> None:
    whole = b"".join(frames(wire, Turn("Grün 终端 is the colour")))
    middle = whole.index("终端".encode()) + 1
    with closing(RawServer([Raw(HEAD + whole[:middle]), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert "�" not in harness.shown_text
    assert harness.all(events.TextDone)[-1].text == "Green."
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_call_that_was_cut_never_runs(folder: Path, wire: WireFormat) -> None:
    write = ScriptedCall("write", {"path": "b.txt", "content": "half of the truth " * 20})
    whole = b"".join(frames(wire, Turn("I write.", tool_calls=(write,))))
    middle = whole.index(b"trut") + 2
    with closing(RawServer([Raw(HEAD + whole[:middle]), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert not (folder / "b.txt").exists()
    assert not harness.all(events.ToolProposed)
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_half_open_connection_is_given_up(
    folder: Path, wire: WireFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = AnthropicProvider if wire == "anthropic" else OpenAIChatProvider

    def impatient(endpoint: Endpoint) -> Provider:
        return kind(endpoint, read_timeout_seconds=0.3)

    monkeypatch.setattr("clacky_tui.agent.target.make_provider", impatient)
    half = b"".join(frames(wire, Turn("Gre"))[:3])
    with closing(RawServer([Raw(HEAD + half, hold=True), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert "no byte for" in harness.all(events.RequestRetried)[0].cause
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_connection_closed_without_an_answer_is_tried_again(
    folder: Path, wire: WireFormat
) -> None:
    with closing(RawServer([Raw(b""), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert "cut off" in harness.all(events.RequestRetried)[0].cause
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_slow_first_byte_is_told_in_seconds_and_waited_for(
    folder: Path, wire: WireFormat
) -> None:
    gate = threading.Event()
    patience = Patience(stall_after_seconds=0.05, stall_every_seconds=0.05)
    with DemoServer([Step(text="Green.", start_gate=gate)], tokens_per_second=0) as server:
        async with worker_at(server.url, folder, wire, patience=patience) as harness:
            asking = harness.ask(QUESTION)
            opened = gate_after_stalls(harness, gate, count=2)
            ended, _ = await asyncio.gather(asking, opened)
    assert ended.outcome == "done"
    assert not harness.all(events.RequestRetried)
    first, second = (event.seconds for event in harness.all(events.RequestStalled)[:2])
    assert 0.05 <= first < second
    check_books(harness, requests=1)


async def gate_after_stalls(harness: Harness, gate: threading.Event, count: int) -> None:
    await harness.next(events.RequestStalled, count=count)
    gate.set()


# --- said, with the next step -------------------------------------------------------------------


LASTING = {
    "401": (error_step(401, f"bad key {KEY}"), "auth", "api_key"),
    "402": (error_step(402, "pay first"), "credit", "credit"),
    "403": (error_step(403, "not for you"), "forbidden", "key"),
    "404 address": (error_step(404, "no such page"), "url", "base_url"),
    "404 model": (error_step(404, "model not found"), "model", "model"),
    "400": (error_step(400, "messages: at least one"), "bad_request", ""),
    "400 credit balance": (error_step(400, "credit balance is too low"), "credit", "credit"),
    "a redirect": (Step(status=302, body="", headers={"location": "/x"}), "url", "base_url"),
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", LASTING)
async def test_a_lasting_fault_names_its_cause_and_the_next_step(
    folder: Path, wire: WireFormat, name: str
) -> None:
    step, code, hint = LASTING[name]
    async with running_worker([step, WHOLE], folder, wire=wire) as harness:
        ended = await harness.ask(QUESTION)
        assert ended.outcome == "error"
        assert (await harness.ask("And now?")).outcome == "done"
        assert QUESTION in harness.server.requests[-1].raw.decode()
    [failed] = harness.all(events.Failed)
    assert failed.code == code
    assert hint in failed.hint
    assert "127.0.0.1" in failed.message
    assert KEY not in "".join(envelope.model_dump_json() for envelope in harness.envelopes)
    assert not harness.all(events.RequestRetried)
    check_books(harness, requests=2)


async def test_a_quota_that_stays_exceeded_ends_with_the_account_named(folder: Path) -> None:
    async with running_worker([error_step(400, "quota exceeded")] * 10, folder) as harness:
        assert (await harness.ask(QUESTION)).outcome == "error"
    [failed] = harness.all(events.Failed)
    assert "Gave up after 10 attempts" in failed.message
    assert "credit" in failed.hint
    check_books(harness, requests=10)


async def test_a_certificate_nobody_trusts_is_named_and_not_tried_again(
    folder: Path, tmp_path: Path
) -> None:
    tls = await asyncio.to_thread(untrusted_tls, tmp_path)
    with closing(RawServer([good("anthropic", "Green.")], tls)) as server:
        async with worker_at(server.url, folder) as harness:
            assert (await harness.ask(QUESTION)).outcome == "error"
    [failed] = harness.all(events.Failed)
    assert "certificate" in failed.message
    assert "SSL_CERT_FILE" in failed.hint
    check_books(harness, requests=1)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("reply", [Step(), Step(reasoning="Hmm.")], ids=["empty", "reasoning"])
async def test_a_second_empty_reply_is_explained(
    folder: Path, wire: WireFormat, reply: Step
) -> None:
    async with running_worker([reply, reply, WHOLE], folder, wire=wire) as harness:
        assert (await harness.ask(QUESTION)).outcome == "done"
        assert "nothing" in harness.all(events.Notice)[0].text
        assert (await harness.ask("And now?")).outcome == "done"
    assert len(harness.all(events.RequestRetried)) == 1
    check_books(harness, requests=3)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_second_call_without_arguments_is_left_to_the_model(
    folder: Path, wire: WireFormat
) -> None:
    bare = Step(tool_calls=(ScriptedCall("edit", "{}"),))
    async with running_worker([bare, bare, bare, WHOLE], folder, wire=wire) as harness:
        assert (await harness.ask(QUESTION)).outcome == "done"
        last = harness.server.requests[-1].raw.decode()
    assert last.count("arrived without its arguments") == 1  # the hint, once per task
    assert not harness.all(events.ToolFinished)[0].ok
    check_books(harness, requests=4)


async def test_empty_arguments_are_fine_for_a_tool_that_needs_none(folder: Path) -> None:
    steps = [Step(tool_calls=(ScriptedCall("list_tasks", "{}"),)), WHOLE]
    async with running_worker(steps, folder) as harness:
        assert (await harness.ask(QUESTION)).outcome == "done"
    assert not harness.all(events.RequestRetried)
    assert harness.all(events.ToolFinished)[0].name == "list_tasks"


async def test_the_reasoning_once_asked_for_is_sent_from_then_on(folder: Path) -> None:
    refused = error_step(400, "reasoning_content must be provided in thinking mode")
    steps = [Step(text="First."), refused, Step(text="Second."), Step(text="Third.")]
    async with running_worker(steps, folder, wire="openai_chat") as harness:
        for question in ("one", "two", "three"):
            assert (await harness.ask(question)).outcome == "done"
        bodies = [json.loads(request.raw) for request in harness.server.requests]
    sent = [
        [message.get("reasoning_content") for message in body["messages"] if is_reply(message)]
        for body in bodies
    ]
    assert sent == [[], [None], [" "], [" ", " "]]


def is_reply(message: dict[str, Any]) -> bool:
    return bool(message["role"] == "assistant")


# --- borne without a word -----------------------------------------------------------------------


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"input_tokens": "many", "prompt_tokens": None, "completion_tokens": []},
        {"input_tokens": -5, "prompt_tokens": 1.5, "completion_tokens": True},
    ],
    ids=["missing", "wrong types", "impossible"],
)
async def test_usage_that_cannot_be_is_unknown_and_never_zero(
    folder: Path, wire: WireFormat, usage: dict[str, Any]
) -> None:
    async with running_worker([Step(text="Green.", usage=usage)], folder, wire=wire) as harness:
        ended = await harness.ask(QUESTION)
    assert ended.outcome == "done"
    [recorded] = harness.all(events.UsageRecorded)
    assert (recorded.tokens, recorded.cost) == (None, None)
    assert ended.unpriced_requests == 1
    check_books(harness, requests=1)


@pytest.mark.parametrize("wire", WIRES)
async def test_frames_sent_twice_are_billed_once(folder: Path, wire: WireFormat) -> None:
    twice = [frame for frame in frames(wire, Turn("Green.")) for _ in range(2)]
    with closing(RawServer([Raw(HEAD + b"".join(twice))])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    [recorded] = harness.all(events.UsageRecorded)
    assert recorded.tokens is not None
    assert recorded.tokens.input_tokens == 1000
    assert recorded.tokens.output_tokens == 2
    check_books(harness, requests=1)


@pytest.mark.parametrize("wire", WIRES)
async def test_pieces_of_a_call_sent_twice_never_run_as_something_else(
    folder: Path, wire: WireFormat
) -> None:
    write = ScriptedCall("write", {"path": "b.txt", "content": "one two three"})
    twice = [frame for frame in frames(wire, Turn(tool_calls=(write,))) for _ in range(2)]
    with closing(RawServer([Raw(HEAD + b"".join(twice)), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert not (folder / "b.txt").exists()
    assert not harness.all(events.ToolFinished)[0].ok
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("seed", range(6))
async def test_frames_out_of_order_end_the_task_one_way_or_the_other(
    folder: Path, wire: WireFormat, seed: int
) -> None:
    shuffled = shuffle(frames(wire, Turn("Green is it.", tool_calls=(LOOK,))), seed)
    with closing(RawServer([Raw(HEAD + b"".join(shuffled)), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire) as harness:
            ended = await harness.ask(QUESTION)
    assert ended.outcome == "done"
    assert {result.name for result in harness.all(events.ToolFinished)} <= {"file_reader"}
    check_books(harness, requests=len(harness.all(events.UsageRecorded)))


def shuffle(whole: Sequence[bytes], seed: int) -> list[bytes]:
    shuffled = list(whole)
    random.Random(seed).shuffle(shuffled)
    return shuffled


@pytest.mark.parametrize("wire", WIRES)
async def test_arguments_that_are_no_json_reach_the_model_as_an_error(
    folder: Path, wire: WireFormat
) -> None:
    broken = Step(tool_calls=(ScriptedCall("write", '{"path": "b.txt", "content": "no en'),))
    async with running_worker([broken, WHOLE], folder, wire=wire) as harness:
        assert (await harness.ask(QUESTION)).outcome == "done"
    assert not (folder / "b.txt").exists()
    assert not harness.all(events.RequestRetried)
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_reply_that_falls_silent_is_given_up_long_before_one_that_has_not_begun(
    folder: Path, wire: WireFormat
) -> None:
    patience = Patience(stall_after_seconds=0.1, stall_every_seconds=0.1, idle_limit_seconds=0.3)
    half = b"".join(frames(wire, Turn("Gre"))[:3])
    with closing(RawServer([Raw(HEAD + half, hold=True), good(wire, "Green.")])) as server:
        async with worker_at(server.url, folder, wire, patience=patience) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert "no byte for 0.3 s" in harness.all(events.RequestRetried)[0].cause
    assert harness.all(events.RequestStalled)
    check_books(harness, requests=2)


@pytest.mark.parametrize("wire", WIRES)
async def test_keep_alive_comments_and_a_long_call_are_no_silence(
    folder: Path, wire: WireFormat
) -> None:
    patience = Patience(stall_after_seconds=0.2, stall_every_seconds=0.2, idle_limit_seconds=0.4)
    write = ScriptedCall("write", {"path": "b.txt", "content": "x " * 60})
    steps = [Step(tool_calls=(write,)), WHOLE]
    with DemoServer(steps, tokens_per_second=40, first_token_seconds=0.0) as server:
        async with worker_at(server.url, folder, wire, patience=patience) as harness:
            assert (await harness.ask(QUESTION)).outcome == "done"
    assert not harness.all(events.RequestStalled)
    assert not harness.all(events.RequestRetried)
    assert (folder / "b.txt").exists()
