"""Claude Code's transcripts: ``projects/**/*.jsonl`` (spec/usage-sources.md 3.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from clacky_tui.usage.entry import Tokens, UsageEntry, count, to_pico
from clacky_tui.usage.lines import typed_objects
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of

SYNTHETIC = "<synthetic>"
"""The "model" of messages that Claude Code writes itself, such as errors."""
_TRANSCRIPT, _STATISTICS = "transcript", "statistics"
_MAIN_RANK = 1 << 50
"""Above any number of tokens, below 2**62."""


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
                yield Source(path, _TRANSCRIPT)
            statistics = place.with_name("stats-cache.json")
            if statistics.is_file():
                yield Source(statistics, _STATISTICS, can_grow=False)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry=carry)
        if source.kind == _STATISTICS:
            _note_days(source.path, reading)
            return reading
        replies: dict[tuple[str, str], _Reply] = {}
        done: list[_Reply] = []
        stem = source.path.stem
        for line in typed_objects(source.path, offset, reading, _LINES):
            if line.type != "assistant" or (message := line.message) is None:
                continue
            if (usage := message.usage) is None or message.model == SYNTHETIC:
                continue
            session = line.sessionId or stem
            identity = message.id or f"{session}|{line.timestamp}"
            place = (session, identity)
            rank, final = _rank(line, message, usage), message.stop_reason is not None
            known = replies.get(place)
            if known is not None and not (known.final and known.given != _given(usage)):
                known.final = known.final or final
                if rank >= known.rank:
                    known.line, known.message, known.usage, known.rank = line, message, usage, rank
                continue
            # Behind a finished reply the same id is a proxy's that gives every reply one.
            if known is not None:
                done.append(known)
            replies[place] = _Reply(session, identity, line, message, usage, rank, final)
        went_on = carry.pop("open", None)
        for reply in (*done, *replies.values()):
            entry = _entry(reply, source.path)
            if went_on is not None and went_on[:2] == [reply.session, reply.identity]:
                entry.key, went_on = went_on[2], None
            reading.entries.append(entry)
        if replies and not reply.final:
            carry["open"] = [reply.session, reply.identity, entry.key]
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        reasons = []
        if found.lower_bounds:
            reasons.append(
                f"{found.lower_bounds:,} replies were saved only in part;"
                " their output is a lower bound"
            )
        first = "" if found.first_at is None else _day(found.first_at)
        gone = [tokens for day, tokens in found.facts.items() if not first or day < first]
        if gone:
            reasons.append(
                f"transcripts of {len(gone):,} days before {first or 'now'} are gone;"
                f" its statistics tell of about {sum(gone):,} tokens in them"
            )
        return "supported", "; ".join(reasons)


def _note_days(path: Path, reading: Reading) -> None:
    """Claude Code's own statistics outlive the transcripts it deletes: tokens by day, as facts."""
    try:
        days = object_of(json.loads(path.read_bytes())).get("dailyModelTokens")
    except ValueError as error:
        raise OSError(f"no JSON: {error}") from error
    for day in days if isinstance(days, list) else ():
        date = text_of(object_of(day).get("date"))
        tokens = object_of(object_of(day).get("tokensByModel")).values()
        if date is not None:
            reading.fact(date, sum(filter(None, map(count, tokens))))


def _day(at: int) -> str:
    return str(datetime.fromtimestamp(at / 1000).astimezone().date())


class _Writes(msgspec.Struct, gc=False):
    """``message.usage.cache_creation``."""

    ephemeral_5m_input_tokens: Tokens = None
    ephemeral_1h_input_tokens: Tokens = None


class _Usage(msgspec.Struct, gc=False):
    input_tokens: Tokens = None
    cache_creation_input_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    output_tokens: Tokens = None
    cache_creation: _Writes | None = None
    speed: Any = None


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    stop_reason: Any = None
    usage: _Usage | None = None


class _Line(msgspec.Struct, gc=False):
    """What is wanted of a line; the rest, which is most of it, is never built."""

    type: Any = None
    timestamp: Any = None
    sessionId: str | None = None
    cwd: str | None = None
    isSidechain: Any = None
    agentId: str | None = None
    costUSD: Any = None
    message: _Message | None = None


_LINES = msgspec.json.Decoder(_Line)


class _Reply(msgspec.Struct, gc=False):
    """A reply as far as its lines have told: the one of highest rank, the last among equals."""

    session: str
    identity: str
    line: _Line
    message: _Message
    usage: _Usage
    rank: int
    final: bool
    """Whether a line has said why it ended."""

    @property
    def given(self) -> tuple[object, ...]:
        return _given(self.usage)


def _given(usage: _Usage) -> tuple[object, ...]:
    return usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens


def _rank(line: _Line, message: _Message, usage: _Usage) -> int:
    """Main before sidechain, then more tokens, then the finished line, then the one with a speed."""
    tokens = (
        (usage.input_tokens or 0)
        + (usage.cache_creation_input_tokens or 0)
        + (usage.cache_read_input_tokens or 0)
        + (usage.output_tokens or 0)
    )
    rank = tokens * 4 + (message.stop_reason is not None) * 2 + bool(usage.speed)
    return rank if line.isSidechain else _MAIN_RANK + rank


def _entry(reply: _Reply, path: Path) -> UsageEntry:
    usage, line = reply.usage, reply.line
    short, long, untimed = _writes(usage)
    at, precision = moment(line.timestamp, path)
    model = reply.message.model or None
    given, read = usage.input_tokens, usage.cache_read_input_tokens
    written = (short or 0) + (long or 0) + (untimed or 0)
    # Some proxies give every reply one id: copies in other files have the same counters.
    key = f"{reply.identity}|{given}|{read}|{written}"
    # Other models come through a proxy, and the transcript does not say whose.
    provider = "anthropic" if model is not None and model.startswith("claude") else None
    recorded = None if line.costUSD is None else to_pico(line.costUSD) or None
    return UsageEntry(  # by place, as naming so many fields takes ten times as long
        reply.session,
        at,
        model,
        key,
        provider,
        "anthropic",
        line.cwd or None,
        None,  # parent session
        line.agentId or None,
        given,
        read,
        short,
        long,
        untimed,
        usage.output_tokens,
        None,  # reasoning
        1,
        recorded,
        rank=reply.rank,
        precision=precision,
        confidence="exact" if reply.final else "lower-bound",
    )


def _writes(usage: _Usage) -> tuple[int | None, int | None, int | None]:
    """Cache writes of five minutes, of an hour, and of unknown life."""
    written, split = usage.cache_creation_input_tokens, usage.cache_creation
    if split is not None:
        short, long = split.ephemeral_5m_input_tokens, split.ephemeral_1h_input_tokens
        if short is not None or long is not None:
            rest = max(0, (written or 0) - (short or 0) - (long or 0))
            return short or 0, long or 0, rest
    return None, None, written
