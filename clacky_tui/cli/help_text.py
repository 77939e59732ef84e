"""Help texts in a script without blanks: wrapped by cells, where click counts characters."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.text import Text

from clacky_tui.i18n import tr

_MOST_FIRST_CELLS = 30
"""A longer name of an option has its line to itself, as click does it."""


class _HelpFormatter(click.HelpFormatter):
    """Says click's own words by `tr`, and wraps wide characters."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, f"{tr('Usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(tr(heading))

    def write_text(self, text: str) -> None:
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            self._write_wrapped(paragraph, self.current_indent)

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        rows = list(rows)
        widest = max((len(name) for name, _ in rows if len(name) <= _MOST_FIRST_CELLS), default=0)
        column = self.current_indent + widest + col_spacing
        for name, told in rows:
            first = f"{'':>{self.current_indent}}{name}"
            self.write(first)
            if len(first) > column - col_spacing:
                self.write("\n")
                first = ""
            self._write_wrapped(tr(told), column, already=len(first))

    def _write_wrapped(self, text: str, indent: int, already: int = 0) -> None:
        width = max(10, self.width - indent)
        lines = Text(text.replace("\n", " ")).wrap(Console(width=width), width)
        for line in lines:
            self.write(f"{'':>{indent - already}}{line.plain.rstrip()}\n")
            already = 0


class HelpContext(click.Context):
    """A context whose help is written so."""

    formatter_class = _HelpFormatter
