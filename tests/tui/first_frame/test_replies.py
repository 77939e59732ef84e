"""What a terminal answers never becomes text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tui.first_frame.replies import Replies

BACKGROUND = b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"
CLIPBOARD = b"\x1b]52;c;aGVsbG8=\x07"


@pytest.mark.parametrize("reply", [BACKGROUND, CLIPBOARD])
def test_an_answer_is_told_from_the_keys_around_it(reply: bytes) -> None:
    replies = Replies()
    assert replies.keys_of(b"be\x1b[A" + reply + b"fore") == b"be\x1b[Afore"
    assert replies.received == reply


@given(st.integers(3, len(BACKGROUND) - 1))
def test_an_answer_may_be_cut_after_its_first_figure(at: int) -> None:
    replies = Replies()
    before = replies.keys_of(b"a" + BACKGROUND[:at])
    after = replies.keys_of(BACKGROUND[at:] + b"b")
    assert before + after == b"ab"
    assert replies.received == BACKGROUND


@pytest.mark.parametrize("keys", [b"\x1b", b"\x1b]", b"\x1b]x", b"\x1b[200~", "优惠".encode()])
def test_keys_pass_at_once(keys: bytes) -> None:
    assert Replies().keys_of(keys) == keys


def test_what_never_ends_is_let_go() -> None:
    replies = Replies()
    endless = b"\x1b]11;" + b"x" * 300
    assert replies.keys_of(endless) == endless


def test_the_beginning_of_an_answer_can_be_handed_on() -> None:
    first, second = Replies(), Replies()
    assert first.keys_of(b"a" + BACKGROUND[:9]) == b"a"
    assert second.keys_of(first.held + BACKGROUND[9:]) == b""
    assert second.received == BACKGROUND
