"""Live output: safe pieces that join to what was printed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tools.terminal.capture import (
    EXCERPT_BYTES,
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
    assert capture.unread().text == "a€b"


def test_live_output_pauses_but_everything_is_kept() -> None:
    line = b"x" * 99 + b"\n"
    shown, capture = live(*[line] * 2000)
    capture.finish()
    text = "".join(shown)
    assert text.endswith(LIVE_PAUSED)
    assert len(text) <= LIVE_LIMIT_CHARACTERS + len(LIVE_PAUSED) + 1
    assert capture.unread().size_bytes == 200_000


def test_a_long_output_is_excerpted_and_the_gap_is_told() -> None:
    piece = b"x" * 65_535 + b"\n"
    _, capture = live(b"first\n", *[piece] * 20, b"last\n")
    capture.finish()
    excerpt = capture.unread()
    assert excerpt.size_bytes == 11 + 20 * len(piece)
    assert excerpt.text.startswith("first\n")
    assert excerpt.text.endswith("last\n")
    assert f"{excerpt.size_bytes - 2 * EXCERPT_BYTES:,} bytes left out]" in excerpt.text
    assert len(excerpt.text) < 2 * EXCERPT_BYTES + 100


def test_unread_gives_each_piece_once() -> None:
    _, capture = live(b"one\nname? ")
    assert capture.unread().text == "one\nname? "
    assert capture.unread().text == ""
    capture.feed(b"bob\nhello")
    assert capture.unread().text == "bob\nhello"
    capture.feed(b"\rbye\n")
    assert capture.unread().text == "bye\n"
    assert capture.last_line == "bye"


def test_what_a_full_screen_program_draws_is_left_out() -> None:
    _, capture = live(b"before\n\x1b[?10", b"49h\x1b[H~\r\n~", b"VIM\x1b[?1049l", b"after\n")
    assert capture.unread().text == "before\nafter\n"
    capture.feed(b"\x1b[?1h\x1b=top - 10:00")
    assert capture.is_drawing
    capture.feed(b"\x1b[?1l\x1b>done\n")
    assert not capture.is_drawing
    assert capture.unread().text == "done\n"


def test_a_screen_that_is_never_left_is_shown_in_the_end() -> None:
    _, capture = live(b"\x1b[?1hKilled\nhello\n")
    capture.finish()
    assert capture.unread().text == "Killed\nhello\n"


def test_an_endless_line_stays_quiet() -> None:
    shown, capture = live(*[b"y" * 1000] * 100)
    capture.finish()
    assert len("".join(shown)) < 10_000
    capture.finish()
    assert capture.unread().size_bytes == 100_000


@given(
    pieces=st.lists(st.sampled_from([b"a", b"bc", b"\n", b"\xc3", b"\xa9", b"  ", b"x" * 90])),
)
def test_plain_pieces_join_to_the_cleaned_output(pieces: list[bytes]) -> None:
    shown, capture = live(*pieces)
    capture.finish()
    whole = b"".join(pieces).decode("utf-8", "replace")
    assert "".join(shown) == clean_output(whole) == capture.unread().text


@given(pieces=st.lists(st.binary(max_size=12) | st.sampled_from([b"\x1b[3", b"1m", b"\r", b"\n"])))
def test_no_piece_ever_holds_a_control_character(pieces: list[bytes]) -> None:
    shown, capture = live(*pieces)
    capture.finish()
    text = "".join(shown)
    assert clean_output(text) == text
