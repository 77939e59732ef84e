"""Pi's sessions, with the traps of spec/usage-sources.md 3.9."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from support.histories.lines import Line, write_lines
from support.histories.truth import Call, Dice, Truth, iso

AGENT = "pi"
MODELS = (("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-5.4"))


def header(session: str, at: float, project: str | None, parent: str | None = None) -> Line:
    line: Line = {
        "type": "session",
        "version": 3,
        "id": session,
        "timestamp": iso(at),
        "cwd": project,
    }
    return line if parent is None else {**line, "parentSession": parent}


def entry(call: Call, identity: str, provider: str = "anthropic", long: int | None = None) -> Line:
    usd = float(call.usd or 0)
    usage: Line = {
        "input": call.input,
        "output": call.output,
        "cacheRead": call.cache_read,
        "cacheWrite": call.cache_write,
        "totalTokens": sum(
            filter(None, (call.input, call.output, call.cache_read, call.cache_write))
        ),
        "cost": {"input": 0, "output": usd, "cacheRead": 0, "cacheWrite": 0, "total": usd},
    }
    if long is not None:
        usage["cacheWrite1h"] = long
    return {
        "type": "message",
        "id": identity,
        "parentId": "a1b2c3d4",
        "timestamp": iso(call.at),
        "message": {
            "role": "assistant",
            "content": [],
            "api": "anthropic-messages",
            "provider": provider,
            "model": call.model,
            "usage": usage,
            "stopReason": "stop",
            "timestamp": round(call.at * 1000),
        },
    }


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    place = home / ".pi" / "agent" / "sessions"
    for number in range(5):
        session, project = dice.uuid(), f"/home/dev/src/{dice.pick(('alpha', 'beta'))}"
        folder = place / f"--{project[1:].replace('/', '-')}--"
        lines: list[Line | str] = [header(session, dice.later(), project)]
        for _ in range(dice.between(4, 10)):
            lines += _lines(dice, truth, session, project)
        path = write_lines(folder / _name(dice, session), lines, torn='{"type":"mess')
        if number in (1, 2):
            fork = dice.uuid()
            copied: list[Line | str] = [
                header(fork, dice.later(), project, str(path)),
                *lines[1:],
                *_lines(dice, truth, fork, project),
            ]
            # A folder that comes first: only the header says which of the two is the copy.
            write_lines(place / "--a--" / _name(dice, fork), copied)
    return truth


def _name(dice: Dice, session: str) -> str:
    return f"{datetime.fromtimestamp(dice.at, UTC):%Y-%m-%dT%H-%M-%S-000Z}_{session}.jsonl"


def _lines(dice: Dice, truth: Truth, session: str, project: str) -> list[Line]:
    provider, model = dice.pick(MODELS)
    call = truth.add(
        Call(
            session=session,
            at=dice.later(),
            model=model,
            project=project,
            input=dice.between(1, 900),
            cache_read=dice.between(0, 50_000),
            cache_write=dice.between(0, 900),
            output=dice.between(5, 900),
            usd=str(Decimal(dice.between(1, 90_000)).scaleb(-6)) if dice.chance(0.7) else None,
        )
    )
    nothing = Call(session, dice.at, model, project)
    failed = entry(nothing, dice.name(""), provider)
    failed["message"]["stopReason"] = "aborted"
    return [
        {
            "type": "message",
            "id": dice.name(""),
            "timestamp": iso(call.at - 1),
            "message": {"role": "user", "content": '"role":"assistant" "usage":'},
        },
        entry(call, dice.name(""), provider, long=(call.cache_write or 0) // 2),
        {"type": "compaction", "id": dice.name(""), "timestamp": iso(call.at), "summary": "usage"},
        failed,
    ]
