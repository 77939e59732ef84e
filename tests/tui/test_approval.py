"""The approval prompt and the feedback card: every key, and none that was meant for the composer."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from clacky_tui.tui.chat import docked_prompt
from clacky_tui.tui.chat.approval import ApprovalPrompt
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.feedback import FeedbackCard
from clacky_tui.tui.theming import DEFAULT_THEME, load_themes


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Above(Static):
    """Fills the screen above the prompts."""


class PromptApp(App[None]):
    AUTO_FOCUS = "Composer"
    CSS = "Screen { background: transparent; } Above { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in load_themes().values():
            self.register_theme(theme)
        self.theme = DEFAULT_THEME
        self.clock = Clock()
        self.composer = Composer(clock=self.clock)
        self.approval = ApprovalPrompt(clock=self.clock)
        self.card = FeedbackCard(clock=self.clock)
        self.answers: list[tuple[str, str, str]] = []
        self.submitted: list[str] = []

    def compose(self) -> ComposeResult:
        yield Above()
        yield self.approval
        yield self.card
        yield self.composer

    def on_approval_prompt_answered(self, message: ApprovalPrompt.Answered) -> None:
        self.answers.append((message.request_id, message.answer, message.feedback))

    def on_approval_prompt_diff_asked(self, message: ApprovalPrompt.DiffAsked) -> None:
        self.answers.append((message.request_id, "diff", ""))

    def on_feedback_card_chosen(self, message: FeedbackCard.Chosen) -> None:
        self.answers.append((message.request_id, "chosen", message.text))

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.submitted.append(message.text)


def rows(app: PromptApp) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips if strip.text.strip()]


async def ask(app: PromptApp, pilot: Pilot[None], *, diff: bool = True, rule: str = "all") -> None:
    app.approval.ask("r1", "Edit shop/orders.py?", "edits ask in this mode", rule, diff)
    await pilot.pause()


async def test_the_prompt_takes_two_lines_and_the_focus() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(app, pilot, rule="all edits this session")
        assert app.focused is app.approval
        assert rows(app)[:2] == [
            "┃ Edit shop/orders.py?                             asks: edits ask in this mode",
            "┃ enter yes · n no · a all edits this session · o open diff · or type feedback",
        ]


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("enter", "yes"),
        ("y", "yes"),
        ("Y", "yes"),
        ("n", "no"),
        ("a", "yes_session"),
        ("escape", "cancel"),
        ("ctrl+c", "cancel"),
    ],
)
async def test_one_key_answers_and_the_composer_gets_the_focus_back(key: str, answer: str) -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        if key == "ctrl+c":
            app.approval.post_message(events.Key("ctrl+c", None))
            await pilot.pause()
        else:
            await pilot.press(key)
        assert app.answers == [("r1", answer, "")]
        assert not app.approval.is_open
        assert app.focused is app.composer
        await pilot.press("x", "enter")
        assert app.submitted == ["x"]


async def test_other_text_becomes_feedback() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(app, pilot)
        await pilot.press(*"keep nay", "backspace", *"me")
        await pilot.pause()
        assert "┃ › keep name" in rows(app)
        await pilot.press("enter")
        assert app.answers == [("r1", "feedback", "keep name")]


async def test_a_pasted_letter_is_text_not_an_answer() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        app.approval.post_message(events.Paste("y"))
        await pilot.pause()
        assert app.answers == []
        await pilot.press("enter")
        assert app.answers == [("r1", "feedback", "y")]


async def test_what_is_not_on_offer_is_text() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot, diff=False, rule="")
        await pilot.press("o", "a", "enter")
        assert app.answers == [("r1", "feedback", "oa")]


async def test_opening_the_diff_leaves_the_question_open() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        await pilot.press("o")
        assert app.answers == [("r1", "diff", "")]
        await pilot.press("y")
        assert app.answers[-1] == ("r1", "yes", "")


async def test_keys_typed_before_it_appeared_never_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docked_prompt, "GUARD_SECONDS", 0.02)
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("h", "i")
        await ask(app, pilot)
        assert app.approval.is_open
        assert app.focused is app.composer
        await pilot.press("y", "enter")
        assert app.answers == []
        assert app.submitted == ["hiy"]
        app.clock.now += 1
        for _ in range(100):
            if app.focused is app.approval:
                break
            await asyncio.sleep(0.01)
        await pilot.press("y")
        assert app.answers == [("r1", "yes", "")]


async def test_a_person_who_has_stopped_typing_is_asked_at_once() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("h")
        app.clock.now += 1.5
        await ask(app, pilot)
        assert app.focused is app.approval


async def test_a_question_settled_elsewhere_is_withdrawn() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        app.approval.withdraw("other")
        assert app.approval.is_open
        app.approval.withdraw("r1")
        await pilot.pause()
        assert not app.approval.is_open
        assert app.focused is app.composer
        app.approval.cancel()
        await pilot.pause()
        assert app.answers == []


async def test_a_long_command_is_shown_whole_and_made_safe() -> None:
    app = PromptApp()
    async with app.run_test(size=(60, 24)) as pilot:
        app.approval.ask("r1", "$ echo " + "x " * 60 + "\x1b[2J\nrm -rf /", "commands ask")
        await pilot.pause()
        text = "\n".join(rows(app))
        assert "rm -rf /" in text
        assert text.count("x") == 60
        assert "\x1b" not in text


# --- feedback card -------------------------------------------------------------------------------


async def test_a_digit_chooses_an_option() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.card.ask("q1", "Which database?", ["postgres", "sqlite"])
        await pilot.pause()
        assert rows(app)[:3] == ["┃ Which database?", "┃ › 1 postgres", "┃   2 sqlite"]
        await pilot.press("2")
        assert app.answers == [("q1", "chosen", "sqlite")]
        assert app.focused is app.composer


async def test_arrows_and_enter_choose_and_wrap() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.card.ask("q1", "Which?", ["a", "b", "c"])
        await pilot.pause()
        await pilot.press("up", "enter")
        assert app.answers == [("q1", "chosen", "c")]


async def test_escape_and_typing_go_on_in_the_composer() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.card.ask("q1", "Which?", ["a", "b"])
        await pilot.pause()
        await pilot.press("n", "e", "i")
        assert app.composer.text == "nei"
        assert app.card.is_open
        app.card.dismiss()
        assert not app.card.is_open
        assert app.focused is app.composer


async def test_a_question_without_options_needs_no_card() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.card.ask("q1", "What is its name?", [])
        await pilot.pause()
        assert not app.card.is_open
        assert app.focused is app.composer
