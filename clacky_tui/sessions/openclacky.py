"""OpenClacky's session files: one JSON document each, told as the records of a journal.

So one reader, one index and one export serve both kinds. The file's keys are those of
spec/agent-core.md 9.2, of both trees; what our own export adds stands under `clacky_tui`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from clacky_tui import paths
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.errors import SessionError
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic
from clacky_tui.i18n import tr
from clacky_tui.sessions.chunk_text import chunk_paths, read_chunk
from clacky_tui.sessions.folder import with_id
from clacky_tui.sessions.journal import base_name, encoded
from clacky_tui.sessions.message_json import message_fields
from clacky_tui.sessions.openclacky_messages import is_kept, messages_from
from clacky_tui.sessions.records import Record, moment, number, parsed, word
from clacky_tui.sessions.replay import Replay

OWN_KEY = "clacky_tui"

_OUTCOMES = {"success": "done", "error": "error", "interrupted": "cancelled"}


def openclacky_records(path: Path) -> Iterator[Record]:
    """The session in `path` as journal records, archived rounds included as events.

    Raises:
        OSError: the file cannot be read.
        SessionError: it is not a session.
    """
    document = _document(path)
    own = _mapping(document.get(OWN_KEY))
    stats = _mapping(document.get("stats"))
    created_at = _created_at(document, path)
    replay = Replay(document["session_id"], created_at)
    config = _mapping(document.get("config"))
    yield replay.event(
        "session.opened",
        name=word(document.get("name")),
        working_dir=word(document.get("working_dir")),
        model=word(config.get("model_name")),
        mode=word(config.get("permission_mode")),
        simulated=own.get("simulated") is True,
    )
    yield {
        "type": "meta",
        "pinned": document.get("pinned") is True,
        "source": _source(document),
        "imported_from": path.name,
    }
    if prompt := word(own.get("system_prompt")):
        yield {"type": "prompt", "text": prompt}
    if config.get("reasoning_effort") in ("low", "medium", "high"):
        yield replay.event("reasoning_level.changed", level=config["reasoning_effort"])
    for archive in _archives(document, path):
        for message in read_chunk(archive):
            yield from replay.tell(message)
    for message in _conversation(document, own, path):
        yield {"type": "message", **message_fields(message)}
        yield from replay.tell(message)
    replay.move_to(moment(document.get("updated_at")))
    yield from replay.end_task(_OUTCOMES.get(word(stats.get("last_status")), "done"))
    if todos := _todos(document.get("todos")):
        yield replay.event("todos.changed", items=todos)
    yield {
        "type": "meta",
        "earlier": _earlier(stats, own, replay),
        "time_machine": _mapping(document.get("time_machine")),
    }
    yield replay.event("session.closed", tasks=replay.tasks, journal_path="")


def import_session(path: Path, folder: Path | None = None) -> Path:
    """Write the journal of an OpenClacky session; returns its path. The original stays as it is.

    In the sessions folder the two have the same base name, share their archives and count as one
    session. From elsewhere the archives are copied along.

    Args:
        path: the session's `.json` file.
        folder: where journals live; the user's sessions folder by default.

    Raises:
        OSError: a file cannot be read or written.
        SessionError: the file is no session, or its journal is there already.
    """
    folder = make_private_dir(folder or paths.sessions_dir())
    document = _document(path)
    inside = path.parent.resolve() == folder.resolve()
    name = path.stem if inside else base_name(document["session_id"], _created_at(document, path))
    target = folder / f"{name}.jsonl"
    if any(path.suffix == ".jsonl" for path in with_id(folder, document["session_id"])):
        raise SessionError(
            tr("The session in {name} is here already.", name=path.name),
            hint=tr("Open session {session_id}.", session_id=document["session_id"][:8]),
        )
    lines = b"".join(map(encoded, openclacky_records(path)))
    for archive in () if inside else _archives(document, path):
        copy = folder / f"{name}-chunk-{archive.stem.rsplit('-', 1)[1]}.md"
        write_atomic(copy, archive.read_bytes(), mode=PRIVATE_FILE_MODE)
        lines = lines.replace(str(archive).encode(), str(copy).encode())
        lines = lines.replace(archive.name.encode(), copy.name.encode())
    write_atomic(target, lines, mode=PRIVATE_FILE_MODE)
    return target


def crash_log(path: Path, session_id: str) -> Path:
    """OpenClacky's log of messages that were not in `path` yet when it crashed."""
    return path.with_name(f"{session_id}.jsonl")


def _document(path: Path) -> dict[str, Any]:
    hint = tr("It is left as it is; the other sessions are not affected.")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SessionError(
            tr("{name} is not valid JSON ({error}).", name=path.name, error=error), hint=hint
        ) from error
    match document:
        case {"session_id": str() as session_id, "messages": list()} if session_id:
            return dict(document)
        case _:
            raise SessionError(
                tr("{name} has no session_id and messages.", name=path.name), hint=hint
            )


def _created_at(document: Mapping[str, Any], path: Path) -> datetime:
    try:
        # Its own zone is kept, because the files are named after it.
        written = datetime.fromisoformat(word(document.get("created_at")))
    except ValueError:
        return datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return written if written.tzinfo else written.astimezone()


def _source(document: Mapping[str, Any]) -> str:
    source = word(document.get("source")) or "manual"
    return "setup" if source == "system" else source


def _archives(document: Mapping[str, Any], path: Path) -> list[Path]:
    """The session's archives beside it, else where a summary says they were."""
    if found := chunk_paths(path.with_suffix("")):
        return found
    for message in document["messages"]:
        named = word(message.get("chunk_path")) if isinstance(message, dict) else ""
        if named and (base := named.rpartition("-chunk-")[0]):
            for folder in (Path(base).parent, path.parent):
                if found := chunk_paths(folder / Path(base).name):
                    return found
    return []


def _conversation(
    document: Mapping[str, Any], own: Mapping[str, Any], path: Path
) -> Iterator[Message]:
    """The messages of the file, then those that only the crash log has."""
    stored = [m for m in document["messages"] if isinstance(m, dict) and is_kept(m)]
    listed = stored + _crashed(stored, crash_log(path, document["session_id"]))
    signatures, origins = _mapping(own.get("signatures")), _mapping(own.get("origins"))
    index = 0
    for fields in listed:
        for message in messages_from(fields):
            if signature := word(signatures.get(str(index))):
                message = replace(message, reasoning_signature=signature)
            if (origin := origins.get(str(index))) in list(Origin):
                message = replace(message, origin=Origin(origin))
            index += 1
            yield message


def _crashed(stored: list[dict[str, Any]], log: Path) -> list[dict[str, Any]]:
    try:
        lines = log.read_bytes().splitlines()
    except OSError:
        return []
    records = (parsed(b'{"type":"log","line":' + line + b"}") for line in lines)
    entries = [_mapping(record["line"]).get("msg") for record in records if record is not None]
    logged = [m for m in entries if isinstance(m, dict) and is_kept(m)]
    longest = min(len(stored), len(logged))
    common = (n for n in range(longest, 0, -1) if stored[-n:] == logged[:n])
    return logged[next(common, 0) :]


def _todos(listed: Any) -> list[dict[str, Any]]:
    todos: list[dict[str, Any]] = []
    for item in listed if isinstance(listed, list) else ():
        fields = _mapping(item)
        text = word(fields.get("task")) or word(fields.get("content"))
        if text:
            done = fields.get("status") in ("completed", "done")
            status = "completed" if done else "pending"
            todos.append(
                {"id": number(fields.get("id")) or len(todos) + 1, "task": text, "status": status}
            )
    return todos


def _earlier(stats: Mapping[str, Any], own: Mapping[str, Any], replay: Replay) -> dict[str, Any]:
    """The sums up to the import, and the tasks that no message is left of."""
    cached = _mapping(stats.get("cache_stats"))
    counted = number(cached.get("total_requests")) or number(stats.get("total_iterations"))
    return {
        "tasks": max(0, number(stats.get("total_tasks")) - replay.tasks),
        "tokens": own.get("tokens") or _tokens(stats, cached),
        "cost": own.get("cost", stats.get("total_cost_usd")),
        "requests": own.get("requests", counted or replay.replies),
        "unpriced": own.get("unpriced", 0),
    }


def _tokens(stats: Mapping[str, Any], cached: Mapping[str, Any]) -> dict[str, int]:
    """Tokens by class; OpenClacky's prompt tokens hold the cache reads (spec/agent-core.md 2.6)."""
    sums = _mapping(stats.get("session_token_totals"))
    read = number(sums.get("cache_read")) or number(cached.get("cache_read_input_tokens"))
    written = number(sums.get("cache_creation")) or number(
        cached.get("cache_creation_input_tokens")
    )
    return {
        "input_tokens": max(0, number(sums.get("prompt")) - read),
        "cache_read_tokens": read,
        "cache_creation_tokens": written,
        "output_tokens": number(sums.get("completion")),
    }


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
