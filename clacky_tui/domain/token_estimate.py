"""How many tokens a text or message comes to, estimated without asking any provider.

The figures are those of spec/agent-core.md 4.2: four printable ASCII characters to a token, one and
a half of anything else, rounded up per text, and four tokens around each message. Real tokenisers
differ by a third either way; this is for deciding when to act, never for money.
"""

from __future__ import annotations

from collections.abc import Iterable

from clacky_tui.domain.messages import ImagePart, Message

MESSAGE_TOKENS = 4
IMAGE_TOKENS = 1500

_ASCII_CONTROLS = bytes([*range(0x20), 0x7F])


def text_tokens(text: str) -> int:
    """Estimated tokens of `text`."""
    ascii_text = text.encode("ascii", "ignore")
    printable = len(ascii_text.translate(None, _ASCII_CONTROLS))
    others = len(text) - printable
    return -(-(3 * printable + 8 * others) // 12)


def message_tokens(message: Message) -> int:
    """Estimated tokens of `message` as it is sent: text, images, reasoning and tool calls."""
    tokens = MESSAGE_TOKENS
    if isinstance(message.content, str):
        tokens += text_tokens(message.content)
    else:
        tokens += sum(
            IMAGE_TOKENS if isinstance(part, ImagePart) else text_tokens(part.text)
            for part in message.content
        )
    if message.reasoning:
        tokens += text_tokens(message.reasoning)
    for call in message.tool_calls:
        tokens += text_tokens(call.name) + text_tokens(call.arguments)
    return tokens


def conversation_tokens(messages: Iterable[Message]) -> int:
    """Estimated tokens of `messages` together."""
    return sum(map(message_tokens, messages))
