"""What becomes of work that is begun at the very end."""

from __future__ import annotations

import inspect
from pathlib import Path

from support.screens import until
from textual.app import App
from textual.widget import Widget

from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.workers import Workers


async def work() -> None:
    raise AssertionError("it has no widget any more")


async def test_work_of_a_widget_that_goes_at_once_is_never_begun_and_not_left_over() -> None:
    app: App[None] = App()
    app._workers = Workers(app)
    async with app.run_test() as pilot:
        widget = Widget()
        await app.mount(widget)
        coroutine = work()
        widget.run_worker(coroutine)
        app.workers.cancel_node(widget)
        await until(pilot, lambda: inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED)


def test_the_app_has_such_workers(tmp_path: Path) -> None:
    def load() -> tuple[None, None]:
        raise AssertionError("not started")

    app = ClackyApp(working_dir=tmp_path, mode="auto_approve", theme_name=None, load=load)  # type: ignore[arg-type]
    assert isinstance(app.workers, Workers)
