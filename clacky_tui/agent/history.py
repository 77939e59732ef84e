"""The conversation: append-only, and always in a form every provider accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clacky_tui.domain.messages import ImagePart, Message, Origin, ToolCall

INTERRUPTED_RESULT = '{"error": "The tool call was interrupted before it gave a result."}'

_REFUSED = "[SYSTEM] The user refused the last call and said: "
_REFUSED_NEXT = "\nAnswer this before you act again."


class History:
    """Messages in order. What was sent once is never changed, so the provider's cache holds.

    The one exception is `replace_all`, for a compression: it costs exactly one cold request.
    Messages of tasks that were undone stay, hidden, until the person goes back to them.
    """

    def __init__(self) -> None:
        self._stored: list[Message] = []
        self._messages: list[Message] = []
        self._hidden: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self.messages)

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation as it stands; later changes do not show in it."""
        return tuple(self._messages)

    @property
    def stored(self) -> tuple[Message, ...]:
        """The conversation with what is hidden; each task stands after those it began from."""
        return tuple(self._stored)

    def append(self, message: Message) -> None:
        self._stored.append(message)
        if message.task_id not in self._hidden:
            self._messages.append(message)

    def hide(self, tasks: frozenset[int]) -> None:
        """Hide the messages of `tasks`, and of no others, from everything but `stored`."""
        self._hidden = tasks
        self._messages = [m for m in self._stored if m.task_id not in tasks]

    def replace_all(self, messages: Sequence[Message]) -> None:
        """Put `messages` in the place of the whole conversation, in one step. What is hidden stays.

        It moves behind `messages`, so that it still stands after the tasks it began from.
        """
        hidden = [m for m in self._stored if m.task_id in self._hidden]
        self._stored = [*messages, *hidden]
        self.hide(self._hidden)

    def last_context_text(self) -> str:
        """The newest session-context message, empty when there is none yet."""
        for message in reversed(self._messages):
            if message.origin is Origin.SESSION_CONTEXT:
                return message.text
        return ""

    def for_request(self) -> tuple[Message, ...]:
        """The messages to send, see `sendable`."""
        return sendable(self._messages)


def sendable(messages: Sequence[Message]) -> tuple[Message, ...]:
    """`messages` with every tool call followed by exactly one result, in call order.

    Missing results (a killed process, an interrupt) are filled rather than their calls dropped,
    because that leaves the cached prefix as it is. Stray results are left out.
    """
    sent: list[Message] = []
    index = 0
    while index < len(messages):
        message = messages[index]
        index += 1
        if message.role == "tool":
            continue
        sent.append(message)
        if not message.tool_calls:
            continue
        results: dict[str, Message] = {}
        while index < len(messages) and messages[index].role == "tool":
            results.setdefault(messages[index].tool_call_id, messages[index])
            index += 1
        sent += [results.get(call.id) or _missing(call, message) for call in message.tool_calls]
    return tuple(sent)


def refusal_notice(feedback: str) -> Message:
    """Tells the model what the person said when refusing its call."""
    return Message("user", f"{_REFUSED}{feedback}{_REFUSED_NEXT}", Origin.NOTICE)


def said_by_user(message: Message) -> str:
    """The person's own words in `message`, typed as a message or when refusing; empty without any.

    An image leaves a mark in them.
    """
    if message.origin is Origin.USER:
        images = () if isinstance(message.content, str) else message.content
        marks = ["[image]" for part in images if isinstance(part, ImagePart)]
        return "\n".join(filter(None, [message.text, *marks]))
    if message.origin is Origin.NOTICE and message.text.startswith(_REFUSED):
        return message.text.removeprefix(_REFUSED).removesuffix(_REFUSED_NEXT)
    return ""


def _missing(call: ToolCall, asked_in: Message) -> Message:
    return Message(
        role="tool",
        content=INTERRUPTED_RESULT,
        origin=Origin.TOOL,
        tool_call_id=call.id,
        task_id=asked_in.task_id,
    )
