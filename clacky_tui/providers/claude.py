"""What Claude models can do, told by their names, wherever they are served."""

from __future__ import annotations

import re
from typing import Any

from clacky_tui.providers.base import ReasoningLevel

MIN_THINKING_TOKENS = 1024
"""The smallest thinking budget the API takes."""
_THINKING_TOKENS: dict[ReasoningLevel, int] = {"low": 4_000, "medium": 10_000, "high": 24_000}

_MARKABLE = re.compile(
    r"(?<!\d)3[-.]?[5-9](?!\d)"  # 3.5 to 3.9
    r"|-[4-9](?:[-.]|$)"  # any later generation
    r"|-sonnet-[34](?!\d)"
)
_BUDGETED_THINKING = re.compile(
    r"(?<!\d)3[-.]?7(?!\d)"
    r"|-(?:opus|sonnet|haiku)-4(?:[-.][0-5])?(?!\d|[-.]\d{1,2}(?!\d))"
    r"|claude-4(?:[-.][0-5])?-(?:opus|sonnet|haiku)"
)
"""3.7 to 4.5: they think within a budget of tokens; 4.6 and later decide how much themselves and
refuse a budget (Anthropic's documentation of adaptive thinking, 2026)."""


def takes_cache_marks(model: str) -> bool:
    """True for Claude 3.5 and later, the models whose cache has to be asked for (spec 3.1).

    The same models take the one-hour lifetime; other models behind the Messages API may not know it.
    """
    name = _plain(model)
    return "claude" in name and _MARKABLE.search(name) is not None


def thinking_settings(model: str, level: ReasoningLevel, max_output_tokens: int) -> dict[str, Any]:
    """The fields of a request that make `model` think at `level`; empty for not at all.

    A budget never takes more than half of `max_output_tokens`.
    """
    if level == "off":
        return {}
    if not thinks_within_budget(model):
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    budget = min(_THINKING_TOKENS[level], max_output_tokens // 2)
    if budget < MIN_THINKING_TOKENS:
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def thinks_within_budget(model: str) -> bool:
    """True for models that are told how many tokens to think instead of how hard."""
    name = _plain(model)
    return "claude" in name and _BUDGETED_THINKING.search(name) is not None


def _plain(model: str) -> str:
    return model.lower().removeprefix("abs-").partition(":")[0]
