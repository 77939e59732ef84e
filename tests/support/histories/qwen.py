"""Qwen Code's chats, with the traps of spec/usage-sources.md 3.7."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.histories.lines import Line, write_lines
from support.histories.truth import Call, Dice, Truth, iso

AGENT = "qwen"
MODELS = ("qwen3-coder-plus", "qwen3-max")


def record(call: Call, identity: str, *, native: bool = False, **extra: Any) -> Line:
    """A reply; over a `native` Gemini wire the thoughts lie on top of the candidates."""
    assert call.input is not None
    assert call.output is not None
    cached, thoughts = call.cache_read or 0, call.reasoning or 0
    given = call.input + cached
    output = call.output - thoughts if native else call.output
    return {
        "uuid": identity,
        "parentUuid": "u0",
        "sessionId": call.session,
        "timestamp": iso(call.at),
        "type": "assistant",
        "cwd": call.project,
        "version": "0.23.4",
        "model": call.model,
        "usageMetadata": {
            "promptTokenCount": given,
            "candidatesTokenCount": output,
            "thoughtsTokenCount": thoughts,
            "cachedContentTokenCount": cached,
            "totalTokenCount": given + call.output,
        },
        **extra,
    }


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    for number in range(5):
        session, project = dice.uuid(), f"/home/dev/src/{dice.pick(('alpha', 'beta'))}"
        folder = home / ".qwen" / "projects" / project.replace("/", "-")
        lines: list[Line | str] = []
        for _ in range(dice.between(4, 10)):
            call = truth.add(_call(dice, session, project))
            lines += _with_noise(call, record(call, dice.uuid(), native=number == 4))
        write_lines(folder / "chats" / f"{session}.jsonl", lines, torn='{"uuid":')
        if number == 1:
            own = []
            for _ in range(3):
                call = truth.add(_call(dice, session, project))
                own.append(record(call, dice.uuid(), isSidechain=True, agentId="a1"))
            write_lines(folder / "subagents" / session / "agent-a1.jsonl", own)
        if number == 2:
            _branch(dice, truth, folder, lines, project)
    return truth


def _call(dice: Dice, session: str, project: str) -> Call:
    thoughts = dice.between(1, 100)
    return Call(
        session=session,
        at=dice.later(),
        model=dice.pick(MODELS),
        project=project,
        input=dice.between(10, 9_000),
        cache_read=dice.between(1, 30_000),
        output=thoughts + dice.between(5, 700),
        reasoning=thoughts,
    )


def _with_noise(call: Call, reply: Line) -> list[Line]:
    """Telemetry repeats the counts of every reply."""
    event = {"event.name": "qwen-code.api_response", "usageMetadata": reply["usageMetadata"]}
    telemetry = {
        **reply,
        "uuid": reply["uuid"][::-1],
        "type": "system",
        "subtype": "ui_telemetry",
        "systemPayload": {"uiEvent": event},
    }
    return [reply, telemetry]


def _branch(dice: Dice, truth: Truth, folder: Path, lines: list[Line | str], project: str) -> None:
    """Begins with the other session's records, which say where they are from."""
    session = "0" + dice.uuid()[1:]
    copied: list[Line | str] = [
        {
            **line,
            "sessionId": session,
            "forkedFrom": {"sessionId": line["sessionId"], "messageUuid": line["uuid"]},
        }
        for line in lines
        if isinstance(line, dict)
    ]
    call = truth.add(_call(dice, session, project))
    write_lines(folder / "chats" / f"{session}.jsonl", [*copied, record(call, dice.uuid())])
