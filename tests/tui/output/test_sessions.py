"""The real app: every frame it draws is drawn both ways and compared, and its bytes are counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from benchmarks.answer import ANSWER, BYTES_PER_TOKEN, pieces
from rich.console import RenderableType
from support.scene import OPENED, SceneApp, edit_waits_for_approval, finished_answer
from support.side_by_side import SideBySide
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.pilot import Pilot
from textual.screen import Screen

from clacky_tui import events

TOKENS = 400
LOCAL_BYTES_PER_TOKEN, SSH_BYTES_PER_TOKEN = 20, 12
BYTES_PER_KEY = 30
TOKENS_PER_SECOND, LOCAL_FLUSHES, SSH_FLUSHES = 120, 20, 5


class BesideApp(SceneApp):
    """Draws on two terminals, as the layer and as Textual would."""

    def __init__(
        self, scene: Iterable[events.Event], *, theme: str = "hacker", bce: bool = True
    ) -> None:
        super().__init__(scene, theme=theme)
        self.both = SideBySide(erases_in_colour=bce)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        is_update = isinstance(renderable, LayoutUpdate | ChopsUpdate)
        if is_update and self._running and not self._closed and not self._batch_count:
            assert isinstance(renderable, LayoutUpdate | ChopsUpdate)
            size = (self.both.layer.columns, self.both.layer.rows)
            if isinstance(renderable, LayoutUpdate) and renderable.region.size != size:
                self.both.resize(*renderable.region.size)
            x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
            self.both.show(renderable, (y, x))
        super()._display(screen, renderable)

    @property
    def bytes_sent(self) -> int:
        return sum(len(frame.encode()) for frame in self.both.sent)

    async def stream(self, pilot: Pilot[None], text: str, pieces_per_flush: int) -> None:
        """Let the model say `text`, shown each time so many pieces have come."""
        waiting: list[str] = []
        for number, piece in enumerate(pieces(text), start=1):
            waiting.append(piece)
            if number % pieces_per_flush == 0:
                self._transcript.append_text("".join(waiting))
                waiting.clear()
                self._transcript._flush()
                await pilot.pause()


@pytest.fixture(autouse=True)
def utf8(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)
    for name in ("NO_COLOR", "SSH_CONNECTION", "SSH_TTY", "CLACKY_ASCII"):
        monkeypatch.delenv(name, raising=False)
    return iter((None,))


@pytest.mark.parametrize(("theme", "bce"), [("hacker", True), ("light", False)])
async def test_a_session_is_shown_as_textual_would_show_it(theme: str, bce: bool) -> None:
    app = BesideApp(edit_waits_for_approval(), theme=theme, bce=bce)
    async with app.run_test(size=(90, 28)) as pilot:
        await pilot.press("n")
        await app.stream(pilot, ANSWER[:900], 5)
        await pilot.press("pageup", "pageup", "pagedown", "ctrl+home", "ctrl+end")
        for key in "typing 优惠 😀 e\u0301":
            await pilot.press("space" if key == " " else key)
        await pilot.press("left", "left", "backspace", "home", "delete")
        await pilot.press("f1")
        await app.stream(pilot, ANSWER[900:1200], 5)  # under the help
        await pilot.press("escape")
        await pilot.resize_terminal(70, 22)
        await app.stream(pilot, ANSWER[1200:1400], 5)
        await pilot.resize_terminal(100, 30)
        await pilot.press("ctrl+p")
        await pilot.press("escape")
        await pilot.press("f3", "f4", "f2")
        app.notify("a toast")
        await pilot.pause()
        await app.stream(pilot, ANSWER[1400:1700], 5)
        await pilot.press("ctrl+l")
    assert len(app.both.sent) > 100
    assert app.both.layer.scrolls > 5


@pytest.mark.parametrize(
    ("flushes_per_second", "budget"),
    [(LOCAL_FLUSHES, LOCAL_BYTES_PER_TOKEN), (SSH_FLUSHES, SSH_BYTES_PER_TOKEN)],
    ids=["local", "ssh"],
)
async def test_a_streamed_answer_stays_in_its_budget_of_bytes(
    flushes_per_second: int, budget: int
) -> None:
    app = BesideApp(finished_answer())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = app.bytes_sent
        text = ANSWER[: TOKENS * BYTES_PER_TOKEN]
        await app.stream(pilot, text, TOKENS_PER_SECOND // flushes_per_second)
        assert app.bytes_sent - before <= budget * TOKENS
    assert app.both.layer.scrolls > 5


async def test_a_key_stays_in_its_budget_of_bytes() -> None:
    app = BesideApp(finished_answer())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("h", "e")  # the first letter also removes what stood in the empty line
        for key in ["l", "l", "o", "space", "t", "h", "e", "r", "e", "backspace", "x"]:
            before = app.bytes_sent
            await pilot.press(key)
            assert 0 < app.bytes_sent - before <= BYTES_PER_KEY


async def test_a_session_without_changes_sends_nothing() -> None:
    app = BesideApp([OPENED])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = app.bytes_sent
        app.refresh()
        await pilot.pause()
        app.refresh(layout=True)
        await pilot.pause()
        assert app.bytes_sent == before
