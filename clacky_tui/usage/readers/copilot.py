"""GitHub Copilot CLI: sums at the end of each run, and spans where telemetry was written to a file
(spec/usage-sources.md 3.5)."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of

_EVENTS, _SPANS = "events", "telemetry"
_NANO = 10**9
_CALL_EVENT = "gen_ai.client.inference.operation.details"
_TURN_EVENT = "copilot_chat.agent.turn"
_SESSION_EVENT = "copilot_chat.session.start"
_CALL_SPAN, _CALL_LOG, _TURN_LOG, _TURN_SPAN = 2, 1, -1, -2
"""What telemetry is trusted more than what, and than the sums of a run, whose rank is 0: those know the
models and the cache, which a turn's do not."""
_FIRST_LINE_BYTES = 1 << 20


class CopilotReader(Reader):
    """Counters restart with each process, so the sums of a session's runs are added."""

    agent: ClassVar[str] = "copilot"
    title: ClassVar[str] = "GitHub Copilot CLI"
    version: ClassVar[int] = 2
    strategy: ClassVar[str] = "the sums each run ends with, or its telemetry where that was kept"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        home = machine.folder("COPILOT_HOME", ".copilot")
        named = machine.environ.get("COPILOT_OTEL_FILE_EXPORTER_PATH", "").strip()
        extra = (Path(named).expanduser(),) if named else ()
        return (home / "session-state", home / "otel", *extra)

    def find(self, machine: Machine) -> Iterator[Source]:
        state, *telemetry = self.places(machine)
        for path in sorted(state.glob("*/events.jsonl")):
            yield Source(path, _EVENTS, can_grow=False)
        for place in telemetry:
            paths = [place] if place.is_file() else files_under(place, ".jsonl")
            yield from (Source(path, _SPANS) for path in paths)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry=carry)
        if source.kind == _SPANS:
            for line in json_objects(source.path, offset, reading, b'"gen_ai.'):
                _add_telemetry(line, source.path, self.places(machine)[0], reading)
        else:
            _Session(source.path, reading).read()
            reading.offset = 0
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        if not found.lower_bounds:
            return "supported", ""
        return (
            "partial",
            f"{found.lower_bounds:,} replies of runs that were cut off before they wrote their sums:"
            " only their output is known",
        )


class _Session:
    """One session's events: runs that end with a shutdown, and output that none has summed up."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._path = path
        self._reading = reading
        self._session = path.parent.name
        self._project: str | None = None
        self._said: list[UsageEntry] = []
        """Messages since the last start or shutdown."""
        self._uncovered: list[UsageEntry] = []
        """Messages of runs that no shutdown has summed up."""
        self._output = 0
        """Tokens of all messages so far."""
        self._before: dict[str, dict[str, int | None]] = {}
        """The counters of the last shutdown by model."""
        self._credits_before: dict[str, float] = {}

    def read(self) -> None:
        for number, event in enumerate(json_objects(self._path, 0, self._reading)):
            data = object_of(event.get("data"))
            match event.get("type"):
                case "session.start" | "session.resume":
                    self._open(data)
                case "assistant.message":
                    self._say(event, text_of(data.get("messageId")) or str(number))
                case "session.shutdown":
                    self._shut_down(event, text_of(event.get("id")) or str(number))
        self._reading.entries += [*self._uncovered, *self._said]

    def _open(self, data: dict[str, Any]) -> None:
        self._session = text_of(data.get("sessionId")) or self._session
        self._project = text_of(object_of(data.get("context")).get("cwd")) or self._project
        self._uncovered += self._said
        self._said = []

    def _say(self, event: dict[str, Any], identity: str) -> None:
        output = count(object_of(event.get("data")).get("outputTokens"))
        if not output:
            return
        entry = self._entry(event, None, f"message|{identity}")
        entry.output = output
        entry.confidence = "lower-bound"
        self._said.append(entry)
        self._output += output

    def _shut_down(self, event: dict[str, Any], identity: str) -> None:
        """Add what a run came to. Counters restart with every process; where they equal all output
        since the session began, and not this run's, they do not."""
        data = object_of(event.get("data"))
        runs = {
            model: object_of(each) for model, each in object_of(data.get("modelMetrics")).items()
        }
        counters = {model: _counters(figures) for model, figures in runs.items()}
        output = sum(each["output"] or 0 for each in counters.values())
        is_running_total = output == self._output != sum(each.output or 0 for each in self._said)
        entries = []
        for model, used in counters.items():
            before = self._before.get(model, {}) if is_running_total else {}
            credits = self._credits_before.get(model, 0.0) if is_running_total else 0.0
            entry = self._entry(event, model, f"{identity}|{model}")
            _add_counters(entry, {k: _less(n, before.get(k)) for k, n in used.items()})
            self._credits_before[model] = _add_credits(entry, runs[model], credits)
            if entry.total_tokens or not before:
                entries.append(entry)
        self._reading.entries += entries
        self._before = counters
        self._said = []
        if is_running_total:
            self._uncovered = []

    def _entry(self, event: dict[str, Any], model: str | None, key: str) -> UsageEntry:
        at, precision = moment(event.get("timestamp"), self._path)
        return UsageEntry(
            session=self._session,
            at=at,
            precision=precision,
            model=model,
            key=f"{self._session}|{key}",
            provider="github",
            project=self._project,
            included=True,
            group=self._session,
        )


def _counters(figures: dict[str, Any]) -> dict[str, int | None]:
    """A model's counters in a shutdown, by our names; input without what the cache had part in."""
    usage = object_of(figures.get("usage"))
    given = count(usage.get("inputTokens")) or 0
    read = min(given, count(usage.get("cacheReadTokens")) or 0)
    written = min(given - read, count(usage.get("cacheWriteTokens")) or 0)
    output = count(usage.get("outputTokens"))
    return {
        "input": given - read - written,
        "cache_read": read,
        "cache_write_untimed": written,
        "output": output,
        "reasoning": min(output or 0, count(usage.get("reasoningTokens")) or 0),
        "requests": count(object_of(figures.get("requests")).get("count")) or 0,
    }


def _add_counters(entry: UsageEntry, counters: dict[str, int | None]) -> None:
    for name, value in counters.items():
        setattr(entry, name, value)
    entry.confidence = "aggregate"
    if entry.precision == "call":
        entry.precision = "run"


def _add_credits(entry: UsageEntry, figures: dict[str, Any], before: float) -> float:
    """What the subscription was charged beyond `before`, in the unit it is told in; returns it all."""
    nano, cost = count(figures.get("totalNanoAiu")), object_of(figures.get("requests")).get("cost")
    if nano is not None:
        credits, unit = nano / _NANO, "AI credits"
    elif isinstance(cost, int | float):
        credits, unit = float(cost), "premium requests"
    else:
        return before
    entry.credits, entry.credits_unit = max(0.0, credits - before), unit
    return credits


def _less(now: int | None, before: int | None) -> int | None:
    return None if now is None else max(0, now - (before or 0))


def _add_telemetry(line: dict[str, Any], path: Path, state: Path, reading: Reading) -> None:
    """A span or a log record: of one call; or of a turn, which repeats the sum of its calls."""
    attributes = object_of(line.get("attributes"))
    session, model = _session_of(line, attributes, reading.carry)
    rank = _rank_of(line, attributes)
    if session is None or rank is None or "gen_ai.usage.input_tokens" not in attributes:
        return
    is_call = rank in (_CALL_SPAN, _CALL_LOG)
    at, precision = moment(_time_of(line), path)
    given = count(attributes.get("gen_ai.usage.input_tokens")) or 0
    read = min(given, count(attributes.get("gen_ai.usage.cache_read.input_tokens")) or 0)
    written = count(attributes.get("gen_ai.usage.cache_creation.input_tokens"))
    if written is None:
        written = count(attributes.get("gen_ai.usage.cache_write.input_tokens")) or 0
    written = min(given - read, written)
    output = count(attributes.get("gen_ai.usage.output_tokens")) or 0
    reasoning = count(attributes.get("gen_ai.usage.reasoning.output_tokens")) or 0
    reading.entries.append(
        UsageEntry(
            session=session,
            at=at,
            precision=precision,
            model=text_of(attributes.get("gen_ai.response.model")) or model,
            key=f"{session}|{rank}|{_identity(line, attributes, at)}",
            provider="github",
            project=_project_of(state / session / "events.jsonl", session, reading.carry),
            input=given - read - written,
            cache_read=read,
            cache_write_untimed=written,
            output=output,
            reasoning=min(output, reasoning),
            requests=1 if is_call else 0,
            confidence="exact" if is_call else "aggregate",
            included=True,
            group=session,
            group_rank=rank,
        )
    )


def _rank_of(line: dict[str, Any], attributes: dict[str, Any]) -> int | None:
    """How far it is trusted, by what it tells of; None for what tells of no usage."""
    name = text_of(line.get("name")) or ""
    if name.startswith("chat"):
        return _CALL_SPAN
    if name.startswith("invoke_agent"):
        return None if line.get("parentSpanId") else _TURN_SPAN
    return {_CALL_EVENT: _CALL_LOG, _TURN_EVENT: _TURN_LOG}.get(_event_of(line, attributes))


def _event_of(line: dict[str, Any], attributes: dict[str, Any]) -> str:
    return text_of(attributes.get("event.name")) or text_of(line.get("eventName")) or ""


def _session_of(
    line: dict[str, Any], attributes: dict[str, Any], carry: Carry
) -> tuple[str | None, str | None]:
    """Session and model; where a log record names none, those its trace began with."""
    model = text_of(attributes.get("gen_ai.request.model"))
    session = text_of(attributes.get("gen_ai.conversation.id")) or text_of(
        attributes.get("session.id")
    )
    traces: dict[str, list[str | None]] = carry.setdefault("traces", {})
    trace = text_of(line.get("traceId")) or text_of(_context(line).get("traceId"))
    if trace is not None and _event_of(line, attributes) == _SESSION_EVENT:
        traces[trace] = [session, model]
    begun = traces.get(trace or "", [None, None])
    return session or begun[0] or _resource_session(line), model or begun[1]


def _context(line: dict[str, Any]) -> dict[str, Any]:
    return object_of(line.get("spanContext"))


def _resource_session(line: dict[str, Any]) -> str | None:
    """The session that the resource names, whose attributes are an object or a list of pairs."""
    resource = object_of(line.get("resource"))
    if session := text_of(object_of(resource.get("attributes")).get("session.id")):
        return session
    pairs = resource.get("_rawAttributes")
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == "session.id":
            return text_of(pair[1])
    return None


def _identity(line: dict[str, Any], attributes: dict[str, Any], at: float) -> str:
    """What tells it from every other of its kind; several log records share a span."""
    if response := text_of(attributes.get("gen_ai.response.id")):
        return response
    span = text_of(line.get("spanId"))
    return span or f"{_context(line).get('spanId')}|{at}|{attributes.get('turn.index')}"


def _project_of(events: Path, session: str, carry: Carry) -> str | None:
    """The folder that the session's events begin with; spans do not name it."""
    known: dict[str, str | None] = carry.setdefault("projects", {})
    if session not in known:
        known[session] = None
        with contextlib.suppress(OSError, ValueError), events.open("rb") as file:
            data = object_of(object_of(json.loads(file.readline(_FIRST_LINE_BYTES))).get("data"))
            known[session] = text_of(object_of(data.get("context")).get("cwd"))
    return known[session]


_TIMES = (
    *("endTime", "endTimeUnixNano", "startTime", "startTimeUnixNano"),
    *("hrTime", "timestamp", "timeUnixNano", "hrTimeObserved"),
)
"""Of a span, its end first; then of a log record."""


def _time_of(line: dict[str, Any]) -> float | None:
    """When it was, from ISO text, nanoseconds, or a pair of seconds and nanoseconds."""
    for name in _TIMES:
        value = line.get(name)
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], int):
            return instant(value[0])
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if isinstance(value, int) and value > 10**16:
            value = value / 10**9
        at = instant(value)
        if at is not None:
            return at
    return None
