"""One line for the status bar of Claude Code, which hands a hook's JSON to a command.

The keys it sends are those of Claude Code's ``statusLine`` setting; every one may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from clacky_tui.usage.blocks import Block
from clacky_tui.usage.entry import to_pico, to_usd


@dataclass(frozen=True, slots=True)
class Hook:
    """What the status bar is about."""

    session: str = ""
    model: str = ""
    """As it is shown."""
    session_cost: Decimal | None = None
    """USD, by Claude Code's own count."""
    context_percent: float | None = None


def parse_hook(text: str) -> Hook:
    """What of `text` can be used; nothing of what is no JSON object."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return Hook()
    if not isinstance(found, dict):
        return Hook()
    model, cost, window = (_object(found, key) for key in ("model", "cost", "context_window"))
    percent = window.get("used_percentage")
    if not isinstance(percent, int | Decimal) or isinstance(percent, bool):
        percent = None
    return Hook(
        session=_text(found, "session_id"),
        model=_text(model, "display_name") or _text(model, "id"),
        session_cost=to_usd(to_pico(cost.get("total_cost_usd"))),
        context_percent=None if percent is None else float(percent),
    )


def status_line(
    hook: Hook,
    *,
    session: Decimal | None,
    today: Decimal | None,
    block: Block | None,
    now: datetime,
    money: Callable[[Decimal | None], str],
) -> str:
    """``Opus 4.6 | session $0.23, today $1.23 | block $0.45, 2h 45m left, $0.12/h | context 12%``.

    Args:
        hook: what Claude Code said.
        session: USD of the session by the index; used where the hook names no cost.
        today: USD of the day.
        block: the active five-hour block.
        now: aware.
        money: how an amount is written; an unknown one too.
    """
    spent = hook.session_cost if hook.session_cost is not None else session
    parts = [hook.model] if hook.model else []
    parts.append(f"session {money(spent)}, today {money(today)}")
    if block is None:
        parts.append("no block")
    else:
        words = [f"block {money(block.cost)}", f"{_left(block, now)} left"]
        if (rate := block.burn_rate) is not None:
            words.append(f"{money(rate.usd_per_hour)}/h")
        parts.append(", ".join(words))
    if hook.context_percent is not None:
        parts.append(f"context {hook.context_percent:.0f}%")
    return " | ".join(parts)


def _left(block: Block, now: datetime) -> str:
    minutes = max(0, round((block.end - now).total_seconds() / 60))
    return f"{minutes // 60}h {minutes % 60:02}m" if minutes >= 60 else f"{minutes}m"


def _object(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""
