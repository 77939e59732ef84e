"""Where the cache breakpoints of a request go."""

from __future__ import annotations

from collections.abc import Sequence

from clacky_tui.domain.messages import Message, Origin

ROLLING_MARKS = 2
"""Together with the system prompt's and the last tool's this makes the four Anthropic allows.

Two, because the next request then still carries a mark where this one's last mark stood, whatever
was appended between (spec/agent-core.md 3.2)."""

_SCAFFOLDING = frozenset({Origin.SESSION_CONTEXT, Origin.NOTICE, Origin.PROMPT})


def choose_marks(messages: Sequence[Message]) -> tuple[int, ...]:
    """Indexes of the messages that carry a mark, ascending: the ends of the last two inputs.

    An input is what the person typed or one batch of tool results, in which only the last carries
    the mark because they travel as one message. Replies are skipped: a request never ends on one,
    so no earlier request can have left a mark there. Scaffolding is skipped too.
    """
    marks: list[int] = []
    for index in range(len(messages) - 1, -1, -1):
        message = messages[index]
        if message.role == "assistant" or message.origin in _SCAFFOLDING:
            continue
        following = messages[index + 1 : index + 2]
        if message.role == "tool" and following and following[0].role == "tool":
            continue
        marks.append(index)
        if len(marks) == ROLLING_MARKS:
            break
    return tuple(reversed(marks))
