"""`clacky trash`: deleted and overwritten files listed, brought back or deleted for good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.errors import ExitCode
from clacky_tui.i18n import tr

if TYPE_CHECKING:
    from clacky_tui.trash.layout import TrashedItem
    from clacky_tui.trash.overview import ProjectSummary
    from clacky_tui.trash.store import ProjectTrash, Removal

_project = click.option(
    "--project", metavar="DIR", default=".", help="The project; the current folder by default."
)
_all = click.option("--all", "all_projects", is_flag=True, help="Of all projects.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_yes = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def trash() -> None:
    """Bring back what was deleted, or delete it for good."""


@trash.command("list")
@_project
@_all
@_json
def list_items(project: str, all_projects: bool, as_json: bool) -> int:
    """List what is in the trash, newest first."""
    from clacky_tui.billing.exact_json import encode

    projects = _summaries(project, all_projects=all_projects)
    if as_json:
        rows = [_item_json(i, p, n) for p in projects for n, i in enumerate(p.items, 1)]
        click.echo(encode(rows, indent=2))
        return ExitCode.OK
    if not any(summary.items for summary in projects):
        click.echo(tr("The trash is empty."), err=True)
    for summary in projects:
        if all_projects:
            click.echo(_heading(summary))
        click.echo("".join(f"{line}\n" for line in _rows(summary.items)), nl=False)
        if summary.unreadable:
            click.echo(
                tr(
                    "Warning: {unreadable} cannot be read in {folder}",
                    unreadable=summary.unreadable,
                    folder=summary.folder,
                ),
                err=True,
            )
    return ExitCode.OK


@trash.command()
@click.argument("wanted", metavar="PATH|NUMBER")
@_project
@_json
def restore(wanted: str, project: str, as_json: bool) -> int:
    """Put a file or folder back where it was, by its path or its number in the list."""
    from clacky_tui.billing.exact_json import encode
    from clacky_tui.billing.names import printable

    bin_ = _trash(project)
    restored, failures = bin_.restore_each(bin_.select(wanted))
    if as_json:
        paths = [_text(done.path) for done in restored]
        click.echo(encode({"restored": paths, "failures": failures}, indent=2))
    else:
        for done in restored:
            moved = tr("; what stood there is in the trash") if done.replaced else ""
            click.echo(tr("Restored {path}{moved}", path=printable(str(done.path)), moved=moved))
        for failure in failures:
            click.echo(tr("Error: {told}", told=printable(tr(failure))), err=True)
    return ExitCode.FAILURE if failures else ExitCode.OK


@trash.command()
@click.argument("wanted", metavar="PATH|NUMBER")
@_project
@_yes
@_json
def delete(wanted: str, project: str, yes: bool, as_json: bool) -> int:
    """Delete one file or folder for good."""
    from clacky_tui.billing.names import printable
    from clacky_tui.trash.store import delete_items

    items = _trash(project).select(wanted)
    paths = ", ".join(printable(str(item.original_path)) for item in items)
    if not yes:
        click.confirm(tr("Delete {paths} for good?", paths=paths), abort=True, err=True)
    return _tell_removal(delete_items(items), as_json=as_json)


@trash.command()
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=0),
    default=0,
    metavar="DAYS",
    help="Only what has lain there longer; 0, the default, is everything.",
)
@_project
@_all
@_yes
@_json
def empty(days: int, project: str, all_projects: bool, yes: bool, as_json: bool) -> int:
    """Delete for good what is in the trash."""
    from datetime import timedelta

    from clacky_tui.trash.store import ProjectTrash, Removal

    if all_projects:
        every = _summaries(project, all_projects=True)
        bins = [ProjectTrash(s.root or s.folder, s.folder) for s in every]
    else:
        bins = [_trash(project)]
    if not yes:
        whose = (
            tr("of all projects") if all_projects else tr("of {project}", project=bins[0].project)
        )
        click.confirm(tr("Delete the trash {whose} for good?", whose=whose), abort=True, err=True)
    removal = Removal()
    for one in bins:
        removal += one.empty(timedelta(days=days))
    return _tell_removal(removal, as_json=as_json)


@trash.command()
@_project
@_all
@_json
def status(project: str, all_projects: bool, as_json: bool) -> int:
    """Tell how much is in the trash."""
    from clacky_tui.billing.exact_json import encode

    projects = _summaries(project, all_projects=all_projects)
    if as_json:
        click.echo(encode([_summary_json(summary) for summary in projects], indent=2))
        return ExitCode.OK
    click.echo("".join(f"{_heading(summary)}\n" for summary in projects), nl=False)
    if all_projects:
        count = sum(len(summary.items) for summary in projects)
        size = sum(summary.size_bytes for summary in projects)
        click.echo(tr("Total: {amount}", amount=_amount(count, size)))
    return ExitCode.OK


def _trash(project: str) -> ProjectTrash:
    from clacky_tui.trash.store import ProjectTrash

    return ProjectTrash(Path(project))


def _summaries(project: str, *, all_projects: bool) -> Sequence[ProjectSummary]:
    from clacky_tui.billing.names import printable
    from clacky_tui.trash.overview import read_overview, read_summary

    if all_projects:
        overview = read_overview()
        for sentence in overview.unreadable:
            click.echo(tr("Warning: {told}", told=printable(tr(sentence))), err=True)
        return overview.projects
    one = _trash(project)
    return [read_summary(one.folder, one.project)]


def _tell_removal(removal: Removal, *, as_json: bool) -> int:
    from dataclasses import asdict

    from clacky_tui.billing.exact_json import encode
    from clacky_tui.billing.names import printable

    if as_json:
        click.echo(encode(asdict(removal), indent=2))
    else:
        click.echo(
            tr("Deleted for good: {amount}", amount=_amount(removal.count, removal.freed_bytes))
        )
        for failure in removal.failures:
            click.echo(tr("Error: {told}", told=printable(tr(failure))), err=True)
    return ExitCode.FAILURE if removal.failures else ExitCode.OK


def _rows(items: Sequence[TrashedItem]) -> Iterator[str]:
    from clacky_tui.billing.names import printable
    from clacky_tui.paths import shorten_home
    from clacky_tui.tools.wording import size_words
    from clacky_tui.trash.layout import ItemKind

    for number, item in enumerate(items, 1):
        path = printable(shorten_home(item.original_path)) + ("/" if item.is_directory else "")
        copied = tr("copy before ") if item.kind is ItemKind.OVERWRITTEN else ""
        at = item.deleted_at.astimezone()
        size = tr(size_words(item.size_bytes or 0))
        who = copied + printable(item.deleted_by)
        yield f"{number:>4}  {at:%Y-%m-%d %H:%M}  {size:>10}  {path}  ({who})"


def _heading(summary: ProjectSummary) -> str:
    from clacky_tui.billing.names import printable
    from clacky_tui.paths import shorten_home

    root = printable(shorten_home(summary.root)) if summary.root else tr("unknown project")
    gone = tr(", folder is gone") if summary.orphaned else ""
    return f"{root}{gone}: {_amount(len(summary.items), summary.size_bytes)}"


def _amount(count: int, size_bytes: int) -> str:
    from clacky_tui.tools.wording import counted, size_words

    return tr("{count}, {size}", count=counted(count, "item"), size=size_words(size_bytes))


def _item_json(item: TrashedItem, summary: ProjectSummary, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "project": _text(summary.root) if summary.root else None,
        "path": _text(item.original_path),
        "kind": item.kind.value,
        "is_directory": item.is_directory,
        "size_bytes": item.size_bytes,
        "deleted_at": item.deleted_at.isoformat(),
        "deleted_by": item.deleted_by,
        "payload": _text(item.payload),
    }


def _summary_json(summary: ProjectSummary) -> dict[str, Any]:
    return {
        "project": _text(summary.root) if summary.root else None,
        "folder": str(summary.folder),
        "orphaned": summary.orphaned,
        "count": len(summary.items),
        "size_bytes": summary.size_bytes,
        "unreadable": summary.unreadable,
    }


def _text(path: Path) -> str:
    """`path` as text that any JSON reader takes: bytes that are no UTF-8 become U+FFFD."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
