"""The last messages of the chosen session, beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from clacky_tui import events
from clacky_tui.domain.messages import Origin
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_count
from clacky_tui.paths import shorten_home
from clacky_tui.sessions.backwards import read_events_backwards
from clacky_tui.sessions.reader import read_session
from clacky_tui.sessions.rows import SessionRow
from clacky_tui.tools.wording import one_line
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, sanitize, wrap_text

EVENTS_READ = 300
"""From the end of the journal; enough for some messages between the tools of a long task."""
MESSAGE_ROWS = 8
"""Most rows of one message."""
_MESSAGE_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Said:
    """One message, cut to what a preview can show."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What is shown of one session. `problem` says why its messages cannot be read."""

    row: SessionRow
    said: tuple[Said, ...] = ()
    problem: str = ""


def read_glimpse(row: SessionRow) -> Glimpse:
    """The last messages of `row`, the newest last. Blocking."""
    if row.broken:
        return Glimpse(row, problem=row.broken)
    try:
        return Glimpse(row, _last_said(row))
    except ClackyError as error:
        return Glimpse(row, problem=error.message)
    except OSError as error:
        return Glimpse(
            row, problem=tr("cannot be read: {strerror}", strerror=error.strerror or error)
        )


def _last_said(row: SessionRow) -> tuple[Said, ...]:
    if row.format == "openclacky":
        messages = read_session(row.path).messages
        told = (m for m in messages if m.text and m.origin in (Origin.USER, Origin.MODEL))
        return tuple(_said("user" if m.role == "user" else "assistant", m.text) for m in told)
    said: list[Said] = []
    for envelope in read_events_backwards(row.path, None, EVENTS_READ).events:
        match envelope.event:
            case (
                events.TaskStarted(text=text)
                | events.SteerAccepted(text=text)
                | events.FeedbackAnswered(text=text)
            ) if text:
                said.append(_said("user", text))
            case events.TextDone(text=text) | events.FeedbackAsked(question=text) if text:
                said.append(_said("assistant", text))
    return tuple(said)


def _said(role: Literal["user", "assistant"], text: str) -> Said:
    return Said(role, sanitize(text[:_MESSAGE_CHARACTERS]).strip())


class Preview(CanvasWidget):
    """Heading, then as many of the last messages as fit, the newest at the bottom."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    Preview { width: 2fr; height: 1fr; background: transparent; padding: 0; display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glimpse: Glimpse | None = None

    def show(self, glimpse: Glimpse | None) -> None:
        """Show one session, or nothing."""
        self._glimpse = glimpse
        self.refresh()

    def draw(self, canvas: Canvas) -> list[Line]:
        if self._glimpse is None:
            return []
        styles, cells = canvas.styles, max(1, canvas.width - 3)
        heading = [
            [(line, style)]
            for line, style in zip(
                _heading(self._glimpse.row),
                (styles.strong, styles.muted, styles.muted),
                strict=True,
            )
        ]
        if self._glimpse.problem:
            body = wrap_text(self._glimpse.problem, cells, styles.error)
        else:
            body = self._messages(canvas, cells, self.size.height - len(heading) - 1)
        bar = (f" {canvas.glyphs.separator} ", styles.muted)
        lines: list[Line] = [*heading, [], *body]
        return [
            [bar, *((fit(text, cells, canvas.glyphs.more), style) for text, style in line)]
            for line in lines + [[]] * (self.size.height - len(lines))
        ]

    def _messages(self, canvas: Canvas, cells: int, rows: int) -> list[Line]:
        assert self._glimpse is not None
        shown: list[Line] = []
        for said in reversed(self._glimpse.said):
            lines = _message(said, canvas, cells)
            if shown and len(shown) + len(lines) + 1 > rows:
                break
            shown = [*lines, [], *shown] if shown else lines
        return shown[:rows] or [[(tr("Nothing was said in it yet."), canvas.styles.muted)]]


def _message(said: Said, canvas: Canvas, cells: int) -> list[Line]:
    styles, glyphs = canvas.styles, canvas.glyphs
    is_user = said.role == "user"
    mark, style = (f"{glyphs.user} ", styles.accent) if is_user else ("  ", styles.ground)
    wrapped = wrap_text(said.text, cells - 2, styles.strong if is_user else styles.ground)
    lines: list[Line] = [
        [(mark if number == 0 else "  ", style), *line] for number, line in enumerate(wrapped)
    ]
    if len(lines) > MESSAGE_ROWS:
        hidden = tr_count("{n} more line", "{n} more lines", len(lines) - MESSAGE_ROWS + 1)
        lines = [*lines[: MESSAGE_ROWS - 1], [(f"  {glyphs.more} {hidden}", styles.muted)]]
    return lines


def _heading(row: SessionRow) -> Sequence[str]:
    directory = one_line(shorten_home(row.working_dir)) or tr("no directory")
    model = one_line(row.model) or tr("unknown model")
    requests = tr_count("{n} request", "{n} requests", row.requests)
    if row.unpriced:
        requests += tr(", {unpriced:,} without a price", unpriced=row.unpriced)
    return (
        one_line(row.shown_name),
        f"{directory} · {model}",
        f"{row.short_id} · {row.created_at.astimezone():%Y-%m-%d %H:%M} · {requests}",
    )
