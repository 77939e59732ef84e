"""`clacky sessions`: list, show, search, export, change and delete what was said before."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clacky_tui.cli.session_text import (
    DELETED_HEADS,
    ROW_HEADS,
    cost_text,
    deleted_cells,
    deleted_json,
    row_cells,
    row_json,
    size_text,
)
from clacky_tui.errors import ExitCode, SessionError
from clacky_tui.i18n import tr, tr_count, tr_noop

if TYPE_CHECKING:
    from clacky_tui.sessions.rows import SessionRow

RECENT = 5
LISTED = 20
SHOWN_MESSAGES = 5
SHOWN_CHARACTERS = 140

_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


class _Sessions(click.Group):
    """Says in a sentence what the disk refuses."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click knows what to do when nobody reads on
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise SessionError(
                f"{where}{error.strerror or error}.", hint=tr("Mend that and try again.")
            ) from error


@click.group(cls=_Sessions)
def sessions() -> None:
    """List, search, export and delete sessions. An ID may be its beginning, or a word of the name."""


@sessions.command("list")
@click.option("--here", is_flag=True, help="Only sessions of the current directory.")
@click.option(
    "--limit", type=click.IntRange(1), help=f"Most rows [default: {LISTED}; all in JSON]."
)
@_json_option
def list_(here: bool, limit: int | None, as_json: bool) -> None:
    """List sessions: pinned ones first, then the newest."""
    from clacky_tui.cli.table import aligned
    from clacky_tui.sessions.rows import is_in

    rows = [row for row in _rows() if not here or is_in(row, Path.cwd())]
    rows.sort(key=lambda row: not row.pinned)
    if as_json:
        _print_json([row_json(row) for row in rows[:limit]])
        return
    if not rows:
        click.echo(tr("No sessions yet. Start one: clacky"))
        return
    shown = rows[: limit or LISTED]
    click.echo("\n".join(aligned([tuple(map(tr, ROW_HEADS)), *map(row_cells, shown)])))
    if len(shown) < len(rows):
        click.echo(
            tr(
                "{count:,} more: clacky sessions list --limit {all}",
                count=len(rows) - len(shown),
                all=len(rows),
            )
        )


@sessions.command()
@click.argument("session", metavar="ID")
@_json_option
def show(session: str, as_json: bool) -> None:
    """Show what is known of one session, and the last messages in it."""
    from clacky_tui.billing.names import printable
    from clacky_tui.domain.messages import Origin
    from clacky_tui.paths import shorten_home
    from clacky_tui.sessions.reader import read_session

    row = _chosen(session)
    stored = read_session(row.path)
    said = [m.text for m in stored.messages if m.origin is Origin.USER]
    if as_json:
        details = {
            "mode": stored.mode,
            "messages": len(stored.messages),
            "tokens": dataclasses.asdict(stored.usage),
            "last_messages": said[-SHOWN_MESSAGES:],
            "problems": stored.problems,
        }
        _print_json(row_json(row) | details)
        return
    lines = {
        tr("Session"): row.id,
        tr("Name"): row.shown_name + (tr(" (pinned)") if row.pinned else ""),
        tr("Directory"): shorten_home(row.working_dir),
        tr("Model"): row.model or tr("unknown"),
        tr("Time"): tr(
            "{created_at:%Y-%m-%d %H:%M} to {updated_at:%Y-%m-%d %H:%M}",
            created_at=row.created_at,
            updated_at=row.updated_at,
        ),
        tr("Tasks"): tr(
            "{tasks:,}, {count:,} messages", tasks=row.tasks, count=len(stored.messages)
        ),
        tr("Tokens"): tr(
            "{total_tokens:,} in {requests:,} requests",
            total_tokens=stored.usage.total_tokens,
            requests=row.requests,
        ),
        tr("Cost"): cost_text(row)
        + (
            tr(", {unpriced:,} requests without a price", unpriced=row.unpriced)
            * bool(row.unpriced)
        ),
        tr("File"): f"{shorten_home(row.path)} ({size_text(row.size_bytes)})",
    }
    from rich.cells import cell_len

    for label, value in lines.items():
        click.echo(f"{label}:{'':{max(1, 10 - cell_len(label))}}{printable(value)}")
    for number, text in enumerate(said[-SHOWN_MESSAGES:], start=1):
        line = " ".join(text.split())
        cut = line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 2] + "..."
        click.echo(f"{'' if number > 1 else chr(10)}{number}. {printable(cut)}")
    for problem in stored.problems:
        click.echo(tr("Warning: {told}", told=printable(problem)), err=True)


@sessions.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=LISTED, show_default=True)
@_json_option
def search(query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find sessions in which every word of QUERY was said; "quotes" keep words together."""
    from clacky_tui.billing.names import printable
    from clacky_tui.sessions.store import search_sessions

    quoted = (f'"{part}"' if " " in part and '"' not in part else part for part in query)
    hits = search_sessions(" ".join(quoted), limit)
    if as_json:
        places = ({"matches": h.matches, "role": h.role, "snippet": h.snippet} for h in hits)
        _print_json([row_json(h.row) | place for h, place in zip(hits, places, strict=True)])
        return
    for hit in hits:
        row = hit.row
        head = (
            f"[{row.short_id}] {row.updated_at:%Y-%m-%d %H:%M}  {cost_text(row)}  {row.shown_name}"
        )
        click.echo(printable(head))
        if hit.snippet:
            start, end = hit.match_start, hit.match_end
            found = click.style(printable(hit.snippet[start:end]), bold=True)
            before, after = hit.snippet[:start], hit.snippet[end:]
            click.echo(f"  {hit.role}: {_safe(before)}{found}{_safe(after)}")
    if not hits:
        click.echo(tr("Nothing found."), err=True)


@sessions.command()
@click.argument("session", metavar="ID")
@click.argument("name")
def rename(session: str, name: str) -> None:
    """Give a session a name."""
    from clacky_tui.sessions import store

    row = _chosen(session)
    store.rename(row, name)
    click.echo(
        tr(
            "Session {short_id} is now called {name}.",
            short_id=row.short_id,
            name=" ".join(name.split()),
        )
    )


@sessions.command()
@click.argument("session", metavar="ID")
@click.option("--off", is_flag=True, help="Take the pin off.")
def pin(session: str, off: bool) -> None:
    """Keep a session for good, and in front."""
    from clacky_tui.sessions import store

    row = _chosen(session)
    store.set_pinned(row, not off)
    told = tr_noop("Session {short_id} is now pinned.")
    if off:
        told = tr_noop("Session {short_id} is no longer pinned.")
    click.echo(tr(told, short_id=row.short_id))


@sessions.command()
@click.argument("session", metavar="ID")
def fork(session: str) -> None:
    """Copy a session; the copy goes on by itself."""
    from clacky_tui.sessions import store

    row = _chosen(session)
    path = store.fork(row)
    click.echo(
        tr(
            "Session {new_id} is a copy of {short_id}.",
            new_id=path.stem.rsplit("-", 1)[1],
            short_id=row.short_id,
        )
    )


@sessions.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_(files: tuple[Path, ...]) -> None:
    """Import OpenClacky's session files, or JSON exports. The originals stay as they are."""
    from clacky_tui.sessions.openclacky import import_session

    for file in files:
        path = import_session(file.absolute())
        click.echo(
            tr(
                "Session {new_id} imported from {file}.",
                new_id=path.stem.rsplit("-", 1)[1],
                file=file,
            )
        )


@sessions.command()
@click.argument("chosen", metavar="ID...", nargs=-1, required=True)
def delete(chosen: tuple[str, ...]) -> None:
    """Move sessions to the bin."""
    from clacky_tui.sessions import recycle_bin
    from clacky_tui.sessions.rows import find

    rows = _rows()
    for row in [find(rows, wanted) for wanted in chosen]:
        recycle_bin.delete(row)
        click.echo(
            tr(
                "Session {short_id} is in the bin. Back: clacky sessions restore {short_id}",
                short_id=row.short_id,
            )
        )


@sessions.command("bin")
@_json_option
def bin_(as_json: bool) -> None:
    """List the sessions in the bin, the last one deleted first."""
    from clacky_tui.cli.table import aligned
    from clacky_tui.sessions.recycle_bin import KEPT_DAYS, deleted

    items = deleted()
    if as_json:
        _print_json([deleted_json(item) for item in items])
    elif not items:
        click.echo(tr("The bin is empty."))
    else:
        click.echo("\n".join(aligned([tuple(map(tr, DELETED_HEADS)), *map(deleted_cells, items)])))
        click.echo(
            tr(
                "Sessions are deleted for good {KEPT_DAYS} days after they came here.",
                KEPT_DAYS=KEPT_DAYS,
            )
        )


@sessions.command()
@click.argument("chosen", metavar="ID...", nargs=-1, required=True)
def restore(chosen: tuple[str, ...]) -> None:
    """Take sessions out of the bin."""
    from clacky_tui.sessions import recycle_bin
    from clacky_tui.sessions.rows import find

    items = recycle_bin.deleted()
    for item in [find(items, wanted) for wanted in chosen]:
        recycle_bin.restore(item)
        click.echo(tr("Session {short_id} is back.", short_id=item.short_id))


@sessions.command()
@click.argument("chosen", metavar="[ID]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask.")
def empty(chosen: tuple[str, ...], yes: bool) -> None:
    """Delete sessions in the bin for good: those named, or all."""
    from clacky_tui.sessions import recycle_bin
    from clacky_tui.sessions.rows import find

    items = recycle_bin.deleted()
    picked = [find(items, wanted) for wanted in chosen] or list(items)
    size = size_text(sum(item.size_bytes for item in picked))
    question = tr_count(
        "Delete {n} session ({size}) for good?",
        "Delete {n} sessions ({size}) for good?",
        len(picked),
        size=size,
    )
    if picked and not yes:
        click.confirm(question, abort=True)
    for item in picked:
        recycle_bin.purge(item)
    click.echo(tr("{count} deleted for good.", count=len(picked)))


@sessions.command()
@click.argument("chosen", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every session; only as a zip.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("md", "json", "zip")),
    help="Markdown to read, OpenClacky's JSON, or a zip of the files [default: md, zip of several].",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def export(
    chosen: tuple[str, ...], everything: bool, form: str | None, output: Path | None, force: bool
) -> None:
    """Write sessions out, with secrets masked."""
    from clacky_tui.files import PRIVATE_FILE_MODE, write_atomic
    from clacky_tui.sessions import export as exports
    from clacky_tui.sessions.rows import find

    rows = _rows()
    picked = rows if everything else [find(rows, wanted) for wanted in chosen]
    if not picked:
        raise SessionError(
            tr("No session is named."), hint=tr("Give an ID, or --all with -o FILE.")
        )
    form = form or ("md" if len(picked) == 1 and not everything else "zip")
    if form != "zip" and len(picked) > 1:
        raise SessionError(
            tr("Several sessions fit into a zip only."), hint=tr("Use --format zip -o FILE.")
        )
    if form == "zip" and output is None:
        raise SessionError(tr("A zip needs a file to go to."), hint=tr("Name it: -o sessions.zip"))
    if output is not None and output.exists() and not force:
        raise SessionError(
            tr("{output} exists.", output=output), hint=tr("Choose another name, or use --force.")
        )
    secrets = _configured_secrets()
    if form == "zip":
        content = exports.export_zip([row.path for row in picked], secrets)
    else:
        path = picked[0].path
        text = (
            exports.export_markdown(path, secrets)
            if form == "md"
            else exports.export_json(path, secrets)
        )
        content = text.encode("utf-8", "replace")
    if output is None:
        click.echo(content, nl=False)
        return
    write_atomic(output, content, mode=PRIVATE_FILE_MODE)
    click.echo(
        tr_count(
            "{n} session written to {output}.",
            "{n} sessions written to {output}.",
            len(picked),
            output=output,
        ),
        err=True,
    )


def show_recent(path: str | None) -> int:
    """Print what `clacky -l` shows: the latest sessions, those of the directory first."""
    from clacky_tui.billing.names import printable
    from clacky_tui.cli.agent import working_dir_at
    from clacky_tui.sessions.rows import directory_first, is_in

    folder = working_dir_at(path)
    rows = directory_first((row for row in _rows() if not row.broken), folder)
    if not rows:
        click.secho(tr("No sessions found."), fg="yellow")
        return ExitCode.OK
    click.echo(f"📋 {tr('Recent sessions:')}")
    for number, row in enumerate(rows[:RECENT], start=1):
        mark = "📍" if is_in(row, folder) else "  "
        facts = tr("({tasks} tasks, {cost})", tasks=row.tasks, cost=cost_text(row))
        line = f"{mark} {number}. [{row.short_id}] {row.created_at:%Y-%m-%d %H:%M} {facts} - "
        click.secho(line + printable(row.shown_name), fg="cyan")
    click.secho(tr("To open one: clacky -a NUMBER, or the beginning of its ID."), fg="yellow")
    return ExitCode.OK


def _rows() -> tuple[SessionRow, ...]:
    from clacky_tui.sessions.store import list_sessions

    return list_sessions()


def _chosen(wanted: str) -> SessionRow:
    from clacky_tui.sessions.rows import find

    return find(_rows(), wanted)


def _configured_secrets() -> tuple[str, ...]:
    """Keys from the configuration, so that an export never holds one."""
    from clacky_tui.config.settings import load_settings

    keys = (entry.api_key.get_secret_value() for entry in load_settings().models)
    return tuple(filter(None, keys))


def _print_json(value: Any) -> None:
    from clacky_tui.billing.exact_json import encode

    click.echo(encode(value, indent=2))


def _safe(text: str) -> str:
    from clacky_tui.billing.names import printable

    return printable(text) if text else ""
