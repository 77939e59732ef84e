"""The screens in Chinese: no English sentence is left on them, and nothing is clipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from support.chinese import english_left
from support.scene import (
    OPENED,
    SceneApp,
    edit_waits_for_approval,
    messages_wait,
    time_machine_lists,
    trust_is_asked,
)
from support.scenes import SCENES
from support.screens import press, screen_text, settle

from clacky_tui import events
from clacky_tui.config.preferences import Preferences
from clacky_tui.domain.pricing import table_models
from clacky_tui.i18n import current_language, use_language


@pytest.fixture(autouse=True)
def chinese(home: object) -> Iterator[None]:
    use_language("zh")
    yield
    use_language("en")


# Names of agents, places, files and currencies, and those of models that are cut off.
PRODUCTS = (
    "Token Claude Code Codex Gemini CLI Cursor Agent GitHub Copilot Kimi Qwen Hermes Pi OpenCode",
    "octo claude haiku table local api anthropic com csv EUR CNY fix sonnet-4 opus-4",
)
MODELS = re.compile("|".join(map(re.escape, sorted(table_models(), key=len, reverse=True))))
PAGES = 3


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    "call",
    [
        "show_tab('chat')",
        "show_tab('context')",
        "show_tab('sessions')",
        "show_tab('trash')",
        "help",
        "show_keys",
        "command_palette",
        "pick_model",
        "pick_mode",
        "pick_reasoning",
        "choose_theme",
        "show_todos",
        "show_tasks",
        "attach_help",
        "show_cost",
        "show_usage('language')",
    ],
)
async def test_no_english_is_left(call: str, size: tuple[int, int]) -> None:
    app = SceneApp([OPENED], preferences=Preferences(language="zh"))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await app.run_action(call)
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert not english_left(screen_text(app))


@pytest.mark.parametrize(
    ("scene", "shown"),
    [
        (edit_waits_for_approval, ["enter 同意", "n 拒绝", "本会话内允许", "始终允许"]),
        (trust_is_asked, ["y 信任", "n 永不使用", "esc 以后再说"]),
        (messages_wait, ["排队", "alt+down 移除"]),
        (time_machine_lists, ["回到哪个任务？", "enter 查看会有哪些变化", "个文件\n"]),
    ],
)
async def test_questions_are_asked_in_chinese(
    scene: Callable[[], list[events.Event]], shown: list[str]
) -> None:
    app = SceneApp(scene(), preferences=Preferences(language="zh"))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await settle(pilot)
        text = screen_text(app)
        assert [words for words in shown if words not in text] == []


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize(
    "name", [name for name in SCENES if name.startswith(("billing", "context"))]
)
async def test_no_english_is_left_in_the_figures(name: str, size: tuple[int, int]) -> None:
    scene = SCENES[name]
    scene.files()
    app = SceneApp(scene.told(), preferences=Preferences(language="zh"))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await scene.step(app, pilot)
        for key in scene.keys:
            await press(pilot, key)
        for _ in range(PAGES if name.startswith("billing") else 1):
            text, _, _ = screen_text(app).partition("\n 未命中\n")  # whose causes the scene made up
            assert not english_left(MODELS.sub("", text), PRODUCTS)
            await press(pilot, "pagedown")


async def test_the_language_command_speaks_at_once() -> None:
    app = SceneApp([OPENED], preferences=Preferences(language="zh"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "会话" in screen_text(app)
        await pilot.press(*"/language en", "enter")
        await settle(pilot)
        assert current_language() == "en"
        assert "Sessions" in screen_text(app)
        assert not re.search("[一-鿿]", screen_text(app).splitlines()[-2])  # the session bar
        await app.run_action("set_language('xx')")
        await settle(pilot)
        assert "There is no language 'xx'" in screen_text(app)
        assert current_language() == "en"
