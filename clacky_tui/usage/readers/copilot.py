"""GitHub Copilot CLI: sums at the end of each run, and spans where telemetry was written to a file
(spec/usage-sources.md 3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count
from clacky_tui.usage.instants import instant
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Found, Machine, Reader, Reading, Source, Status
from clacky_tui.usage.readers.files import files_under, object_of, text_of

_EVENTS, _SPANS = "events", "telemetry"
_OPEN = "runs without a shutdown, whose input is not known"
_NANO = 10**9


class CopilotReader(Reader):
    """Counters restart with each process, so the sums of a session's runs are added."""

    agent: ClassVar[str] = "copilot"
    title: ClassVar[str] = "GitHub Copilot CLI"
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
        reading = Reading()
        if source.kind == _SPANS:
            for line in json_objects(source.path, offset, reading, b"gen_ai.usage"):
                _add_span(line, reading)
        else:
            _Session(source.path, reading).read()
            reading.offset = 0
        return reading

    def coverage(self, found: Found) -> tuple[Status, str]:
        still_open = found.facts.get(_OPEN, 0)
        return ("partial", f"{still_open:,} {_OPEN}") if still_open else ("supported", "")


class _Session:
    """One session's events: runs that end with a shutdown, and output that none has summed up."""

    def __init__(self, path: Path, reading: Reading) -> None:
        self._path = path
        self._reading = reading
        self._session = path.parent.name
        self._project: str | None = None
        self._run_output = 0
        self._summed_output = 0
        self._messages: list[tuple[float, str, int]] = []
        """Since the last shutdown: time, id and output tokens."""

    def read(self) -> None:
        for number, event in enumerate(json_objects(self._path, 0, self._reading)):
            data, at = object_of(event.get("data")), instant(event.get("timestamp"))
            match event.get("type"):
                case "session.start" | "session.resume":
                    self._session = text_of(data.get("sessionId")) or self._session
                    self._project = (
                        text_of(object_of(data.get("context")).get("cwd")) or self._project
                    )
                    self._run_output = sum(output for _, _, output in self._messages)
                case "assistant.message":
                    output = count(data.get("outputTokens"))
                    if output and at is not None:
                        identity = text_of(data.get("messageId")) or str(number)
                        self._messages.append((at, identity, output))
                        self._run_output += output
                case "session.shutdown" if at is not None:
                    self._shut_down(data, at, text_of(event.get("id")) or str(number))
        for at, identity, output in self._messages:
            entry = self._entry(at, None, f"message|{identity}")
            entry.output = output
            entry.confidence = "lower-bound"
            self._reading.entries.append(entry)
        if self._messages:
            self._reading.fact(_OPEN)

    def _shut_down(self, data: dict[str, Any], at: float, identity: str) -> None:
        metrics = object_of(data.get("modelMetrics"))
        entries = []
        for model, each in metrics.items():
            figures = object_of(each)
            entries.append(self._run(figures, at, model, f"{identity}|{model}"))
        credits = count(data.get("totalNanoAiu"))
        if credits and entries and entries[0].credits_unit != "AI credits":
            entries[0].credits, entries[0].credits_unit = credits / _NANO, "AI credits"
        self._reading.entries += entries
        self._messages = []
        self._run_output = 0

    def _run(self, figures: dict[str, Any], at: float, model: str, key: str) -> UsageEntry:
        usage, requests = object_of(figures.get("usage")), object_of(figures.get("requests"))
        given = count(usage.get("inputTokens")) or 0
        read = min(given, count(usage.get("cacheReadTokens")) or 0)
        written = min(given - read, count(usage.get("cacheWriteTokens")) or 0)
        entry = self._entry(at, model, key)
        entry.input, entry.cache_read, entry.cache_write_untimed = (
            given - read - written,
            read,
            written,
        )
        entry.output = count(usage.get("outputTokens"))
        entry.reasoning = min(entry.output or 0, count(usage.get("reasoningTokens")) or 0)
        entry.requests = count(requests.get("count")) or 0
        entry.confidence = "aggregate"
        entry.precision = "run"
        credits = count(figures.get("totalNanoAiu"))
        if credits is not None:
            entry.credits, entry.credits_unit = credits / _NANO, "AI credits"
        elif isinstance(cost := requests.get("cost"), int | float):
            entry.credits, entry.credits_unit = float(cost), "premium requests"
        return entry

    def _entry(self, at: float, model: str | None, key: str) -> UsageEntry:
        return UsageEntry(
            session=self._session,
            at=at,
            model=model,
            key=f"{self._session}|{key}",
            provider="github",
            project=self._project,
            included=True,
            group=self._session,
        )


def _add_span(line: dict[str, Any], reading: Reading) -> None:
    """A span of one call; an ``invoke_agent`` span repeats the sum of those below it."""
    attributes = object_of(line.get("attributes"))
    name = text_of(line.get("name")) or ""
    at = _span_time(line)
    session = text_of(attributes.get("gen_ai.conversation.id"))
    if not name.startswith("chat") or at is None or session is None:
        return
    given = count(attributes.get("gen_ai.usage.input_tokens")) or 0
    read = min(given, count(attributes.get("gen_ai.usage.cache_read.input_tokens")) or 0)
    written = count(attributes.get("gen_ai.usage.cache_creation.input_tokens"))
    if written is None:
        written = count(attributes.get("gen_ai.usage.cache_write.input_tokens")) or 0
    written = min(given - read, written)
    output = count(attributes.get("gen_ai.usage.output_tokens")) or 0
    model = attributes.get("gen_ai.response.model") or attributes.get("gen_ai.request.model")
    identity = text_of(attributes.get("gen_ai.response.id")) or text_of(line.get("spanId"))
    reading.entries.append(
        UsageEntry(
            session=session,
            at=at,
            model=text_of(model),
            key=f"{session}|span|{identity or at}",
            provider="github",
            input=given - read - written,
            cache_read=read,
            cache_write_untimed=written,
            output=output,
            reasoning=min(
                output, count(attributes.get("gen_ai.usage.reasoning.output_tokens")) or 0
            ),
            included=True,
            group=session,
            group_rank=1,
        )
    )


def _span_time(line: dict[str, Any]) -> float | None:
    """Its end, as ISO text, in nanoseconds, or as a pair of seconds and nanoseconds."""
    for name in ("endTime", "endTimeUnixNano", "startTime", "startTimeUnixNano"):
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
