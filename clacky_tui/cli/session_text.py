"""Stored sessions as the command line prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clacky_tui.domain.money import format_money
from clacky_tui.i18n import tr, tr_noop

if TYPE_CHECKING:
    from clacky_tui.sessions.recycle_bin import DeletedSession
    from clacky_tui.sessions.rows import SessionRow

ROW_HEADS = (
    "",
    "ID",
    tr_noop("Changed"),
    tr_noop("Tasks"),
    tr_noop("Cost"),
    tr_noop("Size"),
    tr_noop("Name"),
    tr_noop("Directory"),
)
DELETED_HEADS = ("ID", tr_noop("Deleted"), tr_noop("Tasks"), tr_noop("Size"), tr_noop("Name"))

_UNITS = ("B", "KiB", "MiB", "GiB")


def row_cells(row: SessionRow) -> tuple[str, ...]:
    """The columns of `ROW_HEADS`."""
    from clacky_tui.paths import shorten_home

    return (
        "*" if row.pinned else "",
        row.short_id,
        f"{row.updated_at:%Y-%m-%d %H:%M}",
        f"{row.tasks:,}",
        cost_text(row),
        size_text(row.size_bytes),
        tr("BROKEN: {why}", why=tr(row.broken)) if row.broken else row.shown_name,
        shorten_home(row.working_dir),
    )


def deleted_cells(item: DeletedSession) -> tuple[str, ...]:
    """The columns of `DELETED_HEADS`."""
    return (
        item.short_id,
        f"{item.deleted_at:%Y-%m-%d %H:%M}",
        f"{item.tasks:,}",
        size_text(item.size_bytes),
        item.name or tr("Unnamed session"),
    )


def row_json(row: SessionRow) -> dict[str, Any]:
    """One session as `--json` prints it; costs are USD, null when unknown."""
    return {
        "id": row.id,
        "name": row.name,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "working_dir": row.working_dir,
        "model": row.model,
        "tasks": row.tasks,
        "requests": row.requests,
        "cost_usd": row.cost,
        "unpriced_requests": row.unpriced,
        "simulated": row.simulated,
        "size_bytes": row.size_bytes,
        "pinned": row.pinned,
        "source": row.source,
        "format": row.format,
        "path": str(row.path),
        "broken": row.broken or None,
    }


def deleted_json(item: DeletedSession) -> dict[str, Any]:
    """One session in the bin as `--json` prints it."""
    return {
        "id": item.id,
        "name": item.name,
        "deleted_at": item.deleted_at.isoformat(),
        "working_dir": item.working_dir,
        "tasks": item.tasks,
        "size_bytes": item.size_bytes,
        "path": str(item.path),
    }


def cost_text(row: SessionRow) -> str:
    """USD with four decimals at any size; `?` unknown, `+?` partly, what was pretended says so."""
    if row.cost is None:
        return "?"
    amount = format_money(row.cost, precise=True)
    return amount + "+?" * bool(row.unpriced) + tr(" demo") * row.simulated


def size_text(size_bytes: int) -> str:
    """A size with at most one decimal, in units of 1,024."""
    size, step = float(size_bytes), 0
    while size >= 1024 and step < len(_UNITS) - 1:
        size, step = size / 1024, step + 1
    return f"{size:,.1f} {_UNITS[step]}" if step else f"{size_bytes} B"
