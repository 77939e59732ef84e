"""Pasted texts that stand as a sign: whole or not at all, opened, edited, and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scene import OPENED, SceneApp
from textual import events
from textual.pilot import Pilot

from clacky_tui.paths import draft_file
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.paste_blocks import PasteBlocks

SIGN = "[#1 Paste Text]"
FIVE_HUNDRED = "\n".join(f"line {number}" for number in range(500))


class PasteApp(SceneApp):
    def __init__(self) -> None:
        super().__init__([OPENED])
        self.sent: list[str] = []

    @property
    def composer(self) -> Composer:
        return self._composer

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.sent.append(message.text)


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> PasteApp:
    monkeypatch.setenv("CLACKY_HOME", str(home / "clacky"))
    return PasteApp()


async def paste(pilot: Pilot[None], app: PasteApp, text: str) -> None:
    app.composer.post_message(events.Paste(text))
    await pilot.pause()


def rows(app: PasteApp) -> list[str]:
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


several_lines = st.tuples(st.text(), st.text()).map("\n".join)
"""One line is no block, so none can be a part of a sign."""


@given(several_lines, several_lines)
def test_what_was_pasted_comes_back_and_goes_under_its_sign_again(first: str, second: str) -> None:
    blocks = PasteBlocks()
    text = f"a {blocks.add(first)} b {blocks.add(second)}"
    assert blocks.expanded(text) == f"a {first} b {second}"
    assert blocks.expanded(blocks.collapsed(blocks.expanded(text))) == blocks.expanded(text)


def test_a_sign_nobody_pasted_is_plain_text() -> None:
    blocks = PasteBlocks()
    blocks.add("x\ny")
    assert blocks.expanded("[#2 Paste Text] [#1 Paste Text]") == "[#2 Paste Text] x\ny"
    assert blocks.spans("[#2 Paste Text] [#1 Paste Text]") == [(16, 31, 1)]
    assert PasteBlocks().expanded(SIGN) == SIGN


async def test_five_hundred_lines_are_one_sign_and_are_sent_whole(app: PasteApp) -> None:
    async with app.run_test() as pilot:
        await paste(pilot, app, FIVE_HUNDRED.replace("\n", "\r\n") + "\n\n")
        assert app.composer.text == SIGN
        assert app.composer.size.height == 1
        assert "  500 lines pasted · alt+p opens them" in rows(app)
        assert app.sent == []
        await pilot.press("enter")
        await pilot.pause()
        assert app.sent == [FIVE_HUNDRED]
        assert not app.composer.pastes.display
        assert app._history.entries[-1] == FIVE_HUNDRED


async def test_the_cursor_skips_a_block_and_both_keys_delete_it(app: PasteApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("a")
        await paste(pilot, app, "x\ny")
        await pilot.press("b", "left", "left")
        assert app.composer.cursor_location == (0, 1)
        await pilot.press("right")
        assert app.composer.cursor_location == (0, 1 + len(SIGN))
        await pilot.press("left", "delete")
        assert app.composer.text == "ab"
        await pilot.press("ctrl+underscore")
        assert app.composer.expanded_text() == "ax\nyb"
        await pilot.press("end", "left", "backspace")
        assert app.composer.text == "ab"


async def test_a_block_is_edited_in_its_place_and_stays_the_same_block(app: PasteApp) -> None:
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("s", "space")
        await paste(pilot, app, "one\ntwo")
        await paste(pilot, app, "three\nfour")
        await pilot.press("home", "right", "right", "alt+p")
        await pilot.pause()
        assert app.composer.text == "one\ntwo"
        assert "  Pasted text 1 · esc closes it" in rows(app)
        await pilot.press("X", "enter", "Y")
        assert app.sent == []
        assert app.composer.expanded_text() == "s X\nYone\ntwothree\nfour"
        await pilot.press("escape")
        assert app.composer.text == "s [#1 Paste Text][#2 Paste Text]"
        assert app.composer.cursor_location == (0, 2)
        await pilot.press("enter")
        assert app.sent == ["s X\nYone\ntwothree\nfour"]
        await paste(pilot, app, "new\nmessage")
        assert app.composer.text == SIGN


async def test_what_is_pasted_into_an_open_block_stays_in_it(app: PasteApp) -> None:
    async with app.run_test() as pilot:
        await paste(pilot, app, "one\ntwo")
        await pilot.press("alt+p")
        await paste(pilot, app, "a\nb\n")
        assert app.composer.text == "a\nbone\ntwo"
        await pilot.press("alt+p")
        assert app.composer.text == SIGN


async def test_a_cleared_message_comes_back_with_its_block(app: PasteApp) -> None:
    async with app.run_test() as pilot:
        await paste(pilot, app, "one\ntwo")
        await pilot.press("ctrl+c")
        assert app.composer.text == ""
        await paste(pilot, app, "three\nfour")
        assert app.composer.expanded_text() == "three\nfour"
        await pilot.press("ctrl+underscore", "ctrl+underscore")
        assert app.composer.expanded_text() == "one\ntwo"


async def test_the_draft_on_disk_holds_what_was_pasted(app: PasteApp) -> None:
    async with app.run_test() as pilot:
        await pilot.press("a")
        await paste(pilot, app, "\tone\ntwo")
        await pilot.press("alt+p")
        await app._draft.read()
        await app._draft.save()
        assert draft_file().read_text() == "a\tone\ntwo"


async def test_a_block_keeps_tabs_and_obeys_no_escape(app: PasteApp) -> None:
    async with app.run_test() as pilot:
        await paste(pilot, app, "all:\n\tmake\x1b[2J it\x07")
        assert app.composer.expanded_text() == "all:\n\tmake it\ufffd"
