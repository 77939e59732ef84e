"""The prompt of the first frame follows what is typed as the composer will."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tui.first_frame.echo import Echo

KEYS = st.sampled_from(
    ["a", " ", "é", "优", "👍", "\x7f", "\n", "\x1b[200~two\rlines 惠\x1b[201~", "\x1b[I", "\x1b[O"]
)


def echo_of(*pieces: bytes) -> Echo:
    echo = Echo()
    for piece in pieces:
        echo.feed(piece)
    return echo


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("fix it", "fix it"),
        ("优惠\x7f", "优"),
        ("one\ntwo", "one\ntwo"),
        ("one\n\x7f two", "one two"),
        ("sent\rnot yet", "not yet"),
        ("  \r", "  "),
        ("one\ntwo\x15", "one\n"),
        ("\x1b[200~a\r\nb\r\x1b[201~c", "a\nbc"),
        ("\x1b[Ihello\x1b[O", "hello"),
    ],
)
def test_text_erasing_pastes_and_enter_are_followed(typed: str, text: str) -> None:
    assert echo_of(typed.encode()).text == text


@pytest.mark.parametrize(
    "key", ["\x1b[A", "\x1b", "\t", "\x17", "\x1bOP", "\x1b[200~\x1b]0;t\x07\x1b[201~"]
)
def test_after_any_other_key_it_stands_still(key: str) -> None:
    assert echo_of(f"seen{key}x unseen\x7f".encode()).text == "seen"


def test_the_line_is_the_last_one() -> None:
    assert echo_of(b"one\ntwo").line == "two"


@pytest.mark.parametrize(
    ("typed", "interrupted"),
    [("a\x03", True), ("\t\x03", True), ("\x1b[200~\x03\x1b[201~", False)],
)
def test_ctrl_c_interrupts_unless_it_was_pasted(typed: str, interrupted: bool) -> None:
    assert echo_of(typed.encode()).is_interrupted is interrupted


@given(keys=st.lists(KEYS), data=st.data())
def test_keys_may_arrive_cut_anywhere(keys: list[str], data: st.DataObject) -> None:
    typed = "".join(keys).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(typed)))))
    pieces = [typed[a:b] for a, b in zip([0, *cuts], [*cuts, len(typed)], strict=True)]
    assert echo_of(*pieces).text == echo_of(typed).text


@given(st.binary())
def test_nothing_typed_upsets_it(typed: bytes) -> None:
    assert echo_of(typed).text.replace("\n", "").isprintable()
