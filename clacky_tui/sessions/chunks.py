"""Chunk archives: what left the conversation when it was compressed, as Markdown one can read again.

One file per compression beside the session's journal, `<journal>-chunk-<N>.md`, in the format of
OpenClacky (spec/agent-core.md 4.6). Nothing about them is kept in memory: numbers and topics are
read from the folder, so a restart or a copied session never reuses a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from clacky_tui.domain.messages import ImagePart, Message
from clacky_tui.files import PRIVATE_FILE_MODE, make_private_dir, write_atomic

RESULT_CHARACTERS = 500
ARGUMENT_CHARACTERS = 200
HEADER_LINES = 20
"""The topics stand within these first lines."""
TOPICS_CHARACTERS = 200

_HEADINGS = {"user": "User", "assistant": "Assistant"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """One archive on the disk."""

    number: int
    path: Path
    topics: str

    @property
    def name(self) -> str:
        return self.path.name


class ChunkArchive:
    """The archives of one session. Reads and writes files; call it in a thread.

    Args:
        session_id: written into each archive.
        base: the journal's path without its suffix; the archives' names begin with it.
    """

    def __init__(self, session_id: str, base: Path) -> None:
        self._session_id = session_id
        self._base = base
        self._name = re.compile(re.escape(base.name) + r"-chunk-(\d+)\.md")

    def chunks(self) -> tuple[Chunk, ...]:
        """All archives of the session, newest first."""
        found = [Chunk(number, path, _topics_of(path)) for number, path in self._numbered()]
        return tuple(sorted(found, key=lambda chunk: chunk.number, reverse=True))

    def write(
        self,
        messages: Sequence[Message],
        *,
        topics: str,
        archived_at: datetime,
        whole_results: bool = False,
    ) -> Chunk:
        """Archive `messages` under the next number; whole on the disk or not there at all.

        Args:
            messages: in order; they are written as they are given.
            topics: a few words on what they are about, may be empty.
            archived_at: aware time.
            whole_results: True keeps tool results in full instead of their beginnings.

        Raises:
            OSError: the folder cannot be written or the disk is full.
        """
        make_private_dir(self._base.parent)
        number = max((number for number, _ in self._numbered()), default=0) + 1
        path = self._base.with_name(f"{self._base.name}-chunk-{number}.md")
        topics = " ".join(topics.split())[:TOPICS_CHARACTERS]
        header = self._header(number, len(messages), topics, archived_at)
        limit = None if whole_results else RESULT_CHARACTERS
        text = "\n".join([*header, *_body(messages, limit)])
        write_atomic(path, text.encode("utf-8", "replace"), mode=PRIVATE_FILE_MODE)
        return Chunk(number, path, topics)

    def _numbered(self) -> Iterator[tuple[int, Path]]:
        folder = self._base.parent
        if not folder.is_dir():
            return
        for path in folder.iterdir():
            if match := self._name.fullmatch(path.name):
                yield int(match[1]), path

    def _header(self, number: int, count: int, topics: str, archived_at: datetime) -> Iterator[str]:
        yield "---"
        yield f"session_id: {self._session_id}"
        yield f"chunk: {number}"
        yield f"compression_level: {number}"
        yield f"archived_at: {archived_at.isoformat(timespec='seconds')}"
        yield f"message_count: {count}"
        if topics:
            yield f"topics: {topics}"
        yield "---"
        yield ""
        yield f"# Session Chunk {number}"
        yield ""
        yield "> This part of the conversation was archived when the conversation was compressed."
        yield "> It can be read again with file_reader whenever its details are needed."
        yield ""


def _topics_of(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = islice(file, HEADER_LINES)
            return next((line[7:].strip() for line in lines if line.startswith("topics:")), "")
    except OSError:
        return ""


def _body(messages: Sequence[Message], result_limit: int | None) -> Iterator[str]:
    tools: dict[str, str] = {}
    for message in messages:
        if message.role == "tool":
            yield f"### Tool Result: {tools.get(message.tool_call_id, 'tool')}"
            yield from _fenced(message, result_limit)
            continue
        yield f"## {_HEADINGS.get(message.role, message.role)}"
        if message.tool_calls:
            tools |= {call.id: _one_line(call.name) for call in message.tool_calls}
            calls = (f"{tools[c.id]} | {_arguments(c.arguments)}" for c in message.tool_calls)
            yield f"_Tool calls: {'; '.join(calls)}_"
            yield ""
        yield _text(message)
        yield ""


def _fenced(message: Message, limit: int | None) -> Iterator[str]:
    """The result in a fence longer than any inside it."""
    text = _text(message)
    cut = text if limit is None else text[:limit]
    longest = max((len(run) for run in re.findall("`+", cut)), default=0)
    fence = "`" * max(3, longest + 1)
    yield fence
    yield cut
    yield fence
    if len(cut) < len(text):
        yield f"_[cut: the first {len(cut):,} of {len(text):,} characters]_"
    yield ""


def _text(message: Message) -> str:
    if isinstance(message.content, str):
        return message.content
    return "\n".join(
        "[image]" if isinstance(part, ImagePart) else part.text for part in message.content
    )


def _arguments(text: str) -> str:
    """A call's arguments on one line, long values cut."""
    try:
        return json.dumps(_shortened(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _cut(_one_line(text))


def _shortened(value: Any) -> Any:
    match value:
        case str():
            return _cut(value)
        case dict():
            return {key: _shortened(item) for key, item in value.items()}
        case list():
            return [_shortened(item) for item in value]
        case _:
            return value


def _cut(text: str) -> str:
    too_long = len(text) > ARGUMENT_CHARACTERS
    return text[: ARGUMENT_CHARACTERS - 2] + "..." if too_long else text


def _one_line(text: str) -> str:
    return " ".join(text.split())
