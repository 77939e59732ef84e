"""Qwen Code's chats: ``projects/*/chats/*.jsonl`` and its sub-agents' (spec/usage-sources.md 3.7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count
from clacky_tui.usage.lines import json_objects
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of
from clacky_tui.usage.readers.inclusion import split_counts

_INVENTED_INPUT_SHARE = 0.7
"""Where a server tells only the total, Qwen Code writes 70 % of it as input and 30 % as output."""


class QwenReader(Reader):
    """Assistant records; a branch copies them with their ids."""

    agent: ClassVar[str] = "qwen"
    title: ClassVar[str] = "Qwen Code"
    strategy: ClassVar[str] = "usage of its assistant records, branches and sub-agents once"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        home = machine.folder("QWEN_HOME", ".qwen")
        if named := machine.environ.get("QWEN_RUNTIME_DIR", "").strip():
            return (Path(named).expanduser() / "projects",)
        try:
            settings = object_of(json.loads((home / "settings.json").read_bytes()))
        except (OSError, ValueError):
            settings = {}
        output = text_of(settings.get("runtimeOutputDir"))
        return ((Path(output).expanduser() if output else home) / "projects",)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            for path in files_under(place, ".jsonl"):
                if {"chats", "subagents"} & set(path.relative_to(place).parts[1:-1]):
                    yield Source(path, "chat")

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        for record in json_objects(source.path, offset, reading, b'"usageMetadata"'):
            entry = _entry(record, source.path)
            if entry is not None:
                reading.entries.append(entry)
        return reading


def _entry(record: dict[str, Any], path: Path) -> UsageEntry | None:
    usage = record.get("usageMetadata")
    if record.get("type") != "assistant" or not isinstance(usage, dict):
        return None
    at, precision = moment(record.get("timestamp"), path)
    given = count(usage.get("promptTokenCount")) or 0
    output = count(usage.get("candidatesTokenCount")) or 0
    total = count(usage.get("totalTokenCount"))
    split = split_counts(
        given,
        output,
        cached=count(usage.get("cachedContentTokenCount")) or 0,
        reasoning=count(usage.get("thoughtsTokenCount")) or 0,
        total=total,
        cached_inside=True,
        reasoning_inside=True,
    )
    invented = total and (given, output) == (
        round(_INVENTED_INPUT_SHARE * total),
        round((1 - _INVENTED_INPUT_SHARE) * total),
    )
    session = text_of(record.get("sessionId")) or path.stem
    identity = text_of(record.get("uuid"))
    return UsageEntry(
        session=session,
        at=at,
        model=text_of(record.get("model")),
        key=identity or f"{session}|{record.get('timestamp')}|{given}|{output}",
        provider="qwen",
        protocol="openai-chat",
        project=text_of(record.get("cwd")),
        parent_session=text_of(object_of(record.get("forkedFrom")).get("sessionId")),
        task=text_of(record.get("agentId")),
        input=split.input,
        cache_read=split.cache_read,
        output=split.output,
        reasoning=split.reasoning,
        precision=precision,
        confidence="inferred" if invented else split.confidence,
        rank=0 if record.get("forkedFrom") else 1,
    )
