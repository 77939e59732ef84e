"""Budgets: how much a task, a session, a day and a month may cost, each model and each project too.

A budget warns once at 50 and once at 80 % of each task, session, day or month, and stops *before*
the request that would go over it. Requests without a known price count as nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from clacky_tui.domain.money import EXACT, format_usd
from clacky_tui.errors import BudgetError
from clacky_tui.i18n import tr, tr_noop

Scope = Literal["task", "session", "day", "month"]
Unit = Literal["usd", "turns"]

WARN_AT_PERCENT = (50, 80)


@dataclass(frozen=True, slots=True)
class ShareLimits:
    """Most that one model may cost, or the work in one folder, over all sessions; in USD."""

    kind: Literal["model", "project"]
    name: str
    """The model's name, or the folder's absolute path; folders in it count as well."""
    day_usd: Decimal | None = None
    month_usd: Decimal | None = None

    def covers(self, *, model: str, project: str) -> bool:
        """Whether a request to `model` from the folder `project` counts."""
        if self.kind == "model":
            return model.lower() == self.name.lower()
        return project == self.name or project.startswith(self.name.rstrip("/") + "/")


@dataclass(frozen=True, slots=True)
class Limits:
    """Most that may be spent. None is unlimited; money in USD."""

    task_turns: int | None = None
    """Model requests of one task."""
    task_usd: Decimal | None = None
    session_usd: Decimal | None = None
    day_usd: Decimal | None = None
    month_usd: Decimal | None = None
    shares: tuple[ShareLimits, ...] = ()
    only_warn: bool = False
    """True lets requests go over amounts of money."""


@dataclass(frozen=True, slots=True)
class ShareSpent:
    """What counts against `limits` so far, in USD."""

    limits: ShareLimits
    day_usd: Decimal
    month_usd: Decimal


@dataclass(frozen=True, slots=True)
class Spent:
    """What is spent so far in USD, and which task, day and month that was, so warnings come once each.

    `day` and `month` are names such as ``2026-11-20`` and ``2026-11``.
    """

    task: int
    task_turns: int
    task_usd: Decimal
    session_usd: Decimal
    day: str
    day_usd: Decimal
    month: str
    month_usd: Decimal
    shares: tuple[ShareSpent, ...] = ()
    """Of the limits that the next request would count against."""


@dataclass(frozen=True, slots=True)
class BudgetWarning:
    """A budget has passed `percent` of its `limit`; `spent` and `limit` are in `unit`."""

    scope: Scope
    unit: Unit
    percent: int
    spent: Decimal
    limit: Decimal
    share: str = ""
    """``model NAME`` or ``project PATH`` for a budget of theirs."""


@dataclass(frozen=True, slots=True)
class _Gauge:
    """One budget as it stands. `period` tells one task, day or month from the next."""

    scope: Scope
    unit: Unit
    period: str
    spent: Decimal
    limit: Decimal
    share: str = ""

    @property
    def percent(self) -> Decimal:
        return EXACT.divide(EXACT.multiply(self.spent, 100), self.limit)


_OVERRIDE = tr_noop("To go over it in this session: /over-budget, or start with --over-budget.")
_SHARE_HINT = tr_noop("Raise it under settings.budgets in config.yml.")
_HINTS: dict[tuple[Scope, Unit], str] = {
    ("task", "turns"): tr_noop(
        "Say what to do next to go on, or raise --max-turns (settings.max_turns)."
    ),
    ("task", "usd"): tr_noop("Say what to do next to go on, or raise settings.max_task_cost_usd."),
    ("session", "usd"): tr_noop("Raise --max-cost (settings.max_cost_usd) or start a new session."),
    ("day", "usd"): tr_noop("Raise settings.max_day_cost_usd in config.yml, or go on tomorrow."),
    ("month", "usd"): tr_noop(
        "Raise settings.max_month_cost_usd in config.yml, or go on next month."
    ),
}


class BudgetGate:
    """Stands before every request of a session and remembers which warnings were given."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.is_lifted = False
        """True lets requests go over amounts of money; it still warns, and turns are still counted."""
        self._warned: dict[tuple[Scope, Unit, str, str], int] = {}

    @property
    def stops(self) -> bool:
        """Whether amounts of money stop anything."""
        return not (self.is_lifted or self.limits.only_warn)

    def check(self, spent: Spent, next_estimate: Decimal | None) -> list[BudgetWarning]:
        """Let the next request pass, or not.

        Args:
            spent: everything up to now.
            next_estimate: what the next request will cost in USD, rather too much than too little;
                None when nobody can tell, then only what is already spent counts.

        Returns:
            Warnings that are due now, the highest one of each budget, each given once.

        Raises:
            BudgetError: a budget is used up, or the next request would go over it.
        """
        gauges = list(_gauges(self.limits, spent))
        for gauge in gauges:
            if self.stops or gauge.unit == "turns":
                _stop_if_over(gauge, next_estimate)
        return [warning for gauge in gauges if (warning := self._warning(gauge))]

    def _warning(self, gauge: _Gauge) -> BudgetWarning | None:
        mark = max((mark for mark in WARN_AT_PERCENT if gauge.percent >= mark), default=0)
        key = (gauge.scope, gauge.unit, gauge.period, gauge.share)
        if mark <= self._warned.get(key, 0):
            return None
        self._warned[key] = mark
        return BudgetWarning(gauge.scope, gauge.unit, mark, gauge.spent, gauge.limit, gauge.share)


def _gauges(limits: Limits, spent: Spent) -> Iterator[_Gauge]:
    task = str(spent.task)
    rows: tuple[tuple[Scope, Unit, str, Decimal, Decimal | None], ...] = (
        ("task", "turns", task, Decimal(spent.task_turns), _decimal(limits.task_turns)),
        ("task", "usd", task, spent.task_usd, limits.task_usd),
        ("session", "usd", "", spent.session_usd, limits.session_usd),
        ("day", "usd", spent.day, spent.day_usd, limits.day_usd),
        ("month", "usd", spent.month, spent.month_usd, limits.month_usd),
    )
    for scope, unit, period, used, limit in rows:
        if limit:
            yield _Gauge(scope, unit, period, used, limit)
    for share in spent.shares:
        name = f"{share.limits.kind} {share.limits.name}"
        if share.limits.day_usd:
            yield _Gauge("day", "usd", spent.day, share.day_usd, share.limits.day_usd, name)
        if share.limits.month_usd:
            yield _Gauge("month", "usd", spent.month, share.month_usd, share.limits.month_usd, name)


def _decimal(turns: int | None) -> Decimal | None:
    return None if turns is None else Decimal(turns)


def _stop_if_over(gauge: _Gauge, next_estimate: Decimal | None) -> None:
    hint = tr(_SHARE_HINT if gauge.share else _HINTS[gauge.scope, gauge.unit])
    if gauge.unit == "turns":
        if gauge.spent >= gauge.limit:
            raise BudgetError(
                tr(
                    "This task has used {spent} of {limit} model requests.",
                    spent=gauge.spent,
                    limit=gauge.limit,
                ),
                hint=hint,
            )
        return
    hint = f"{hint} {tr(_OVERRIDE)}"
    budget = tr(
        "{spent} of the {scope} budget of {limit}{whose} is spent",
        spent=format_usd(gauge.spent, precise=True),
        scope=tr(gauge.scope),
        limit=format_usd(gauge.limit, precise=True),
        whose=tr(" for {share}", share=gauge.share) if gauge.share else "",
    )
    if gauge.spent >= gauge.limit:
        raise BudgetError(tr("{budget}.", budget=budget), hint=hint)
    if next_estimate is not None and EXACT.add(gauge.spent, next_estimate) > gauge.limit:
        raise BudgetError(
            tr(
                "{budget}; the next request, about {estimate}, would go over it.",
                budget=budget,
                estimate=format_usd(next_estimate, precise=True),
            ),
            hint=hint,
        )
