"""The conversation: append-only, and always in a form every provider accepts."""

from __future__ import annotations

from collections.abc import Iterator

from clacky_tui.domain.messages import Message, Origin, ToolCall

INTERRUPTED_RESULT = '{"error": "The tool call was interrupted before it gave a result."}'


class History:
    """Messages in order. What was sent once is never changed, so the provider's cache holds."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def append(self, message: Message) -> None:
        self._messages.append(message)

    def last_context_text(self) -> str:
        """The newest session-context message, empty when there is none yet."""
        for message in reversed(self._messages):
            if message.origin is Origin.SESSION_CONTEXT:
                return message.text
        return ""

    def for_request(self) -> tuple[Message, ...]:
        """The messages to send: every tool call followed by exactly one result, in call order.

        Missing results (a killed process, an interrupt) are filled rather than their calls dropped,
        because that leaves the cached prefix as it is. Stray results are left out.
        """
        sent: list[Message] = []
        index, messages = 0, self._messages
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


def _missing(call: ToolCall, asked_in: Message) -> Message:
    return Message(
        role="tool",
        content=INTERRUPTED_RESULT,
        origin=Origin.TOOL,
        tool_call_id=call.id,
        task_id=asked_in.task_id,
    )
