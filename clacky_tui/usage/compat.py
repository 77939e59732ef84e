"""Reports with ccusage's keys, so that what was built on them keeps working (usage-sources.md 5).

One shape for every period: where ccusage has two names for a thing, both are there. What is not known
is 0, as readers of ccusage expect a number; `unknown` names the counters of which nothing is known,
`unpricedRequests` and `unknownRequests` count the requests that sums leave out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from clacky_tui.usage.blocks import Block, Projection
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import TOLD_UNKNOWN, By, Query, ReportRow, Sums, make_report

Period = Literal["daily", "weekly", "monthly"]

BY: Mapping[Period, By] = {"daily": By.DAY, "weekly": By.WEEK, "monthly": By.MONTH}
_NAME: Mapping[Period, str] = {"daily": "date", "weekly": "week", "monthly": "month"}

_WARN_PERCENT = 80


def period_report(index: UsageIndex, query: Query, period: Period) -> dict[str, Any]:
    """``{"daily": [...], "totals": {...}}`` and its like, oldest first."""
    report = make_report(index, replace(query, by=(BY[period], By.AGENT, By.MODEL)))
    rows = []
    for start, parts in _grouped(report.rows, 1):
        text = _period_text(start[0], period)
        agents = sorted({str(part.key[1]) for part in parts})
        rows.append(
            {
                _NAME[period]: text,
                "period": text,
                "agent": "all" if len(query.agents) != 1 else agents[0],
                **_breakdown(parts),
                "metadata": {"agents": agents},
            }
        )
    return {period: rows, "totals": figures(report.totals)}


def session_report(index: UsageIndex, query: Query) -> dict[str, Any]:
    """``{"session": [...], "sessions": [...], "totals": {...}}``, one list, the latest last.

    ccusage calls it by the one name for all agents together, by the other for one of them.
    """
    report = make_report(index, replace(query, by=(By.AGENT, By.SESSION, By.PROJECT, By.MODEL)))
    rows = []
    for key, parts in _grouped(report.rows, 2):
        sums = _sum(parts)
        projects = [part.key[2] for part in parts if part.key[2]]
        rows.append(
            {
                "sessionId": key[1] or "",
                "projectPath": projects[0] if projects else "Unknown Project",
                "agent": key[0],
                "period": key[1] or "",
                **_breakdown(parts),
                "firstActivity": _instant_ms(sums.first_at),
                "lastActivity": _instant_ms(sums.last_at),
                "metadata": {"lastActivity": _instant_ms(sums.last_at)},
            }
        )
    rows.sort(key=lambda row: str(row["lastActivity"]))
    return {"session": rows, "sessions": rows, "totals": figures(report.totals)}


def blocks_report(
    blocks: Iterable[Block], now: datetime, token_limit: int | None = None
) -> dict[str, Any]:
    """``{"blocks": [...]}``; with a limit, whether the active block is heading over it."""
    return {"blocks": [_block(block, now, token_limit) for block in blocks]}


def figures(sums: Sums) -> dict[str, Any]:
    """The counters of a row, a model or a total."""
    counters = {
        "inputTokens": sums.known("input"),
        "outputTokens": sums.known("output"),
        "cacheCreationTokens": sums.known_cache_write,
        "cacheReadTokens": sums.known("cache_read"),
        "totalTokens": sums.known_total,
    }
    return {
        **{name: tokens or 0 for name, tokens in counters.items()},
        "totalCost": sums.cost or Decimal(0),
        "unknown": [name for name, tokens in counters.items() if tokens is None],
        "unpricedRequests": sums.unpriced_requests,
        "unknownRequests": {
            name: sums.unknown[name] for name in TOLD_UNKNOWN if sums.unknown[name]
        },
    }


def _breakdown(parts: Sequence[ReportRow]) -> dict[str, Any]:
    models: dict[str, Sums] = defaultdict(Sums)
    for part in parts:
        if part.key[-1] is not None:
            models[str(part.key[-1])].add(part.sums)
    dearest = sorted(models.items(), key=lambda item: (-(item[1].cost or 0), item[0]))
    return {
        **figures(_sum(parts)),
        "modelsUsed": sorted(models),
        "modelBreakdowns": [
            {
                "modelName": name,
                **{key: value for key, value in figures(sums).items() if key != "totalCost"},
                "cost": sums.cost or Decimal(0),
            }
            for name, sums in dearest
        ],
    }


def _grouped(
    rows: Iterable[ReportRow], length: int
) -> Iterable[tuple[tuple[Any, ...], list[ReportRow]]]:
    """Rows that agree in the first `length` parts of their keys, in the order of the first."""
    groups: dict[tuple[Any, ...], list[ReportRow]] = {}
    for row in rows:
        groups.setdefault(row.key[:length], []).append(row)
    return groups.items()


def _sum(parts: Iterable[ReportRow]) -> Sums:
    total = Sums()
    for part in parts:
        total.add(part.sums)
    return total


def _period_text(start: date, period: Period) -> str:
    return start.strftime("%Y-%m") if period == "monthly" else start.isoformat()


def _block(block: Block, now: datetime, token_limit: int | None) -> dict[str, Any]:
    start = _instant(block.start)
    rate = block.burn_rate if block.is_active else None
    projection = block.projection(now)
    return {
        "id": f"gap-{start}" if block.is_gap else start,
        "startTime": start,
        "endTime": _instant(block.end),
        "actualEndTime": block.last and _instant(block.last),
        "isActive": block.is_active,
        "isGap": block.is_gap,
        "entries": block.requests,
        "tokenCounts": {
            "inputTokens": block.input,
            "outputTokens": block.output,
            "cacheCreationInputTokens": block.cache_write,
            "cacheReadInputTokens": block.cache_read,
        },
        "totalTokens": block.total_tokens,
        "costUSD": block.cost or Decimal(0),
        "unpricedRequests": block.unpriced_requests,
        "uncountedRequests": block.uncounted_requests,
        "models": list(block.models),
        "burnRate": rate
        and {
            "tokensPerMinute": rate.tokens_per_minute,
            "tokensPerMinuteForIndicator": rate.tokens_per_minute_uncached,
            "costPerHour": rate.usd_per_hour or Decimal(0),
        },
        "projection": projection
        and {
            "totalTokens": projection.total_tokens,
            "totalCost": projection.cost or Decimal(0),
            "remainingMinutes": projection.remaining_minutes,
        },
        **(_limit_status(projection, token_limit) if projection and token_limit else {}),
    }


def _limit_status(projection: Projection, limit: int) -> dict[str, Any]:
    percent = 100 * projection.total_tokens / limit
    status = "exceeds" if percent > 100 else "warning" if percent > _WARN_PERCENT else "ok"
    return {
        "tokenLimitStatus": {
            "limit": limit,
            "projectedUsage": projection.total_tokens,
            "percentUsed": percent,
            "status": status,
        }
    }


def _instant_ms(at: int | None) -> str | None:
    return None if at is None else _instant(datetime.fromtimestamp(at / 1000, UTC))


def _instant(at: datetime) -> str:
    """As JavaScript writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
