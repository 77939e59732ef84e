"""``@`` and a piece of a name: the file's path stands in the message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from clacky_tui.errors import ToolError
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.file_index import FRESH_SECONDS, FileIndex, ranked
from clacky_tui.tui.chat.mention import mention_query, typed_path

PATHS = [
    "README.md",
    "docs/orders.md",
    "shop/orders.py",
    "shop/api/order_routes.py",
    "tests/test_orders.py",
    "tests/old/recorder.py",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for age, path in enumerate((*PATHS, "build/orders.py", "my notes/a b.md")):
        file = tmp_path / "project" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
        os.utime(file, (1_700_000_000 - age, 1_700_000_000 - age))
    (tmp_path / "project" / ".gitignore").write_text("build/\n")
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("before", "query"),
    [
        ("@", ""),
        ("look at @sho", "sho"),
        ("(@x", "x"),
        ("看，@文", "文"),
        ("mail me@home", None),
        ("@done now", None),
        ("@a@b", None),
        ("", None),
    ],
)
def test_what_counts_as_a_mention(before: str, query: str | None) -> None:
    assert mention_query(before) == query


def test_names_come_before_paths_and_whole_pieces_before_letters() -> None:
    assert ranked(PATHS, "orders") == [
        "docs/orders.md",
        "shop/orders.py",
        "tests/test_orders.py",
        "shop/api/order_routes.py",
    ]
    assert ranked(PATHS, "shoproutes") == ["shop/api/order_routes.py"]
    assert ranked(PATHS, "") == PATHS
    assert ranked(PATHS, "zzz") == []


@given(st.lists(st.text("abc/_", min_size=1, max_size=12), max_size=20), st.text("abc", max_size=5))
def test_a_longer_query_only_narrows(paths: list[str], query: str) -> None:
    for length in range(len(query)):
        wide = ranked(paths, query[:length])
        assert sorted(ranked(wide, query)) == sorted(ranked(paths, query))


def test_a_path_with_blanks_is_quoted() -> None:
    assert typed_path("my notes/a b.md") == '"my notes/a b.md"'
    assert typed_path("a.md") == "a.md"


async def test_the_walk_obeys_ignore_files_and_counts_for_a_while(project: Path) -> None:
    now = 100.0
    index = FileIndex(project, clock=lambda: now)
    await index.refresh()
    assert sorted(await index.matches("orders")) == [
        "docs/orders.md",
        "shop/api/order_routes.py",
        "shop/orders.py",
        "tests/test_orders.py",
    ]
    (project / "shop/orders_new.py").write_text("x")
    await index.refresh()
    assert "shop/orders_new.py" not in await index.matches("orders")
    now += FRESH_SECONDS
    await index.refresh()
    assert "shop/orders_new.py" in await index.matches("orders")


async def test_names_that_cannot_be_typed_are_left_out(project: Path) -> None:
    (project / "evil\x1b[31m.py").write_text("x")
    index = FileIndex(project)
    await index.refresh()
    assert await index.matches("evil") == []


async def test_a_walk_that_fails_is_not_tried_again_at_once(tmp_path: Path) -> None:
    index = FileIndex(tmp_path, clock=lambda: 1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("clacky_tui.tui.chat.file_index.WALK_SECONDS", 0.0)
        with pytest.raises(ToolError):
            await index.refresh()
    assert index.is_fresh
    assert await index.matches("x") == []


class MentionApp(App[None]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.composer = Composer()
        self.composer.set_working_dir(folder)
        self.sent: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.composer.mentions
        yield self.composer

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.sent.append(message.text)


async def type_and_wait(app: MentionApp, pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("space" if letter == " " else letter for letter in text))
    await app.workers.wait_for_complete()
    await pilot.pause()


@pytest.mark.parametrize("key", ["tab", "enter"])
async def test_a_key_puts_the_path_into_the_message(project: Path, key: str) -> None:
    app = MentionApp(project)
    async with app.run_test() as pilot:
        await type_and_wait(app, pilot, "look at @ordrout")
        assert app.composer.mentions.choice == "shop/api/order_routes.py"
        await pilot.press(key)
        assert app.composer.text == "look at shop/api/order_routes.py "
        assert app.sent == []
        await type_and_wait(app, pilot, "@a b")
        assert not app.composer.mentions.is_open
        await pilot.press("enter")
        assert app.sent == ["look at shop/api/order_routes.py @a b"]


async def test_arrows_choose_and_esc_closes(project: Path) -> None:
    app = MentionApp(project)
    async with app.run_test() as pilot:
        await type_and_wait(app, pilot, "@orders")
        await pilot.press("down", "down", "up")
        assert app.composer.mentions.choice == "shop/orders.py"
        await pilot.press("escape")
        assert not app.composer.mentions.is_open
        assert app.composer.text == "@orders"
        await type_and_wait(app, pilot, ".")
        assert app.composer.mentions.is_open
        await pilot.press("home")
        await pilot.pause()
        assert not app.composer.mentions.is_open


async def test_a_folder_within_a_repository_is_told_from_itself(project: Path) -> None:
    (project / ".git").mkdir()
    index = FileIndex(project / "shop")
    await index.refresh()
    assert sorted(await index.matches("")) == ["api/order_routes.py", "orders.py"]
