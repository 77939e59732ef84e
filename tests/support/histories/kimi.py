"""kimi-cli's and Kimi Code's wires, with the traps of spec/usage-sources.md 3.6."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from support.histories.lines import Line, write_lines
from support.histories.truth import Call, Dice, Truth

AGENT = "kimi"
CLI_MODEL = "kimi-k2.5"
CODE_MODELS = ("kimi-k3", "kimi-k3-thinking")


def status(call: Call, identity: str | None) -> Line:
    """kimi-cli's ``StatusUpdate`` after a step."""
    return {
        "type": "StatusUpdate",
        "payload": {
            "context_usage": 0.21,
            "token_usage": {
                "input_other": call.input,
                "output": call.output,
                "input_cache_read": call.cache_read,
                "input_cache_creation": call.cache_write,
            },
            "message_id": identity,
            "plan_mode": False,
        },
    }


def at_time(call: Call, message: Line) -> Line:
    return {"timestamp": call.at, "message": message}


def record(call: Call) -> Line:
    """Kimi Code's ``usage.record``; a counter that is 0 may be missing."""
    counters = {
        "inputOther": call.input,
        "output": call.output,
        "inputCacheRead": call.cache_read,
        "inputCacheCreation": call.cache_write,
    }
    return {
        "type": "usage.record",
        "model": "kimi-code/k3",
        "usage": {name: value for name, value in counters.items() if value},
        "usageScope": "turn",
        "time": round(call.at * 1000),
    }


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    _write_cli(home / ".kimi", dice, truth)
    _write_code(home / ".kimi-code" / "sessions", dice, truth)
    return truth


def _write_cli(home: Path, dice: Dice, truth: Truth) -> None:
    projects = ["/home/dev/src/alpha", "/home/dev/src/beta"]
    for number in range(4):
        session, project = dice.uuid(), projects[number % 2]
        hashed = hashlib.md5(project.encode(), usedforsecurity=False).hexdigest()
        folder = home / "sessions" / hashed / session
        lines: list[Line | str] = [{"type": "metadata", "protocol_version": "1.2"}]
        for step in range(dice.between(3, 8)):
            call = truth.add(_call(dice, session, project, CLI_MODEL))
            identity = dice.name("chatcmpl-") if step else None
            lines.append(at_time(call, status(call, identity)))
            only_status = {"type": "StatusUpdate", "payload": {"token_usage": None}}
            lines.append(at_time(call, only_status))
        if number == 1:
            own: list[Line | str] = [lines[0]]
            for _ in range(3):
                call = truth.add(_call(dice, session, project, CLI_MODEL))
                said = status(call, dice.name("chatcmpl-"))
                own.append(at_time(call, said))
                wrapped = {"type": "SubagentEvent", "payload": {"agent_id": "a1", "event": said}}
                twice = {"type": "SubagentEvent", "payload": {"agent_id": "a0", "event": wrapped}}
                lines.append(at_time(call, dice.pick((wrapped, twice))))
            write_lines(folder / "subagents" / "a1" / "wire.jsonl", own)
        write_lines(folder / "wire.jsonl", lines, torn='{"timestamp": 17')
    work_dirs = [{"path": project, "kaos": "local"} for project in projects]
    (home / "kimi.json").write_text(json.dumps({"work_dirs": work_dirs}))
    settings = f'default_model = "mine"\n[models.mine]\nprovider = "p"\nmodel = "{CLI_MODEL}"\n'
    (home / "config.toml").write_text(settings)


def _write_code(place: Path, dice: Dice, truth: Truth) -> None:
    for number in range(4):
        session, project = f"session_{dice.uuid()}", f"/home/dev/src/p{number % 2}"
        folder = place / f"wd_p_{hashlib.sha256(project.encode()).hexdigest()[:12]}" / session
        agents = ["main", "agent-1"] if number == 1 else ["main"]
        copied: list[Line | str] = []
        for agent in agents:
            lines: list[Line | str] = []
            for _ in range(dice.between(3, 8)):
                call = truth.add(_call(dice, session, project, dice.pick(CODE_MODELS)))
                lines += _code_lines(call)
            write_lines(folder / "agents" / agent / "wire.jsonl", lines, torn='{"type":')
            copied = copied or lines
        (folder / "state.json").write_text(json.dumps({"workDir": project}))
        if number == 2:
            fork = f"session_0{dice.uuid()[1:]}"
            call = truth.add(_call(dice, fork, project, CODE_MODELS[0]))
            path = folder.with_name(fork) / "agents" / "main" / "wire.jsonl"
            write_lines(path, [*copied, *_code_lines(call)])
            state = {"cwd": project, "forkedFrom": session}
            (folder.with_name(fork) / "state.json").write_text(json.dumps(state))


def _call(dice: Dice, session: str, project: str, model: str) -> Call:
    return Call(
        session=session,
        at=dice.later(),
        model=model,
        project=project,
        input=dice.between(1, 5_000),
        cache_read=dice.between(0, 60_000),
        cache_write=dice.below(2) * dice.between(1, 900),
        output=dice.between(5, 900),
    )


def _code_lines(call: Call) -> list[Line]:
    asked = {"type": "llm.request", "kind": "loop", "provider": "kimi", "model": call.model}
    said = record(call)
    again = {"type": "step.end", "usage": said["usage"]}
    return [
        {**asked, "time": said["time"] - 900},
        {"type": "context.append_loop_event", "event": again, "time": said["time"]},
        said,
    ]
