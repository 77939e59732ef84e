"""`clacky usage export` and `import`: to a team's collector, and between machines."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from clacky_tui.cli.usage_options import (
    PATIENCE_SECONDS,
    bring_up_to_date,
    filters,
    freshness,
    open_index,
    query_of,
)
from clacky_tui.errors import ClackyError


@click.command()
@click.option("--otlp", "url", metavar="URL", help="Send metrics to a collector (OTLP over HTTP).")
@click.option(
    "--jsonl",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every record of this machine into DIR, for `clacky usage import` on another.",
)
@click.option(
    "--every",
    type=click.FloatRange(0.1),
    metavar="SECONDS",
    help="Go on until Ctrl+C, this often; without it once.",
)
@filters
@freshness
def export(
    url: str | None,
    folder: Path | None,
    every: float | None,
    wait: bool,
    no_refresh: bool,
    **filtered: Any,
) -> None:
    """Hand the usage on: counters and names only, never what was said."""
    if url is None and folder is None:
        raise click.UsageError("Say where to: --otlp URL or --jsonl DIR.")
    query = query_of(**filtered)
    if url is not None:
        from clacky_tui.usage.otlp import endpoint_of

        endpoint_of(url)
    index = open_index(wait=wait, no_refresh=no_refresh)
    try:
        while True:
            try:
                _export(index, query, url, folder)
            except ClackyError as error:
                if every is None:
                    raise
                click.echo(f"Warning: {error}", err=True)
            if every is None:
                return
            time.sleep(every)
            bring_up_to_date(index, PATIENCE_SECONDS)
    except KeyboardInterrupt:
        return


def _export(index: Any, query: Any, url: str | None, folder: Path | None) -> None:
    if url is not None:
        from clacky_tui.usage.otlp import send

        many = send(index, query, url, datetime.now().astimezone())
        click.echo(f"sent {many:,} points to {url}")
    if folder is not None:
        from clacky_tui.usage.exchange import export_records

        try:
            written = export_records(index, folder, query)
        except OSError as error:
            raise ClackyError(
                f"{folder} cannot be written to: {error}.", hint="Name a folder of your own."
            ) from error
        for agent, records in written.items():
            click.echo(f"{agent}: {records:,} records")
        if not written:
            click.echo("nothing to export")


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def import_(folder: Path) -> None:
    """Take other machines' exports from FOLDER in; a newer export replaces the older one."""
    from clacky_tui.usage.exchange import import_files
    from clacky_tui.usage.readers.registry import READERS

    try:
        result = import_files(folder, [reader.agent for reader in READERS])
    except OSError as error:
        raise ClackyError(
            f"The exports cannot be taken over: {error}.", hint="Mend the permissions."
        ) from error
    for name in result.taken:
        click.echo(f"imported {name}")
    for sentence in result.skipped:
        click.echo(f"Warning: {sentence}", err=True)
    open_index(wait=True)
