"""Names from the ledger, made safe to print: they came from configuration files and servers."""

from __future__ import annotations


def printable(name: str) -> str:
    """`name` on one line without control, format or surrogate characters; never empty."""
    return (
        "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name) or "(no name)"
    )
