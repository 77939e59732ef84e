"""`clacky usage export` and `import`: to a team's collector, and between machines."""

from __future__ import annotations

import os
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
from clacky_tui.errors import ClackyError, ConfigError


@click.command()
@click.option(
    "--otlp",
    "url",
    is_flag=False,
    flag_value="",
    metavar="[URL]",
    help="Send metrics to a collector (OTLP over HTTP); without URL to that of config.yml, or of"
    " OTEL_EXPORTER_OTLP_ENDPOINT.",
)
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
        url = _endpoint(url)
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


def _endpoint(url: str) -> str:
    """The whole address of the collector at `url`, or of the one that is set up where it is empty.

    Raises:
        ConfigError: it is no address, or none is set up.
    """
    from clacky_tui.config.settings import load_settings
    from clacky_tui.domain.telemetry import ENDPOINT, SETTING, endpoint_of, metrics_target

    if url:
        return endpoint_of(url)
    configured = load_settings().metrics_endpoint.get_secret_value()
    target = metrics_target(configured, os.environ)
    if target is None:
        raise ConfigError(
            "No collector is set up.", hint=f"Name one: --otlp URL, {SETTING} or {ENDPOINT}."
        )
    return target.endpoint


def _export(index: Any, query: Any, url: str | None, folder: Path | None) -> None:
    if url is not None:
        from clacky_tui.domain.telemetry import shown_address
        from clacky_tui.usage.otlp import send

        many = send(index, query, url, datetime.now().astimezone())
        click.echo(f"sent {many:,} points to {shown_address(url)}")
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
@click.argument("source", required=False, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--cursor-csv",
    "export_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Take in the usage that Cursor's dashboard exports as CSV.",
)
def import_(source: Path | None, export_file: Path | None) -> None:
    """Take in other machines' exports from the folder SOURCE, or Cursor's usage from the file SOURCE.

    A newer export replaces the older one; nothing counts twice.
    """
    if (source is None) == (export_file is None):
        raise click.UsageError("Name one of: a folder of exports, or --cursor-csv FILE.")
    if source is not None and source.is_file():
        source, export_file = None, source
    try:
        if source is not None:
            _import_folder(source)
        elif export_file is not None:
            _import_cursor(export_file)
    except OSError as error:
        raise ClackyError(
            f"The usage cannot be taken over: {error}.", hint="Mend the permissions."
        ) from error
    open_index(wait=True)


def _import_folder(folder: Path) -> None:
    from clacky_tui.usage.exchange import import_files
    from clacky_tui.usage.readers.registry import READERS

    result = import_files(folder, [reader.agent for reader in READERS])
    for name in result.taken:
        click.echo(f"imported {name}")
    for sentence in result.skipped:
        click.echo(f"Warning: {sentence}", err=True)


def _import_cursor(path: Path) -> None:
    from clacky_tui.usage.imports import import_cursor_csv

    found = import_cursor_csv(path)
    known = "" if found.is_new else "; it was imported before and counts once"
    click.echo(f"imported {path.name}: {found.rows:,} rows, {found.first} to {found.last}{known}")
    if found.undated:
        click.echo(f"Warning: rows without a date, left out: {found.undated:,}", err=True)
