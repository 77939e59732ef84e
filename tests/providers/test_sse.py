"""Server-sent events: the same bytes give the same frames, however they arrive."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.providers.sse import SseFrame, SseParser


def parse(*chunks: bytes) -> list[SseFrame]:
    parser = SseParser()
    return [frame for chunk in chunks for frame in parser.feed(chunk)]


def test_a_frame_ends_at_a_blank_line() -> None:
    assert parse(b"event: ping\ndata: 1\n\ndata: 2\n\n") == [("ping", "1"), ("message", "2")]


def test_all_three_line_ends_are_understood() -> None:
    for end in (b"\n", b"\r\n", b"\r"):
        stream = end.join([b"event: a", b"data: 1", b"data: 2", b"", b"data: 3", b"", b""])
        assert parse(stream) == [("a", "1\n2"), ("message", "3")]


def test_a_carriage_return_at_the_end_of_a_chunk_does_not_delay_the_frame() -> None:
    parser = SseParser()
    assert parser.feed(b"data: 1\r\n\r") == [("message", "1")]
    assert parser.feed(b"\ndata: 2\r\n\r\n") == [("message", "2")]


def test_comments_and_unknown_fields_are_ignored() -> None:
    assert parse(b": OPENROUTER PROCESSING\nid: 7\nretry: 3\ndata: x\n\n") == [("message", "x")]


def test_an_event_without_data_is_no_frame_and_leaves_no_name_behind() -> None:
    assert parse(b"event: ping\n\ndata: x\n\n") == [("message", "x")]


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert parse(b"data:a\ndata:  b\ndata\n\n") == [("message", "a\n b\n")]


def test_a_byte_order_mark_at_the_start_is_dropped() -> None:
    assert parse(b"\xef", b"\xbb\xbfdata: x\n\n") == [("message", "x")]


def test_a_character_split_between_chunks_stays_whole() -> None:
    stream = "data: 终端 🙂\n\n".encode()
    assert parse(*[stream[i : i + 1] for i in range(len(stream))]) == [("message", "终端 🙂")]


def test_line_separators_inside_json_text_do_not_end_a_line() -> None:
    assert parse("data: a\u2028b\x0bc\x85d\n\n".encode()) == [("message", "a\u2028b\x0bc\x85d")]


def test_a_frame_cut_off_by_the_end_of_the_stream_is_not_handed_out() -> None:
    assert parse(b"data: whole\n\ndata: ha") == [("message", "whole")]


LINES = st.lists(
    st.one_of(
        st.sampled_from(["", "", "event: e", ": comment", "data", "id: 1"]),
        st.text(st.characters(exclude_characters="\r\n", codec="utf-8")).map("data: ".__add__),
    ),
    max_size=12,
)


@given(
    lines=LINES,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_any_chunking_gives_the_same_frames(lines: list[str], end: str, cuts: list[int]) -> None:
    stream = "".join(line + end for line in lines).encode()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(edges)]
    assert parse(*chunks) == parse(stream)


@given(data=st.text(st.characters(exclude_characters="\r\n\ufeff", codec="utf-8"), min_size=1))
def test_what_is_sent_is_what_arrives(data: str) -> None:
    assert parse(f"data: {data}\n\n".encode()) == [("message", data)]


@given(st.binary())
def test_no_bytes_at_all_break_the_parser(noise: bytes) -> None:
    parse(noise, b"\n\n")
