"""Files that go along: by command, by a pasted path, within the limits, and with an echo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.scene import OPENED, SceneApp
from support.screens import until
from textual import events as textual_events
from textual.pilot import Pilot

from clacky_tui import events
from clacky_tui.tui.chat.attachments import (
    AttachmentError,
    examine,
    looks_like_path,
    named_path,
    size_text,
)
from clacky_tui.tui.chat.composer import FILES_ALONE, Composer

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("a.md", "a.md"),
        (" '/tmp/my shot.png' ", "/tmp/my shot.png"),
        ('"a b.md"', "a b.md"),
        ("/tmp/my\\ shot.png", "/tmp/my shot.png"),
        ("file:///tmp/my%20shot.png", "/tmp/my shot.png"),
    ],
)
def test_how_a_path_may_be_typed(typed: str, path: str) -> None:
    assert named_path(typed) == Path(path)


def test_home_is_known() -> None:
    assert named_path("~/a.md") == Path.home() / "a.md"


@pytest.mark.parametrize(
    ("text", "is_path"),
    [
        ("/tmp/a.png", True),
        ("'/tmp/a b'", True),
        ("~/a", True),
        ("a.png", False),
        ("/a\n/b", False),
    ],
)
def test_what_may_be_a_dropped_path(text: str, is_path: bool) -> None:
    assert looks_like_path(text) == is_path


@pytest.mark.parametrize(
    ("size", "words"), [(812, "812 B"), (12_600, "12.3 KB"), (3 * MEGABYTE // 2, "1.5 MB")]
)
def test_sizes(size: int, words: str) -> None:
    assert size_text(size) == words


def test_pictures_and_documents_are_known_by_content_and_name(tmp_path: Path) -> None:
    (tmp_path / "shot").write_bytes(PNG)
    (tmp_path / "Report.PDF").write_bytes(b"%PDF")
    shot = examine("shot", tmp_path)
    assert shot.is_image and shot.size_bytes == len(PNG) and shot.path == tmp_path / "shot"
    assert not examine("Report.PDF", tmp_path).is_image


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("missing.md", None, "No such file"),
        ("code.py", 10, "type that is not sent"),
        ("huge.png", 5 * MEGABYTE + 1, "a picture may have 5 MB"),
        ("huge.pdf", 32 * MEGABYTE + 1, "a document may have 32 MB"),
        ("folder", -1, "is no file"),
        ("bad\0name.md", None, "cannot be attached"),
    ],
)
def test_a_refusal_says_why(tmp_path: Path, name: str, size: int | None, words: str) -> None:
    if size == -1:
        (tmp_path / name).mkdir()
    elif size is not None:
        with (tmp_path / name).open("wb") as file:
            file.write(PNG if name.endswith("png") else b"text")
            file.truncate(size)
    with pytest.raises(AttachmentError) as refusal:
        examine(name, tmp_path)
    assert words in refusal.value.message
    assert refusal.value.hint


class FilesApp(SceneApp):
    def __init__(self, scene: list[events.Event] | None = None) -> None:
        super().__init__(scene or [OPENED])
        self.sent: list[tuple[str, list[str]]] = []

    @property
    def composer(self) -> Composer:
        return self._composer

    def on_composer_submitted(self, message: Composer.Submitted) -> Any:
        names = [Path(path).name for path in message.attachments]
        self.sent.append((message.text, names))
        super().on_composer_submitted(message)

    def rows(self) -> list[str]:
        strips = self.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips if strip.text.strip()]


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(6):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def type_line(pilot: Pilot[None], text: str) -> None:
    app = pilot.app
    assert isinstance(app, FilesApp)
    app.composer.load_draft(text)
    await pilot.pause()
    app.composer.close_popup()
    await pilot.press("enter")
    await settle(pilot)


async def test_files_are_listed_sent_and_gone_afterwards(home: Path) -> None:
    (home / "my shot.png").write_bytes(PNG)
    (home / "notes.md").write_text("text")
    app = FilesApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.composer.set_working_dir(home)
        await type_line(pilot, "/attach my shot.png")
        await type_line(pilot, f"/attach {home / 'notes.md'}")
        assert app.rows()[-3:] == [
            "  [File 1] my shot.png 108 B",
            "  [File 2] notes.md 4 B (ctrl+d removes)",
            "›",
        ]
        await type_line(pilot, "what is this?")
        assert app.sent[-1] == ("what is this?", ["my shot.png", "notes.md"])
        assert app.composer.attachments.paths == ()
        assert not app.composer.attachments.display


async def test_files_may_go_without_a_word_and_a_command_keeps_them(home: Path) -> None:
    (home / "a.md").write_text("text")
    app = FilesApp()
    async with app.run_test() as pilot:
        await settle(pilot)
        app.composer.set_working_dir(home)
        await type_line(pilot, "/attach a.md")
        await type_line(pilot, "!ls")
        await pilot.press("enter")
        assert app.sent == [("/attach a.md", []), ("!ls", []), (FILES_ALONE, ["a.md"])]


async def test_the_fourth_picture_is_refused_and_the_refusal_is_said(home: Path) -> None:
    app = FilesApp()
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot)
        app.composer.set_working_dir(home)
        for number in range(4):
            (home / f"{number}.png").write_bytes(PNG)
            await type_line(pilot, f"/attach {number}.png")
            await until(pilot, lambda: len(app.composer.attachments.paths) > number or number == 3)  # noqa: B023
        await until(
            pilot, lambda: "3.png is not attached: a message takes 3 pictures." in said(app)
        )
        assert len(app.composer.attachments.paths) == 3
        await type_line(pilot, "/attach nowhere.md")
        await until(pilot, lambda: "nowhere.md cannot be attached: No such file" in said(app))
        await type_line(pilot, "/attach")
        await until(pilot, lambda: "/attach PATH sends a file" in said(app))


def said(app: FilesApp) -> str:
    return " ".join(" ".join(app.rows()).split())


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_pasted_path_is_offered(home: Path, accepted: bool) -> None:
    (home / "my shot.png").write_bytes(PNG)
    typed = f"'{home / 'my shot.png'}'"
    app = FilesApp()
    async with app.run_test(size=(120, 24)) as pilot:
        await settle(pilot)
        await pilot.press("s", "e", "e", "space")
        app.composer.post_message(textual_events.Paste(typed))
        await settle(pilot)
        assert "  my shot.png 108 B · tab attaches it" in app.rows()
        await pilot.press("tab" if accepted else "escape")
        await pilot.pause()
        assert app.composer.text == ("see " if accepted else f"see {typed}")
        assert len(app.composer.attachments.paths) == accepted
        assert not app.composer.attachments.has_offer


async def test_any_other_pasted_path_is_only_text(home: Path) -> None:
    app = FilesApp()
    async with app.run_test() as pilot:
        await settle(pilot)
        app.composer.post_message(textual_events.Paste(str(home / "missing.png")))
        await settle(pilot)
        assert not app.composer.attachments.display


async def test_what_was_sent_along_is_named_under_the_words() -> None:
    scene = [OPENED, events.TaskStarted(text="look", attachments=("/tmp/a.png", "/tmp/[b]x.md"))]
    app = FilesApp(scene)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows = app.rows()
        at = rows.index("› look")
        assert rows[at + 1 : at + 3] == ["  [File 1] a.png", "  [File 2] [b]x.md"]
