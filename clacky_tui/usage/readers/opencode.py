"""OpenCode: message files, and both generations of its database (spec/usage-sources.md 3.10)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from clacky_tui.usage.entry import UsageEntry, count, to_pico
from clacky_tui.usage.reader import Carry, Machine, Reader, Reading, Source
from clacky_tui.usage.readers.database import beside, columns_of, opened
from clacky_tui.usage.readers.files import files_under, moment, object_of, text_of
from clacky_tui.usage.readers.inclusion import split_counts

_FILE, _DATABASE = "message file", "database"
_FILE_RANK, _OLD_RANK, _NEW_RANK = range(3)


class OpenCodeReader(Reader):
    """A fork copies messages under new ids, and a newer store the older one's: what is equal in time,
    model and every counter is one message."""

    agent: ClassVar[str] = "opencode"
    title: ClassVar[str] = "OpenCode"
    strategy: ClassVar[str] = "tokens and recorded cost of its messages, in all its stores once"

    def places(self, machine: Machine) -> tuple[Path, ...]:
        return (machine.folder("XDG_DATA_HOME", ".local/share") / "opencode",)

    def find(self, machine: Machine) -> Iterator[Source]:
        for place in self.places(machine):
            for path in sorted(place.glob("opencode*.db")):
                yield Source(path, _DATABASE, can_grow=False, companions=beside(path))
            for path in files_under(place / "storage" / "message", ".json"):
                yield Source(path, _FILE, can_grow=False)

    def read(self, source: Source, machine: Machine, offset: int, carry: Carry) -> Reading:
        reading = Reading()
        if source.kind == _FILE:
            try:
                message = object_of(json.loads(source.path.read_bytes()))
            except ValueError as error:
                raise OSError(f"no JSON: {error}") from error
            session = text_of(message.get("sessionID")) or source.path.parent.name
            _add(reading, _entry(message, source.path, session, (None, None), _FILE_RANK))
            return reading
        with opened(source.path) as db:
            _read_old(db, source.path, reading)
            _read_new(db, source.path, reading)
        return reading


def _read_old(db: sqlite3.Connection, path: Path, reading: Reading) -> None:
    if not {"session_id", "data"} <= columns_of(db, "message"):
        return
    sessions = _sessions(db, "session")
    for row in db.execute("SELECT session_id, data FROM message"):
        message = _parsed(row["data"], reading)
        where = sessions.get(row["session_id"], (None, None))
        _add(reading, _entry(message, path, row["session_id"], where, _OLD_RANK))


def _read_new(db: sqlite3.Connection, path: Path, reading: Reading) -> None:
    columns = columns_of(db, "session_message")
    if not {"session_id", "data"} <= columns:
        return
    sessions = _sessions(db, "session_v2")
    kind = "type" if "type" in columns else "''"
    for row in db.execute(f"SELECT session_id, {kind} AS type, data FROM session_message"):
        message = _parsed(row["data"], reading)
        if row["type"] and "role" not in message:
            message["role"] = row["type"]
        model = object_of(message.get("model"))
        message.setdefault("modelID", model.get("id"))
        message.setdefault("providerID", model.get("providerID"))
        where = sessions.get(row["session_id"], (None, None))
        _add(reading, _entry(message, path, row["session_id"], where, _NEW_RANK))


def _sessions(db: sqlite3.Connection, table: str) -> dict[str, tuple[str | None, str | None]]:
    """Folder and parent of each session."""
    columns = columns_of(db, table)
    if "id" not in columns:
        return {}
    folder = "directory" if "directory" in columns else "NULL"
    parents = [each for each in ("parent_id", "fork_session_id") if each in columns]
    parent = f"coalesce({', '.join([*parents, 'NULL', 'NULL'])})"
    rows = db.execute(f"SELECT id, {folder}, {parent} FROM {table}")
    return {row[0]: (text_of(row[1]), text_of(row[2])) for row in rows}


def _parsed(data: object, reading: Reading) -> dict[str, Any]:
    try:
        return object_of(json.loads(data)) if isinstance(data, str | bytes) else {}
    except ValueError:
        reading.note("rows that are no JSON")
        return {}


def _add(reading: Reading, entry: UsageEntry | None) -> None:
    if entry is not None:
        reading.entries.append(entry)


def _entry(
    message: dict[str, Any],
    path: Path,
    session: str,
    where: tuple[str | None, str | None],
    rank: int,
) -> UsageEntry | None:
    """`where` is the session's folder and parent; None for what is no finished reply."""
    tokens, times = message.get("tokens"), object_of(message.get("time"))
    if message.get("role") != "assistant" or not isinstance(tokens, dict):
        return None
    at, precision = moment(times.get("created"), path)
    project, parent = where
    cache = object_of(tokens.get("cache"))
    given, output = count(tokens.get("input")), count(tokens.get("output"))
    split = split_counts(
        given or 0,
        output or 0,
        cached=count(cache.get("read")) or 0,
        written=count(cache.get("write")) or 0,
        reasoning=count(tokens.get("reasoning")) or 0,
        total=count(tokens.get("total")),
        cached_inside=False,
        reasoning_inside=False,
    )
    if not any(split[:5]):
        return None  # it had only begun
    model, provider = text_of(message.get("modelID")), text_of(message.get("providerID"))
    return UsageEntry(
        session=session,
        at=at,
        model=model,
        key="|".join(
            map(str, (times.get("created"), times.get("completed"), model, provider, *split[:5]))
        ),
        provider=provider,
        project=project or text_of(object_of(message.get("path")).get("root")),
        parent_session=parent,
        task=text_of(message.get("agent")) or text_of(message.get("mode")),
        input=split.input,
        cache_read=split.cache_read,
        cache_write_untimed=split.cache_write,
        output=split.output,
        reasoning=split.reasoning,
        recorded_pico=to_pico(message.get("cost")) or None,
        precision=precision,
        confidence=split.confidence,
        rank=rank,
    )
