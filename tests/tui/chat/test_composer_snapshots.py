"""The composer's popups and strips as pictures. After a wanted change: `--snapshot-update`, then look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from support.scene import OPENED, SceneApp
from textual import events
from textual.pilot import Pilot

from clacky_tui.input_history import InputHistory
from clacky_tui.tui.chat.composer import Composer

SIZES = [(60, 20), (80, 24), (120, 40)]
Step = Callable[["WritingApp", Pilot[None]], Awaitable[None]]


class WritingApp(SceneApp):
    """A fresh session with some history and files."""

    def __init__(self, folder: Path, theme: str) -> None:
        super().__init__([OPENED], theme=theme)
        self.folder = folder
        self._history = InputHistory(folder / "history.json")
        for text in (
            "explain how orders are priced",
            "fix the failing test in tests/test_orders.py",
            "优惠在税前还是税后？先看 orders.py",
            "fix the discount:\n- before tax\n- also for members, whose prices stand in another table",
        ):
            self._history.add(text)
        self._composer = Composer(self._history, self._menu)
        for path in (
            "shop/orders.py",
            "shop/api/order_routes.py",
            "docs/订单.md",
            "order notes.txt",
        ):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text("x" * 1500)

    @property
    def composer(self) -> Composer:
        return self._composer


async def settle(pilot: Pilot[None]) -> None:
    for _ in range(2):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def command_menu(app: WritingApp, pilot: Pilot[None]) -> None:
    await pilot.press("/", "down")


async def mention(app: WritingApp, pilot: Pilot[None]) -> None:
    app.composer.set_working_dir(app.folder)
    await pilot.press(*"look", "space", *"@ord")


async def search(app: WritingApp, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+r", *"or", "ctrl+r")


async def files(app: WritingApp, pilot: Pilot[None]) -> None:
    app.composer.set_working_dir(app.folder)
    app.composer.attachments.attach("order notes.txt")
    app.composer.attachments.attach("docs/订单.md")
    app.composer.load_draft("what is in these?")


async def offer(app: WritingApp, pilot: Pilot[None]) -> None:
    app.composer.attachments.set_folder(app.folder)
    app.composer.attachments.offer("order notes.txt")


async def pasted(app: WritingApp, pilot: Pilot[None]) -> None:
    await pilot.press(*"see", "space")
    app.composer.post_message(events.Paste("\n".join(f"line {n}" for n in range(500))))
    await pilot.pause()
    await pilot.press("ctrl+j", *"为什么")


async def open_block(app: WritingApp, pilot: Pilot[None]) -> None:
    await pasted(app, pilot)
    await pilot.press("alt+p")


async def suggestion(app: WritingApp, pilot: Pilot[None]) -> None:
    app.composer.ghost = "run the whole suite"


async def shell_line(app: WritingApp, pilot: Pilot[None]) -> None:
    await pilot.press("!", *"git", "space", *"status")


STEPS: list[Step] = [
    command_menu,
    mention,
    search,
    files,
    offer,
    pasted,
    open_block,
    suggestion,
    shell_line,
]


@pytest.mark.parametrize("theme", ["hacker", "light"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_writing(
    snap_compare: Callable[..., bool], home: Path, step: Step, size: tuple[int, int], theme: str
) -> None:
    async def before(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, WritingApp)
        await settle(pilot)
        await step(app, pilot)
        await settle(pilot)

    assert snap_compare(WritingApp(home, theme), terminal_size=size, run_before=before)
