"""Claude Code's transcripts: ``projects/**/*.jsonl`` (spec/usage-sources.md 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from clacky_tui.usage.entry import UsageEntry, count, to_pico
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.files import files_under, text_of

SYNTHETIC = "<synthetic>"
"""The "model" of messages that Claude Code writes itself, such as errors."""
_PARTIAL = "messages of which only a streamed part was saved"
_SIDECHAIN_RANK = 0
_MAIN_RANK = 1 << 50
"""Above any number of tokens, below 2**62."""
_SPEED_RANK = 1
_COUNTERS = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
)


class ClaudeReader(Reader):
    """One line per content block, each with the usage of the whole reply as far as it had come."""

    agent: ClassVar[str] = "claude"
    title: ClassVar[str] = "Claude Code"
    strategy: ClassVar[str] = "assistant lines of its transcripts, each reply once"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        named = machine.environ.get("CLAUDE_CONFIG_DIR", "").strip()
        if named:
            homes = [Path(each.strip()).expanduser() for each in named.split(",") if each.strip()]
        else:
            homes = [
                machine.home / ".claude",
                machine.folder("XDG_CONFIG_HOME", ".config") / "claude",
            ]
        return tuple(home if home.name == "projects" else home / "projects" for home in homes)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            for path in files_under(place, ".jsonl"):
                yield Source(path, "transcript")

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        best: dict[tuple[str, str], _Reply] = {}
        final: set[tuple[str, str]] = set()
        for line in json_objects(source.path, offset, reading, b'"usage"'):
            reply = _reply(line, source.path)
            if reply is None:
                continue
            place = (reply.session, reply.identity)
            if reply.message.get("stop_reason") is not None:
                final.add(place)
            known = best.get(place)
            if known is None or reply.rank >= known.rank:
                best[place] = reply
        for place, reply in best.items():
            entry = _entry(reply)
            if place not in final:
                entry.confidence = "lower-bound"
                reading.fact(_PARTIAL)
            reading.entries.append(entry)
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        partial = found.facts.get(_PARTIAL, 0)
        return (
            "supported",
            f"{partial:,} {_PARTIAL}; their output is a lower bound" if partial else "",
        )


class _Reply(NamedTuple):
    """A line that tells of a reply, as far as deciding among its copies needs."""

    session: str
    identity: str
    at: float
    rank: int
    line: dict[str, Any]
    message: dict[str, Any]
    usage: dict[str, Any]


def _reply(line: dict[str, Any], path: Path) -> _Reply | None:
    if line.get("type") != "assistant":
        return None
    message = line.get("message")
    usage = message.get("usage") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(usage, dict):
        return None
    at = instant(line.get("timestamp"))
    if at is None or message.get("model") == SYNTHETIC:
        return None
    tokens = sum(count(usage.get(name)) or 0 for name in _COUNTERS)
    main = _SIDECHAIN_RANK if line.get("isSidechain") else _MAIN_RANK
    rank = main + tokens * 2 + (_SPEED_RANK if usage.get("speed") else 0)
    session = text_of(line.get("sessionId")) or path.stem
    identity = text_of(message.get("id")) or f"{session}|{at}"
    return _Reply(session, identity, at, rank, line, message, usage)


def _entry(reply: _Reply) -> UsageEntry:
    usage, line = reply.usage, reply.line
    short, long, untimed = _writes(usage)
    entry = UsageEntry(
        session=reply.session,
        at=reply.at,
        model=text_of(reply.message.get("model")),
        key="",
        provider="anthropic",
        protocol="anthropic",
        project=text_of(line.get("cwd")),
        task=text_of(line.get("agentId")),
        input=count(usage.get("input_tokens")),
        cache_read=count(usage.get("cache_read_input_tokens")),
        cache_write_5m=short,
        cache_write_1h=long,
        cache_write_untimed=untimed,
        output=count(usage.get("output_tokens")),
        recorded_pico=to_pico(line.get("costUSD")) or None,
        rank=reply.rank,
    )
    # Some proxies give every reply one id: copies in other files have the same counters.
    entry.key = f"{reply.identity}|{entry.input}|{entry.cache_read}|{_written(entry)}"
    return entry


def _written(entry: UsageEntry) -> int:
    writes = (entry.cache_write_5m, entry.cache_write_1h, entry.cache_write_untimed)
    return sum(filter(None, writes))


def _writes(usage: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Cache writes of five minutes, of an hour, and of unknown life."""
    written = count(usage.get("cache_creation_input_tokens"))
    split = usage.get("cache_creation")
    if isinstance(split, dict):
        short = count(split.get("ephemeral_5m_input_tokens"))
        long = count(split.get("ephemeral_1h_input_tokens"))
        if short is not None or long is not None:
            rest = max(0, (written or 0) - (short or 0) - (long or 0))
            return short or 0, long or 0, rest
    return None, None, written
