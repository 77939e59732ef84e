"""What a transcript is made of: plain objects that draw themselves when they come into view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from textual.strip import Strip

from clacky_tui.i18n import tr
from clacky_tui.tui.chat.blocks import Block
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.fence import Fence
from clacky_tui.tui.chat.highlight import coloured
from clacky_tui.tui.chat.markdown import code_line, render_block
from clacky_tui.tui.chat.text import Line, sanitize, wrap, wrap_text

Level = Literal["info", "success", "warning", "error"]

LIVE_REASONING_LINES = 3
REASONING_TAIL_CHARS = 1200
"""Enough of the newest reasoning to fill its lines on the widest column."""


Said = str | Callable[[], str]
"""What is said: a text, or what gives it each time it is drawn, as amounts change with the currency."""


def words_of(said: Said) -> str:
    """The text of `said` as it is now, made safe."""
    return sanitize(said if isinstance(said, str) else said())


class Entry:
    """One piece of the transcript. Drawn at most once per canvas, until it changes.

    `gap_before` puts a blank line above it; an entry that draws nothing takes no line at all.
    """

    def __init__(self) -> None:
        self.gap_before = False
        self._canvas: Canvas | None = None
        self._strips: list[Strip] = []

    def draw(self, canvas: Canvas) -> list[Line]:
        """The lines on `canvas`, gutter included."""
        raise NotImplementedError

    def plain(self) -> str:
        """The text as it would be copied."""
        raise NotImplementedError

    def strips(self, canvas: Canvas) -> list[Strip]:
        """The rows on `canvas`, drawn when they are not at hand."""
        if self._canvas is not canvas:
            strips = [canvas.strip(line) for line in self.draw(canvas)]
            if strips and self.gap_before:
                strips.insert(0, canvas.strip([]))
            self._strips, self._canvas = strips, canvas
        return self._strips

    @property
    def is_drawn(self) -> bool:
        """True while drawn rows are kept."""
        return self._canvas is not None

    def forget_rows(self) -> None:
        """Drop the drawn rows: the content changed, or the memory is wanted back."""
        self._canvas = None
        self._strips = []


class FoldingEntry(Entry):
    """An entry with something to open under its first lines."""

    @property
    def has_body(self) -> bool:
        """True when there is something to open."""
        raise NotImplementedError

    @property
    def is_open(self) -> bool:
        """True when all of it is in sight."""
        raise NotImplementedError

    def toggle(self) -> None:
        """Open it, or close it again."""
        raise NotImplementedError

    def open_whole(self) -> None:
        """Show everything there is."""
        if not self.is_open:
            self.toggle()


def indented(lines: list[Line], canvas: Canvas, indent: str = GUTTER) -> list[Line]:
    """`lines` moved right by `indent`."""
    run = (indent, canvas.styles.ground)
    return [[run, *line] if line else [] for line in lines]


class UserEntry(Entry):
    """Part of what the person said; only the first part bears the sign."""

    def __init__(self, text: str, *, is_first: bool) -> None:
        super().__init__()
        self._text = sanitize(text)
        self.is_first = is_first

    def draw(self, canvas: Canvas) -> list[Line]:
        lines = wrap_text(self._text, canvas.text_cells, canvas.styles.strong)
        drawn = indented(lines, canvas)
        if self.is_first:
            drawn[0] = [(f"{canvas.glyphs.user} ", canvas.styles.accent), *lines[0]]
        return drawn

    def plain(self) -> str:
        return self._text


class BlockEntry(Entry):
    """A block of a reply. The last one of an open reply grows with `replace`.

    A line of code knows its `fence`, and which line of it it is.
    """

    def __init__(self, block: Block, fence: Fence | None = None) -> None:
        super().__init__()
        self.block = block
        self.fence = fence
        self._number = fence.add() if fence is not None else 0
        self._tell_fence()

    def _tell_fence(self) -> None:
        if self.fence is not None:
            self.fence.set_line(self._number, self.block.source)

    @property
    def is_code(self) -> bool:
        """True for a line or mark of a fence."""
        return self.block.kind in ("fence_open", "code", "fence_close")

    def replace(self, block: Block) -> None:
        """Show `block` from now on."""
        if block != self.block:
            self.block = block
            self._tell_fence()
            self.forget_rows()

    def draw(self, canvas: Canvas) -> list[Line]:
        if self.fence is not None and self.block.kind == "code":
            code = coloured(self.fence.tokens(self._number), canvas.styles.code, canvas.styles)
            return indented([code_line(code, canvas.text_cells, canvas)], canvas)
        return indented(render_block(self.block, canvas.text_cells, canvas), canvas)

    def plain(self) -> str:
        return sanitize(self.block.source).rstrip("\n")


class ReasoningEntry(FoldingEntry):
    """What the model thinks: the newest lines while it does, then one line that opens to all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._duration_seconds: float | None = None
        self._is_open = False

    def append(self, text: str) -> None:
        self._pieces.append(text)
        self.forget_rows()

    def finish(self, duration_seconds: float) -> None:
        self._duration_seconds = duration_seconds
        self.forget_rows()

    @property
    def has_body(self) -> bool:
        return self._duration_seconds is not None and any(p.strip() for p in self._pieces)

    @property
    def is_open(self) -> bool:
        return self._is_open

    def toggle(self) -> None:
        self._is_open = not self._is_open
        self.forget_rows()

    def draw(self, canvas: Canvas) -> list[Line]:
        style = canvas.styles.muted
        if self._duration_seconds is None:
            newest = sanitize(self._newest()).strip()
            lines = [line for line in wrap_text(newest, canvas.text_cells, style) if line]
            return indented(lines[-LIVE_REASONING_LINES:], canvas)
        mark = canvas.glyphs.opened if self._is_open else canvas.glyphs.closed
        head = f"{mark} {self._summary()}" if self.has_body else self._summary()
        lines = [[(head, style)]]
        if self._is_open:
            lines += indented(wrap_text(self.plain(), canvas.text_cells - 2, style), canvas)
        return indented(lines, canvas)

    def _newest(self) -> str:
        pieces, chars = [], 0
        for piece in reversed(self._pieces):
            pieces.append(piece)
            chars += len(piece)
            if chars > REASONING_TAIL_CHARS:
                break
        return "".join(reversed(pieces))[-REASONING_TAIL_CHARS:]

    def _summary(self) -> str:
        seconds = self._duration_seconds or 0.0
        return tr("thought for {seconds:.1f}s", seconds=seconds) if seconds >= 0.1 else "thought"

    def plain(self) -> str:
        return sanitize("".join(self._pieces)).strip() or self._summary()


class NoteEntry(Entry):
    """A line about the work itself: notices, the end of a task, a cut reply."""

    def __init__(
        self, level: Level, text: Said, hint: Said = "", *, is_quiet: bool = False
    ) -> None:
        super().__init__()
        self._level = level
        self._said, self._said_below = text, hint
        self._is_quiet = is_quiet
        """Only the sign is coloured."""

    @property
    def _text(self) -> str:
        return words_of(self._said)

    @property
    def _hint(self) -> str:
        return words_of(self._said_below)

    def replace(self, level: Level, text: Said) -> None:
        """Say `text` from now on."""
        self._level, self._said = level, text
        self.forget_rows()

    def draw(self, canvas: Canvas) -> list[Line]:
        glyphs, styles = canvas.glyphs, canvas.styles
        mark, style = {
            "info": (glyphs.note, styles.muted),
            "success": (glyphs.done, styles.success),
            "warning": (glyphs.warning, styles.warning),
            "error": (glyphs.failed, styles.error),
        }[self._level]
        mark += " "
        cells = canvas.text_cells - len(mark)
        lines = wrap_text(self._text, cells, styles.muted if self._is_quiet else style)
        if hint := self._hint:
            lines += wrap_text(hint, cells, styles.muted)
        drawn = indented(lines, canvas, GUTTER + " " * len(mark))
        drawn[0] = [(GUTTER, styles.ground), (mark, style), *lines[0]]
        return drawn

    def plain(self) -> str:
        return f"{self._text}\n{self._hint}".rstrip()


class FoldedNote(NoteEntry, FoldingEntry):
    """A note with a long text behind it, closed at first; `hint` says how to open it."""

    def __init__(self, level: Level, text: Said, hint: Said, body: str) -> None:
        super().__init__(level, text, hint)
        self._body = sanitize(body).strip("\n")
        self._is_open = False

    @property
    def has_body(self) -> bool:
        return bool(self._body)

    @property
    def is_open(self) -> bool:
        return self._is_open

    @property
    def title(self) -> str:
        """What it says when closed."""
        return self._text

    @property
    def body(self) -> str:
        """What it opens to."""
        return self._body

    def toggle(self) -> None:
        self._is_open = not self._is_open
        self.forget_rows()

    def draw(self, canvas: Canvas) -> list[Line]:
        lines = super().draw(canvas)
        if self._is_open:
            indent = GUTTER + "  "
            body = wrap_text(self._body, canvas.text_cells - 2, canvas.styles.muted)
            lines += indented(body, canvas, indent)
        return lines

    def plain(self) -> str:
        return f"{super().plain()}\n{self._body}" if self._is_open else super().plain()


class QuestionEntry(Entry):
    """A question of the model; its numbered options, once they can no longer be chosen elsewhere."""

    def __init__(self, question: str, context: str, options: list[str]) -> None:
        super().__init__()
        self._question = sanitize(question)
        self._context = sanitize(context)
        self._options = [sanitize(option) for option in options]
        self._waits = True

    def settle(self) -> None:
        """It was answered, or is no more."""
        self._waits = False
        self.forget_rows()

    def draw(self, canvas: Canvas) -> list[Line]:
        styles, cells = canvas.styles, canvas.text_cells
        lines = wrap_text(self._context, cells, styles.muted) if self._context else []
        lines += wrap_text(self._question, cells, styles.strong)
        for number, option in enumerate([] if self._waits else self._options, 1):
            mark = f"{number}. "
            first, *rest = wrap_text(option, cells - len(mark), styles.ground)
            lines.append([(mark, styles.accent), *first])
            lines += indented(rest, canvas, " " * len(mark))
        return indented(lines, canvas)

    def plain(self) -> str:
        numbered = [f"{number}. {option}" for number, option in enumerate(self._options, 1)]
        return "\n".join([*filter(None, [self._context]), self._question, *numbered])


class WelcomeEntry(Entry):
    """The first lines of a session; a line keeps its spaces, the first is strong."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = [sanitize(line) for line in lines]

    def draw(self, canvas: Canvas) -> list[Line]:
        styles = canvas.styles
        drawn: list[Line] = []
        for number, text in enumerate(self._lines):
            style = styles.strong if number == 0 else styles.ground
            drawn += wrap([(text, style)], canvas.text_cells) if text else [[]]
        return indented(drawn, canvas)

    def plain(self) -> str:
        return "\n".join(self._lines)
