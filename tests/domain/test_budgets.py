"""Budgets: stopping before the request that would go over, and warning once on the way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.budgets import (
    BudgetGate,
    BudgetWarning,
    Limits,
    ShareLimits,
    ShareSpent,
    Spent,
)
from clacky_tui.errors import BudgetError

NOTHING = Spent(
    task=1,
    task_turns=0,
    task_usd=Decimal(0),
    session_usd=Decimal(0),
    day="2026-11-20",
    day_usd=Decimal(0),
    month="2026-11",
    month_usd=Decimal(0),
)
ONE_USD = Decimal(1)
MONEY_SCOPES = ("task", "session", "day", "month")


def gate(scope: str, limit: Decimal = ONE_USD) -> BudgetGate:
    return BudgetGate(replace(Limits(), **{f"{scope}_usd": limit}))


def spent(scope: str, usd: str) -> Spent:
    return replace(NOTHING, **{f"{scope}_usd": Decimal(usd)})


def test_without_limits_everything_passes() -> None:
    rich = replace(NOTHING, task_turns=10**6, month_usd=Decimal(10**9))
    assert BudgetGate(Limits()).check(rich, Decimal(10**9)) == []


@pytest.mark.parametrize("scope", MONEY_SCOPES)
def test_the_request_that_would_go_over_is_stopped_and_the_one_that_just_fits_is_not(
    scope: str,
) -> None:
    budget = gate(scope)
    budget.check(spent(scope, "0.9"), Decimal("0.1"))
    with pytest.raises(BudgetError) as stopped:
        budget.check(spent(scope, "0.9"), Decimal("0.1001"))
    message = str(stopped.value)
    assert f"$0.9000 of the {scope} budget of $1.0000" in message
    assert "about $0.1001" in message
    assert f"max_{scope}_cost_usd".replace("session_", "") in message


@pytest.mark.parametrize("scope", MONEY_SCOPES)
def test_a_used_up_budget_stops_even_when_nobody_can_tell_the_next_cost(scope: str) -> None:
    budget = gate(scope)
    budget.check(spent(scope, "0.9999"), None)
    with pytest.raises(BudgetError, match=r"\$1\.0000 of"):
        budget.check(spent(scope, "1"), None)


def test_turns_stop_at_the_limit_and_name_the_option() -> None:
    budget = BudgetGate(Limits(task_turns=3))
    budget.check(replace(NOTHING, task_turns=2), None)
    with pytest.raises(BudgetError, match=r"3 of 3.*--max-turns"):
        budget.check(replace(NOTHING, task_turns=3), None)


@pytest.mark.parametrize("scope", MONEY_SCOPES)
def test_each_budget_warns_once_at_half_and_once_at_four_fifths(scope: str) -> None:
    budget = gate(scope)
    given = [budget.check(spent(scope, usd), None) for usd in ("0.49", "0.5", "0.6", "0.8", "0.9")]
    assert [[warning.percent for warning in warnings] for warnings in given] == [
        [],
        [50],
        [],
        [80],
        [],
    ]
    assert given[1] == [BudgetWarning(scope, "usd", 50, Decimal("0.5"), ONE_USD)]  # type: ignore[arg-type]


def test_a_jump_over_both_marks_gives_the_higher_warning_only() -> None:
    budget = gate("day")
    assert [w.percent for w in budget.check(spent("day", "0.95"), None)] == [80]
    assert budget.check(spent("day", "0.95"), None) == []


def test_a_new_task_day_or_month_is_warned_about_again_and_a_session_is_not() -> None:
    limits = Limits(
        task_turns=10, task_usd=ONE_USD, session_usd=ONE_USD, day_usd=ONE_USD, month_usd=ONE_USD
    )
    budget = BudgetGate(limits)
    half = Decimal("0.5")
    now = replace(
        NOTHING, task_turns=5, task_usd=half, session_usd=half, day_usd=half, month_usd=half
    )
    scopes = [(w.scope, w.unit) for w in budget.check(now, None)]
    assert scopes == [("task", "turns"), *((scope, "usd") for scope in MONEY_SCOPES)]
    assert budget.check(now, None) == []
    assert {w.scope for w in budget.check(replace(now, task=2), None)} == {"task"}
    assert [w.scope for w in budget.check(replace(now, task=2, day="2026-11-21"), None)] == ["day"]
    tomorrow = replace(now, task=2, day="2026-11-21", month="2026-12")
    assert [w.scope for w in budget.check(tomorrow, None)] == ["month"]


@given(
    st.decimals(0, 100, places=4),
    st.one_of(st.none(), st.decimals(0, 100, places=4)),
    st.decimals("0.0001", 100, places=4),
)
def test_what_passes_never_goes_over_as_long_as_the_estimate_is_right(
    used: Decimal, estimate: Decimal | None, limit: Decimal
) -> None:
    budget = gate("month", limit)
    now = replace(NOTHING, month_usd=used)
    try:
        budget.check(now, estimate)
    except BudgetError:
        assert used + (estimate or 0) > limit or used >= limit
    else:
        assert used < limit
        assert used + (estimate or 0) <= limit


MODEL = ShareLimits("model", "claude-opus-4-6", day_usd=ONE_USD)
PROJECT = ShareLimits("project", "/src/alpha", month_usd=ONE_USD)


def test_a_share_covers_its_model_in_any_case_and_folders_within_its_project() -> None:
    assert MODEL.covers(model="Claude-Opus-4-6", project="/")
    assert not MODEL.covers(model="claude-opus-4-6-fast", project="/")
    assert PROJECT.covers(model="m", project="/src/alpha")
    assert PROJECT.covers(model="m", project="/src/alpha/docs")
    assert not PROJECT.covers(model="m", project="/src/alphabet")


@pytest.mark.parametrize(
    ("share", "day", "month", "words"),
    [
        (MODEL, "1", "0", "day budget of $1.0000 for model claude-opus-4-6"),
        (PROJECT, "0", "1", "month budget of $1.0000 for project /src/alpha"),
    ],
)
def test_a_share_that_is_used_up_stops_and_says_whose_it_is(
    share: ShareLimits, day: str, month: str, words: str
) -> None:
    used = replace(NOTHING, shares=(ShareSpent(share, Decimal(day), Decimal(month)),))
    with pytest.raises(BudgetError) as stopped:
        BudgetGate(Limits(shares=(share,))).check(used, None)
    assert words in str(stopped.value)
    assert "settings.budgets" in str(stopped.value)
    assert "/over-budget" in str(stopped.value)


def test_a_share_warns_once_and_apart_from_the_budget_of_all() -> None:
    budget = BudgetGate(Limits(day_usd=ONE_USD, shares=(MODEL,)))
    half = Decimal("0.5")
    used = replace(NOTHING, day_usd=half, shares=(ShareSpent(MODEL, half, half),))
    assert [warning.share for warning in budget.check(used, None)] == [
        "",
        "model claude-opus-4-6",
    ]
    assert budget.check(used, None) == []


@pytest.mark.parametrize("scope", MONEY_SCOPES)
def test_a_lifted_budget_still_warns_and_no_longer_stops(scope: str) -> None:
    budget = gate(scope)
    budget.is_lifted = True
    (warning,) = budget.check(spent(scope, "7"), Decimal(100))
    assert (warning.scope, warning.percent) == (scope, 80)


def test_turns_stop_even_so() -> None:
    budget = BudgetGate(Limits(task_turns=2))
    budget.is_lifted = True
    with pytest.raises(BudgetError, match="model requests"):
        budget.check(replace(NOTHING, task_turns=2), None)
