"""The writer: whole words, safe text, and a prompt that is said over."""

from __future__ import annotations

import io
import os
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.plain.writer import LineWriter


class Pieces(io.StringIO):
    """Keeps what each write was."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)


def written(*pieces: str) -> Pieces:
    out = Pieces()
    writer = LineWriter(out, lambda: None)
    for piece in pieces:
        writer.text(piece)
    writer.end_text()
    return out


def test_a_word_is_written_once_it_is_whole() -> None:
    out = written("Hel", "lo wor", "ld, again", " and")
    assert out.getvalue() == "Hello world, again and\n"
    assert out.pieces == ["Hello ", "world, ", "again ", "and", "\n"]


def test_a_word_after_which_nothing_comes_is_let_go() -> None:
    out = Pieces()
    writer = LineWriter(out, lambda: None)
    writer.text("the end.")
    assert writer.holds_back
    writer.let_go()
    assert not writer.holds_back
    assert out.getvalue() == "the end."


def test_scripts_without_blanks_are_written_as_they_come() -> None:
    assert written("你好", "世界").pieces == ["你好", "世界", "\n"]


def test_a_word_without_end_is_not_held_back_for_ever() -> None:
    assert len(written("x" * 200).pieces[0]) == 200


@given(st.lists(st.text(), max_size=8), st.text(), st.text())
def test_whatever_comes_in_pieces_no_control_goes_out(
    pieces: list[str], line: str, label: str
) -> None:
    out = Pieces()
    writer = LineWriter(out, lambda: None)
    for piece in ("\x1b]52;c;", *pieces, "\x9b31m"):
        writer.text(piece)
    writer.line(line + "\x1b[2J\r\x07", "note")
    said = out.getvalue()
    assert said.endswith("\n")
    controls = {c for c in said if unicodedata.category(c) == "Cc"} - {"\n"}
    assert not controls


@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "Zs"]))))
def test_nothing_of_a_text_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert written(*pieces).getvalue() == (text + "\n" if text else "")


def test_a_label_stands_once_and_further_lines_are_indented() -> None:
    out = Pieces()
    LineWriter(out, lambda: None).line("one\n\ntwo\n", "note")
    assert out.getvalue() == "note: one\n\n  two\n"


def test_what_comes_over_the_prompt_puts_it_back() -> None:
    out = Pieces()
    writer = LineWriter(out, lambda: None)
    with writer.over_prompt(True, lambda: True):
        writer.line("said", "note")
    with writer.over_prompt(False, lambda: True):
        writer.line("more")
    with writer.over_prompt(True, lambda: False):
        writer.line("busy")
    assert out.getvalue() == "\nnote: said\n> more\n\nbusy\n"


def test_when_the_reader_is_gone_it_is_told_once_and_nothing_is_raised() -> None:
    lost: list[bool] = []
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as out:
        writer = LineWriter(out, lambda: lost.append(True))
        writer.line("one")
        writer.line("two")
        writer.text("three ")
    assert lost == [True]
