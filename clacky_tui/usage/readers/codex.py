"""Codex's rollouts: ``sessions/**/rollout-*.jsonl``, also compressed (spec/usage-sources.md 3.2)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import json_object, lines_of, whole_lines
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of

BURST_GAP_SECONDS = 1.0
"""A fork begins with its parent's lines, written within milliseconds of each other; measured gaps are
0 to 40 ms."""
_EXTERNAL_TURN = "external-import-turn-"
"""Turns of another program's session, imported."""
_WANTED = (b'"token_count"', b'"turn_context"', b'"session_meta"', b'"usage"')
_ROLLOUT, _COMPRESSED, _EXEC = "rollout", "compressed rollout", "saved output"

_Total = tuple[int, int, int, int, int]


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
            thread.read(whole_lines(source.path, offset, reading), reading)
            return reading
        with _decompressed(source.path) as file:
            thread.read(lines_of(file, reading), reading)
        reading.offset = 0
        return reading


class _Thread:
    """One rollout. `carry` holds what later lines need: session, model, the counters so far."""

    def __init__(self, source: Source, carry: Carry) -> None:
        self._path = source.path
        self._name = source.path.name.partition(".jsonl")[0]
        self._is_output = source.kind == _EXEC
        self._carry = carry

    def read(self, lines: Iterator[bytes], reading: Reading) -> None:
        carry = self._carry
        for line in lines:
            if not carry.get("in burst") and not any(each in line for each in _WANTED):
                continue
            found = json_object(line, reading)
            if found is None:
                continue
            at = instant(found.get("timestamp"))
            self._watch_burst(at)
            payload = object_of(found.get("payload"))
            match found.get("type"):
                case "session_meta":
                    self._open(payload)
                case "turn_context":
                    self._turn(payload)
                case "event_msg" if payload.get("type") == "token_count":
                    self._count(payload, found.get("timestamp"), reading)
                case kind if self._is_output or kind == "turn.completed":
                    self._executed(found, reading)

    def _watch_burst(self, at: float | None) -> None:
        """The copied lines of a fork end at the first pause."""
        carry = self._carry
        if carry.get("in burst") and at is not None:
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

    def _count(self, payload: dict[str, Any], written_at: object, reading: Reading) -> None:
        carry = self._carry
        info = object_of(payload.get("info"))
        total, last = _total(info.get("total_token_usage")), _total(info.get("last_token_usage"))
        if total is None and last is None:
            return
        previous: _Total | None = tuple(carry["total"]) if carry.get("total") else None
        carry["total"] = total or carry.get("total")
        if carry.get("in burst") or carry.get("external"):
            return
        if total is not None and total == previous:
            return  # said again
        if last is None:
            assert total is not None
            grown = previous is not None and all(
                now >= then for now, then in zip(total, previous, strict=True)
            )
            last = _difference(total, previous) if grown and previous else total
        model = carry.get("model") or text_of(info.get("model")) or text_of(payload.get("model"))
        reading.entries.append(self._entry(written_at, model, last))

    def _executed(self, found: dict[str, Any], reading: Reading) -> None:
        """A line of saved ``codex exec --json`` output."""
        for holder in (found, *(object_of(found.get(k)) for k in ("data", "result", "response"))):
            used = _total(holder.get("usage"))
            if used is not None:
                model = text_of(found.get("model")) or text_of(found.get("model_name"))
                model = model or text_of(object_of(found.get("metadata")).get("model"))
                model = model or self._carry.get("model")
                reading.entries.append(self._entry(found.get("timestamp"), model, used))
                return

    def _entry(self, written_at: object, model: str | None, used: _Total) -> UsageEntry:
        at, precision = moment(written_at, self._path)
        when = str(at)
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


def _total(value: object) -> _Total | None:
    """Input with everything, its cached part, its written part, output, its reasoning part."""
    if not isinstance(value, dict):
        return None

    def first(*names: str) -> int | None:
        return next((n for n in (count(value.get(name)) for name in names) if n is not None), None)

    given = first("input_tokens", "prompt_tokens", "input")
    output = first("output_tokens", "completion_tokens", "output")
    if given is None and output is None:
        return None
    return (
        given or 0,
        first("cached_input_tokens", "cache_read_input_tokens", "cached_tokens") or 0,
        first("cache_write_input_tokens") or 0,
        output or 0,
        first("reasoning_output_tokens", "reasoning_tokens") or 0,
    )


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
