"""Every reader, in the order of reports."""

from __future__ import annotations

from clacky_tui.usage.reader import Reader
from clacky_tui.usage.readers.claude import ClaudeReader
from clacky_tui.usage.readers.ledger import LedgerReader, OctoReader

READERS: tuple[Reader, ...] = (LedgerReader(), OctoReader(), ClaudeReader())


def reader_of(agent: str) -> Reader:
    """The reader of `agent`.

    Raises:
        KeyError: there is none.
    """
    return {reader.agent: reader for reader in READERS}[agent]
