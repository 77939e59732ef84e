"""Gemini CLI's chats: ``.gemini/tmp/*/chats`` (spec/usage-sources.md 3.3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count
from clacky_tui.usage.lines import LONG_CAVEAT, json_object, json_objects, whole_lines
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of
from clacky_tui.usage.readers.inclusion import Split, split_counts

_LINES, _DOCUMENT, _TELEMETRY = "chat", "chat document", "telemetry"
_CHAT_RANK = 1
"""Above telemetry's: of a session that has a chat, only that counts."""
_RESPONSE = "gemini_cli.api_response"


class GeminiReader(Reader):
    """Messages that are appended again as their tokens arrive; the last with tokens counts."""

    agent: ClassVar[str] = "gemini"
    title: ClassVar[str] = "Gemini CLI"
    strategy: ClassVar[str] = "token counts of its chats, each message once"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        home = machine.folder("GEMINI_CLI_HOME", "") / ".gemini"
        outfile = _outfile(home, machine)
        return (home / "tmp", outfile) if outfile else (home / "tmp",)

    def find(self, machine: Machine) -> Iterator[Source]:
        place, *outfiles = self.places(machine)
        for path in files_under(place, ".jsonl", ".json"):
            inside = path.relative_to(place).parts
            if len(inside) >= 3 and inside[1] == "chats":
                lines = path.suffix == ".jsonl"
                yield Source(path, _LINES if lines else _DOCUMENT, can_grow=lines)
        for path in outfiles:
            if path.is_file():
                yield Source(path, _TELEMETRY)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading(carry=carry)
        if source.kind == _TELEMETRY:
            for record in _one_after_another(source.path, offset, reading):
                if entry := _response(record, source.path):
                    reading.entries.append(entry)
            return reading
        place = self.places(machine)[0]
        carry.setdefault("project", _project(source.path, place))
        if source.kind == _LINES:
            self._take(json_objects(source.path, offset, reading), source.path, reading)
            return reading
        try:
            document = json.loads(source.path.read_bytes())
        except ValueError as error:
            raise OSError(f"no JSON: {error}") from error
        found = object_of(document)
        messages = found.get("messages")
        self._take(
            [found, *(each for each in messages or () if isinstance(each, dict))],
            source.path,
            reading,
        )
        return reading

    def _take(self, records: Iterable[dict[str, Any]], path: Path, reading: Reading) -> None:
        carry = reading.carry
        best: dict[str, UsageEntry] = {}
        for record in records:
            if "sessionId" in record and "session" not in carry:
                carry["session"] = text_of(record.get("sessionId")) or path.stem
                if record.get("kind") == "subagent":
                    carry["parent"] = path.parent.name
            changed = object_of(record.get("$set")).get("messages")
            for message in [record, *(changed if isinstance(changed, list) else ())]:
                entry = _entry(object_of(message), carry, path)
                if entry is not None:
                    best[entry.key] = entry
        reading.entries += best.values()


def _entry(message: dict[str, Any], carry: Carry, path: Path) -> UsageEntry | None:
    """A reply in a chat."""
    tokens, written_at = message.get("tokens"), message.get("timestamp")
    if message.get("type") != "gemini" or not isinstance(tokens, dict):
        return None
    session = carry.get("session") or path.stem
    names = ("input", "output", "cached", "thoughts", "tool", "total")
    split = _split(tokens.get(name) for name in names)
    key = f"{session}|{text_of(message.get('id')) or written_at}"
    entry = _request(session, written_at, message.get("model"), key, split, path)
    entry.project, entry.parent_session = carry.get("project"), carry.get("parent")
    entry.group_rank = _CHAT_RANK
    entry.rank = split.input + split.cache_read + split.output
    return entry


def _response(record: dict[str, Any], path: Path) -> UsageEntry | None:
    """A reply that telemetry tells of."""
    told = object_of(record.get("attributes"))
    session, written_at = text_of(told.get("session.id")), told.get("event.timestamp")
    if told.get("event.name") != _RESPONSE or session is None:
        return None
    names = ("input", "output", "cached_content", "thoughts", "tool", "total")
    split = _split(told.get(f"{name}_token_count") for name in names)
    key = f"{session}|telemetry|{written_at}|{told.get('model')}|{split}"
    return _request(session, written_at, told.get("model"), key, split, path)


def _split(counts: Iterable[object]) -> Split:
    """Of input, output, the cached part, thoughts, what came from tools, and the total."""
    given, output, cached, thoughts, tool, total = map(count, counts)
    return split_counts(
        given or 0,
        output or 0,
        cached=cached or 0,
        reasoning=thoughts or 0,
        tool=tool or 0,
        total=total,
        cached_inside=True,
        reasoning_inside=False,
    )


def _request(
    session: str, written_at: object, model: object, key: str, split: Split, path: Path
) -> UsageEntry:
    """What a chat and telemetry tell alike."""
    at, precision = moment(written_at, path)
    return UsageEntry(
        session=session,
        at=at,
        model=text_of(model),
        key=key,
        provider="google",
        protocol="gemini",
        input=split.input,
        cache_read=split.cache_read,
        output=split.output,
        reasoning=split.reasoning,
        precision=precision,
        confidence=split.confidence,
        group=session,
    )


def _outfile(home: Path, machine: Machine) -> Path | None:
    """The file that telemetry is written to, where one was asked for."""
    named = machine.environ.get("GEMINI_TELEMETRY_OUTFILE", "").strip()
    if not named:
        try:
            settings = object_of(json.loads((home / "settings.json").read_bytes()))
        except (OSError, ValueError):
            return None
        named = text_of(object_of(settings.get("telemetry")).get("outfile")) or ""
    path = Path(named).expanduser()
    return path if path.is_absolute() else None


def _one_after_another(path: Path, offset: int, reading: Reading) -> Iterator[dict[str, Any]]:
    """Objects that are printed over several lines, the last of which is a brace alone; what has only
    begun is left for later.

    Raises:
        OSError: it cannot be read.
    """
    begun: list[bytes] = []
    seen = whole = 0
    for line in whole_lines(path, offset, reading):
        seen += len(line) + 1
        begun.append(line)
        if line.rstrip() == b"}" or (len(begun) == 1 and line.rstrip().endswith(b"}")):
            text = b"\n".join(begun)
            begun = []
            whole = seen
            if _RESPONSE.encode() in text and (found := json_object(text, reading)):
                yield found
    if LONG_CAVEAT not in reading.caveats:
        reading.offset = offset + whole


def _project(path: Path, place: Path) -> str | None:
    """The folder that a chat's directory stands for: by marker, by registry, else unknown."""
    name = path.relative_to(place).parts[0]
    try:
        return text_of((place / name / ".project_root").read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError):
        pass
    try:
        registry = object_of(json.loads((place.parent / "projects.json").read_bytes()))
    except (OSError, ValueError):
        return None
    for folder, slug in object_of(registry.get("projects")).items():
        if name in (slug, hashlib.sha256(folder.encode()).hexdigest()):
            return folder
    return None
