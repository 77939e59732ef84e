"""Text as it comes: the same however the bytes were split."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.terminal.clean import clean_output
from clacky_tui.tools.terminal.text_stream import OPEN_LINE_CHARACTERS, TextStream

_PIECES = [
    b"a\n",
    b"\x1b[?1049h",
    b"\x1b[?1049l",
    b"\x1b[31m",
    b"\r",
    b"\xe2\x82\xac",
    b"\x1b[?25;1h",
]


def text_of(*pieces: bytes) -> str:
    stream = TextStream()
    return "".join([*map(stream.feed, pieces), stream.finish()])


@given(st.lists(st.sampled_from(_PIECES) | st.binary(max_size=6)), st.integers(1, 7))
def test_splitting_the_bytes_changes_nothing(pieces: list[bytes], step: int) -> None:
    whole = b"".join(pieces)
    split = [whole[start : start + step] for start in range(0, len(whole), step)]
    assert text_of(*split) == text_of(whole)


@given(st.lists(st.binary(max_size=6)))
def test_all_text_is_clean(pieces: list[bytes]) -> None:
    text = text_of(*pieces)
    assert clean_output(text) == text


def test_a_progress_bar_without_an_end_stays_small() -> None:
    stream = TextStream()
    for number in range(10_000):
        assert stream.feed(b"%d%% done of a long line\r" % number) == ""
    assert len(stream.open_line) <= OPEN_LINE_CHARACTERS
    assert stream.feed(b"\n") == "9999% done of a long line\n"
