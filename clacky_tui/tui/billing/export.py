"""The figures on show as a file for other programs: CSV by day, model and project, or the one JSON."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from clacky_tui.billing.exact_json import encode
from clacky_tui.billing.price_catalogue import catalogue_version
from clacky_tui.files import write_atomic
from clacky_tui.usage.envelope import csv_rows, envelope
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.report import By, Query, make_report


def export_name(title: str) -> str:
    """Where the stretch called `title` goes when nobody says otherwise."""
    return f"~/clacky-{title.lower().replace(' – ', '-').replace(' ', '-')}.csv"


def write_export(index: UsageIndex, query: Query, path: Path, now: datetime) -> None:
    """Write what `query` lets through to `path`: JSON when it is called so, else CSV. Always USD.

    Raises:
        OSError: it cannot be written.
    """
    report = make_report(index, replace(query, by=(By.DAY, By.AGENT, By.MODEL, By.PROJECT)))
    if path.suffix.lower() == ".json":
        prices = {"source": f"own table, then {catalogue_version()}", "date": None}
        text = encode(envelope(index, report, now=now, prices=prices), indent=2) + "\n"
    else:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(csv_rows(report))
        text = buffer.getvalue()
    write_atomic(path, text.encode())
