"""Drawing blocks of Markdown on a canvas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.color import Color

from clacky_tui.tui.chat.blocks import BlockSplitter
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.markdown import column_widths, render_block
from clacky_tui.tui.chat.styles import ChatStyles
from clacky_tui.tui.chat.text import Line, chop, fit, line_cells, sanitize, wrap
from clacky_tui.tui.glyphs import UNICODE

PLAIN = Style.null()
STYLES = ChatStyles(
    ground=PLAIN,
    strong=Style(bold=True),
    muted=Style(dim=True),
    accent=PLAIN,
    success=PLAIN,
    warning=PLAIN,
    error=PLAIN,
    heading=Style(bold=True),
    code=Style(color="cyan"),
    link=Style(underline=True),
)
CANVAS = Canvas(80, STYLES, UNICODE, (), Color(0, 0, 0))


def draw(text: str, cells: int = 60) -> list[Line]:
    splitter = BlockSplitter()
    blocks = [*splitter.feed(text), *splitter.finish()]
    return [line for block in blocks for line in render_block(block, cells, CANVAS)]


def shown(text: str, cells: int = 60) -> list[str]:
    return ["".join(part for part, _ in line).rstrip() for line in draw(text, cells)]


def style_of(word: str, lines: list[Line]) -> Style:
    return next(style for line in lines for text, style in line if word in text)


def test_emphasis_and_code_become_styles_without_their_marks() -> None:
    lines = draw("a **bold** and *soft* and `code` and ~~gone~~")
    assert "".join(text for text, _ in lines[0]) == "a bold and soft and code and gone"
    assert style_of("bold", lines).bold
    assert style_of("soft", lines).italic
    assert style_of("code", lines).color is not None
    assert style_of("gone", lines).strike


def test_a_link_shows_its_text_and_leads_to_its_address() -> None:
    lines = draw("see [the page](https://example.com/x)")
    assert style_of("the page", lines).link == "https://example.com/x"
    assert shown("see [the page](https://example.com/x)") == ["see the page"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"])
def test_a_link_to_anything_but_web_or_mail_leads_nowhere(url: str) -> None:
    assert all(style.link is None for line in draw(f"[here]({url})") for _, style in line)


def test_lists_nest_and_wrap_under_their_text() -> None:
    assert shown("1. first item is long\n   - nested\n2. second", 14) == [
        "1. first item",
        "   is long",
        "   • nested",
        "2. second",
    ]


def test_task_items_show_their_box() -> None:
    assert shown("- [x] done\n- [ ] open") == ["[x] done", "[ ] open"]


def test_code_keeps_its_spaces_and_is_not_interpreted() -> None:
    assert shown("```py\nif *x*:\n    [y]\n```") == ["  if *x*:", "      [y]"]


def test_a_table_lines_up_by_cells_not_characters() -> None:
    rows = shown("| name | n |\n|---|--:|\n| 日本語 | 1 |\n| ab | 1234 |")
    assert rows == [
        "name       n",
        "──────  ────",
        "日本語     1",
        "ab      1234",
    ]


def test_a_table_too_wide_wraps_inside_its_columns() -> None:
    lines = draw("| a | b |\n|---|---|\n| x | " + "word " * 30 + "|", 40)
    assert max(line_cells(line) for line in lines) <= 40
    assert len(lines) > 4


def test_a_table_with_too_many_columns_becomes_pairs() -> None:
    names = [f"column{n}" for n in range(8)]
    text = f"| {' | '.join(names)} |\n{'|---' * 8}|\n| {' | '.join('abcdefgh')} |"
    assert shown(text, 30)[:2] == ["column0: a", "column1: b"]


def test_link_definitions_alone_are_still_shown() -> None:
    assert shown("[ref]: https://example.com") == ["[ref]: https://example.com"]


def test_entities_cannot_smuggle_control_characters() -> None:
    text = "".join(shown("a&#x202e;b &#27;[31m c&#x9b;"))
    assert sanitize(text) == text


def test_html_is_text() -> None:
    assert shown("<b>x</b>") == ["<b>x</b>"]


def test_columns_give_way_from_the_widest() -> None:
    assert column_widths([5, 5], 20) == [5, 5]
    assert column_widths([4, 40], 20) == [4, 16]
    assert column_widths([30, 30], 21) == [11, 10]
    assert column_widths([9] * 10, 20) is None


MARKDOWN = st.text(
    alphabet=st.sampled_from("ab *_`#>|-[]()!~\\&;:1.\n\t日本👩\u200d️é́\x1b\u202e<x"),
    max_size=200,
)


@given(MARKDOWN, st.integers(24, 90))
def test_no_line_is_wider_than_asked_for(text: str, cells: int) -> None:
    for line in draw(text, cells):
        strip = CANVAS.strip(line)
        assert strip.cell_length == CANVAS.width == sum(cell_len(s.text) for s in strip)
        assert "\n" not in strip.text


@given(st.text(max_size=120), st.integers(2, 40))
def test_wrapping_keeps_every_character_but_spaces(text: str, cells: int) -> None:
    line: Line = [(part, PLAIN) for part in sanitize(text).replace("\n", " ").split("b")]
    original = "".join(part for part, _ in line)
    for fold in (wrap, chop):
        folded = fold(line, cells)
        joined = "".join(part for piece in folded for part, _ in piece)
        assert joined.replace(" ", "") == original.replace(" ", "")
        assert all(cell_len("".join(t for t, _ in piece)) <= cells for piece in folded)


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_nothing_a_terminal_obeys_survives(text: str) -> None:
    safe = sanitize(text)
    assert all(c == "\n" or (c.isprintable() or ord(c) > 0x9F) for c in safe)
    assert not set(safe) & set(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
    safe.encode()
    assert sanitize(safe) == safe


def test_escape_sequences_vanish_whole() -> None:
    text = "\x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x9b2Jx"
    assert sanitize(text) == "red link x"


def test_tabs_fill_to_four_cells_and_returns_break_lines() -> None:
    assert sanitize("a\tb\r\nc\rd") == "a   b\nc\nd"


def test_fit_cuts_by_cells() -> None:
    assert fit("日本語テキスト", 7) == "日本語…"
    assert fit("short", 7) == "short"
    assert fit("long word", 0) == ""
