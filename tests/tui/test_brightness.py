"""Asking a terminal how bright it is, on a real pseudo-terminal, with a person typing meanwhile."""

from __future__ import annotations

import os
import pty
import termios
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tui.brightness import (
    QUERY,
    Answer,
    Question,
    brightness_of_environment,
    budget_seconds,
    take_answer,
)
from clacky_tui.tui.terminal import takes_commands

DARK = b"\x1b]11;rgb:1a1a/1b1b/2626\x1b\\"
LIGHT = b"\x1b]11;rgb:fdfd/f6f6/e3e3\x07"
LONG = 30.0
"""Seconds no test waits for: the answer is there."""


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The terminal's own end, and the end a program has."""
    outer, inner = pty.openpty()
    yield outer, inner
    os.close(outer)
    os.close(inner)


@pytest.mark.parametrize(
    ("colorfgbg", "brightness"),
    [
        ("15;0", "dark"),
        ("0;15", "light"),
        ("0;default;7", "light"),
        ("7;8", "dark"),
        ("15;default", None),
        ("0;99", None),
        ("", None),
    ],
)
def test_the_environment_may_know(colorfgbg: str, brightness: str | None) -> None:
    assert brightness_of_environment({"COLORFGBG": colorfgbg}) == brightness


def test_terminals_that_cannot_answer_are_not_asked() -> None:
    for term in ("dumb", "linux", ""):
        assert not takes_commands({"TERM": term})
    assert takes_commands({"TERM": "xterm-256color"})
    assert budget_seconds({}) == 0.1
    assert budget_seconds({"SSH_CONNECTION": "1 2 3 4"}) == 0.3


@pytest.mark.parametrize(("sent", "brightness"), [(DARK, "dark"), (LIGHT, "light")])
def test_the_answer_is_found_among_keys(
    terminal: tuple[int, int], sent: bytes, brightness: str
) -> None:
    outer, inner = terminal
    with Question(LONG, inner, inner) as question:
        assert os.read(outer, 100) == QUERY
        os.write(outer, "hé".encode() + sent + b"\x1b[A\r")
        assert question.answer() == Answer(brightness, "hé\x1b[A\r".encode())


def test_an_answer_in_pieces_is_waited_for(terminal: tuple[int, int]) -> None:
    outer, inner = terminal
    with Question(0.0, inner, inner) as question:
        os.write(outer, b"x" + DARK[:9])
        assert question.answer() == Answer(None, b"x")
    with Question(LONG, inner, inner) as question:
        os.write(outer, DARK[:9])
        os.write(outer, DARK[9:] + b"y")
        assert question.answer() == Answer("dark", b"y")


def test_without_an_answer_the_keys_are_handed_on(terminal: tuple[int, int]) -> None:
    outer, inner = terminal
    with Question(0.0, inner, inner) as question:
        os.write(outer, b"hello\x1b")
        assert question.answer() == Answer(None, b"hello\x1b")


def test_nothing_is_echoed_and_the_settings_come_back(terminal: tuple[int, int]) -> None:
    outer, inner = terminal
    before = termios.tcgetattr(inner)
    with pytest.raises(RuntimeError), Question(LONG, inner, inner):
        os.write(outer, b"secret" + DARK)
        assert os.read(outer, 100) == QUERY
        assert termios.tcgetattr(inner) != before
        raise RuntimeError("an import failed")
    assert termios.tcgetattr(inner) == before


def test_what_is_no_terminal_does_not_answer() -> None:
    reader, writer = os.pipe()
    with Question(LONG, reader, writer) as question:
        assert question.answer() == Answer(None, b"")
    os.close(writer)
    assert os.read(reader, 100) == b""
    os.close(reader)


@given(
    before=st.binary(max_size=30).filter(lambda keys: b"\x1b]" not in keys + b"\x1b"),
    after=st.binary(max_size=30),
    channels=st.tuples(*[st.integers(0, 255)] * 3),
    digits=st.sampled_from((2, 4)),
)
def test_no_key_is_lost_whatever_is_typed(
    before: bytes, after: bytes, channels: tuple[int, int, int], digits: int
) -> None:
    color = "/".join(f"{channel:02x}" * (digits // 2) for channel in channels)
    answer = take_answer(before + f"\x1b]11;rgb:{color}\x1b\\".encode() + after)
    luma = sum(w * c for w, c in zip((0.299, 0.587, 0.114), channels, strict=True)) / 255
    assert answer == Answer("dark" if luma < 0.5 else "light", before + after)
