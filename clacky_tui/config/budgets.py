"""Budgets of single models and projects: the list `settings.budgets` of config.yml.

Each entry names a `model` or a `project` (a folder), and `day_usd`, `month_usd`, or both.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from clacky_tui.domain.budgets import ShareLimits
from clacky_tui.i18n import tr

_KEYS = frozenset({"model", "project", "day_usd", "month_usd"})


def read_budgets(rows: Any, where: str, problems: list[str]) -> tuple[ShareLimits, ...]:
    """The budgets in `rows`; a bad entry only loses itself.

    Args:
        rows: what the file holds there; None is none.
        where: file and key, for `problems`.
        problems: grows by a sentence for each entry that was left out.
    """
    if rows is None:
        return ()
    if not isinstance(rows, list):
        problems.append(tr("{where} must be a list; it was left out.", where=where))
        return ()
    budgets: list[ShareLimits] = []
    for number, row in enumerate(rows, start=1):
        try:
            budgets.append(_budget(row))
        except ValueError as error:
            problems.append(
                tr(
                    "{where}: entry {number} was left out: {error}.",
                    where=where,
                    number=number,
                    error=error,
                )
            )
    return tuple(budgets)


def _budget(row: Any) -> ShareLimits:
    if not isinstance(row, dict) or not set(row) <= _KEYS:
        raise ValueError(tr("its keys are {keys}", keys=", ".join(sorted(_KEYS))))
    named = [kind for kind in ("model", "project") if isinstance(row.get(kind), str) and row[kind]]
    if len(named) != 1:
        raise ValueError(tr("it names neither a model nor a project, or both"))
    day, month = _usd(row, "day_usd"), _usd(row, "month_usd")
    if day is None and month is None:
        raise ValueError(tr("it has no day_usd and no month_usd above 0"))
    kind: Literal["model", "project"] = "model" if named == ["model"] else "project"
    name = row[kind].strip()
    if kind == "project":
        name = str(Path(name).expanduser().resolve())
    return ShareLimits(kind, name, day, month)


def _usd(row: dict[str, Any], key: str) -> Decimal | None:
    if row.get(key) is None:
        return None
    try:
        amount = Decimal(str(row[key]))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise ValueError(tr("{key} must be an amount in USD", key=key))
    return amount or None
