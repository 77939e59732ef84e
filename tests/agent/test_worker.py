"""The worker against a scripted model: what it tells, what it changes, what it costs."""

from __future__ import annotations

import asyncio
import json
import threading
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from support.raw_server import worker_at
from support.worker import KEY, MODEL, Harness, running_worker

from clacky_tui import commands, events
from clacky_tui.agent.worker import AgentWorker
from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.providers.demo.server import DemoServer

WIRES: list[WireFormat] = ["anthropic", "openai_chat"]
AUTO = PermissionMode.AUTO_APPROVE


def edit_call(old: str = "colour", new: str = "color") -> ScriptedCall:
    return ScriptedCall("edit", {"path": "a.txt", "old_string": old, "new_string": new})


def looks(count: int) -> list[Step]:
    """Replies that read the file, each a little more of it."""
    return [
        Step(tool_calls=(ScriptedCall("file_reader", {"path": "a.txt", "max_lines": number}),))
        for number in range(100, 100 + count)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.txt").write_text("the colour of money\n")
    return project


@pytest.mark.parametrize("wire", WIRES)
async def test_a_plain_answer_tells_its_story_in_order(folder: Path, wire: WireFormat) -> None:
    async with running_worker([Step(text="Hello there.")], folder, wire=wire) as harness:
        ended = await harness.ask("hi")
    assert ended.outcome == "done"
    assert ended.requests == 1
    told = [kind for kind in harness.kinds if kind != "text.delta"]
    assert told == [
        "session.opened",
        "task.started",
        "session.titled",
        "iteration.started",
        "text.done",
        "usage.recorded",
        "context.gauged",
        "task.ended",
        "session.closed",
    ]
    deltas = "".join(event.text for event in harness.all(events.TextDelta))
    assert deltas == harness.all(events.TextDone)[0].text == "Hello there."


async def test_sequence_numbers_have_no_gap_and_times_a_zone(folder: Path) -> None:
    async with running_worker([Step(text="a"), Step(text="b")], folder) as harness:
        await harness.ask("one")
        await harness.ask("two")
    assert [envelope.seq for envelope in harness.envelopes] == list(
        range(1, len(harness.envelopes) + 1)
    )
    assert all(envelope.ts.tzinfo for envelope in harness.envelopes)


async def test_text_arrives_while_the_stream_is_still_open(folder: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Early words.", gate=gate)], folder) as harness:
        harness.send(commands.Submit(text="hi"))
        await harness.next(events.TextDelta, lambda _: harness.shown_text == "Early words.")
        assert not harness.all(events.TaskEnded)
        gate.set()
        await harness.next(events.TaskEnded)


@pytest.mark.parametrize("wire", WIRES)
async def test_an_approved_edit_changes_the_file(folder: Path, wire: WireFormat) -> None:
    steps = [Step(text="I will.", tool_calls=(edit_call(),)), Step(text="Done.")]
    async with running_worker(steps, folder, wire=wire) as harness:
        harness.send(commands.Submit(text="american, please"))
        asked = await harness.next(events.ApprovalAsked)
        assert (folder / "a.txt").read_text() == "the colour of money\n"
        assert "edit" in asked.reason
        await harness.approve()
        ended = await harness.next(events.TaskEnded)
    assert ended.outcome == "done"
    assert (folder / "a.txt").read_text() == "the color of money\n"
    tool_story = [kind for kind in harness.kinds if kind.startswith(("tool.", "approval."))]
    assert tool_story == [
        "tool.proposed",
        "tool.preview",
        "approval.asked",
        "approval.given",
        "tool.started",
        "tool.finished",
    ]
    preview = harness.all(events.ToolPreview)[0]
    assert (preview.added_lines, preview.removed_lines) == (1, 1)


async def test_a_refusal_leaves_the_file_and_stops_the_task(folder: Path) -> None:
    second = ScriptedCall("file_reader", {"path": "a.txt"})
    steps = [Step(tool_calls=(edit_call(), second))]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="change it"))
        await harness.approve("no")
        await harness.next(events.TaskEnded)
    assert (folder / "a.txt").read_text() == "the colour of money\n"
    finished = harness.all(events.ToolFinished)
    assert [result.ok for result in finished] == [False, False]
    assert len(harness.server.requests) == 1


async def test_feedback_on_a_refusal_reaches_the_model(folder: Path) -> None:
    steps = [Step(tool_calls=(edit_call(),)), Step(text="Understood.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="change it"))
        await harness.approve("feedback", "keep the British spelling")
        ended = await harness.next(events.TaskEnded)
    assert ended.outcome == "done"
    sent = harness.server.requests[-1].raw.decode()
    assert "NOT performed" in sent
    assert sent.count("keep the British spelling") == 2  # in the result, and as something to answer


async def test_all_edits_this_session_asks_once(folder: Path) -> None:
    steps = [
        Step(tool_calls=(edit_call(),)),
        Step(tool_calls=(edit_call("color", "colour"),)),
        Step(text="Back again."),
    ]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="there and back"))
        await harness.approve("yes_session")
        await harness.next(events.TaskEnded)
    assert len(harness.all(events.ApprovalAsked)) == 1
    assert harness.all(events.ApprovalGiven)[0].scope == "session"


async def test_switching_to_auto_answers_what_is_open(folder: Path) -> None:
    steps = [Step(tool_calls=(edit_call(),)), Step(text="Done.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="change it"))
        await harness.next(events.ApprovalAsked)
        harness.send(commands.SetMode(mode="auto_approve"))
        ended = await harness.next(events.TaskEnded)
    assert ended.outcome == "done"
    assert "color" in (folder / "a.txt").read_text()


async def test_an_answer_with_a_stale_id_changes_nothing(folder: Path) -> None:
    steps = [Step(tool_calls=(edit_call(),)), Step(text="Done.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="change it"))
        await harness.next(events.ApprovalAsked)
        harness.send(commands.Approve(request_id="gone", answer="yes"))
        harness.send(commands.SetMode(mode="confirm_safes"))
        await harness.next(events.ModeChanged)
        assert not harness.all(events.ApprovalGiven)
        await harness.approve("no")
        await harness.next(events.TaskEnded)


async def test_an_edit_that_cannot_match_is_refused_without_asking(folder: Path) -> None:
    steps = [Step(tool_calls=(edit_call("nowhere"),)), Step(text="I see.")]
    async with running_worker(steps, folder) as harness:
        await harness.ask("change it")
    assert not harness.all(events.ApprovalAsked)
    assert not harness.all(events.ToolFinished)[0].ok


@pytest.mark.parametrize("wire", WIRES)
async def test_invalid_json_arguments_come_back_to_the_model(
    folder: Path, wire: WireFormat
) -> None:
    broken = ScriptedCall("edit", '{"path": "a.txt", "old_string": "col')
    steps = [Step(tool_calls=(broken,)), Step(text="Let me try again.")]
    async with running_worker(steps, folder, wire=wire) as harness:
        ended = await harness.ask("change it")
    assert ended.outcome == "done"
    assert "old_string" in harness.server.requests[-1].raw.decode()
    assert not harness.all(events.ToolFinished)[0].ok


async def test_an_unknown_tool_is_named_and_the_task_goes_on(folder: Path) -> None:
    steps = [Step(tool_calls=(ScriptedCall("teleport", {}),)), Step(text="Fine.")]
    async with running_worker(steps, folder) as harness:
        ended = await harness.ask("go")
    assert ended.outcome == "done"
    assert "teleport" in harness.all(events.ToolFinished)[0].output


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    "fault",
    [
        Step(status=429, headers={"Retry-After": "0"}),
        Step(status=500, body="boom"),
        Step(status=529),
        Step(text="Half an ans", cut_after_bytes=600),
    ],
    ids=["429", "500", "529", "cut"],
)
async def test_a_passing_fault_is_retried_and_said(
    folder: Path, wire: WireFormat, fault: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.agent.model_call.retry_wait_seconds", lambda *_: 0.0)
    async with running_worker([fault, Step(text="Whole.")], folder, wire=wire) as harness:
        ended = await harness.ask("hi")
    assert ended.outcome == "done"
    retried = harness.all(events.RequestRetried)
    assert [(retry.attempt, retry.of) for retry in retried] == [(2, 10)]
    assert retried[0].cause
    recorded = harness.all(events.UsageRecorded)
    assert recorded[0].outcome in ("rejected", "failed")
    assert recorded[1].outcome == "ok"
    assert harness.all(events.TextDone)[-1].text == "Whole."


@pytest.mark.parametrize("wire", WIRES)
async def test_a_wrong_key_ends_in_a_clear_message_without_the_key(
    folder: Path, wire: WireFormat
) -> None:
    refused = Step(status=401, body=json.dumps({"error": {"message": f"bad key {KEY}"}}))
    async with running_worker([refused, Step(text="Welcome.")], folder, wire=wire) as harness:
        ended = await harness.ask("hi")
        assert ended.outcome == "error"
        failed = harness.all(events.Failed)[0]
        assert "key" in failed.hint
        assert (await harness.ask("again")).outcome == "done"
    everything = "".join(envelope.model_dump_json() for envelope in harness.envelopes)
    assert KEY not in everything


async def test_giving_up_names_the_number_of_attempts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.agent.model_call.retry_wait_seconds", lambda *_: 0.0)
    async with running_worker([Step(status=503)] * 10, folder) as harness:
        ended = await harness.ask("hi")
    assert ended.outcome == "error"
    assert "10 attempts" in harness.all(events.Failed)[0].message
    assert len(harness.all(events.UsageRecorded)) == 10


async def test_an_interrupt_stops_the_stream_and_the_session_goes_on(folder: Path) -> None:
    held = threading.Event()
    steps = [Step(text="On and on", gate=held), Step(text="Fresh.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="talk"))
        await harness.next(events.TextDelta, lambda _: harness.shown_text == "On and on")
        harness.send(commands.Interrupt())
        ended = await harness.next(events.TaskEnded)
        assert ended.outcome == "cancelled"
        assert harness.all(events.UsageRecorded)[0].outcome == "cancelled"
        assert (await harness.ask("and now?")).outcome == "done"
        assert "On and on" in harness.server.requests[-1].raw.decode()
    held.set()


async def test_an_interrupted_command_is_killed_and_its_call_gets_a_result(folder: Path) -> None:
    sleep = ScriptedCall("terminal", {"command": "echo started; sleep 300"})
    steps = [Step(tool_calls=(sleep, edit_call())), Step(text="Stopped.")]
    async with running_worker(steps, folder, mode=AUTO) as harness:
        harness.send(commands.Submit(text="wait"))
        await harness.next(events.ToolOutput)
        harness.send(commands.Interrupt())
        assert (await harness.next(events.TaskEnded)).outcome == "cancelled"
        assert (await harness.ask("go on")).outcome == "done"
        sent = harness.server.requests[-1].raw.decode()
    assert sent.count("interrupted before it gave a result") == 2


async def test_a_message_sent_meanwhile_joins_at_the_next_safe_point(folder: Path) -> None:
    gate = threading.Event()
    look = ScriptedCall("file_reader", {"path": "a.txt"})
    steps = [Step(text="Looking.", tool_calls=(look,), gate=gate), Step(text="Both done.")]
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        harness.send(commands.Submit(text="and second", client_id="c2"))
        await harness.next(events.QueueChanged, lambda queue: len(queue.waiting) == 1)
        gate.set()
        await harness.next(events.TaskEnded)
    assert harness.all(events.SteerAccepted)[0].client_id == "c2"
    assert len(harness.all(events.TaskStarted)) == 1
    assert "and second" in harness.server.requests[-1].raw.decode()


async def test_a_waiting_message_can_be_taken_back(folder: Path) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="Hm.", gate=gate)], folder) as harness:
        harness.send(commands.Submit(text="first"))
        await harness.next(events.TextDelta)
        harness.send(commands.Submit(text="no wait", client_id="c2"))
        harness.send(commands.EditQueued(client_id="c2", text=""))
        await harness.next(events.QueueChanged, lambda queue: not queue.waiting)
        gate.set()
        await harness.next(events.TaskEnded)
    assert not harness.all(events.SteerAccepted)


async def test_the_turn_budget_stops_before_the_next_request(folder: Path) -> None:
    look = Step(tool_calls=(ScriptedCall("file_reader", {"path": "a.txt"}),))
    settings = Settings(max_turns=3)
    async with running_worker([look] * 5, folder, settings=settings) as harness:
        ended = await harness.ask("look and look")
    assert ended.outcome == "budget"
    assert len(harness.server.requests) == 3
    assert "3 of 3" in harness.all(events.Failed)[0].message


async def test_the_money_budget_stops_the_session(folder: Path) -> None:
    settings = Settings(max_cost=Decimal("0.000001"))
    steps = [Step(text="Costly."), Step(text="More.")]
    async with running_worker(steps, folder, settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "done"
        assert (await harness.ask("more")).outcome == "budget"
    assert len(harness.server.requests) == 1


async def test_todos_are_told_whole_after_every_change(folder: Path) -> None:
    add = ScriptedCall("todo_manager", {"action": "add", "task": ["read", "write"]})
    complete = ScriptedCall("todo_manager", {"action": "complete", "id": 1})
    steps = [Step(tool_calls=(add,)), Step(tool_calls=(complete,)), Step(text="Half way.")]
    async with running_worker(steps, folder) as harness:
        await harness.ask("plan")
    told = [
        [(item.id, item.status) for item in change.items]
        for change in harness.all(events.TodosChanged)
    ]
    assert told == [[(1, "pending"), (2, "pending")], [(1, "completed"), (2, "pending")]]


async def test_a_question_ends_the_task_and_its_answer_starts_the_next(folder: Path) -> None:
    question = ScriptedCall(
        "request_user_feedback", {"question": "Which one?", "options": ["red", "blue"]}
    )
    steps = [Step(tool_calls=(question,)), Step(text="Blue it is.")]
    async with running_worker(steps, folder) as harness:
        ended = await harness.ask("paint")
        assert ended.outcome == "awaiting_feedback"
        asked = harness.all(events.FeedbackAsked)[0]
        assert asked.options == ("red", "blue")
        harness.send(commands.AnswerFeedback(request_id=asked.request_id, text="blue"))
        assert (await harness.next(events.TaskEnded, count=2)).outcome == "done"
        sent = json.loads(harness.server.requests[-1].raw)
    assert "blue" in json.dumps(sent["messages"][-1])


async def test_in_auto_mode_questions_answer_themselves(folder: Path) -> None:
    question = ScriptedCall("request_user_feedback", {"question": "Which one?"})
    steps = [Step(tool_calls=(question,)), Step(text="I chose red.")]
    async with running_worker(steps, folder, mode=AUTO) as harness:
        assert (await harness.ask("paint")).outcome == "done"
    assert harness.all(events.FeedbackAnswered)[0].automatic


async def test_a_reply_cut_by_the_output_limit_is_asked_for_in_smaller_parts(folder: Path) -> None:
    cut = Step(text="A long", tool_calls=(edit_call(),), finish="max_tokens")
    async with running_worker([cut, Step(text="Shorter.")], folder) as harness:
        assert (await harness.ask("write a lot")).outcome == "done"
    assert "1/3" in harness.all(events.Notice)[0].text
    assert not harness.all(events.ToolProposed)


async def test_a_new_session_starts_from_zero(folder: Path) -> None:
    async with running_worker([Step(text="a"), Step(text="b")], folder) as harness:
        await harness.ask("the first question")
        harness.send(commands.NewSession())
        await harness.next(events.SessionOpened, count=2)
        await harness.ask("two")
    first, second = (e.session_id for e in harness.envelopes if e.event.kind == "session.opened")
    assert first != second
    assert b"the first question" not in harness.server.requests[-1].raw
    assert harness.all(events.UsageRecorded)[-1].session_requests == 1


@pytest.mark.parametrize("wire", WIRES)
async def test_the_prefix_stays_byte_identical_and_schemas_never_change(
    folder: Path, wire: WireFormat
) -> None:
    async with running_worker([*looks(9), Step(text="end")], folder, wire=wire) as harness:
        await harness.ask("look ten times")
        bodies = [json.loads(request.raw) for request in harness.server.requests]
    assert len(bodies) == 10
    tools = {json.dumps(body["tools"]) for body in bodies}
    assert len(tools) == 1
    assert len(bodies[0]["tools"]) == 16
    for earlier, later in pairwise(map(without_marks, bodies)):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]
        assert later.get("system") == earlier.get("system")


async def test_each_request_reads_what_the_last_one_left_in_the_cache(folder: Path) -> None:
    (folder / "a.txt").write_text("a line of some length for the cache\n" * 200)
    async with running_worker([*looks(5), Step(text="end")], folder) as harness:
        await harness.ask("look")
    counts = [usage.tokens for usage in harness.all(events.UsageRecorded) if usage.tokens]
    for earlier, later in pairwise(counts):
        assert later.cache_read_tokens == (
            earlier.cache_read_tokens + earlier.cache_creation_tokens
        )


async def test_the_ledger_holds_one_line_per_request_with_exact_cost(
    folder: Path, clacky_home: Path
) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 200, "cache_read_input_tokens": 5000}
    async with running_worker([Step(text="hi", usage=usage)], folder) as harness:
        await harness.ask("hi")
    (file,) = (clacky_home / "billing").glob("*.jsonl")
    (line,) = file.read_text().splitlines()
    record = json.loads(line, parse_float=Decimal)
    assert record["prompt_tokens"] == 6000
    assert record["cache_read_tokens"] == 5000
    assert record["completion_tokens"] == 200
    expected = (Decimal(1000) * 3 + Decimal(5000) * Decimal("0.3") + Decimal(200) * 15) / 10**6
    assert record["cost_usd"] == expected
    assert harness.all(events.UsageRecorded)[0].cost == expected


async def test_an_unpriced_model_costs_none_not_zero(folder: Path, clacky_home: Path) -> None:
    async with running_worker([Step(text="hi")], folder, model="home-brew") as harness:
        ended = await harness.ask("hi")
    assert harness.all(events.UsageRecorded)[0].cost is None
    assert ended.unpriced_requests == 1
    (file,) = (clacky_home / "billing").glob("*.jsonl")
    assert json.loads(file.read_text())["cost_usd"] is None


@pytest.fixture
def unusable_home(clacky_home: Path) -> None:
    clacky_home.write_text("a file where the folder should be")


@pytest.mark.usefixtures("unusable_home")
async def test_a_full_or_forbidden_disk_is_said_once_and_stops_nothing(folder: Path) -> None:
    async with running_worker([Step(text="still here")], folder) as harness:
        ended = await harness.ask("hi")
    assert ended.outcome == "done"
    texts = [notice.text for notice in harness.all(events.Notice)]
    assert sum("not being saved" in text for text in texts) == 1
    assert sum("missing from the ledger" in text for text in texts) == 1


async def test_a_missing_key_fails_the_task_with_the_next_step(folder: Path) -> None:
    async with running_worker([], folder, key="") as harness:
        ended = await harness.ask("hi")
    assert ended.outcome == "error"
    assert "config.yml" in harness.all(events.Failed)[0].hint
    assert harness.kinds.index("task.started") < harness.kinds.index("failed")


def configured(server: DemoServer, *names: str) -> Settings:
    """Settings with models of these names, all served by `server`."""
    url = server.endpoint().base_url
    models = (
        ModelEntry.model_validate(
            {"model": name, "api_key": KEY, "base_url": url, "anthropic_format": True}
        )
        for name in names
    )
    return Settings(models=tuple(models))


async def test_another_model_answers_from_now_on_and_is_told_who_it_is(folder: Path) -> None:
    steps = [Step(text="one"), Step(text="two"), Step(text="three")]
    with DemoServer(steps, tokens_per_second=0) as server:
        settings = configured(server, MODEL, "claude-haiku-4-5")
        async with worker_at(server.url, folder, settings=settings) as harness:
            await harness.ask("hi")
            harness.send(commands.SetModel(model="Claude-Haiku-4-5"))
            await harness.next(events.ModelChanged, lambda e: e.model == "claude-haiku-4-5")
            await harness.ask("and you?")
            harness.send(commands.SetModel(model=MODEL))
            await harness.next(events.ModelChanged, lambda e: e.model == MODEL)
            await harness.ask("back again?")
        bodies = [json.loads(request.raw) for request in server.requests]
    assert [body["model"] for body in bodies] == [MODEL, "claude-haiku-4-5", MODEL]
    assert "Current model: claude-haiku-4-5" in json.dumps(bodies[1]["messages"])
    for earlier, later in pairwise(map(without_marks, bodies)):
        assert later["messages"][: len(earlier["messages"])] == earlier["messages"]
    recorded = harness.all(events.UsageRecorded)
    assert [record.model for record in recorded] == [MODEL, "claude-haiku-4-5", MODEL]
    assert recorded[-1].session_requests == 3


async def test_an_unknown_model_is_refused_with_the_names_there_are(folder: Path) -> None:
    with DemoServer([Step(text="one")], tokens_per_second=0) as server:
        settings = configured(server, MODEL, "other")
        async with worker_at(server.url, folder, settings=settings) as harness:
            harness.send(commands.SetModel(model="no-such"))
            notice = await harness.next(events.Notice)
            assert (await harness.ask("hi")).outcome == "done"
    assert "no-such" in notice.text
    assert "other" in notice.text
    assert not harness.all(events.ModelChanged)


@pytest.mark.parametrize(
    "command",
    [
        commands.SetModel(model=MODEL),
        commands.SetWorkingDir(path="/"),
    ],
    ids=lambda command: command.kind,
)
async def test_what_a_task_stands_on_is_not_changed_under_it(
    folder: Path, command: commands.Command
) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="words", gate=gate)], folder) as harness:
        harness.send(commands.Submit(text="talk"))
        await harness.next(events.TextDelta)
        harness.send(command)
        notice = await harness.next(events.Notice)
        gate.set()
        assert (await harness.next(events.TaskEnded)).outcome == "done"
    assert "Esc" in notice.text
    assert not harness.all(events.ModelChanged)
    assert not harness.all(events.WorkingDirChanged)


async def test_a_configuration_changed_under_a_task_is_read_when_that_has_ended(
    folder: Path,
) -> None:
    gate = threading.Event()
    async with running_worker([Step(text="words", gate=gate)], folder) as harness:
        harness.send(commands.Submit(text="talk"))
        await harness.next(events.TextDelta)
        harness.send(commands.ReloadConfig())
        await harness.next(events.Notice, lambda notice: "has finished" in notice.text)
        gate.set()
        await harness.next(events.TaskEnded)
        await harness.next(events.Notice, lambda notice: "read again" in notice.text)
    told = [n.text for n in harness.all(events.Notice)]
    assert told[-1] == "The configuration was read again."


async def test_leaving_the_demo_model_opens_a_session_that_costs_real_money(folder: Path) -> None:
    with DemoServer([Step(text="real")], tokens_per_second=0) as server:
        harness = Harness(server)
        harness.worker = AgentWorker(
            Settings(),
            harness.deliver,
            working_dir=folder,
            load=lambda: configured(server, MODEL),
        )
        serving = asyncio.create_task(harness.worker.run())
        await harness.ask("explain this project")
        harness.send(commands.ReloadConfig())
        opened = await harness.next(events.SessionOpened, count=2)
        await harness.ask("hi")
        harness.send(commands.Shutdown())
        await serving
    assert (opened.model, opened.simulated) == (MODEL, False)
    last = harness.all(events.UsageRecorded)[-1]
    assert (last.session_requests, last.simulated) == (1, False)


async def test_a_mended_key_is_used_after_reading_the_configuration_again(folder: Path) -> None:
    refused = Step(status=401, body="{}")
    with DemoServer([refused, Step(text="Welcome.")], tokens_per_second=0) as server:
        before, after = configured(server, MODEL), configured(server, "other", MODEL)
        after = after.model_copy(update={"problems": ("config.yml: something is odd.",)})
        async with worker_at(
            server.url, folder, settings=before, key="sk-wrong-key-12345", load=lambda: after
        ) as harness:
            assert (await harness.ask("hi")).outcome == "error"
            harness.send(commands.ReloadConfig())
            await harness.next(events.Notice, lambda notice: "read again" in notice.text)
            assert (await harness.ask("hi again")).outcome == "done"
        keys = [request.key for request in server.requests]
        model = json.loads(server.requests[-1].raw)["model"]
    assert keys == ["sk-wrong-key-12345", KEY]
    assert model == MODEL
    assert any("something is odd" in notice.text for notice in harness.all(events.Notice))


async def test_the_reasoning_level_holds_from_the_next_request(folder: Path) -> None:
    steps = [Step(text="one"), Step(text="two")]
    async with running_worker(steps, folder, model="claude-opus-4-5") as harness:
        await harness.ask("hi")
        harness.send(commands.SetReasoningLevel(level="high"))
        changed = await harness.next(events.ReasoningLevelChanged)
        await harness.ask("think")
        before, after = (json.loads(request.raw) for request in harness.server.requests)
    assert changed.level == "high"
    assert before != after
    assert "thinking" not in before
    assert "thinking" in after


async def test_the_agent_moves_to_another_folder_and_says_so_to_the_model(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.txt").write_text("found\n")
    look = ScriptedCall("file_reader", {"path": "b.txt"})
    steps = [Step(text="one"), Step(tool_calls=(look,)), Step(text="two")]
    async with running_worker(steps, folder) as harness:
        await harness.ask("hi")
        harness.send(commands.SetWorkingDir(path="../other"))
        changed = await harness.next(events.WorkingDirChanged)
        await harness.ask("look")
        sent = harness.server.requests[-1].raw.decode()
    assert changed.path == str(other)
    assert f"Working directory: {other}" in sent
    assert harness.all(events.ToolFinished)[0].ok


@pytest.mark.parametrize("path", ["nowhere", "a.txt", "\0", "~nobody-at-all"])
async def test_a_folder_that_is_none_is_refused(folder: Path, path: str) -> None:
    async with running_worker([Step(text="one")], folder) as harness:
        harness.send(commands.SetWorkingDir(path=path))
        notice = await harness.next(events.Notice)
        assert (await harness.ask("hi")).outcome == "done"
    assert "not a directory" in notice.text
    assert not harness.all(events.WorkingDirChanged)


async def test_the_same_call_over_and_over_ends_the_task(folder: Path) -> None:
    async with running_worker(looks(1) * 8 + [Step(text="end")], folder) as harness:
        assert (await harness.ask("look")).outcome != "done"
        sent = harness.server.requests[-1].raw.decode()
    assert len(harness.server.requests) == 5
    assert "Critical: you are going in circles" in sent
    assert "repeats the same calls" in harness.all(events.Failed)[0].message


async def test_a_reply_that_is_cancelled_while_it_is_booked_is_booked_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, clacky_home: Path
) -> None:
    booking, go_on = threading.Event(), threading.Event()
    append = Ledger.append

    def slow_disk(ledger: Ledger, record: UsageRecord) -> UsageRecord:
        booking.set()
        go_on.wait(10)
        return append(ledger, record)

    monkeypatch.setattr(Ledger, "append", slow_disk)
    async with running_worker([Step(text="Hello."), Step(text="Again.")], folder) as harness:
        harness.send(commands.Submit(text="hi"))
        await asyncio.to_thread(booking.wait, 10)
        harness.send(commands.Interrupt())
        asyncio.get_running_loop().call_later(0.05, go_on.set)
        assert (await harness.next(events.TaskEnded)).outcome == "cancelled"
        assert (await harness.ask("and now?")).outcome == "done"
        assert "Hello." in harness.server.requests[-1].raw.decode()
    assert [record.outcome for record in harness.all(events.UsageRecorded)] == ["ok", "ok"]
    (file,) = (clacky_home / "billing").glob("*.jsonl")
    assert len(file.read_text().splitlines()) == 2


def without_marks(body: object) -> dict[str, list[object]]:
    """`body` without the cache breakpoints, which move from request to request."""
    text = json.dumps(body)
    bare = json.loads(
        text,
        object_hook=lambda fields: {k: v for k, v in fields.items() if k != "cache_control"},
    )
    assert isinstance(bare, dict)
    return bare


async def test_interrupts_are_quick(folder: Path) -> None:
    held = threading.Event()
    async with running_worker([Step(text="words", gate=held)], folder) as harness:
        harness.send(commands.Submit(text="talk"))
        await harness.next(events.TextDelta)
        loop = asyncio.get_running_loop()
        pressed = loop.time()
        harness.send(commands.Interrupt())
        await harness.next(events.TaskEnded)
        assert loop.time() - pressed < 2  # the goal is 0.2 s; see the benchmarks
    held.set()
