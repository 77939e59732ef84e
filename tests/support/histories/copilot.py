"""GitHub Copilot CLI's events and telemetry, with the traps of spec/usage-sources.md 3.5."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from support.histories.lines import Line, write_lines
from support.histories.truth import Call, Dice, Truth, iso, total

AGENT = "copilot"
MODELS = ("claude-sonnet-4.6", "gpt-5.4")


def event(kind: str, at: float, identity: str, data: Line) -> Line:
    return {"type": kind, "timestamp": iso(at), "id": identity, "parentId": "e0", "data": data}


def started(session: str, at: float, project: str | None, kind: str = "session.start") -> Line:
    data = {"sessionId": session, "version": 1, "context": {"cwd": project}}
    return event(kind, at, f"s{at}", data)


def said(at: float, identity: str, output: int) -> Line:
    return event("assistant.message", at, identity, {"messageId": identity, "outputTokens": output})


def shutdown(calls: Sequence[Call], at: float, identity: str) -> Line:
    """The sums of a run, a call per model; input as Copilot counts it, with all of the cache."""
    metrics = {}
    for call in calls:
        assert call.input is not None
        read, written = call.cache_read or 0, call.cache_write or 0
        metrics[call.model] = {
            "requests": {"count": call.requests, "cost": 2},
            "usage": {
                "inputTokens": call.input + read + written,
                "outputTokens": call.output,
                "cacheReadTokens": read,
                "cacheWriteTokens": written,
                "reasoningTokens": call.reasoning,
            },
        }
    data = {"shutdownType": "routine", "totalPremiumRequests": 2, "modelMetrics": metrics}
    return event("session.shutdown", at, identity, data)


def span(call: Call, identity: str, *, name: str | None = None) -> Line:
    assert call.input is not None
    read, written = call.cache_read or 0, call.cache_write or 0
    return {
        "type": "span",
        "traceId": "t1",
        "spanId": identity,
        "name": name or f"chat {call.model}",
        "startTime": [int(call.at) - 3, 0],
        "endTime": [int(call.at), round(call.at % 1 * 10**9)],
        "attributes": {
            "gen_ai.operation.name": "chat",
            "gen_ai.conversation.id": call.session,
            "gen_ai.request.model": call.model,
            "gen_ai.response.model": call.model,
            "gen_ai.usage.input_tokens": call.input + read + written,
            "gen_ai.usage.output_tokens": call.output,
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.cache_creation.input_tokens": written,
            "gen_ai.usage.reasoning.output_tokens": call.reasoning,
        },
    }


def log_record(
    event: str, at: float, call: Call | None = None, *, span_id: str = "a", **attributes: object
) -> Line:
    """A record of the file exporter, which writes the SDK's own form; `call` gives its usage."""
    found: Line = {"event.name": event, **attributes}
    if call is not None:
        assert call.input is not None
        found |= {
            "gen_ai.usage.input_tokens": call.input + (call.cache_read or 0),
            "gen_ai.usage.output_tokens": call.output,
        }
    return {
        "hrTime": [int(at), 0],
        "spanContext": {"traceId": "t1", "spanId": span_id, "traceFlags": 1},
        "attributes": found,
        "_body": event,
    }


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    spans: list[Line | str] = []
    for number in range(6):
        session, project = dice.uuid(), f"/home/dev/src/{dice.pick(('alpha', 'beta'))}"
        lines: list[Line | str] = []
        cumulative = number == 3
        until_now: dict[str | None, list[Call]] = {}
        for run in range(dice.between(2, 4)):
            kind = "session.resume" if run else "session.start"
            lines.append(started(session, dice.later(), project, kind))
            calls = _run(dice, lines, session, project)
            closes = dice.at + 1
            if cumulative:
                for call in calls:
                    until_now.setdefault(call.model, []).append(call)
                sums = [total(each, model) for model, each in until_now.items()]
                lines.append(shutdown(sums, closes, dice.uuid()))
            else:
                lines.append(shutdown(calls, closes, dice.uuid()))
            for call in calls:
                in_spans = number == 4
                if in_spans:
                    spans += [span(call, dice.uuid()), span(call, dice.uuid(), name="invoke_agent")]
                truth.add(_placed(call, call.at if in_spans else closes, in_spans=in_spans))
        if number == 5:  # killed
            lines.append(started(session, dice.later(), project, "session.resume"))
            for _ in range(2):
                at, output = dice.later(), dice.between(5, 400)
                lines.append(said(at, dice.uuid(), output))
                truth.add(Call(session, at, None, project, None, None, None, output))
        path = home / ".copilot" / "session-state" / session / "events.jsonl"
        write_lines(path, lines, torn='{"type":"session.shut')
    write_lines(home / ".copilot" / "otel" / "spans.jsonl", spans)
    return truth


def _run(dice: Dice, lines: list[Line | str], session: str, project: str) -> list[Call]:
    """What one process does: a request to one model or to each."""
    calls = []
    for model in MODELS[: dice.between(1, 2)]:
        call = dice.call(session, project, model)
        calls.append(call)
        assert call.output is not None
        first = call.output // 3
        lines.append(event("user.message", dice.at - 1, dice.uuid(), {"content": "outputTokens"}))
        lines.append(said(call.at - 0.5, dice.uuid(), first))
        lines.append(said(call.at, dice.uuid(), call.output - first))
    return calls


def _placed(call: Call, at: float, *, in_spans: bool) -> Call:
    """As a report has it: a sum stands where its run ended, a span is one request without a folder."""
    from dataclasses import replace

    if in_spans:
        return replace(call, requests=1)
    return replace(call, at=at)
