"""The rows of what waits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widgets import Static

from clacky_tui.events import QueuedMessage
from clacky_tui.tui.chat.queue_strip import QueueStrip


class Above(Static):
    """Fills the screen above the strip."""


class QueueApp(App[None]):
    CSS = "Above { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.queue = QueueStrip()

    def compose(self) -> ComposeResult:
        yield Above()
        yield self.queue


@pytest.fixture(autouse=True)
def unicode_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clacky_tui.tui.glyphs.is_utf8", lambda: True)


async def rows(waiting: Sequence[QueuedMessage], width: int = 80) -> list[str]:
    app = QueueApp()
    async with app.run_test(size=(width, 10)) as pilot:
        app.queue.set_waiting(waiting)
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        return [strip.text.rstrip() for strip in strips if strip.text.strip()]


def queued(text: str, **fields: object) -> QueuedMessage:
    values = {"client_id": text, "text": text, "when": "next_task", **fields}
    return QueuedMessage.model_validate(values)


async def test_each_kind_of_message_says_what_it_waits_for() -> None:
    assert await rows(
        [
            queued("run the tests"),
            queued("in Python, please", when="safe_point"),
            queued("git diff", is_shell=True),
        ]
    ) == [
        "  queued 1: run the tests                         alt+up edit · alt+down remove",
        "  joins this task 2: in Python, please",
        "  queued 3: ! git diff",
    ]


async def test_above_three_the_rest_is_counted() -> None:
    shown = await rows([queued(f"number {n}", attachments=("a", "b")) for n in range(1, 6)], 50)
    assert shown == [
        "  queued 1: number 1 (2 attached)",
        "  queued 2: number 2 (2 attached)",
        "  queued 3: number 3 (2 attached)",
        "  +2 more",
    ]


@pytest.mark.parametrize("width", [40, 80, 200])
async def test_long_wide_and_hostile_text_is_cut_by_cells(width: int) -> None:
    texts = ["日本語テキスト" * 30, "a\nb\x1b[2J[bold]c[/bold]", "é" * 300]
    shown = await rows([queued(text) for text in texts], width)
    assert len(shown) == 3
    assert all(cell_len(row) < width for row in shown)
    assert shown[0].split("…")[0].rstrip() in "  queued 1: " + texts[0]
    assert shown[1] == "  queued 2: a b[bold]c[/bold]"


async def test_nothing_that_waits_takes_no_row() -> None:
    app = QueueApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.queue.set_waiting([queued("one")])
        await pilot.pause()
        assert app.queue.display
        app.queue.set_waiting([])
        await pilot.pause()
        assert not app.queue.display
        assert app.queue.newest is None
