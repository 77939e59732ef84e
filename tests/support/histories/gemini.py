"""Gemini CLI's chats, with the traps of spec/usage-sources.md 3.3."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from support.histories.lines import Line, write_lines
from support.histories.truth import Call, Dice, Truth, iso

AGENT = "gemini"
MODELS = ("gemini-2.5-pro", "gemini-3-flash")


def message(call: Call, identity: str, *, tool: int = 0, with_tokens: bool = True) -> Line:
    """A reply; `tool` is the part of its input that came from tools."""
    record: Line = {
        "id": identity,
        "timestamp": iso(call.at),
        "type": "gemini",
        "content": "ok",
        "thoughts": [],
        "model": call.model,
    }
    if with_tokens:
        assert call.input is not None
        assert call.output is not None
        cached, thoughts = call.cache_read or 0, call.reasoning or 0
        given, output = call.input - tool + cached, call.output - thoughts
        record["tokens"] = {
            "input": given,
            "output": output,
            "cached": cached,
            "thoughts": thoughts,
            "tool": tool,
            "total": given + output + thoughts + tool,
        }
    return record


def header(session: str, at: float, kind: str = "main") -> Line:
    return {
        "sessionId": session,
        "projectHash": "9f",
        "startTime": iso(at),
        "lastUpdated": iso(at),
        "kind": kind,
    }


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    place = home / ".gemini" / "tmp"
    registry: dict[str, str] = {}
    for number in range(6):
        session, project = dice.uuid(), f"/home/dev/src/p{number % 3}"
        slug = f"p{number % 3}"
        if number % 3 == 0:
            (place / slug).mkdir(parents=True, exist_ok=True)
            (place / slug / ".project_root").write_text(project + "\n")
        else:
            registry[project] = slug
        chats = place / slug / "chats"
        lines: list[Line | str] = [header(session, dice.later())]
        whole: list[Line] = []
        for _ in range(dice.between(4, 9)):
            call, tool, identity = _call(dice, session, project)
            truth.add(call)
            whole.append(message(call, identity, tool=tool))
            lines += _appended(dice, call, identity, tool)
        stem = f"session-2026-09-03T10-00-{session[:8]}"
        write_lines(chats / f"{stem}.jsonl", lines, torn='{"id":"x","tok')
        match number:
            case 1:  # the older document stays when it is turned into lines
                document = {**header(session, dice.at), "messages": whole}
                (chats / f"{stem}.json").write_text(json.dumps(document, indent=2))
            case 2:  # the folder of an older installation, copied
                hashed = hashlib.sha256(project.encode()).hexdigest()
                shutil.copytree(place / slug, place / hashed)
            case 3:
                sub = dice.uuid()
                own: list[Line | str] = [header(sub, dice.later(), "subagent")]
                for _ in range(3):
                    call, tool, identity = _call(dice, sub, project)
                    truth.add(call)
                    own.append(message(call, identity, tool=tool))
                write_lines(chats / session / f"{sub}.jsonl", own)
    (home / ".gemini" / "projects.json").write_text(json.dumps({"projects": registry}))
    (place / "p0" / "logs.json").write_text('[{"tokens": {"input": 9}, "type": "gemini"}]')
    return truth


def _call(dice: Dice, session: str, project: str) -> tuple[Call, int, str]:
    tool, thoughts = dice.below(3) * 500, dice.below(200)
    call = Call(
        session=session,
        at=dice.later(),
        model=dice.pick(MODELS),
        project=project,
        input=dice.between(10, 9_000) + tool,
        cache_read=dice.between(0, 40_000),
        output=dice.between(5, 900) + thoughts,
        reasoning=thoughts,
    )
    return call, tool, dice.uuid()


def _appended(dice: Dice, call: Call, identity: str, tool: int) -> list[Line | str]:
    """A message as it is written again and again, wound back, and copied into a checkpoint."""
    done = message(call, identity, tool=tool)
    lines: list[Line | str] = [
        {"id": dice.uuid(), "timestamp": iso(call.at - 1), "type": "user", "content": "hi"},
        message(call, identity, with_tokens=False),
        done,
    ]
    if dice.chance(0.5):
        lines.append({**done, "toolCalls": [{"id": "t", "args": {"tokens": 1}}]})
    if dice.chance(0.2):
        lines.append({"$set": {"lastUpdated": iso(call.at), "messages": [done]}})
    if dice.chance(0.2):
        lines.append({"$rewindTo": identity})
    return lines
