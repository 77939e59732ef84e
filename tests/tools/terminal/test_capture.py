"""Live output: safe pieces that join to what was printed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.terminal.capture import (
    KEPT_HEAD_BYTES,
    KEPT_TAIL_BYTES,
    LIVE_LIMIT_CHARACTERS,
    LIVE_PAUSED,
    OutputCapture,
)
from clacky_tui.tools.terminal.clean import clean_output


def live(*pieces: bytes) -> tuple[list[str], OutputCapture]:
    shown: list[str] = []
    capture = OutputCapture(shown.append)
    for piece in pieces:
        capture.feed(piece)
    return shown, capture


def test_an_open_line_grows_on_the_screen() -> None:
    shown, capture = live(b"..", b"..", b"F\nnext")
    assert shown == ["..", "..", "F\nnext"]
    capture.finish()
    assert "".join(shown) == "....F\nnext"


def test_a_line_with_escapes_waits_for_its_end() -> None:
    shown, _ = live(b"\x1b[3", b"1mred", b"\x1b[0m\n")
    assert shown == ["red\n"]


def test_a_progress_bar_shows_its_last_state() -> None:
    shown, capture = live(b"10%\r", b"20%\r", b"100%\ndone")
    capture.finish()
    assert "".join(shown) == "100%\ndone"


def test_an_overwritten_line_that_was_shown_starts_anew() -> None:
    shown, _ = live(b"10%", b"\r20%\n")
    assert shown == ["10%", "\n20%\n"]


def test_a_character_split_across_reads_is_whole() -> None:
    euro = "€".encode()
    shown, capture = live(b"a" + euro[:1], euro[1:2], euro[2:] + b"b")
    capture.finish()
    assert "".join(shown) == "a€b"
    assert capture.text() == "a€b"


def test_live_output_pauses_but_everything_is_kept() -> None:
    line = b"x" * 99 + b"\n"
    shown, capture = live(*[line] * 2000)
    capture.finish()
    text = "".join(shown)
    assert text.endswith(LIVE_PAUSED)
    assert len(text) <= LIVE_LIMIT_CHARACTERS + len(LIVE_PAUSED) + 1
    assert len(capture.text()) == 200_000


def test_memory_is_bounded_and_the_gap_is_told() -> None:
    piece = b"x" * 65_535 + b"\n"
    capture = OutputCapture(lambda text: None)
    capture.feed(b"first\n")
    for _ in range(200):
        capture.feed(piece)
    capture.feed(b"last\n")
    text = capture.text()
    assert text.startswith("first\n")
    assert text.endswith("last\n")
    assert "bytes left out]" in text
    assert len(text) < KEPT_HEAD_BYTES + KEPT_TAIL_BYTES + 2 * len(piece)


def test_an_endless_line_stays_quiet() -> None:
    shown, capture = live(*[b"y" * 1000] * 100)
    capture.finish()
    assert len("".join(shown)) < 3000
    assert len(capture.text()) == 100_000


@given(
    pieces=st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\xc3", b"\xa9", b"  ", b"x" * 90])),
)
def test_plain_pieces_join_to_the_cleaned_output(pieces: list[bytes]) -> None:
    shown, capture = live(*pieces)
    capture.finish()
    whole = b"".join(pieces).decode("utf-8", "replace")
    assert "".join(shown) == clean_output(whole) == capture.text()


@given(pieces=st.lists(st.binary(max_size=12) | st.sampled_from([b"\x1b[3", b"1m", b"\r", b"\n"])))
def test_no_piece_ever_holds_a_control_character(pieces: list[bytes]) -> None:
    shown, capture = live(*pieces)
    capture.finish()
    text = "".join(shown)
    assert clean_output(text) == text
