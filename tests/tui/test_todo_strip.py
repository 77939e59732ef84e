"""The rows of the next todos."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widgets import Static

from clacky_tui.tui.todo import TodoStrip


class Above(Static):
    """Fills the screen above the strip."""


class TodoApp(App[None]):
    CSS = "Above { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.todos = TodoStrip()

    def compose(self) -> ComposeResult:
        yield Above()
        yield self.todos


def rows(app: TodoApp) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips if strip.text.strip()]


FOUR = [
    (1, "Read the code", "completed"),
    (2, "Fix Order.total", "pending"),
    (3, "Run the whole suite", "pending"),
    (4, "Write it down", "pending"),
    (5, "Never shown", "pending"),
]


async def test_three_pending_items_are_shown() -> None:
    app = TodoApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.todos.set_todos(FOUR)
        await pilot.pause()
        assert rows(app) == [
            " Task [1/5]: #2 - Fix Order.total",
            " -> Next: #3 - Run the whole suite",
            " -> After: #4 - Write it down",
        ]


async def test_nothing_pending_takes_no_row() -> None:
    app = TodoApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.todos.set_todos([(1, "done", "completed")])
        await pilot.pause()
        assert rows(app) == []
        assert not app.todos.display


async def test_idle_hides_and_work_brings_back() -> None:
    app = TodoApp()
    async with app.run_test(size=(80, 10)) as pilot:
        app.todos.set_todos(FOUR)
        app.todos.set_idle(True)
        await pilot.pause()
        assert rows(app) == []
        app.todos.set_idle(False)
        await pilot.pause()
        assert len(rows(app)) == 3


async def test_long_and_wide_tasks_are_cut_by_cells() -> None:
    app = TodoApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.todos.set_todos([(1, "日本語テキスト" * 9, "pending"), (2, "a\nb\x1b[2J", "pending")])
        await pilot.pause()
        first, second = rows(app)
        assert first.endswith("...")
        assert cell_len(first) <= 38
        assert second == " -> Next: #2 - a b"
