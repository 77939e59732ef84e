"""The approval prompt and the feedback card: every key, and none that was meant for the composer."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from clacky_tui.commands import AnswerFeedback, AnswerTrust, Approve
from clacky_tui.tui.chat import docked_prompt
from clacky_tui.tui.chat.approval import ApprovalPrompt
from clacky_tui.tui.chat.composer import Composer
from clacky_tui.tui.chat.docked_prompt import DockedPrompt
from clacky_tui.tui.chat.feedback import FeedbackCard
from clacky_tui.tui.chat.trust import TrustPrompt
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
        self.trust = TrustPrompt(clock=self.clock)
        self.answers: list[tuple[str, str, str]] = []
        self.submitted: list[str] = []
        self.helped = 0

    def action_help(self) -> None:
        self.helped += 1

    def compose(self) -> ComposeResult:
        yield Above()
        yield self.approval
        yield self.card
        yield self.trust
        yield self.composer

    def on_docked_prompt_answered(self, message: DockedPrompt.Answered) -> None:
        match message.command:
            case Approve() as given:
                self.answers.append((given.request_id, given.answer, given.feedback))
            case AnswerTrust() as given:
                self.answers.append((given.request_id, given.answer, ""))
            case AnswerFeedback() as given:
                self.answers.append((given.request_id, "chosen", given.text))

    def on_approval_prompt_diff_asked(self, message: ApprovalPrompt.DiffAsked) -> None:
        self.answers.append((message.request_id, "diff", ""))

    def on_composer_submitted(self, message: Composer.Submitted) -> None:
        self.submitted.append(message.text)


def rows(app: PromptApp) -> list[str]:
    strips = app.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips if strip.text.strip()]


async def ask(app: PromptApp, pilot: Pilot[None], *, diff: bool = True, rule: str = "all") -> None:
    app.approval.ask("r1", "Edit shop/orders.py?", "edits ask in this mode", rule, diff)
    await pilot.pause()


async def test_the_prompt_takes_three_lines_and_the_focus() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(app, pilot, rule="edits in this project")
        assert app.focused is app.approval
        assert rows(app)[:3] == [
            "┃ Edit shop/orders.py?                             asks: edits ask in this mode",
            "┃ enter yes · n no · o open diff · tab or text for feedback",
            "┃ a this session · A always: edits in this project",
        ]


async def test_without_a_rule_two_lines_do() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await ask(app, pilot, rule="", diff=False)
        assert [row for row in rows(app) if "┃" in row][1:] == [
            "┃ enter yes · n no · tab or text for feedback"
        ]


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("enter", "yes"),
        ("y", "yes"),
        ("Y", "yes"),
        ("n", "no"),
        ("N", "no"),
        ("a", "yes_session"),
        ("A", "yes_always"),
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


async def test_a_command_of_the_app_is_done_and_the_question_stays() -> None:
    app = PromptApp()
    async with app.run_test(size=(100, 24)) as pilot:
        await ask(app, pilot)
        await pilot.press(*"/help", "enter")
        await pilot.pause()
        assert app.helped == 1
        assert app.answers == [] and app.approval.is_open
        await pilot.press(*"/tmp is wrong", "enter")
        assert app.answers == [("r1", "feedback", "/tmp is wrong")]


@pytest.mark.parametrize("words", ["yes but rename it", "no, the other file", "A and B"])
async def test_tab_opens_a_field_for_words_of_any_beginning(words: str) -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        await pilot.press("tab", "enter", *words)
        assert app.answers == []
        await pilot.press("enter")
        assert app.answers == [("r1", "feedback", words)]


@pytest.mark.parametrize("close", ["tab", "backspace"])
async def test_an_empty_field_closes_and_the_letters_answer_again(close: str) -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        await pilot.press("tab", "x", "tab", "backspace", close, "y")
        assert app.answers == [("r1", "yes", "")]


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


async def test_a_key_on_its_way_into_a_draft_goes_on_into_it() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"of course")
        app.clock.now += 1.5
        await ask(app, pilot)
        assert app.focused is app.approval
        await pilot.press("y")
        app.clock.now += docked_prompt.DEAF_SECONDS - 0.1
        await pilot.press("backspace", "!")
        app.clock.now += docked_prompt.DEAF_SECONDS - 0.1
        await pilot.press("enter")
        await pilot.pause()
        assert app.answers == []
        assert app.submitted == ["of course!"]
        app.clock.now += docked_prompt.DEAF_SECONDS
        await pilot.press("y")
        assert app.answers == [("r1", "yes", "")]


async def test_a_burst_across_the_question_stays_whole_and_in_order() -> None:
    app = PromptApp()
    burst = "yes, and run a second time now"
    async with app.run_test() as pilot:
        for number, character in enumerate(burst):
            if number == len(burst) // 2:
                app.approval.ask("r1", "Edit shop/orders.py?", "edits ask", "all", True)
            app.post_message(events.Key("space" if character == " " else character, character))
        await pilot.pause()
        await pilot.pause()
        assert app.composer.text == burst
        assert app.answers == []
        assert app.approval.is_open


async def test_who_thinks_and_types_on_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docked_prompt, "GUARD_SECONDS", 0.02)
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"in")
        await ask(app, pilot)
        app.clock.now += 0.5
        for _ in range(100):
            if app.focused is app.approval:
                break
            await asyncio.sleep(0.01)
        await pilot.press("space", "a", "n", "y")
        await pilot.pause()
        assert app.answers == []
        assert app.composer.text == "in any"


async def test_a_key_pressed_twice_does_not_answer_the_next_question() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await ask(app, pilot)
        await pilot.press("y")
        app.clock.now += 0.05
        app.approval.ask("r2", "$ rm -rf build?", "deletes a folder")
        await pilot.pause()
        await pilot.press("y", "enter", "a")
        assert app.answers == [("r1", "yes", "")]
        assert app.composer.text == ""
        await pilot.press("escape")
        assert app.answers[1:] == [("r2", "cancel", "")]


async def test_the_dangerous_piece_is_marked_by_more_than_colour() -> None:
    app = PromptApp()
    async with app.run_test(size=(60, 24)) as pilot:
        question = "$ cd build && " + "true && " * 120 + "rm -rf / && ls?"
        start = question.index("rm -rf /")
        app.approval.ask("r1", question, "deletes everything", danger=[(start, start + 8)])
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        marked = [s.text for strip in strips for s in strip if s.style and s.style.underline]
        assert "".join(marked) == "rm -rf /"
        assert any("more lines" in row for row in rows(app))


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
        app.approval.ask("r1", "$ echo " + "z " * 60 + "\x1b[2J\nrm -rf /", "commands ask")
        await pilot.pause()
        text = "\n".join(rows(app))
        assert "rm -rf /" in text
        assert text.count("z") == 60
        assert "\x1b" not in text


# --- feedback card -------------------------------------------------------------------------------


async def test_a_digit_chooses_an_option() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.card.ask("q1", ["postgres", "sqlite"])
        await pilot.pause()
        assert rows(app)[:2] == ["┃ › 1 postgres", "┃   2 sqlite"]
        await pilot.press("2")
        assert app.answers == [("q1", "chosen", "sqlite")]
        assert app.focused is app.composer


async def test_arrows_and_enter_choose_and_wrap() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.card.ask("q1", ["a", "b", "c"])
        await pilot.pause()
        await pilot.press("up", "enter")
        assert app.answers == [("q1", "chosen", "c")]


async def test_escape_and_typing_go_on_in_the_composer() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.card.ask("q1", ["a", "b"])
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
        app.card.ask("q1", [])
        await pilot.pause()
        assert not app.card.is_open
        assert app.focused is app.composer


# --- trust ---------------------------------------------------------------------------------------

HOOK = "hook before_tool_use (terminal): ./check.sh"


@pytest.mark.parametrize(
    ("key", "answer"),
    [("y", "trusted"), ("n", "declined"), ("escape", "later"), ("ctrl+c", "later")],
)
async def test_one_key_says_whether_the_project_is_trusted(key: str, answer: str) -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.trust.ask("t1", "~/src/shop", [HOOK])
        await pilot.pause()
        assert rows(app)[:3] == [
            "┃ ~/src/shop brings commands of its own. Trust them?",
            f"┃   {HOOK}",
            "┃ y trust · n never use them · esc not now",
        ]
        await pilot.press("enter", "x")
        assert app.answers == []
        app.trust.post_message(events.Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        assert app.answers == [("t1", answer, "")]
        assert app.focused is app.composer


async def test_a_long_list_of_hooks_says_that_it_is_cut() -> None:
    app = PromptApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.trust.ask("t1", "~/src/shop", [f"hook on_start: ./{number}.sh" for number in range(30)])
        await pilot.pause()
        assert any("21 more lines in .clacky/" in row for row in rows(app))
        app.trust.withdraw("t1")
        assert not app.trust.is_open
