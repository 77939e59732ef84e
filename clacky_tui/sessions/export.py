"""Sessions leaving the data folder: as Markdown, as OpenClacky's JSON, or as a zip of their files.

Secrets are masked on the way out. Markdown is for other people's eyes and masks whatever is called a
secret; JSON and zip mask only what is one by its shape, or is a configured key, so that source code
in them stays exact.
"""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from clacky_tui.domain.messages import Origin
from clacky_tui.domain.redact import mask_tokens, redact
from clacky_tui.sessions.folder import files_of
from clacky_tui.sessions.journal import encoded
from clacky_tui.sessions.markdown import to_markdown
from clacky_tui.sessions.openclacky import OWN_KEY, openclacky_records
from clacky_tui.sessions.openclacky_messages import fields_of, messages_from
from clacky_tui.sessions.reader import StoredSession, read_session
from clacky_tui.sessions.records import journal_records, parsed


def export_markdown(path: Path, known_secrets: Sequence[str] = ()) -> str:
    """The session in `path`, to read.

    Args:
        path: the session's file.
        known_secrets: exact values to mask besides those found by their looks.

    Raises:
        OSError: the file cannot be read.
        SessionError: it is no session.
    """
    records = openclacky_records(path) if path.suffix == ".json" else journal_records(path)
    return redact(to_markdown(records), known_secrets)


def export_json(path: Path, known_secrets: Sequence[str] = ()) -> str:
    """The session in `path` as an OpenClacky document, which `import_session` reads back whole.

    Arguments and errors are those of `export_markdown`.
    """
    document = _masked(to_document(read_session(path)), known_secrets)
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def export_zip(sessions: Iterable[Path], known_secrets: Sequence[str] = ()) -> bytes:
    """All files of `sessions`, archives included, as the bytes of a zip.

    Raises:
        OSError: a file cannot be read.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sessions:
            for file in files_of(path):
                archive.writestr(file.name, _masked_file(file, known_secrets))
    return buffer.getvalue()


def to_document(session: StoredSession) -> dict[str, Any]:
    """`session` with OpenClacky's keys; what has no place among them stands under `clacky_tui`."""
    messages = [fields_of(message) for message in session.messages]
    derived = [next(messages_from(fields)).origin for fields in messages]
    signed = {i: m.reasoning_signature for i, m in enumerate(session.messages)}
    origins = {
        i: message.origin
        for i, (message, origin) in enumerate(zip(session.messages, derived, strict=True))
        if message.origin is not origin and message.origin is not Origin.PROMPT
    }
    prompt = [{"role": "system", "content": session.system_prompt}] if session.system_prompt else []
    tree = session.task_tree
    return {
        "session_id": session.id,
        "name": session.name,
        "pinned": session.pinned,
        "created_at": session.created_at.isoformat(),
        "updated_at": session.updated_at.isoformat(),
        "working_dir": session.working_dir,
        "source": session.source,
        "todos": [dataclasses.asdict(todo) for todo in session.todos.items],
        "time_machine": {
            "task_parents": {str(task): parent for task, parent in tree.parents.items()},
            "current_task_id": tree.newest,
            "active_task_id": tree.active,
        },
        "config": {
            "permission_mode": session.mode,
            "reasoning_effort": session.reasoning_level or None,
            "model_name": session.model,
        },
        "stats": {
            "total_tasks": session.tasks,
            "total_iterations": session.requests,
            "total_cost_usd": round(float(session.cost), 4),
            "last_status": "interrupted" if session.task_open else "success",
            "session_token_totals": {
                "prompt": session.usage.prompt_tokens,
                "completion": session.usage.output_tokens,
                "cache_creation": session.usage.cache_creation_tokens,
                "cache_read": session.usage.cache_read_tokens,
            },
        },
        "messages": prompt + messages,
        OWN_KEY: {
            "system_prompt": session.system_prompt,
            "simulated": session.simulated,
            "cost": format(session.cost, "f"),
            "requests": session.requests,
            "unpriced": session.unpriced,
            "tokens": dataclasses.asdict(session.usage),
            "signatures": {str(i): signature for i, signature in signed.items() if signature},
            "origins": {str(i): origin.value for i, origin in origins.items()},
        },
    }


def _masked_file(file: Path, known: Sequence[str]) -> bytes:
    content = file.read_bytes()
    if file.suffix == ".jsonl":
        return b"".join(_masked_line(line, known) for line in content.splitlines(keepends=True))
    if file.suffix == ".json":
        try:
            document = _masked(json.loads(content), known)
        except (ValueError, RecursionError):
            pass  # no document: masked as the text it is
        else:
            return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace")
    text = mask_tokens(content.decode("utf-8", "surrogateescape"), known)
    return text.encode("utf-8", "surrogateescape")


def _masked_line(line: bytes, known: Sequence[str]) -> bytes:
    record = parsed(line)
    if record is not None:
        return encoded(_masked(record, known))
    text = mask_tokens(line.decode("utf-8", "surrogateescape"), known)
    return text.encode("utf-8", "surrogateescape")


def _masked(value: Any, known: Sequence[str]) -> Any:
    match value:
        case str():
            return mask_tokens(value, known)
        case dict():
            return {key: _masked(item, known) for key, item in value.items()}
        case list():
            return [_masked(item, known) for item in value]
        case _:
            return value
