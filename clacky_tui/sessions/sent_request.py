"""What a journal keeps of a request that reached its provider, so that the next one continues it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from clacky_tui.domain.usage import Usage
from clacky_tui.sessions.records import Record, moment, number, word

Lifetime = Literal["5m", "1h"]


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request of the conversation, or of a part of it, and where its cache marks stood.

    `marks` pairs the index of a message with the digest of all up to it; `last_prefix` is the digest of
    the whole conversation sent, which had `message_count` messages. `usage` is None when the provider
    never told it; it is written in the event of the same request, not here.
    """

    at: datetime
    model: str
    reasoning_level: str
    marks: tuple[tuple[int, str], ...]
    lifetime: Lifetime
    tools_digest: str
    message_count: int
    last_prefix: str
    fills_reasoning: bool = False
    usage: Usage | None = None

    def to_record(self) -> dict[str, Any]:
        """As JSON values, without the usage."""
        return {
            "at": self.at.isoformat(),
            "model": self.model,
            "level": self.reasoning_level,
            "marks": [list(mark) for mark in self.marks],
            "lifetime": self.lifetime,
            "answered": self.usage is not None,
            "tools": self.tools_digest,
            "messages": self.message_count,
            "prefix": self.last_prefix,
            **({"fills_reasoning": True} if self.fills_reasoning else {}),
        }


def sent_request(record: Record, usage: Usage | None) -> SentRequest | None:
    """The request that `record` tells of; None when it is damaged.

    Args:
        record: what `SentRequest.to_record` gave.
        usage: what the request used; counts only where the record says that it was told.
    """
    at, listed = moment(record.get("at")), record.get("marks")
    if at is None or not isinstance(listed, list):
        return None
    marks: list[tuple[int, str]] = []
    for mark in listed:
        match mark:
            case [int() as index, str() as prefix] if index >= 0:
                marks.append((index, prefix))
            case _:
                return None
    request = SentRequest(
        at=at,
        model=word(record.get("model")),
        reasoning_level=word(record.get("level")),
        marks=tuple(marks),
        lifetime="1h" if record.get("lifetime") == "1h" else "5m",
        tools_digest=word(record.get("tools")),
        message_count=number(record.get("messages")),
        last_prefix=word(record.get("prefix")),
        fills_reasoning=record.get("fills_reasoning") is True,
    )
    return replace(request, usage=usage or Usage()) if record.get("answered") is True else request
