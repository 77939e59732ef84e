"""Sends what clacky itself has used to a collector, once, in a process of its own.

    python -m clacky_tui.usage.push

``OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`` says where to. What goes wrong is one line on standard error,
with exit code 1. Sums over all that is known are sent, so an attempt that fails loses nothing.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from datetime import datetime

from clacky_tui.domain.telemetry import METRICS_ENDPOINT
from clacky_tui.errors import ClackyError, ExitCode
from clacky_tui.usage.index import UsageIndex, default_index_path
from clacky_tui.usage.otlp import send
from clacky_tui.usage.readers.ledger import LedgerReader
from clacky_tui.usage.refresh import refresh
from clacky_tui.usage.report import Query

_BEHIND_OTHERS = 10
"""Niceness: whatever else runs goes first."""


def main() -> int:
    """Take the ledger into the index and send its sums; returns the exit code."""
    with contextlib.suppress(OSError):
        os.nice(_BEHIND_OTHERS)
    try:
        index = UsageIndex(default_index_path())
        refresh(index, readers=(LedgerReader(),), workers=1)
        own = Query(agents=frozenset({LedgerReader.agent}))
        send(index, own, os.environ[METRICS_ENDPOINT], datetime.now().astimezone())
    except ClackyError as error:
        print(error, file=sys.stderr)
    except (OSError, sqlite3.Error) as error:
        print(f"The index of usage cannot be used: {error}.", file=sys.stderr)
    else:
        return ExitCode.OK
    return ExitCode.FAILURE


if __name__ == "__main__":
    sys.exit(main())
