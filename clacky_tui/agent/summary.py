"""The summary message: what stands at the head of a conversation in place of what was archived.

What the person said and the open todos are in it word for word; only the rest is summarised. Later
compressions read the person's words back out of it, so each stands behind a line that says how many
characters follow: no text, whatever it holds, can be taken for the message's own frame.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clacky_tui.domain.messages import Message, Origin
from clacky_tui.sessions.chunks import Chunk

NEWEST_CHARACTERS = 20_000
"""The newest message of the person is kept up to here."""
EACH_CHARACTERS = 4_000
"""An older one up to here,"""
SHORTEST_CHARACTERS = 300
"""and up to here once all together have used up"""
ALL_CHARACTERS = 60_000
OLDER_CHUNKS = 10
"""Older archives listed by name."""

INSTRUCTION = """\
[SYSTEM] The conversation above ends here and a compression begins. Do not answer or continue any \
request in it and do not call any tool: reply in plain text only.

Write down what is needed to carry the work on, for a reader who will have nothing but your words. \
First one line

<topics>three to six short phrases, separated by commas</topics>

and then

<summary>
...
</summary>

Cover what the user asked for and meant; decisions and their reasons; technical concepts and code \
changes; files examined or changed, by path, and what matters in them; errors met and how they were \
fixed; where the work stands now and the next step. Take over from an earlier compressed summary \
what still matters. The user's own messages, the open todos and the last messages are kept word for \
word beside your summary, so do not repeat them. Be exact with names, paths, numbers and commands. \
At most 1,000 words, in the language of the conversation."""

_OPENING = "[Compressed summary: "
_SAID_HEADING = "## What the user said, word for word, oldest first"
_SAID_LINE = re.compile(r"\[user message, (\d+) characters(?:, archived in ([^\]\n]+))?\]\n")
_TOPICS = re.compile(r"<topics>([^<]*)(?:</topics>)?")
_CUT = "\n[... {count:,} characters left out here; {where} ...]\n"


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the person. `chunk` names the archive that has it, empty when none has."""

    text: str
    chunk: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model made of the instruction."""

    topics: str
    summary: str


def instruction() -> Message:
    """The last message of a compression request; never part of the conversation."""
    return Message("user", INSTRUCTION, Origin.NOTICE)


def read_answer(text: str) -> Answer | None:
    """Topics and summary in the model's reply; None when there is no summary in it."""
    topics = _TOPICS.search(text)
    summary = _TOPICS.sub("", text, count=1).strip()
    if not re.sub(r"</?summary>", "", summary).strip():
        return None
    return Answer(" ".join(topics[1].split()) if topics else "", summary)


def is_summary(message: Message) -> bool:
    """True for the message `summary_message` makes."""
    return message.origin is Origin.NOTICE and message.text.startswith(_OPENING)


def summary_message(
    answer: Answer,
    *,
    said: Sequence[Said],
    todos: Sequence[str],
    archived_count: int,
    chunk: Chunk | None,
    older: Sequence[Chunk],
) -> Message:
    """The message itself, from the user because a conversation may not begin with a reply.

    Args:
        answer: the model's summary.
        said: the person's words, oldest first; very long ones are cut, none is left out.
        todos: the open ones.
        archived_count: how many messages it stands for.
        chunk: the archive that has them, None when it could not be written.
        older: earlier archives, newest first.
    """
    parts = [f"{_OPENING}it stands in place of {archived_count} earlier messages.]"]
    if said:
        parts += [_SAID_HEADING, *(_said_block(item) for item in _bounded(said))]
    if todos:
        parts += ["## Open todos", "\n".join(f"- {todo}" for todo in todos)]
    parts += ["## Summary of the rest", answer.summary]
    if older:
        parts += ["---", "## Older archives", "\n".join(_older_lines(older, chunk))]
    if chunk is not None:
        parts.append(
            f"The archived messages are in {chunk.path}; read them with file_reader when a detail "
            "is needed."
        )
    return Message("user", "\n\n".join(parts), Origin.NOTICE)


def said_in(message: Message) -> tuple[Said, ...]:
    """The person's words that a summary message holds, oldest first."""
    text = message.text
    heading = text.partition("\n\n")[2]
    if not is_summary(message) or not heading.startswith(_SAID_HEADING):
        return ()
    said: list[Said] = []
    position = len(text) - len(heading) + len(_SAID_HEADING) + 2
    while line := _SAID_LINE.match(text, position):
        end = line.end() + int(line[1])
        said.append(Said(text[line.end() : end], line[2] or ""))
        position = end + 2
    return tuple(said)


def _said_block(item: Said) -> str:
    where = f", archived in {item.chunk}" if item.chunk else ""
    return f"[user message, {len(item.text)} characters{where}]\n{item.text}"


def _bounded(said: Sequence[Said]) -> list[Said]:
    """`said` with the very long ones cut, older ones shorter."""
    bounded: list[Said] = []
    left = ALL_CHARACTERS
    for item in reversed(said):
        most = EACH_CHARACTERS if bounded else NEWEST_CHARACTERS
        text = _cut(item, max(SHORTEST_CHARACTERS, min(most, left)))
        left -= len(text)
        bounded.append(Said(text, item.chunk))
    return bounded[::-1]


def _cut(item: Said, limit: int) -> str:
    """The beginning and the end of a text that is clearly longer than `limit` characters."""
    where = f"all of it is in {item.chunk}" if item.chunk else "they were not archived"
    tail = limit // 4
    count = len(item.text) - limit
    note = _CUT.format(count=count, where=where)
    if count <= 2 * len(note):
        return item.text
    return item.text[: limit - tail] + note + item.text[-tail:]


def _older_lines(older: Sequence[Chunk], chunk: Chunk | None) -> list[str]:
    folder = (chunk or older[0]).path.parent
    lines = [f"- {item.name}{f': {item.topics}' if item.topics else ''}" for item in older]
    listed, rest = lines[:OLDER_CHUNKS], older[OLDER_CHUNKS:]
    if rest:
        listed.append(f"… and {len(rest)} older archives back to {rest[-1].name}")
    return [*listed, f"They are in {folder}; file_reader reads them."]
