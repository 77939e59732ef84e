"""Short names for the beginnings of a conversation, the same in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from clacky_tui.domain.messages import Message


class PrefixDigests:
    """Names each beginning of a conversation; what was named before is not read again."""

    def __init__(self) -> None:
        self._known: list[tuple[Message, str]] = []

    def of(self, messages: Sequence[Message]) -> tuple[str, ...]:
        """For each message the digest of all up to it, as a provider is sent them."""
        known = self._known
        shared = shared_length([message for message, _ in known], messages)
        named = known[:shared]
        before = named[-1][1] if named else ""
        for message in messages[shared:]:
            before = digest((before, _sent_fields(message)))
            named.append((message, before))
        if len(named) > shared or not known:
            self._known = named
        return tuple(name for _, name in named)


def shared_length(earlier: Sequence[Message], later: Sequence[Message]) -> int:
    """How many messages both begin with."""
    for index, (one, other) in enumerate(zip(earlier, later, strict=False)):
        if one is not other and one != other:
            return index
    return min(len(earlier), len(later))


def digest(value: object) -> str:
    """16 hex digits that stand for `value`, by its `repr`."""
    return hashlib.blake2b(repr(value).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _sent_fields(message: Message) -> tuple[object, ...]:
    """What of `message` reaches a provider."""
    return (
        message.role,
        message.content,
        message.tool_calls,
        message.tool_call_id,
        message.reasoning,
        message.reasoning_signature,
    )
