"""The budgets of one session, asked before every model request of any kind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.billing.summary import Period, period_start
from clacky_tui.config.settings import Settings
from clacky_tui.domain.budgets import (
    BudgetGate,
    BudgetWarning,
    Limits,
    ShareLimits,
    ShareSpent,
    Spent,
)
from clacky_tui.errors import BudgetError
from clacky_tui.i18n import tr


def limits_of(settings: Settings) -> Limits:
    """The limits that `settings` name."""
    return Limits(
        task_turns=settings.max_turns,
        task_usd=settings.max_task_cost,
        session_usd=settings.max_cost,
        day_usd=settings.max_day_cost,
        month_usd=settings.max_month_cost,
        shares=settings.budgets,
        only_warn=settings.over_budget,
    )


class BudgetWatch:
    """Knows what the session's tasks cost and what its last request cost; the ledger knows the rest.

    The next request is taken to cost what the last one did: in a growing conversation with a warm
    cache that is near the truth, and after a cold request it is too much rather than too little.
    """

    def __init__(self, limits: Limits) -> None:
        self._gate = BudgetGate(limits)
        self._task = 0
        self._cost_before_task = Decimal(0)
        self._last_cost: Decimal | None = None

    def set_limits(self, limits: Limits) -> None:
        """Use `limits` from the next request on; warnings given stay given."""
        self._gate.limits = limits

    def lift(self) -> None:
        """Let requests of this session go over every amount of money, as the person asked."""
        self._gate.is_lifted = True

    def note_cost(self, cost: Decimal) -> None:
        """Remember what a request cost, in USD."""
        self._last_cost = cost

    async def check(
        self,
        *,
        task: int,
        turns_done: int,
        session_cost: Decimal,
        ledger: Ledger,
        now: datetime,
        model: str = "",
        project: str = "",
    ) -> list[BudgetWarning]:
        """Let the next request pass, or not.

        Args:
            task: the task it belongs to.
            turns_done: iterations of that task before this one.
            session_cost: USD of the session so far.
            ledger: where day and month are summed up, when they have a limit.
            now: aware; decides day and month.
            model: the request's.
            project: the folder it is made from.

        Raises:
            BudgetError: a budget is used up, would be gone over, or cannot be checked.
        """
        if task != self._task:
            self._task, self._cost_before_task = task, session_cost
        limits = self._gate.limits
        shares = [each for each in limits.shares if each.covers(model=model, project=project)]
        spent = Spent(
            task=task,
            task_turns=turns_done,
            task_usd=session_cost - self._cost_before_task,
            session_usd=session_cost,
            day=now.astimezone().strftime("%Y-%m-%d"),
            day_usd=await self._ledger_sum(ledger, Period.DAY, now, limits.day_usd),
            month=now.astimezone().strftime("%Y-%m"),
            month_usd=await self._ledger_sum(ledger, Period.MONTH, now, limits.month_usd),
            shares=tuple([await self._share_spent(each, ledger, now) for each in shares]),
        )
        return self._gate.check(spent, self._last_cost)

    async def _share_spent(self, share: ShareLimits, ledger: Ledger, now: datetime) -> ShareSpent:
        return ShareSpent(
            share,
            await self._ledger_sum(ledger, Period.DAY, now, share.day_usd, share),
            await self._ledger_sum(ledger, Period.MONTH, now, share.month_usd, share),
        )

    async def _ledger_sum(
        self,
        ledger: Ledger,
        period: Period,
        now: datetime,
        limit: Decimal | None,
        share: ShareLimits | None = None,
    ) -> Decimal:
        start = period_start(period, now)
        if limit is None or start is None:
            return Decimal(0)
        try:
            return await asyncio.to_thread(
                ledger.spent, start, counts=None if share is None else _counts(share)
            )
        except OSError as error:
            if not self._gate.stops:
                return Decimal(0)
            raise BudgetError(
                tr(
                    "The {period} budget cannot be checked: {error}.",
                    period=tr(period.value),
                    error=error,
                ),
                hint=tr(
                    "Mend {folder}, or take the limit out of config.yml.", folder=ledger.folder
                ),
            ) from error


def _counts(share: ShareLimits) -> Callable[[UsageRecord], bool]:
    return lambda record: share.covers(model=record.model, project=record.project)
