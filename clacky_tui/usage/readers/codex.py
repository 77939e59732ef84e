"""Codex's rollouts: ``sessions/**/rollout-*.jsonl``, also compressed (spec/usage-sources.md 3.2)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

import msgspec

from clacky_tui.usage.entry import UsageEntry, count
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import json_object, lines_of, typed_object, whole_lines
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of

BURST_GAP_SECONDS = 1.0
"""A fork begins with its parent's lines, written within milliseconds of each other; measured gaps are
0 to 40 ms."""
_EXTERNAL_TURN = "external-import-turn-"
"""Turns of another program's session, imported."""
_COUNT_MARK = b'"token_count"'
_WANTED = (_COUNT_MARK, b'"turn_context"', b'"session_meta"', b'"usage"')
_ROLLOUT, _COMPRESSED, _EXEC = "rollout", "compressed rollout", "saved output"

_Total = tuple[int, int, int, int, int]


class _Counters(msgspec.Struct, gc=False):
    """Under their own names and those that saved output has had."""

    input_tokens: Any = None
    prompt_tokens: Any = None
    input: Any = None
    cached_input_tokens: Any = None
    cache_read_input_tokens: Any = None
    cached_tokens: Any = None
    cache_write_input_tokens: Any = None
    output_tokens: Any = None
    completion_tokens: Any = None
    output: Any = None
    reasoning_output_tokens: Any = None
    reasoning_tokens: Any = None


class _Info(msgspec.Struct, gc=False):
    total_token_usage: _Counters | None = None
    last_token_usage: _Counters | None = None
    model: Any = None


class _Payload(msgspec.Struct, gc=False):
    type: Any = None
    info: _Info | None = None
    model: Any = None


class _Line(msgspec.Struct, gc=False):
    """What is wanted of a line with counters."""

    type: Any = None
    timestamp: Any = None
    payload: _Payload | None = None


_COUNTS = msgspec.json.Decoder(_Line)


class CodexReader(Reader):
    """Counters that are repeated, restart and are copied into forks; what counts is their growth."""

    agent: ClassVar[str] = "codex"
    title: ClassVar[str] = "Codex"
    strategy: ClassVar[str] = "token counts of its rollouts, repeated and forked ones once"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        named = machine.environ.get("CODEX_HOME", "").strip()
        homes = [Path(each.strip()).expanduser() for each in named.split(",") if each.strip()]
        return tuple(homes or [machine.home / ".codex"])

    def find(self, machine: Machine) -> Iterator[Source]:
        for home in self.places(machine):
            folders = [home / "sessions", home / "archived_sessions"]
            there = [folder for folder in folders if folder.is_dir()]
            for folder in there:
                for path in files_under(folder, ".jsonl"):
                    yield Source(path, _ROLLOUT)
                for path in files_under(folder, ".jsonl.zst"):
                    yield Source(path, _COMPRESSED, can_grow=False)
            if not there and machine.environ.get("CODEX_HOME", "").strip():
                for path in files_under(home, ".jsonl"):
                    yield Source(path, _EXEC)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry=carry)
        thread = _Thread(source, carry)
        if source.kind != _COMPRESSED:
            thread.read(whole_lines(source.path, offset, reading, thread.marks), reading)
            return reading
        with _decompressed(source.path) as file:
            thread.read(lines_of(file, reading, thread.marks), reading)
        reading.offset = 0
        return reading


class _Thread:
    """One rollout. `carry` holds what later lines need: session, model, the counters so far."""

    def __init__(self, source: Source, carry: Carry) -> None:
        self._path = source.path
        self._name = source.path.name.partition(".jsonl")[0]
        self._is_output = source.kind == _EXEC
        self._carry = carry
        self.marks: list[bytes] = []
        """What a line must hold to matter; while it is empty, all lines do."""

    def read(self, lines: Iterator[bytes], reading: Reading) -> None:
        carry = self._carry
        for line in lines:
            if not carry.get("in burst"):
                if not self.marks and "session" in carry:
                    self.marks.extend(_WANTED)
                if _COUNT_MARK in line:
                    counted = typed_object(line, _COUNTS, reading)
                    if counted is not None and counted.type == "event_msg":
                        self._count(counted, reading)
                        continue
                elif not any(mark in line for mark in _WANTED):
                    continue
            found = json_object(line, reading)
            if found is None:
                continue
            self._watch_burst(found.get("timestamp"))
            payload = object_of(found.get("payload"))
            match found.get("type"):
                case "session_meta":
                    self._open(payload)
                case "turn_context":
                    self._turn(payload)
                case "event_msg" if payload.get("type") == "token_count":
                    counted = typed_object(line, _COUNTS, reading)
                    if counted is not None:
                        self._count(counted, reading)
                case kind if self._is_output or kind == "turn.completed":
                    self._executed(found, reading)

    def _watch_burst(self, written_at: object) -> None:
        """The copied lines of a fork end at the first pause."""
        carry = self._carry
        if carry.get("in burst") and (at := instant(written_at)) is not None:
            before = carry.get("burst at")
            if before is not None and at - before >= BURST_GAP_SECONDS:
                carry["in burst"] = False
            carry["burst at"] = at

    def _open(self, payload: dict[str, Any]) -> None:
        carry = self._carry
        if "session" in carry:  # a copied ancestor
            return
        carry["session"] = text_of(payload.get("id")) or self._name
        carry["project"] = text_of(payload.get("cwd"))
        carry["provider"] = text_of(payload.get("model_provider"))
        spawn = object_of(
            object_of(object_of(payload.get("source")).get("subagent")).get("thread_spawn")
        )
        parent = text_of(payload.get("forked_from_id")) or text_of(spawn.get("parent_thread_id"))
        parent = parent or text_of(payload.get("parent_thread_id"))
        carry["parent"] = parent
        carry["in burst"] = parent is not None
        carry["burst at"] = None

    def _turn(self, payload: dict[str, Any]) -> None:
        self._carry["model"] = text_of(payload.get("model")) or self._carry.get("model")
        turn = text_of(payload.get("turn_id")) or ""
        self._carry["external"] = turn.startswith(_EXTERNAL_TURN)

    def _count(self, line: _Line, reading: Reading) -> None:
        carry = self._carry
        if line.payload is None or line.payload.type != "token_count":
            return
        if (info := line.payload.info) is None:
            return
        total = _total(info.total_token_usage)
        previous: _Total | None = tuple(carry["total"]) if carry.get("total") else None
        if total is not None:
            carry["total"] = total
        if carry.get("in burst") or carry.get("external"):
            return
        if total is not None and total == previous:
            return  # said again
        last = _total(info.last_token_usage)
        if last is None:
            if total is None:
                return
            grown = previous is not None and all(
                now >= then for now, then in zip(total, previous, strict=True)
            )
            last = _difference(total, previous) if grown and previous else total
        model = carry.get("model") or text_of(info.model) or text_of(line.payload.model)
        reading.entries.append(self._entry(line.timestamp, model, last))

    def _executed(self, found: dict[str, Any], reading: Reading) -> None:
        """A line of saved ``codex exec --json`` output."""
        for holder in (found, *(object_of(found.get(k)) for k in ("data", "result", "response"))):
            try:
                used = _total(msgspec.convert(holder.get("usage"), _Counters | None))
            except msgspec.ValidationError:
                continue
            if used is not None:
                model = text_of(found.get("model")) or text_of(found.get("model_name"))
                model = model or text_of(object_of(found.get("metadata")).get("model"))
                model = model or self._carry.get("model")
                reading.entries.append(self._entry(found.get("timestamp"), model, used))
                return

    def _entry(self, written_at: object, model: str | None, used: _Total) -> UsageEntry:
        at, precision = moment(written_at, self._path)
        when = written_at
        if precision != "call":  # its place in the file tells it from others
            number = self._carry["untimed"] = self._carry.get("untimed", 0) + 1
            when = f"{self._name}|{number}"
        given, cached, written, output, reasoning = used
        cached = min(cached, given)
        written = min(written, given - cached)
        return UsageEntry(
            session=self._carry.get("session") or self._name,
            at=at,
            model=model,
            key=f"{when}|{model}|{'|'.join(map(str, used))}",
            precision=precision,
            provider=self._carry.get("provider") or "openai",
            protocol="openai-responses",
            project=self._carry.get("project"),
            parent_session=self._carry.get("parent"),
            input=given - cached - written,
            cache_read=cached,
            cache_write_untimed=written,
            output=output,
            reasoning=min(reasoning, output),
        )


def _total(used: _Counters | None) -> _Total | None:
    """Input with everything, its cached part, its written part, output, its reasoning part."""
    if used is None:
        return None
    given = _first(used.input_tokens, used.prompt_tokens, used.input)
    output = _first(used.output_tokens, used.completion_tokens, used.output)
    if given is None and output is None:
        return None
    cached = _first(used.cached_input_tokens, used.cache_read_input_tokens, used.cached_tokens)
    reasoning = _first(used.reasoning_output_tokens, used.reasoning_tokens)
    return (
        given or 0,
        cached or 0,
        count(used.cache_write_input_tokens) or 0,
        output or 0,
        (reasoning or 0),
    )


def _first(*values: object) -> int | None:
    for value in values:
        if (found := count(value)) is not None:
            return found
    return None


def _difference(total: _Total, previous: _Total) -> _Total:
    a, b, c, d, e = (now - then for now, then in zip(total, previous, strict=True))
    return a, b, c, d, e


@contextmanager
def _decompressed(path: Path) -> Iterator[IO[bytes]]:
    """The bytes in a zstd file.

    Raises:
        OSError: it cannot be read, or is damaged.
    """
    import zstandard

    try:
        with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
            yield io.BufferedReader(stream)
    except zstandard.ZstdError as error:
        raise OSError(f"damaged: {error}") from error
