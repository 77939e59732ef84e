"""Random frames: what the layer makes of a terminal is what Textual's own drawing makes of it."""

from __future__ import annotations

from random import Random

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from support.side_by_side import SideBySide
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

FRAMES = 12
WORDS = (
    *("total", "of", "the order", " ", "  ", " " * 14, "=> 41.50", "-" * 7),
    *("优惠", "ひらがな", "한국어", "Привет", "é", "e\u0301", "│ █▇▄ ⠋", "● › …"),
    *("😀", "👩\u200d👩\u200d👧", "❤\ufe0f", "🇩🇪", "👍🏽", "①", "\U00100001", "a\u200b"),
)
STYLES = (
    *(None, Style(), Style(), Style(bold=True), Style(dim=True), Style(bold=True, dim=True)),
    *(Style(italic=True), Style(underline=True), Style(underline2=True), Style(strike=True)),
    *(Style(reverse=True), Style(overline=True), Style(blink=True), Style(conceal=True)),
    *(Style(color="red"), Style(color="bright_blue", bold=True), Style(color="color(200)")),
    *(Style(color="#ff8800", bgcolor="#102030"), Style(bgcolor="blue"), Style(bgcolor="default")),
    *(Style(frame=True), Style(encircle=True), Style(bold=False, color="default")),
    *(Style(link="https://example.org/a;b"), Style(link="https://example.org/b", underline=True)),
)


class Picture:
    """Rows of a screen that change as screens do: in places, whole rows, or by moving."""

    def __init__(self, random: Random, columns: int, rows: int) -> None:
        self.random = random
        self.columns, self.rows = columns, rows
        self.strips = [self.strip() for _ in range(rows)]

    def strip(self) -> Strip:
        segments: list[Segment] = []
        width = self.random.choice((0, self.columns // 2, self.columns))
        while sum(segment.cell_length for segment in segments) < width:
            style = self.random.choice(STYLES)
            if style is not None and self.random.random() < 0.1:
                style += Style(meta={"offset": (self.random.randrange(99), 0)})
            segments.append(Segment(self.random.choice(WORDS), style))
        ground = Style(bgcolor="blue") if self.random.random() < 0.2 else Style()
        strip = Strip(segments).adjust_cell_length(self.columns, ground)
        return strip if _is_whole(strip) else self.strip()

    def change(self) -> set[int]:
        """Change something; returns the rows it touched."""
        before = list(self.strips)
        match self.random.choice(("nothing", "cells", "row", "rows", "scroll", "scroll", "all")):
            case "cells":
                y = self.random.randrange(self.rows)
                x = self.random.randrange(self.columns)
                length = self.random.randint(1, 6)
                piece = self.strip().crop(0, min(length, self.columns - x))
                left, right = self.strips[y].crop(0, x), self.strips[y].crop(x + piece.cell_length)
                changed = Strip.join([left, piece, right])
                self.strips[y] = changed if _is_whole(left, piece, right) else self.strip()
            case "row":
                self.strips[self.random.randrange(self.rows)] = self.strip()
            case "rows":
                for y in range(self.random.randrange(self.rows), self.rows):
                    self.strips[y] = self.strip()
            case "scroll":
                self._scroll()
            case "all":
                self.strips = [self.strip() for _ in range(self.rows)]
        return {y for y in range(self.rows) if self.strips[y] is not before[y]}

    def _scroll(self) -> None:
        top = self.random.randrange(self.rows - 1)
        bottom = self.random.randrange(top + 1, self.rows)
        lines = self.random.randint(1, bottom - top)
        region = self.strips[top : bottom + 1]
        new = [self.strip() for _ in range(lines)]
        kept = region[lines:] + new if self.random.random() < 0.6 else new + region[:-lines]
        for _ in range(self.random.choice((0, 0, 1, 2))):  # an overlay stays where it is
            y = self.random.randrange(len(kept))
            kept[y] = region[y]
        self.strips[top : bottom + 1] = kept

    def layout(self) -> LayoutUpdate:
        return LayoutUpdate(
            [self._cut(strip)[1] for strip in self.strips], Region(0, 0, self.columns, self.rows)
        )

    def chops(self, touched: set[int]) -> ChopsUpdate:
        """An update of the `touched` rows and of some more, in random pieces."""
        others = {self.random.randrange(self.rows) for _ in range(self.random.choice((0, 1, 3)))}
        chops: list[dict[int, Strip | None]] = [{0: None} for _ in range(self.rows)]
        ends = [[self.columns] for _ in range(self.rows)]
        spans = []
        for y in sorted(touched | others or {0}):
            cuts, pieces = self._cut(self.strips[y])
            chops[y] = dict(zip(cuts, pieces, strict=True))
            ends[y] = [*cuts[1:], self.columns]
            start, end = 0, self.columns
            if y not in touched:
                start, end = sorted(self.random.sample(range(self.columns + 1), 2))
                if not _is_whole(*self.strips[y].divide([end, self.columns])):
                    end = self.columns
                # What lies beyond the span is whatever is behind it there.
                behind = {
                    x: self.strip().crop(0, stop - x) for x, stop in zip(cuts, ends[y], strict=True)
                }
                chops[y] |= {
                    x: behind[x]
                    for x, stop in zip(cuts, ends[y], strict=True)
                    if stop <= start or x >= end
                }
            spans.append((y, start, end))
        return ChopsUpdate(chops, spans, ends)

    def _cut(self, strip: Strip) -> tuple[list[int], list[Strip]]:
        count = self.random.choice((0, 0, 1, 3))
        cuts = sorted({0, *(self.random.randrange(self.columns) for _ in range(count))})
        pieces = list(strip.divide([*cuts[1:], self.columns]))
        return (cuts, pieces) if _is_whole(*pieces) else ([0], [strip])


def _is_whole(*strips: Strip) -> bool:
    """False when Rich cut a cluster in two: a joiner without its character, a length that lies."""
    return all(
        strip.cell_length == sum(cell_len(segment.text) for segment in strip)
        and not any(cell_len(segment.text[:1]) == 0 for segment in strip if segment.text)
        for strip in strips
    )


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32), columns=st.integers(4, 60), rows=st.integers(2, 14))
def test_every_frame_shows_what_textual_would_show(seed: int, columns: int, rows: int) -> None:
    random = Random(seed)
    both = SideBySide(
        erases_in_colour=random.random() < 0.5,
        erases_cells=random.random() < 0.5,
        homes=random.random() < 0.5,
    )
    both.resize(columns, rows)
    picture = Picture(random, columns, rows)
    both.show(picture.layout())
    for _ in range(FRAMES):
        cursor = (random.randrange(rows), random.randrange(columns))
        touched = picture.change()
        whole = random.random() < 0.3
        both.show(
            picture.layout() if whole else picture.chops(touched),
            cursor,
            synchronized=random.random() < 0.5,
        )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_updates_that_came_while_the_terminal_was_behind_are_sent_as_one(seed: int) -> None:
    random = Random(seed)
    both = SideBySide()
    both.resize(40, 10)
    picture = Picture(random, 40, 10)
    both.show(picture.layout())
    for _ in range(FRAMES):
        for _ in range(random.randint(1, 5)):
            both.update(picture.chops(picture.change()))
        both.check()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_new_size_or_a_damaged_screen_is_drawn_whole(seed: int) -> None:
    random = Random(seed)
    both = SideBySide()
    for _ in range(4):
        columns, rows = random.randint(4, 50), random.randint(2, 12)
        both.resize(columns, rows)
        picture = Picture(random, columns, rows)
        both.show(picture.layout())
        both.update(picture.chops(picture.change()))
        both.layer.feed("\x1b]8;;https://x.org\x1b\\\x1b[1mgarbage\x1b[1;2r")
        both.frames.forget_shown()
        assert both.check().count("\x1b[2J") == 1


def test_nothing_is_sent_when_nothing_changed() -> None:
    both = SideBySide()
    both.resize(30, 6)
    update = Picture(Random(1), 30, 6).layout()
    assert both.show(update)
    assert both.show(update) == ""
    rows = [Strip.join(strips) for strips in update.strips]
    spans = [(y, 0, 30) for y in (0, 3, 5)]
    assert both.show(ChopsUpdate([{0: row} for row in rows], spans, [[30]] * 6)) == ""


def test_after_a_wide_character_the_next_change_in_the_row_is_in_its_place() -> None:
    both = SideBySide()
    both.resize(20, 2)
    both.show(_page(["  优 and so1", ""]))
    both.show(_page(["  价 and so2", ""]))


def test_a_moved_block_is_moved_by_the_terminal() -> None:
    both = SideBySide()
    both.resize(40, 12)
    lines = [f"line {number} of what was said" for number in range(30)]
    both.show(_page(["head", *lines[:10], "foot"]))
    for top in (1, 2, 5, 4, 0):
        frame = both.show(_page(["head", *lines[top : top + 10], "foot"]))
        assert len(frame) < 200
    assert both.layer.scrolls == 5


def test_an_overlay_over_a_moving_block_stays() -> None:
    both = SideBySide()
    both.resize(40, 14)
    lines = [f"line {number} of what was said" for number in range(30)]

    def page(top: int) -> LayoutUpdate:
        shown = lines[top : top + 14]
        return _page([*shown[:6], "+----+", "| no |", *shown[8:]])

    both.show(page(0))
    both.show(page(1))
    assert both.layer.scrolls == 1
    assert "| no |" in both.layer.text


def test_small_frames_are_not_wrapped_in_synchronized_output() -> None:
    both = SideBySide()
    both.resize(80, 24)
    first = both.show(_page([f"{n} " * 20 for n in range(24)]), synchronized=True)
    assert first.startswith("\x1b[?2026h")
    assert first.endswith("\x1b[?2026l")
    small = both.show(_page(["x", *(f"{n} " * 20 for n in range(1, 24))]), synchronized=True)
    assert small
    assert "2026" not in small


@pytest.mark.parametrize("text", ["😀ok", "①②", "👩\u200d👧x"])
def test_after_a_character_of_doubtful_width_the_next_one_is_placed_by_number(text: str) -> None:
    both = SideBySide()
    both.resize(20, 2)
    frame = both.show(_page([text, ""]))
    clusters = [cell.text for cell in both.layer.cells[0] if cell.text.strip()]
    after = sum(cell.text == "" for cell in both.layer.cells[0][:2]) + 1
    assert f"{clusters[0]}\x1b[{after + 1}G{clusters[1]}" in frame


@pytest.mark.parametrize(
    "text",
    [
        "a\x1b[31mb\x1b]8;;x\x07c",
        "a\x00\x07\x08\r\n\tb\x7f",
        "a\x85\x9b31mb\x90",
        "a\u202eb\u2066c\u200e\u061c\u2028\u2029d",
        "a\ud800b\udfff",
        "👩\u200d\x1b[2J",
    ],
)
def test_no_control_in_a_text_reaches_the_terminal(text: str) -> None:
    both = SideBySide()
    both.resize(20, 1)
    strip = Strip([Segment(text), Segment("|", Style(link="https://x.org/\x1b\\\x07\x9c "))])
    both.frames.show(LayoutUpdate([[strip]], Region(0, 0, 20, 1)))
    both.layer.feed(both.frames.take((0, 0), synchronized=False))
    assert both.layer.text.startswith(("a", "👩"))
    assert both.layer.cells[0][strip.cell_length - 1].text == "|"


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=60), url=st.text(max_size=20))
def test_any_text_keeps_the_terminal_sane(text: str, url: str) -> None:
    both = SideBySide()
    both.resize(30, 1)
    strip = Strip([Segment(text, Style(link=url or None))])
    both.frames.show(LayoutUpdate([[strip]], Region(0, 0, 30, 1)))
    both.layer.feed(both.frames.take((0, 0), synchronized=False))
    both.layer.assert_at_rest()
    (row,) = both.frames.target
    assert len(row.text) == len(row.looks) == 30


def test_pyte_reads_the_same_screen() -> None:
    random = Random(7)
    both = SideBySide()
    both.resize(40, 10)
    screen = pyte.Screen(40, 10)
    stream = pyte.Stream(screen)
    picture = Picture(random, 40, 10)
    words = [f"row {number} is a row of words" for number in range(40)]
    for number in range(30):
        picture.strips = [*_strips(words[number : number + 9], 40), picture.strips[0]]
        stream.feed(both.show(picture.layout()))
        shown = [line.rstrip() for line in screen.display[:9]]
        assert shown == both.layer.text.split("\n")[:9]
    assert both.layer.scrolls > 20


def test_too_many_looks_and_clusters_only_cost_a_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clacky_tui.tui.output.frame._MOST_LOOKS", 40)
    both = SideBySide()
    both.resize(12, 3)
    for number in range(100):
        style = Style(color=f"#0000{number:02x}")
        strips = [Strip([Segment(f"{number:<12}", style)])] * 3
        both.show(LayoutUpdate([[strip] for strip in strips], Region(0, 0, 12, 3)))
    assert sum("\x1b[2J" in frame for frame in both.sent) > 1


def _strips(lines: list[str], width: int) -> list[Strip]:
    return [Strip([Segment(line)]).adjust_cell_length(width) for line in lines]


def _page(lines: list[str]) -> LayoutUpdate:
    width = 80 if len(lines) == 24 else 20 if len(lines) == 2 else 40
    strips = _strips(lines, width)
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, width, len(lines)))
