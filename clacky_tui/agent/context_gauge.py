"""What fills the model's window: the parts of a request, counted as the Context tab shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from clacky_tui import events
from clacky_tui.agent.compression_plan import plan_compression
from clacky_tui.agent.prompt import ROLE, RULES
from clacky_tui.domain.messages import Message, Origin, ToolSchema
from clacky_tui.domain.token_estimate import message_tokens, text_tokens

CATEGORIES = ("system", "tools", "rules", "chat", "tool output")
"""In the order they are sent and shown. Each is present in every gauge, also with 0 tokens."""

_SYSTEM_ORIGINS = frozenset({Origin.PROMPT, Origin.SESSION_CONTEXT, Origin.NOTICE})
_OWN_PROMPT = f"{ROLE}\n\n{RULES}"


def gauge_context(
    system_prompt: str,
    messages: Iterable[Message],
    tools: Sequence[ToolSchema],
    *,
    window_tokens: int | None,
    counted_tokens: int | None = None,
) -> events.ContextGauged:
    """The gauge of a session whose next request sends these parts.

    The parts are estimated by `domain.token_estimate`. No wire is asked, so run it on a thread when
    the history is long (about 10 ms per megabyte).

    Args:
        system_prompt: as `agent.prompt.build_system_prompt` made it; what follows the product's own
            text there are the project's rules.
        messages: the history.
        tools: the schemas sent along.
        window_tokens: what the model takes, None when unknown.
        counted_tokens: input and output of the last request as the provider counted them; the
            estimates are then scaled to this sum, None when there is no count.
    """
    messages = list(messages)
    categories = dict.fromkeys(CATEGORIES, 0)
    own = system_prompt[: len(_OWN_PROMPT)] if system_prompt.startswith(_OWN_PROMPT) else ""
    own = own or system_prompt
    categories["system"] = text_tokens(own)
    categories["rules"] = text_tokens(system_prompt[len(own) :])
    categories["tools"] = sum(map(_tool_tokens, tools))
    prefix_tokens = sum(categories.values())
    for message in messages:
        categories[_category(message)] += message_tokens(message)
    plan = plan_compression(messages)
    if counted_tokens is not None:
        categories = _scaled(categories, counted_tokens)
    return events.ContextGauged(
        categories=categories,
        window_tokens=window_tokens,
        compressed_tokens=plan and prefix_tokens + plan.tokens_after,
    )


def _tool_tokens(tool: ToolSchema) -> int:
    parameters = json.dumps(tool.parameters, ensure_ascii=False, separators=(",", ":"))
    return text_tokens(tool.name + tool.description + parameters)


def _category(message: Message) -> str:
    if message.role == "tool" or message.origin is Origin.SHELL:
        return "tool output"
    return "system" if message.origin in _SYSTEM_ORIGINS else "chat"


def _scaled(parts: dict[str, int], total: int) -> dict[str, int]:
    """`parts` in the same proportions, with `total` for a sum; what rounding leaves goes to the
    largest."""
    estimated = sum(parts.values())
    if not estimated:
        return parts
    scaled = {name: tokens * total // estimated for name, tokens in parts.items()}
    largest = max(scaled, key=lambda name: scaled[name])
    scaled[largest] += total - sum(scaled.values())
    return scaled
