"""The split of streamed Markdown into final blocks."""

from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.tui.chat.blocks import LINE_CHARS, PROSE_CHARS, Block, BlockSplitter

LINES = st.sampled_from(
    [
        "",
        " ",
        "text",
        "# heading",
        "- item",
        "  - nested",
        "  inside",
        "1. one",
        "1. again",
        "7) other",
        "> quote",
        "---",
        "```py",
        "```",
        "~~~",
        "| a | b |",
        "|---|---|",
        "    indented",
        "日本語 ✓",
        "\ttab",
        "text\r",
        "x" * (LINE_CHARS + 5),
        "word " * 300,
    ]
)


def split(pieces: list[str]) -> list[Block]:
    splitter = BlockSplitter()
    closed = [block for piece in pieces for block in splitter.feed(piece)]
    return closed + splitter.finish()


@given(st.lists(LINES, max_size=14).map("\n".join), st.lists(st.integers(1, 40), max_size=60))
def test_any_chunking_gives_the_same_blocks_and_loses_nothing(text: str, sizes: list[int]) -> None:
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    blocks = split([*pieces, rest])
    assert blocks == split([text])
    assert "".join(block.source for block in blocks) == text


@given(st.lists(LINES, max_size=10).map("\n".join))
def test_closed_blocks_and_tail_are_always_the_whole_text(text: str) -> None:
    splitter = BlockSplitter()
    closed = ""
    for end, character in enumerate(text, 1):
        closed += "".join(block.source for block in splitter.feed(character))
        tail = splitter.tail
        assert closed + (tail.source if tail else "") == text[:end]


def kinds(text: str) -> list[str]:
    return [block.kind for block in split([text])]


def test_a_blank_line_closes_a_paragraph_but_not_a_list_item() -> None:
    assert [b.source for b in split(["a\nb\n\nc\n"])] == ["a\nb\n\n", "c\n"]
    assert [b.source for b in split(["- a\n\n  more\n- b\n"])] == ["- a\n\n  more\n", "- b\n"]


def test_a_line_of_code_is_final_at_its_end() -> None:
    splitter = BlockSplitter()
    assert [b.kind for b in splitter.feed("```py\nx = 1\ny =")] == ["fence_open", "code"]
    assert splitter.tail == Block("y =", "code")


def test_blank_lines_and_marks_inside_a_fence_are_code() -> None:
    assert kinds("```\na\n\n- b\n~~~\n```\nend") == [
        "fence_open",
        "code",
        "code",
        "code",
        "code",
        "fence_close",
        "prose",
    ]


def test_a_longer_fence_holds_a_shorter_one() -> None:
    assert kinds("````\n```\n````\n") == ["fence_open", "code", "fence_close"]


def test_lazy_ordered_lists_count_on() -> None:
    assert [b.ordinal for b in split(["1. a\n1. b\n\n1. c\n"])] == [1, 2, 3]
    assert [b.ordinal for b in split(["3. a\n7. b\n"])] == [3, 7]


def test_the_open_tail_stays_small_without_blank_lines() -> None:
    splitter = BlockSplitter()
    for _ in range(500):
        splitter.feed("some words that never stop coming\n")
        assert splitter.tail is None or len(splitter.tail.source) <= PROSE_CHARS


def test_a_long_table_stays_one_block() -> None:
    text = "| a | b |\n|---|---|\n" + "| one | two |\n" * 500
    assert [b.source for b in split([text])] == [text]
