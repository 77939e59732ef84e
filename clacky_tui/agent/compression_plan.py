"""What a compression would do: which messages it archives, which it keeps, which the model is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from clacky_tui.agent import summary
from clacky_tui.agent.history import said_by_user
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.token_estimate import conversation_tokens, text_tokens

RECENT_GROUPS = 20
RECENT_MESSAGES = 60
RECENT_TOKENS = 20_000
"""The last messages stay as they are, up to the least of the three."""
RESULT_CHARACTERS = 2_001
"""Of a tool result among them that the model has already read."""
SUMMARY_TOKENS = 2_000
"""What a summary is taken to come to when the gain is estimated beforehand."""

_RESULT_CUT = "\n[cut: the first {kept:,} of {all:,} characters; call the tool again for the rest]"


@dataclass(frozen=True, slots=True)
class Plan:
    """A conversation taken apart. `archived` and `kept` together are all of it."""

    asked: tuple[Message, ...]
    """What the model is shown: the conversation as far as it was sent before."""
    archived: tuple[Message, ...]
    kept: tuple[Message, ...]

    @property
    def message_count(self) -> int:
        return len(self.archived) + len(self.kept)

    @property
    def said(self) -> tuple[Message, ...]:
        """The archived messages that hold words of the person."""
        return tuple(message for message in self.archived if said_by_user(message))

    @property
    def tokens_after(self) -> int:
        """Estimated tokens of the conversation that would come of it."""
        earlier = [item.text for message in self.archived for item in summary.said_in(message)]
        own_words = [*earlier, *(said_by_user(message) for message in self.said)]
        kept = conversation_tokens(self.kept) + sum(map(text_tokens, own_words))
        return kept + SUMMARY_TOKENS


def plan_compression(
    messages: Sequence[Message],
    *,
    groups: int = RECENT_GROUPS,
    tokens: int = RECENT_TOKENS,
    ask_until: int | None = None,
) -> Plan | None:
    """Choose what to archive; None when there is nothing to summarise.

    A reply with calls and its results stay together on either side of every cut.

    Args:
        messages: the whole conversation.
        groups: most groups kept, a group being a message with the tool results after it.
        tokens: most estimated tokens kept.
        ask_until: index of the first message the model is not shown; all from there are kept,
            whatever the limits. None shows what has been sent before and is therefore cached.
    """
    grouped = _groups(messages)
    ask_until = unsent_from(messages) if ask_until is None else ask_until
    cut, kept, kept_tokens = len(messages), list[Message](), 0
    for count, group in enumerate(reversed(grouped), start=1):
        start = cut - len(group)
        if start < ask_until:
            group = tuple(map(_trimmed, group))
            kept_tokens += conversation_tokens(group)
            if count > groups or len(messages) - start > RECENT_MESSAGES or kept_tokens > tokens:
                break
        kept[:0] = group
        cut = start
    archived = tuple(messages[:cut])
    if not any(message.origin in (Origin.MODEL, Origin.TOOL) for message in archived):
        return None
    return Plan(tuple(messages[:ask_until]), archived, tuple(kept))


def group_start(messages: Sequence[Message], index: int) -> int:
    """Where the group that holds the message at `index` begins."""
    while index > 0 and messages[index].role == "tool":
        index -= 1
    return index


def _groups(messages: Sequence[Message]) -> list[tuple[Message, ...]]:
    """`messages` in runs that must not be torn apart: a message and the tool results after it."""
    groups: list[list[Message]] = []
    for message in messages:
        if message.role == "tool" and groups:
            groups[-1].append(message)
        else:
            groups.append([message])
    return [tuple(group) for group in groups]


def unsent_from(messages: Sequence[Message]) -> int:
    """Where the part begins that no request has carried yet: the model's last reply.

    Showing just what is before it makes the compression request the previous one again, cached
    throughout, plus the instruction. What is left out is the newest, and stays word for word.
    """
    replies = (i for i in range(len(messages) - 1, -1, -1) if messages[i].origin is Origin.MODEL)
    return next(replies, len(messages))


def _trimmed(message: Message) -> Message:
    """`message` with a long tool result cut; images among results stay."""
    if message.role != "tool" or not isinstance(message.content, str):
        return message
    length = len(message.content)
    if length <= RESULT_CHARACTERS + len(_RESULT_CUT):
        return message
    note = _RESULT_CUT.format(kept=RESULT_CHARACTERS, all=length)
    return replace(message, content=message.content[:RESULT_CHARACTERS] + note)
