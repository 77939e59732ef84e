"""Codex's rollouts, with the traps of spec/usage-sources.md 3.2."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import zstandard

from support.histories.lines import Line, write_lines
from support.histories.truth import Call, Dice, Truth, iso

AGENT = "codex"
MODELS = ("gpt-5.4", "gpt-5.3-codex", "codex-auto-review")
_NAMES = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")


@dataclass
class Rollout:
    """A rollout as it is written: its counters grow with every call."""

    session: str
    project: str
    totals: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    lines: list[Line | str] = field(default_factory=list)

    def say(self, at: float, kind: str, payload: Line) -> None:
        self.lines.append({"timestamp": iso(at), "type": kind, "payload": payload})

    def open(self, at: float, **extra: Any) -> None:
        meta = {
            "id": self.session,
            "timestamp": iso(at),
            "cwd": self.project,
            "cli_version": "0.145.0",
            "source": "cli",
            "model_provider": "openai",
            **extra,
        }
        self.say(at, "session_meta", meta)

    def turn(self, at: float, model: str | None) -> None:
        self.say(at, "turn_context", {"cwd": self.project, "model": model, "effort": "medium"})

    def call(
        self, at: float, used: tuple[int, int, int, int], *, last: bool = True, legacy: bool = False
    ) -> None:
        self.totals = [a + b for a, b in zip(self.totals, used, strict=True)]
        self.count(at, used if last else None, legacy=legacy)

    def count(
        self, at: float, used: tuple[int, int, int, int] | None, *, legacy: bool = False
    ) -> None:
        info: Line = {"total_token_usage": _counters(self.totals, legacy=legacy)}
        if used is not None:
            info["last_token_usage"] = _counters(list(used), legacy=legacy)
        payload = {"type": "token_count", "info": info, "rate_limits": None}
        self.say(at, "event_msg", payload)


def _counters(values: list[int], *, legacy: bool) -> Line:
    counters: Line = dict(zip(_NAMES, values, strict=True))
    if not legacy:
        counters["total_tokens"] = values[0] + values[2]
    return counters


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    for number in range(7):
        rollout = Rollout(dice.uuid(), f"/home/dev/src/{dice.pick(('alpha', 'beta'))}")
        rollout.open(dice.later())
        _work(dice, truth, rollout, restart=number == 1, legacy=number == 2)
        path = _path(home, dice, rollout.session)
        match number:
            case 3:
                write_lines(home / ".codex" / "archived_sessions" / path.name, rollout.lines)
                write_lines(path, rollout.lines)
            case 4:
                write_lines(path, rollout.lines)
                compress(path)
            case _:
                write_lines(path, rollout.lines, torn='{"timestamp":"2026-09')
        if number in (0, 5):
            _add_fork(home, dice, truth, rollout, subagent=number == 5)
        if number == 6:
            _add_old_fork(home, dice, truth, rollout)
    return truth


def compress(path: Path) -> Path:
    packed = path.with_name(path.name + ".zst")
    packed.write_bytes(zstandard.ZstdCompressor().compress(path.read_bytes()))
    path.unlink()
    return packed


def _path(home: Path, dice: Dice, session: str) -> Path:
    at = datetime.fromtimestamp(dice.at, UTC)
    name = f"rollout-{at:%Y-%m-%dT%H-%M-%S}-{session}.jsonl"
    return home / ".codex" / "sessions" / f"{at:%Y/%m/%d}" / name


def _work(
    dice: Dice, truth: Truth, rollout: Rollout, *, restart: bool = False, legacy: bool = False
) -> None:
    model: str | None = None
    if dice.chance(0.8):
        model = dice.pick(MODELS)
        rollout.turn(dice.at + 0.01, model)
    for number in range(dice.between(5, 12)):
        if dice.chance(0.2):
            model = dice.pick(MODELS)
            rollout.turn(dice.later(), model)
        if restart and number == 3:
            rollout.totals = [0, 0, 0, 0]
        used = _used(dice)
        at = dice.later()
        # A counter that restarts is only told by what the last response used.
        rollout.call(at, used, last=restart or dice.chance(0.8), legacy=legacy)
        truth.add(_call(rollout, at, model, used))
        if dice.chance(0.5):  # said again, with nothing new
            rollout.count(dice.later(), used, legacy=legacy)
        if dice.chance(0.3):
            rollout.say(dice.later(), "event_msg", {"type": "token_count", "info": None})
        if dice.chance(0.3):
            quoted = 'it wrote {"type":"token_count","info":{}} and "turn_context"'
            rollout.say(dice.later(), "response_item", {"type": "message", "content": quoted})


def _used(dice: Dice) -> tuple[int, int, int, int]:
    given, output = dice.between(500, 90_000), dice.between(10, 4_000)
    return given, dice.below(given), output, dice.below(output)


def _call(rollout: Rollout, at: float, model: str | None, used: tuple[int, int, int, int]) -> Call:
    given, cached, output, reasoning = used
    return Call(
        session=rollout.session,
        at=at,
        model=model,
        project=rollout.project,
        input=given - cached,
        cache_read=cached,
        output=output,
        reasoning=reasoning,
    )


def _add_fork(home: Path, dice: Dice, truth: Truth, parent: Rollout, *, subagent: bool) -> None:
    """Repeats the parent's lines within some milliseconds under new times, then goes on from there."""
    fork = Rollout(dice.uuid(), parent.project, totals=list(parent.totals))
    at = dice.later()
    if subagent:
        spawn = {"thread_spawn": {"parent_thread_id": parent.session}}
        fork.open(at, source={"subagent": spawn})
    else:
        fork.open(at, forked_from_id=parent.session)
    for line in parent.lines:
        at += 0.002
        assert isinstance(line, dict)
        fork.lines.append({**line, "timestamp": iso(at)})
    dice.at = at
    dice.later(2.0)
    model = dice.pick(MODELS)
    fork.turn(dice.at, model)
    for _ in range(4):
        used, at = _used(dice), dice.later()
        fork.call(at, used, last=dice.chance(0.5))
        truth.add(_call(fork, at, model, used))
    write_lines(_path(home, dice, fork.session), fork.lines)


def _add_old_fork(home: Path, dice: Dice, truth: Truth, parent: Rollout) -> None:
    """Repeats the parent's lines with the times they had."""
    fork = Rollout(dice.uuid(), parent.project, totals=list(parent.totals))
    fork.open(dice.later(), forked_from_id=parent.session)
    fork.lines += parent.lines
    model = dice.pick(MODELS)
    fork.turn(dice.later(2.0), model)
    for _ in range(3):
        used, at = _used(dice), dice.later()
        fork.call(at, used)
        truth.add(_call(fork, at, model, used))
    write_lines(_path(home, dice, fork.session), fork.lines)
