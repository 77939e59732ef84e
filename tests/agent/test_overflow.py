"""Recovery when a provider says that the conversation is too long."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.worker import Harness, running_worker

from clacky_tui import events, paths
from clacky_tui.agent import summary
from clacky_tui.agent.summary import INSTRUCTION
from clacky_tui.domain.messages import Message, Origin, ToolCall
from clacky_tui.errors import ProviderError
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.overflow import is_overflow

WIRES: list[WireFormat] = ["anthropic", "openai_chat"]
TOO_LONG = "prompt is too long: 218849 tokens > 200000 maximum"
SUMMARY = Step(text="<topics>tax</topics>\n<summary>All taxed.</summary>")

WORDINGS = {
    "anthropic": TOO_LONG,
    "bedrock": "ValidationException: Input is too long for requested model.",
    "bedrock, newer": "The model returned the following errors: prompt is too long: 1 token > 0",
    "openai": "This model's maximum context length is 128000 tokens. However, your messages "
    "resulted in 140012 tokens. Please reduce the length of the messages.",
    "openai responses": "Your input exceeds the model's context window. Please adjust your input.",
    "openai code": "context_length_exceeded",
    "openrouter": "This endpoint's maximum context length is 262144 tokens. However, you "
    "requested about 300000 tokens.",
    "deepseek": "This model's maximum context length is 131072 tokens, 140000 requested.",
    "azure": "Input exceeds the maximum context of the deployment.",
    "vllm": "Input length 9000 exceeds the model's maximum (parameter=input_tokens, value=9000)",
    "dashscope": "<400> InternalError.Algo.InvalidParameter: Range of input length should be "
    "[1, 129024]",
    "qwen": "The request has a maximum input length of 129024.",
    "groq": "Please reduce the length of the messages or completion.",
    "together": "Please reduce the length of your prompt.",
    "fireworks": "The prompt is too long. Please reduce the length of the prompt.",
    "sglang": "Please reduce the length of the input messages.",
    "gemini": "The input token count (1200000) exceeds the maximum number of tokens allowed "
    "(1048576).",
    "xai": "This model's maximum prompt length is 131072 but the request has 537812 tokens.",
    "llama.cpp": "the request exceeds the available context size. try increasing it",
    "kimi": "Invalid request: Your request exceeded model token limit: 262144",
    "minimax": "invalid params, context window exceeds limit (2013)",
    "glm": "Prompt exceeds max length",
    "counted": "got 210000 tokens > 200000",
}

OTHER = [
    "",
    "Invalid auth token: 210000 tokens > 200000",
    "Incorrect API key: context length",
    "tools.0.input: malformed arguments, maximum context",
    "messages.3: missing required field, context length",
    "parameter is invalid: maximum context",
    "The file path is too long: input is too long",
    "max_tokens: 20000 > 16384, which is the maximum allowed number of output tokens",
    "model not found",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "big.txt").write_text("orders and taxes\n" * 480)
    return project


def refused(wording: str = TOO_LONG) -> Step:
    return Step(status=400, body=json.dumps({"error": {"message": wording}}))


def work(count: int) -> list[Step]:
    """Tasks that read a file of 2,000 tokens each."""
    read = Step(tool_calls=(ScriptedCall("file_reader", {"path": "big.txt"}),))
    return [step for n in range(count) for step in (read, Step(text=f"Reply {n}."))]


async def talk(harness: Harness, rounds: int) -> None:
    for number in range(rounds):
        await harness.ask(f"Request {number}.")


def history_of(harness: Harness) -> tuple[Message, ...]:
    return harness.worker._session.history.messages


def body_text(harness: Harness, index: int) -> str:
    return json.dumps(harness.server.requests[index].body, ensure_ascii=False)


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=list(WORDINGS))
def test_each_providers_wording_is_known(wording: str) -> None:
    said = f"api.example.com answered 400: {wording}."
    assert is_overflow(ProviderError(said, code="bad_request", status=400))
    assert is_overflow(ProviderError(said.upper(), code="bad_request"))
    assert not is_overflow(ProviderError(said, code="server", status=500))
    assert not is_overflow(ProviderError(said, code="auth", status=401))


@pytest.mark.parametrize("wording", OTHER)
def test_other_refusals_are_not_taken_for_it(wording: str) -> None:
    assert not is_overflow(ProviderError(wording, code="bad_request", status=400))


@pytest.mark.parametrize("wording", WORDINGS.values(), ids=list(WORDINGS))
async def test_a_refused_request_is_compressed_and_answered(folder: Path, wording: str) -> None:
    steps = [*work(3), refused(wording), SUMMARY, Step(text="Made it.")]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 3)
        ended = await harness.ask("The newest wish.")
        context = body_text(harness, -1)
    assert ended.outcome == "done"
    assert harness.shown_text.endswith("Made it.")
    [started] = harness.all(events.CompressionStarted)
    assert started.reason == "overflow"
    wishes = ["Request 0.", "Request 1.", "Request 2.", "The newest wish.", "All taxed."]
    assert [wish for wish in wishes if wish not in context] == []
    assert not harness.all(events.Failed)


@pytest.mark.parametrize("wire", WIRES)
async def test_thirty_short_messages_are_all_kept_or_archived(
    folder: Path, wire: WireFormat
) -> None:
    replies = [Step(text=f"Short reply {n}.") for n in range(15)]
    long = Step(text="x" * 100, tool_calls=(ScriptedCall("file_reader", {"path": "big.txt"}),))
    steps = [long, *replies, refused(), SUMMARY, Step(text="Made it.")]
    async with running_worker(steps, folder, wire=wire) as harness:
        await talk(harness, 15)
        before = history_of(harness)
        assert (await harness.ask("The newest wish.")).outcome == "done"
        after = history_of(harness)
    [archive] = paths.sessions_dir().glob("*-chunk-1.md")
    kept = [message.text for message in after]
    archived = archive.read_text()
    missing = [m.text for m in before if m.text not in kept and m.text not in archived]
    assert [text for text in missing if len(text) < 500] == []
    assert "The newest wish." in kept


async def test_when_even_the_compression_is_too_long_a_half_of_it_is_asked_for(
    folder: Path,
) -> None:
    steps = [*work(6), refused(), refused(), SUMMARY, Step(text="Made it.")]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 6)
        assert (await harness.ask("The newest wish.")).outcome == "done"
        first, second, context = (body_text(harness, index) for index in (-3, -2, -1))
    instruction = json.dumps(INSTRUCTION)[1:-1]
    assert instruction in first
    assert instruction in second
    assert len(second) < 0.8 * len(first)
    assert "Request 5." in first
    assert "Request 5." not in second
    said = [f"Request {n}." for n in range(6)]
    assert [wish for wish in said if wish not in context] == []
    outcomes = [finished.outcome for finished in harness.all(events.CompressionFinished)]
    assert outcomes == ["failed", "done"]
    assert results_follow_their_calls(history_of(harness))


def results_follow_their_calls(messages: tuple[Message, ...]) -> bool:
    open_calls: list[str] = []
    for message in messages:
        if message.role == "tool":
            open_calls.remove(message.tool_call_id)
        elif open_calls:
            return False
        open_calls += [call.id for call in message.tool_calls]
    return not open_calls


async def test_when_nothing_helps_the_conversation_is_as_it_was(folder: Path) -> None:
    replies = [Step(text=f"Short reply {n}.") for n in range(15)]
    steps = [*replies, *(refused() for _ in range(5))]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 15)
        before = history_of(harness)
        ended = await harness.ask("x" * 4000)
        after = history_of(harness)
    assert ended.outcome == "error"
    assert after[:-1] == before
    assert after[-1].text == "x" * 4000
    [failed] = harness.all(events.Failed)
    assert failed.code == "context_overflow"
    assert "prompt is too long" in failed.message
    assert "new session" in failed.hint


def add_result(harness: Harness, text: str) -> None:
    """A tool call and its result, as if a tool of unlimited output had run."""
    session = harness.worker._session
    call = ToolCall("huge", "grep", "{}")
    session.append(Message("assistant", "", Origin.MODEL, tool_calls=(call,)))
    session.append(Message("tool", text, Origin.TOOL, tool_call_id="huge"))


@pytest.mark.parametrize("wire", WIRES)
async def test_a_tool_result_of_a_megabyte_is_cut_and_kept_in_an_archive(
    folder: Path, wire: WireFormat
) -> None:
    huge = "FIRST" + "0123456789abcdef" * 65_536 + "LAST"
    steps = [*work(1), refused(), Step(text="Made it.")]
    async with running_worker(steps, folder, wire=wire) as harness:
        await talk(harness, 1)
        add_result(harness, huge)
        before = history_of(harness)
        ended = await harness.ask("What does it say?")
        after = history_of(harness)
        context = body_text(harness, -1)
    assert ended.outcome == "done"
    assert not harness.all(events.CompressionStarted)
    assert after[: len(before) - 1] == before[:-1]
    [archive] = paths.sessions_dir().glob("*-chunk-1.md")
    assert huge in archive.read_text()
    cut = after[len(before) - 1].text
    assert len(cut) < 9_000
    assert cut.startswith("FIRST")
    assert cut.endswith("LAST")
    assert str(archive) in cut
    assert cut[:100] in context
    [notice] = harness.all(events.Notice)
    assert "1,048,585 characters" in notice.text


async def test_results_are_cut_when_compression_is_not_enough(folder: Path) -> None:
    """Three results of which none is most of the conversation, all newer than the last request."""
    steps = [*work(2), refused(), SUMMARY, refused(), refused(), Step(text="Made it.")]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 2)
        session = harness.worker._session
        calls = tuple(ToolCall(f"h{n}", "grep", "{}") for n in range(3))
        session.append(Message("assistant", "", Origin.MODEL, tool_calls=calls))
        for call in calls:
            session.append(Message("tool", call.id * 10_000, Origin.TOOL, tool_call_id=call.id))
        ended = await harness.ask("And now?")
        messages = history_of(harness)
    assert ended.outcome == "done"
    assert sum(map(summary.is_summary, messages)) == 1
    lengths = sorted(len(m.text) for m in messages if m.tool_call_id.startswith("h"))
    assert [length < 9_000 for length in lengths] == [True, True, False]
    assert results_follow_their_calls(messages)


async def test_another_failure_of_the_compression_ends_the_task_with_its_cause(
    folder: Path,
) -> None:
    broke: dict[str, Any] = {"error": {"message": "no such key"}}
    steps = [*work(3), refused(), Step(status=401, body=json.dumps(broke))]
    async with running_worker(steps, folder) as harness:
        await talk(harness, 3)
        before = history_of(harness)
        ended = await harness.ask("x")
        assert history_of(harness)[:-1] == before
    assert ended.outcome == "error"
    assert harness.all(events.Failed)[0].code == "auth"
