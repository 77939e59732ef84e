"""Every view as a picture, at every size, in two themes and two languages.

After a wanted change: `pytest tests/tui/snapshots --snapshot-update`, then look at the pictures.
"""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from pytest_textual_snapshot import SVGImageExtension
from rich.cells import cell_len
from support.scene import SceneApp
from support.scenes import SCENES, SHOP_SESSION, Scene
from support.screens import settle
from syrupy.assertion import SnapshotAssertion
from textual.pilot import Pilot

from clacky_tui import i18n
from clacky_tui.config.preferences import Preferences
from clacky_tui.tui.profile import choose_profile, use_profile

SIZES = [(60, 20), (80, 24), (120, 40), (200, 60)]
LEAST_SIZE = (40, 10)
STILL = Preferences(reduced_motion=True)
"""A spinner shows no frame by chance."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    theme: str
    language: str = "en"


COLUMNS = (
    Column("hacker", "hacker"),
    Column("light", "light"),
    Column("zh", "hacker", "zh"),
)
ENGLISH = COLUMNS[0]


class Picture(SVGImageExtension):
    """Files by the name of what they show, so that the README can point at them."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: Any, index: Any = 0) -> str:
        return str(index)


@pytest.fixture(autouse=True)
def plain_environment(
    home: Path, clacky_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """What would change the picture: switches of the person's terminal, and the language."""
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "TMUX", "VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("platform.release", lambda: "6.1")
    monkeypatch.setattr("platform.python_version", lambda: "3.11.9")
    monkeypatch.setenv("CLACKY_HOME", str(home / ".clacky"))
    use_profile(choose_profile(STILL, {}))
    yield
    use_profile(None)
    i18n.use_language("en")


@asynccontextmanager
async def on_screen(
    scene: Scene, column: Column, size: tuple[int, int]
) -> AsyncIterator[tuple[SceneApp, Pilot[None]]]:
    i18n.use_language(column.language)
    app = SceneApp(
        scene.told(),
        theme=column.theme,
        preferences=STILL,
        session_id=SHOP_SESSION,
    )
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await scene.step(app, pilot)
        await press(pilot, scene.keys)
        yield app, pilot


async def press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)
    await settle(pilot)


async def resize(pilot: Pilot[None], scene: Scene, size: tuple[int, int]) -> None:
    await pilot.resize_terminal(*size)
    await settle(pilot)
    await press(pilot, scene.again)


def rows_of(app: SceneApp) -> list[str]:
    """The rows of the screen from edge to edge."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


def sizes_of(name: str, column: Column) -> list[tuple[int, int]]:
    """A tab is shown everywhere; others at 80x24 everywhere, else in one column, by turns."""
    if SCENES[name].is_tab:
        return SIZES
    turn = crc32(name.encode()) + COLUMNS.index(column)
    return [
        size
        for number, size in enumerate(SIZES)
        if size == (80, 24) or (number + turn) % len(COLUMNS) == 0
    ]


@pytest.mark.filterwarnings("ignore:\\s*Can not relate snapshot name")
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
@pytest.mark.parametrize("name", SCENES)
async def test_screen(name: str, column: Column, snapshot: SnapshotAssertion) -> None:
    scene, changed = SCENES[name], []
    scene.files()
    sizes = sizes_of(name, column)
    async with on_screen(scene, column, sizes[0]) as (app, pilot):
        for size in sizes:
            await resize(pilot, scene, size)
            assert_sensible(rows_of(app), scene, column, size)
            picture = snapshot(
                name=f"{name}-{size[0]}x{size[1]}-{column.name}", extension_class=Picture
            )
            taken = app.export_screenshot()
            if picture != taken:
                changed.append(f"{picture.index}\n{difference(str(picture), taken)}")
    assert not changed, "\n\n".join(changed)


@pytest.mark.parametrize("name", SCENES)
async def test_at_the_least_size_it_still_says_what_it_is_about(name: str) -> None:
    scene = SCENES[name]
    scene.files()
    async with on_screen(scene, ENGLISH, LEAST_SIZE) as (app, pilot):
        await resize(pilot, scene, LEAST_SIZE)
        assert_sensible(rows_of(app), scene, ENGLISH, LEAST_SIZE)


def assert_sensible(rows: list[str], scene: Scene, column: Column, size: tuple[int, int]) -> None:
    """No row is wider than the screen, none that names keys is cut, and it says what it is about."""
    assert len(rows) == size[1]
    assert {cell_len(row) for row in rows} == {size[0]}
    if column.language == "en":
        assert scene.says in " ".join(" ".join(rows).split()), "\n".join(rows)
    if size[0] >= 80:
        assert not [row for row in rows if names_keys(row) and "…" in row]


_KEYS = re.compile(
    r"(^|· |\|)\s*(enter|esc|space|tab|digit|↑|↓|←|→|[a-zA-Z/?$](?= [a-z])|(?:ctrl|alt|shift)\+\S+) "
)


def names_keys(row: str) -> bool:
    """Whether at least two pieces of it are a key with what it does."""
    return len(_KEYS.findall(row)) >= 2


def difference(before: str, after: str) -> str:
    """The rows of text that changed; nothing when only colours did."""
    changes = difflib.unified_diff(words_of(before), words_of(after), lineterm="", n=0)
    return "\n".join(change for change in changes if not change.startswith(("---", "+++", "@@")))


def words_of(svg: str) -> list[str]:
    """The text of a picture, row by row."""
    rows: dict[str, str] = {}
    for y, text in re.findall(r'<text [^>]*?y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        rows[y] = rows.get(y, "") + html.unescape(text).replace("\xa0", " ")
    return list(rows.values())
