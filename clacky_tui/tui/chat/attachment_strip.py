"""What goes along with the message that is being written: one row per file above the composer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from textual.message import Message

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr
from clacky_tui.tui.chat.attachments import (
    IMAGES_LIMIT,
    Attachment,
    AttachmentError,
    examine,
    size_text,
)
from clacky_tui.tui.chat.canvas import GUTTER, Canvas
from clacky_tui.tui.chat.canvas_widget import CanvasWidget
from clacky_tui.tui.chat.text import Line, fit, line_cells, sanitize_line


class AttachmentStrip(CanvasWidget):
    """Hidden while nothing goes along and nothing is on offer."""

    can_focus = False
    DEFAULT_CSS: ClassVar[str] = """
    AttachmentStrip { height: auto; width: 100%; background: transparent; display: none; }
    """

    class Refused(Message):
        """A file cannot be sent along."""

        def __init__(self, problem: ClackyError) -> None:
            super().__init__()
            self.problem = problem

    class Changed(Message):
        """Other files go along than before."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._folder = Path()
        self._files: list[Attachment] = []
        self._in_order = asyncio.Lock()
        self._offer: tuple[str, Attachment] | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The absolute paths of what goes along, in order."""
        return tuple(str(file.path) for file in self._files)

    @property
    def has_offer(self) -> bool:
        """True while a file whose path was pasted may be taken with `accept_offer`."""
        return self._offer is not None

    def set_folder(self, folder: Path) -> None:
        """Where relative paths begin."""
        self._folder = folder

    def attach(self, typed: str) -> None:
        """Add the file that `typed` names once it has been looked at; `Refused` follows if not."""
        self.run_worker(self._examine_and_add(typed), group="attach", exit_on_error=False)

    def offer(self, typed: str) -> None:
        """Offer the file that `typed` names, if it is one that may be sent."""
        self.run_worker(self._examine_offer(typed), group="attach", exit_on_error=False)

    def accept_offer(self) -> str:
        """Add the file on offer; returns what was pasted for it, empty without one."""
        if self._offer is None:
            return ""
        (typed, file), self._offer = self._offer, None
        self._add(file)
        return typed

    def decline_offer(self) -> None:
        """Forget the file on offer."""
        if self._offer is not None:
            self._offer = None
            self._show()

    def remove_newest(self) -> bool:
        """Take out the file added last; False when there is none."""
        if not self._files:
            return False
        self._files.pop()
        self._show()
        self.post_message(self.Changed())
        return True

    def take(self) -> tuple[str, ...]:
        """The paths of all files, which are taken out."""
        paths = self.paths
        self._files, self._offer = [], None
        self._show()
        self.post_message(self.Changed())
        return paths

    async def _examine_and_add(self, typed: str) -> None:
        try:
            async with self._in_order:
                self._add(await asyncio.to_thread(examine, typed, self._folder))
        except AttachmentError as problem:
            self.post_message(self.Refused(problem))

    async def _examine_offer(self, typed: str) -> None:
        try:
            self._offer = typed, await asyncio.to_thread(examine, typed, self._folder)
        except AttachmentError:
            return  # a path, and nothing more
        self._show()

    def _add(self, file: Attachment) -> None:
        problem = self._problem_with(file)
        if problem is not None:
            self.post_message(self.Refused(problem))
        elif file not in self._files:
            self._files.append(file)
            self.post_message(self.Changed())
        self._show()

    def _problem_with(self, file: Attachment) -> AttachmentError | None:
        if not file.is_image or sum(each.is_image for each in self._files) < IMAGES_LIMIT:
            return None
        return AttachmentError(
            tr(
                "{name} is not attached: a message takes {images_limit} pictures.",
                name=file.path.name,
                images_limit=IMAGES_LIMIT,
            ),
            hint=tr("Send it with the next message, or remove one with ctrl+d."),
        )

    def _show(self) -> None:
        self.display = bool(self._files or self._offer)
        self.refresh(layout=True)

    def draw(self, canvas: Canvas) -> list[Line]:
        rows = [
            self._row(canvas, f"[File {number}] ", file, "")
            for number, file in enumerate(self._files, start=1)
        ]
        if rows:
            rows[-1] = self._row(
                canvas, f"[File {len(rows)}] ", self._files[-1], tr(" (ctrl+d removes)")
            )
        if self._offer is not None:
            rows.append(
                self._row(
                    canvas, "", self._offer[1], tr(" {dot} tab attaches it", dot=canvas.glyphs.dot)
                )
            )
        return rows

    @staticmethod
    def _row(canvas: Canvas, before: str, file: Attachment, after: str) -> Line:
        tail = f" {size_text(file.size_bytes)}{after}"
        line: Line = [(GUTTER + before, canvas.styles.muted)]
        room = canvas.column - line_cells(line) - len(tail)
        name = fit(sanitize_line(file.path.name), max(room, 1), canvas.glyphs.more)
        return [*line, (name, canvas.styles.accent), (tail, canvas.styles.muted)]
