"""Codex's rollouts: ``sessions/**/rollout-*.jsonl``, also compressed (spec/usage-sources.md 3.2)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

import msgspec

from clacky_tui.usage.entry import Tokens, UsageEntry
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import typed_objects, typed_objects_of
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of

BURST_GAP_SECONDS = 1.0
"""A fork begins with its parent's lines, written within milliseconds of each other; measured gaps are
0 to 40 ms."""
_EXTERNAL_TURN = "external-import-turn-"
"""Turns of another program's session, imported."""
_OWN_KINDS = ("event_msg", "session_meta", "turn_context")
_ROLLOUT, _COMPRESSED, _EXEC = "rollout", "compressed rollout", "saved output"

_Total = tuple[int, int, int, int, int]


class _Counters(msgspec.Struct, gc=False):
    """Under their own names and those that saved output has had."""

    input_tokens: Tokens = None
    prompt_tokens: Tokens = None
    input: Tokens = None
    cached_input_tokens: Tokens = None
    cache_read_input_tokens: Tokens = None
    cached_tokens: Tokens = None
    cache_write_input_tokens: Tokens = None
    output_tokens: Tokens = None
    completion_tokens: Tokens = None
    output: Tokens = None
    reasoning_output_tokens: Tokens = None
    reasoning_tokens: Tokens = None


class _Info(msgspec.Struct, gc=False):
    total_token_usage: _Counters | None = None
    last_token_usage: _Counters | None = None
    model: Any = None


class _Payload(msgspec.Struct, gc=False):
    type: Any = None
    info: _Info | None = None
    model: Any = None
    id: Any = None
    cwd: Any = None
    model_provider: Any = None
    source: Any = None
    forked_from_id: Any = None
    parent_thread_id: Any = None
    turn_id: Any = None


class _Holder(msgspec.Struct, gc=False):
    usage: _Counters | None = None


class _Line(msgspec.Struct, gc=False):
    """What is wanted of a line; the rest, which is most of it, is never built."""

    type: Any = None
    timestamp: Any = None
    payload: _Payload | None = None
    # Of saved output:
    usage: _Counters | None = None
    data: _Holder | None = None
    result: _Holder | None = None
    response: _Holder | None = None
    model: Any = None
    model_name: Any = None
    metadata: Any = None


_LINES = msgspec.json.Decoder(_Line)


class _State(
    msgspec.Struct, rename={"in_burst": "in burst", "burst_at": "burst at"}, omit_defaults=True
):
    """What later lines need: the reader's `Carry`."""

    session: str | None = None
    project: str | None = None
    provider: str | None = None
    parent: str | None = None
    in_burst: bool = False
    """Whether these are still the lines that a fork has copied."""
    burst_at: float | None = None
    model: str | None = None
    external: bool = False
    total: _Total | None = None
    """The counters so far."""
    untimed: int = 0


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
        reading = Reading()
        thread = _Thread(source, msgspec.convert(carry, _State), reading)
        if source.kind == _COMPRESSED:
            with _decompressed(source.path) as file:
                thread.read(typed_objects_of(file, reading, _LINES))
            reading.offset = 0
        else:
            thread.read(typed_objects(source.path, offset, reading, _LINES))
        reading.carry = msgspec.to_builtins(thread.state)
        return reading


class _Thread:
    """One rollout."""

    def __init__(self, source: Source, state: _State, reading: Reading) -> None:
        self.state = state
        self._path = source.path
        self._name = source.path.name.partition(".jsonl")[0]
        self._is_output = source.kind == _EXEC
        self._entries = reading.entries

    def read(self, lines: Iterable[_Line]) -> None:
        state = self.state
        is_output = self._is_output
        for line in lines:
            kind, payload = line.type, line.payload
            if state.in_burst:
                self._watch_burst(line.timestamp)
            if payload is not None:
                if kind == "event_msg" and payload.type == "token_count":
                    self._count(line.timestamp, payload)
                elif kind == "session_meta":
                    self._open(payload)
                elif kind == "turn_context":
                    self._turn(payload)
            if kind == "turn.completed" or (is_output and kind not in _OWN_KINDS):
                self._executed(line)

    def _watch_burst(self, written_at: object) -> None:
        """The copied lines of a fork end at the first pause."""
        state = self.state
        if (at := instant(written_at)) is not None:
            before = state.burst_at
            if before is not None and at - before >= BURST_GAP_SECONDS:
                state.in_burst = False
            state.burst_at = at

    def _open(self, payload: _Payload) -> None:
        state = self.state
        if state.session is not None:  # a copied ancestor
            return
        state.session = text_of(payload.id) or self._name
        state.project = text_of(payload.cwd)
        state.provider = text_of(payload.model_provider)
        spawn = object_of(object_of(object_of(payload.source).get("subagent")).get("thread_spawn"))
        parent = text_of(payload.forked_from_id) or text_of(spawn.get("parent_thread_id"))
        state.parent = parent or text_of(payload.parent_thread_id)
        state.in_burst = state.parent is not None

    def _turn(self, payload: _Payload) -> None:
        self.state.model = text_of(payload.model) or self.state.model
        self.state.external = (text_of(payload.turn_id) or "").startswith(_EXTERNAL_TURN)

    def _count(self, written_at: object, payload: _Payload) -> None:
        state = self.state
        if (info := payload.info) is None:
            return
        total = _total(info.total_token_usage)
        previous = state.total
        if total is not None:
            state.total = total
            if total == previous:
                return  # said again
        if state.in_burst or state.external:
            return
        last = _total(info.last_token_usage)
        if last is None:
            if total is None:
                return
            grown = previous is not None and all(
                now >= then for now, then in zip(total, previous, strict=True)
            )
            last = _difference(total, previous) if grown and previous else total
        model = state.model or text_of(info.model) or text_of(payload.model)
        self._add(written_at, model, last)

    def _executed(self, line: _Line) -> None:
        """A line of saved ``codex exec --json`` output."""
        for holder in (line, line.data, line.result, line.response):
            used = None if holder is None else _total(holder.usage)
            if used is not None:
                model = text_of(line.model) or text_of(line.model_name)
                model = model or text_of(object_of(line.metadata).get("model"))
                self._add(line.timestamp, model or self.state.model, used)
                return

    def _add(self, written_at: object, model: str | None, used: _Total) -> None:
        state = self.state
        at, precision = moment(written_at, self._path)
        when = written_at
        if precision != "call":  # its place in the file tells it from others
            state.untimed += 1
            when = f"{self._name}|{state.untimed}"
        given, cached, written, output, reasoning = used
        key = f"{when}|{model}|{given}|{cached}|{written}|{output}|{reasoning}"
        cached = min(cached, given)
        written = min(written, given - cached)
        entry = UsageEntry(  # by place, as naming so many fields takes ten times as long
            state.session or self._name,
            at,
            model,
            key,
            state.provider or "openai",
            "openai-responses",
            state.project,
            state.parent,
            None,  # task
            given - cached - written,
            cached,
            None,  # written for 5 minutes
            None,  # and for an hour
            written,
            output,
            min(reasoning, output),
            precision=precision,
        )
        self._entries.append(entry)


def _total(used: _Counters | None) -> _Total | None:
    """Input with everything, its cached part, its written part, output, its reasoning part."""
    if used is None:
        return None
    given, output = used.input_tokens, used.output_tokens
    if given is None:
        given = _first(used.prompt_tokens, used.input)
    if output is None:
        output = _first(used.completion_tokens, used.output)
    if given is None and output is None:
        return None
    cached = used.cached_input_tokens
    if cached is None:
        cached = _first(used.cache_read_input_tokens, used.cached_tokens)
    reasoning = used.reasoning_output_tokens or used.reasoning_tokens
    return given or 0, cached or 0, used.cache_write_input_tokens or 0, output or 0, reasoning or 0


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


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
