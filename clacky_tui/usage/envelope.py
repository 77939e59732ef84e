"""A report as data for other programs: one shape for every report, schema 1.

Costs are exact decimals in USD, or null where nothing is known; tokens likewise
(spec/usage-sources.md 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from clacky_tui.domain.money import Currency, convert
from clacky_tui.usage.entry import to_usd
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine, Reader
from clacky_tui.usage.readers.registry import READERS
from clacky_tui.usage.report import By, Report, Sums, unpriced_models
from clacky_tui.usage.schema import CLASSES

SCHEMA = 1


def envelope(
    index: UsageIndex,
    report: Report,
    *,
    now: datetime,
    prices: dict[str, str | None],
    currency: Currency | None = None,
) -> dict[str, Any]:
    """`report` with where its figures come from.

    Args:
        index: what the report was made of.
        report: the sums.
        now: the present, aware; says when it was made and in which zone.
        prices: source and date of the list prices.
        currency: in which costs are given too, beside USD; None for USD alone.
    """
    query = report.query
    rate = {"currency": {"code": currency.code, "per_usd": currency.per_usd}} if currency else {}
    return {
        "schema": SCHEMA,
        "generated_at": now.isoformat(timespec="seconds"),
        "tz": str(query.zone) if query.zone is not None else now.strftime("%z"),
        "range": {"since": _iso(query.since), "until": _iso(query.until)},
        **rate,
        "rows": [
            {
                "key": {by.value: _iso(part) for by, part in zip(query.by, row.key, strict=True)},
                **figures(row.sums, currency),
            }
            for row in report.rows
        ],
        "totals": {
            **figures(report.totals, currency),
            "known_cost_usd": to_usd(report.totals.recorded_pico + report.totals.estimated_pico),
            "unpriced": {
                "requests": report.totals.unpriced_requests,
                "tokens": report.totals.unpriced_tokens,
                "models": [
                    {"model": model, "requests": requests}
                    for model, requests in sorted(
                        unpriced_models(index, query).items(), key=lambda item: str(item[0])
                    )
                ],
            },
            "unknown": {
                f"{name}_requests": report.totals.unknown[name]
                for name in CLASSES
                if report.totals.unknown[name]
            },
        },
        "coverage": coverage(index, READERS, Machine.this()),
        "prices": prices,
    }


def figures(sums: Sums, currency: Currency | None = None) -> dict[str, Any]:
    """The figures of a row or a total; what is known of no request is null.

    In a `currency` there is `cost` beside `cost_usd`.
    """
    converted = {}
    if currency is not None:
        converted["cost"] = None if sums.cost is None else convert(sums.cost, currency)
    return {
        "requests": sums.known_requests,
        "input": sums.known("input"),
        "cache_read": sums.known("cache_read"),
        "cache_write": sums.known_cache_write,
        "cache_write_5m": sums.known("cache_write_5m"),
        "cache_write_1h": sums.known("cache_write_1h"),
        "output": sums.known("output"),
        "reasoning": sums.known("reasoning"),
        "total": sums.known_total,
        "cost_usd": sums.cost,
        **converted,
        "recorded_cost_usd": to_usd(sums.recorded_pico),
        "estimated_cost_usd": to_usd(sums.estimated_pico),
        "included_cost_usd": sums.included_cost,
        "cost_kind": cost_kind(sums),
        "credits": Decimal(str(sums.credits)) if sums.credits else None,
        "unpriced_requests": sums.unpriced_requests,
        "confidence": "lower-bound" if sums.lower_bound_requests else "exact",
    }


def cost_kind(sums: Sums) -> str:
    """Where the cost is from: "recorded", "estimated", "mixed", "included", or "unknown"."""
    if sums.has_priced:
        if sums.recorded_pico and sums.estimated_pico:
            return "mixed"
        return "estimated" if sums.estimated_pico else "recorded"
    return "included" if sums.included_requests else "unknown"


def coverage(
    index: UsageIndex, readers: Sequence[Reader], machine: Machine
) -> list[dict[str, Any]]:
    """What there is of each agent on this machine, and how far it can be trusted."""
    return [_coverage(index, reader, machine) for reader in readers]


def _coverage(index: UsageIndex, reader: Reader, machine: Machine) -> dict[str, Any]:
    found = index.found(reader.agent)
    status, reason = reader.coverage(found)
    if not found.sources:
        reason = reason or "nothing found here"
    places = reader.places(machine)
    sources = index.sources(reader.agent).values()
    return {
        "agent": reader.agent,
        "title": reader.title,
        "status": status,
        "reason": reason,
        "strategy": reader.strategy,
        "files": found.sources,
        "entries": found.entries,
        "retained": sum(each.state == "gone" for each in sources),
        "unreadable": found.unreadable,
        "caveats": index.caveats(reader.agent),
        "places": [{"path": str(path), "exists": path.exists()} for path in places],
    }


def _iso(value: object) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def parse_by(text: str) -> tuple[By, ...]:
    """The dimensions in ``agent,model``.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(By(part.strip().lower()) for part in text.split(",") if part.strip())


def csv_rows(report: Report, currency: Currency | None = None) -> Iterable[list[str]]:
    """A heading and a line per row, texts as they are in JSON; what is not known is empty.

    In a `currency` the column after ``cost_usd`` is named after it.
    """
    titles = [by.value for by in report.query.by]
    columns = list(figures(Sums(), currency))
    if currency is not None:
        columns[columns.index("cost")] = f"cost_{currency.code.lower()}"
    yield [*titles, *columns]
    for row in report.rows:
        values = [*map(_iso, row.key), *figures(row.sums, currency).values()]
        yield ["" if value is None else _plain(value) for value in values]


def _plain(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def project_name(path: str | None) -> str:
    """A project as people call it: the last part of its folder."""
    return Path(path).name or path if path else "(unknown)"
