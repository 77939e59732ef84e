"""Writes what README.md shows of the product: a picture per tab, and every key and command.

    python tests/support/readme.py

The pictures are the snapshots of tests/tui/snapshots, which are never out of date. The keys come from
the registry that the help reads. `tests/tui/snapshots/test_readme.py` fails when this was forgotten.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from textual.binding import BindingType  # noqa: E402

from clacky_tui.tui.key_table import COMMANDS, KeyEntry, key_table  # noqa: E402
from clacky_tui.tui.lazy_tab import TabPane  # noqa: E402
from clacky_tui.tui.navigation import TABS  # noqa: E402
from support.scene import SceneApp  # noqa: E402
from support.screens import settle  # noqa: E402

README = ROOT / "README.md"
PICTURES = Path("tests/tui/snapshots/__snapshots__/test_screens")
PICTURED = {
    "chat": ("approve-edit", "80x24", "An edit waits for its approval, the diff in sight."),
    "billing": ("billing", "120x40", "What was spent, on what, day by day."),
    "context": ("context", "80x24", "What fills the window, and what the cache saved or missed."),
    "sessions": ("sessions", "80x24", "Earlier sessions: search, open, fork, export."),
    "settings": ("settings", "80x24", "Models, the screen, limits; each with what it does."),
    "trash": ("trash", "80x24", "What was deleted or overwritten, and how it comes back."),
}
"""Scene, size and caption of each tab."""


def with_parts(text: str) -> str:
    """`text` of the README with what stands between its markers made anew.

    Raises:
        ValueError: a marker is missing.
        FileNotFoundError: a tab has no picture.
    """
    for name, part in (("screens", screens()), ("keys", keys())):
        begin, end = f"<!-- {name}: python tests/support/readme.py -->", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"README.md lacks {begin} or {end}.")
        text = f"{before}{begin}\n{part}\n{end}{after}"
    return text


def screens() -> str:
    """A caption and a picture for every tab there is."""
    parts = []
    for tab, title in TABS:
        scene, size, caption = PICTURED[tab]
        picture = PICTURES / f"{scene}-{size}-hacker.svg"
        if not (ROOT / picture).is_file():
            raise FileNotFoundError(f"{picture}: write it with pytest --snapshot-update.")
        parts.append(f"**{title}** {caption}\n\n![{title}]({picture})")
    return "\n\n".join(parts)


def keys() -> str:
    """A table per section of the help, folded away."""
    table = key_table(SceneApp.BINDINGS, asyncio.run(_keys_of_tabs()))
    sections = groupby(table, lambda entry: entry.section)
    return "\n\n".join("\n".join(_table(section, entries)) for section, entries in sections)


async def _keys_of_tabs() -> dict[str, Sequence[BindingType]]:
    """The keys of each tab's first view by the tab's title."""
    app, found = SceneApp([]), {}
    async with app.run_test(size=(120, 40)) as pilot:
        for tab, title in TABS:
            app.action_show_tab(tab)
            await settle(pilot)
            if isinstance(app.focused, TabPane):
                found[title] = app.focused.key_bindings()
    return found


def _table(section: str, entries: Iterator[KeyEntry]) -> Iterator[str]:
    yield f"<details><summary>{section}</summary>\n"
    yield f"| {'Command' if section == COMMANDS else 'Key'} | What it does |\n|---|---|"
    for entry in entries:
        yield f"| {_code(entry.keys)} | {entry.meaning.replace('|', chr(92) + '|')} |"
    yield "\n</details>"


def _code(keys: str) -> str:
    return ", ".join(f"`{key}`" for key in re.split(", ", keys))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:  # without the person's own keys
        os.environ["CLACKY_HOME"] = home
        README.write_text(with_parts(README.read_text("utf-8")), "utf-8")
