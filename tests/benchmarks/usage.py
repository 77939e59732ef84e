"""Indexing a gigabyte of other agents' histories, beside ccusage reading the same in the same run.

    python tests/benchmarks/usage.py [--megabytes 1100] [--rounds 3] [--ccusage PATH] [--keep FOLDER]

ccusage is the npm package's command; it has no cache, so that each of its reports reads everything.
Absolute figures belong to the machine; the ratios travel. The tree is deleted afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests")]

SAMPLE_SECONDS = 0.02
CLAUDE_SHARE, CODEX_SHARE = 0.68, 0.28
WORDS = (
    "the",
    "test",
    "fails",
    "because",
    "a",
    "path",
    "is",
    "joined",
    "twice",
    "so",
    "it",
    "never",
)
GOALS = {"first index": 1.2, "second report": 0.15, "peak memory": 0.3}


@dataclass(frozen=True)
class Run:
    """One command: seconds by the clock, and the most memory of all its processes in MB (PSS)."""

    seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ccusage", default=shutil.which("ccusage") or "")
    parser.add_argument("--keep", type=Path, help="use this folder, and leave it")
    options = parser.parse_args()
    with _home(options.keep) as home:
        if not (home / "made").exists():
            files, lines, size = make_tree(home, options.megabytes * 1_000_000)
            (home / "made").write_text(f"{files:,} files, {lines:,} lines, {size / 1e9:.2f} GB")
        print((home / "made").read_text(), flush=True)
        report(home, options.ccusage, options.rounds)


@contextlib.contextmanager
def _home(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def report(home: Path, ccusage: str, rounds: int) -> None:
    environ = {**os.environ, "HOME": str(home), "CLACKY_HOME": str(home / "clacky")}
    environ |= {"PYTHONPATH": str(ROOT), "TZ": "UTC"}
    ours = [sys.executable, "-m", "clacky_tui", "usage", "--by", "day", "--json"]
    theirs = [ccusage, "daily", "--json", "--offline"] if ccusage else []
    found: dict[str, list[Run]] = {}
    for number in range(rounds):
        shutil.rmtree(home / "clacky", ignore_errors=True)
        # Both in turn, so that what else the machine does falls on both.
        commands = {"ccusage": theirs, "first index": ours, "ccusage again": theirs}
        for name, command in (commands | {"second report": ours}).items():
            if command:
                found.setdefault(name, []).append(measured(command, environ))
                run = found[name][-1]
                line = f"{number + 1} {name:14} {run.seconds:7.2f} s {run.megabytes:7.0f} MB"
                print(line, flush=True)
    size = sum(file.stat().st_size for file in (home / "clacky").rglob("usage.sqlite*"))
    print(f"index {size / 1e6:,.0f} MB")
    if not theirs:
        print("ccusage was not found: no ratios (npm i ccusage, then --ccusage PATH)")
        return
    peer = [*found["ccusage"], *found["ccusage again"]]
    seconds, memory = _seconds(peer), median(run.megabytes for run in peer)
    ratios = {
        "first index": _seconds(found["first index"]) / seconds,
        "second report": _seconds(found["second report"]) / seconds,
        "peak memory": median(run.megabytes for run in found["first index"]) / memory,
    }
    for name, ratio in ratios.items():
        print(f"{name:14} {ratio:5.2f} of ccusage (goal <= {GOALS[name]})")


def _seconds(runs: Sequence[Run]) -> float:
    return median(run.seconds for run in runs)


def measured(command: Sequence[str], environ: dict[str, str]) -> Run:
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    most = 0.0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(SAMPLE_SECONDS):
            most = max(most, sum(map(_memory, _family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    if code:
        raise SystemExit(f"{command[0]} ended with {code}")
    return Run(seconds, most)


def _family(pid: int) -> list[int]:
    pids = [pid]
    for each in pids:
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{each}/task/{each}/children").read_text().split()
            pids += map(int, children)
    return pids


def _memory(pid: int) -> float:
    """What a process has in memory, its part of what it shares, in MB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("Pss:")), 0.0)


def make_tree(home: Path, size: int) -> tuple[int, int, int]:
    """Histories of about `size` bytes; returns files, lines and bytes."""
    from support.histories.every import HISTORIES

    dice = random.Random(1)
    done = [0, 0, 0]
    for share, write in ((CLAUDE_SHARE, _claude), (CODEX_SHARE, _codex)):
        until = done[2] + size * share
        while done[2] < until:
            text = write(home, dice)
            done = [done[0] + 1, done[1] + text.count(b"\n"), done[2] + len(text)]
    for agent in set(HISTORIES) - {"claude", "codex"}:
        HISTORIES[agent](home, 1)
    return done[0], done[1], done[2]


def _text(dice: random.Random, most: int) -> str:
    return " ".join(dice.choices(WORDS, k=dice.randrange(1, most)))


def _stamp(seconds: float) -> str:
    at = time.gmtime(seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S", at) + f".{int(seconds * 1000) % 1000:03d}Z"


def _claude(home: Path, dice: random.Random) -> bytes:
    """A transcript: per reply one to four lines, and one or two of tools and people."""
    session = f"{dice.getrandbits(128):032x}"
    project = f"/home/dev/src/p{dice.randrange(40)}"
    at = 1_780_000_000 + dice.random() * 8e6
    head = {"sessionId": session, "cwd": project, "version": "2.1.44", "isSidechain": False}
    model = dice.choice(("claude-sonnet-4-6", "claude-opus-4-6", "claude-haiku-4-5"))
    lines = []
    for _ in range(dice.randrange(20, 100)):
        identity, request = f"msg_{dice.getrandbits(64):016x}", f"req_{dice.getrandbits(64):016x}"
        usage = {
            "input_tokens": dice.randrange(500),
            "cache_creation_input_tokens": (written := dice.randrange(5000)),
            "cache_read_input_tokens": dice.randrange(120_000),
            "cache_creation": {
                "ephemeral_5m_input_tokens": written,
                "ephemeral_1h_input_tokens": 0,
            },
            "service_tier": "standard",
        }
        count = dice.randrange(1, 5)
        for number in range(count):
            at += dice.random() * 9
            last = number == count - 1
            message = {
                "id": identity,
                "model": model,
                "role": "assistant",
                "content": [{"type": "text", "text": _text(dice, 150)}],
                "stop_reason": "end_turn" if last else None,
                "usage": {**usage, "output_tokens": (number + 1) * 60},
            }
            line = {**head, "type": "assistant", "timestamp": _stamp(at), "requestId": request}
            lines.append(json.dumps({**line, "message": message}, separators=(",", ":")))
        for _ in range(dice.randrange(1, 4)):
            at += 1
            message = {"role": "user", "content": [{"type": "tool_result", "x": _text(dice, 400)}]}
            line = {**head, "type": "user", "timestamp": _stamp(at), "message": message}
            lines.append(json.dumps(line, separators=(",", ":")))
    folder = home / ".claude" / "projects" / project.replace("/", "-")
    return _write(folder / f"{session}.jsonl", lines)


def _codex(home: Path, dice: random.Random) -> bytes:
    """A rollout: of five lines one counts, and a third of the counts are said twice."""
    session = f"{dice.getrandbits(128):032x}"
    at = 1_780_000_000 + dice.random() * 8e6
    project = f"/home/dev/src/p{dice.randrange(40)}"
    meta = {"id": session, "cwd": project, "cli_version": "0.145.0", "model_provider": "openai"}
    context = {"cwd": project, "model": dice.choice(("gpt-5.4", "gpt-5.3-codex"))}
    lines = [_payload(at, "session_meta", meta), _payload(at, "turn_context", context)]
    totals = [0, 0, 0, 0]
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    for _ in range(dice.randrange(40, 200)):
        for _ in range(4):
            at += dice.random() * 6
            item = {"type": "message", "role": "assistant", "content": _text(dice, 80)}
            lines.append(_payload(at, "response_item", item))
        used = [given := dice.randrange(1, 90_000), dice.randrange(given), 300, 120]
        totals = [a + b for a, b in zip(totals, used, strict=True)]
        info = {
            name: {**dict(zip(names, values, strict=True)), "total_tokens": values[0] + values[2]}
            for name, values in (("total_token_usage", totals), ("last_token_usage", used))
        }
        counted = {"type": "token_count", "info": {**info, "model_context_window": 272_000}}
        for _ in range(2 if dice.random() < 0.3 else 1):
            at += 1
            lines.append(_payload(at, "event_msg", counted))
    day = time.strftime("%Y/%m/%d", time.gmtime(at))
    return _write(home / ".codex" / "sessions" / day / f"rollout-{session}.jsonl", lines)


def _payload(at: float, kind: str, payload: dict[str, object]) -> str:
    line = {"timestamp": _stamp(at), "type": kind, "payload": payload}
    return json.dumps(line, separators=(",", ":"))


def _write(path: Path, lines: Sequence[str]) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join((*lines, "")).encode()
    path.write_bytes(text)
    return text


if __name__ == "__main__":
    main()
