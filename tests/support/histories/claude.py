"""Claude Code's transcripts, with the traps of spec/usage-sources.md 3.1."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from support.histories.lines import Line, text_of, write_lines
from support.histories.truth import Call, Dice, Truth, iso

AGENT = "claude"
MODELS = ("claude-sonnet-4-6", "claude-opus-4-6", "glm-4.7")


def reply_lines(
    call: Call,
    *,
    identity: str,
    request: str | None,
    steps: tuple[int, ...],
    final: bool = True,
    split: bool = True,
    **extra: Any,
) -> list[Line]:
    """One reply as Claude Code writes it: a line per content block, output growing by `steps`."""
    written = call.cache_write or 0
    lines = []
    for number, output in enumerate(steps):
        usage: Line = {
            "input_tokens": call.input,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": call.cache_read,
            "output_tokens": output,
            "service_tier": "standard",
        }
        if split:
            usage["cache_creation"] = {
                "ephemeral_5m_input_tokens": written // 3,
                "ephemeral_1h_input_tokens": written - written // 3,
            }
        last = final and number == len(steps) - 1
        line: Line = {
            "type": "assistant",
            "timestamp": iso(call.at + number / 1000),
            "sessionId": call.session,
            "cwd": call.project,
            "version": "2.1.44",
            "isSidechain": False,
            "message": {
                "id": identity,
                "model": call.model,
                "role": "assistant",
                "content": [{"type": "text", "text": 'it said "usage": {"input_tokens": 9}'}],
                "stop_reason": "end_turn" if last else None,
                "usage": usage,
            },
            **extra,
        }
        if request is not None:
            line["requestId"] = request
        lines.append(line)
    return lines


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    roots = (home / ".claude" / "projects", home / ".config" / "claude" / "projects")
    for number in range(6):
        session, project = dice.uuid(), f"/home/dev/src/{dice.pick(('alpha', 'beta.x', 'g a'))}"
        folder = roots[0] / re.sub(r"[^a-zA-Z0-9]", "-", project)
        path = folder / f"{session}.jsonl"
        if number == 4:
            path = folder / session / "conversation.jsonl"
        lines: list[Line | str] = [_user(session, project, dice)]
        replies: list[tuple[Call, str]] = []
        for _ in range(dice.between(6, 14)):
            call, identity = _call(dice, session, project), dice.name("msg_")
            lines += _reply(dice, call, identity)
            truth.add(call)
            replies.append((call, identity))
            lines += _noise(dice, call, identity)
        _add_odd_ones(dice, truth, lines, session, project)
        torn = text_of(lines[-1])[:-20] if dice.chance(0.5) else ""
        write_lines(path, lines, torn=torn)
        match number:
            case 1:
                _add_subagent(dice, truth, folder, replies)
            case 2:
                _add_resumed(dice, truth, path, lines, project)
            case 3:  # synced dotfiles
                copy = roots[1] / path.relative_to(roots[0])
                copy.parent.mkdir(parents=True)
                shutil.copy(path, copy)
    return truth


def _call(dice: Dice, session: str, project: str | None, model: str | None = None) -> Call:
    return Call(
        session=session,
        at=dice.later(),
        model=model or dice.pick(MODELS),
        project=project,
        input=dice.between(3, 400),
        cache_read=dice.between(0, 90_000),
        cache_write=dice.between(0, 6_000),
        output=dice.between(20, 3_000),
    )


def _reply(dice: Dice, call: Call, identity: str) -> list[Line]:
    assert call.output is not None
    blocks = dice.between(1, 4)
    steps = (*sorted(dice.between(1, call.output) for _ in range(blocks - 1)), call.output)
    return reply_lines(
        call,
        identity=identity,
        request=dice.name("req_") if dice.chance(0.9) else None,
        steps=steps,
        split=dice.chance(0.8),
    )


def _user(session: str, project: str, dice: Dice) -> Line:
    return {
        "type": "user",
        "timestamp": iso(dice.at),
        "sessionId": session,
        "cwd": project,
        "message": {"role": "user", "content": 'quote: {"type":"assistant","usage":{"x":1}}'},
    }


def _noise(dice: Dice, call: Call, identity: str) -> list[Line | str]:
    """Lines that tell of a reply and are none: progress of a sub-agent, errors, damage."""
    (nested,) = reply_lines(call, identity=identity, request="req_p", steps=(9_999,))
    noise: list[Line | str] = []
    if dice.chance(0.2):
        noise.append({"type": "progress", "data": {"message": nested}, "timestamp": iso(dice.at)})
    if dice.chance(0.2):
        message = {
            "id": dice.uuid(),
            "model": "<synthetic>",
            "role": "assistant",
            "stop_reason": "stop_sequence",
            "content": [{"type": "text", "text": "Claude AI usage limit reached|1788480000"}],
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        noise.append({**nested, "isApiErrorMessage": True, "message": message})
    if dice.chance(0.1):
        noise.append('{"type":"assistant","message":{"usage":{"input_tokens":')
    return noise


def _add_odd_ones(
    dice: Dice, truth: Truth, lines: list[Line | str], session: str, project: str
) -> None:
    """A reply that recorded its cost, and one of which only the first part was saved."""
    old = truth.add(
        Call(session, dice.later(), MODELS[0], project, 50, 1_000, 0, 80, usd="0.012345")
    )
    lines += reply_lines(
        old, identity=dice.name("msg_"), request=None, steps=(80,), split=False, costUSD=0.012345
    )
    cut = truth.add(Call(session, dice.later(), MODELS[1], project, 12, 500, 30, 4))
    lines += reply_lines(
        cut, identity=dice.name("msg_"), request="req_cut", steps=(1, 4), final=False
    )


def _add_subagent(dice: Dice, truth: Truth, folder: Path, replies: list[tuple[Call, str]]) -> None:
    """Repeats the parent's replies under other request ids, and has replies of its own."""
    parent, _ = replies[0]
    lines: list[Line | str] = []
    for call, identity in replies[:3]:
        assert call.output is not None
        lines += reply_lines(
            call, identity=identity, request=dice.name("req_"), steps=(call.output,),
            isSidechain=True, agentId="a1",
        )  # fmt: skip
    for _ in range(4):
        call = truth.add(_call(dice, parent.session, parent.project))
        assert call.output is not None
        lines += reply_lines(
            call, identity=dice.name("msg_"), request=dice.name("req_"), steps=(2, call.output),
            isSidechain=True, agentId="a1",
        )  # fmt: skip
    write_lines(folder / parent.session / "subagents" / "agent-a1.jsonl", lines)


def _add_resumed(
    dice: Dice, truth: Truth, path: Path, lines: list[Line | str], project: str
) -> None:
    """Begins with the earlier session's lines under its own id. Nothing says which of two equal lines
    was first, so the path decides; ids are made so that it is the earlier one."""
    session = "f" + dice.uuid()[1:]
    copied = [{**line, "sessionId": session} if isinstance(line, dict) else line for line in lines]
    own: list[Line | str] = []
    for _ in range(3):
        call = truth.add(_call(dice, session, project))
        own += _reply(dice, call, dice.name("msg_"))
    write_lines(path.with_name(f"{session}.jsonl"), [*copied, *own])
