"""What an event says in the chat, live or replayed; what it says elsewhere is the router's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

from clacky_tui import events
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.time_machine.wording import switched_notice
from clacky_tui.wording import (
    budget_warning,
    completion_line,
    compression_end,
    compression_start,
    compression_undone,
    miss_notice,
    model_test_line,
)

if TYPE_CHECKING:
    from clacky_tui.tui.chat.entries import Level, Said

SUMMARY_HINT = tr_noop("ctrl+o shows what is kept · /undo-compact takes it back")


class Chat(Protocol):
    """Where it is said: the transcript, or a story that is told to stand before it."""

    def add_user(self, text: str, files: Sequence[str] = ()) -> None: ...
    def cut_text(self, note: str) -> None: ...
    def add_tool(self, call_id: str, verb: str, subject: str) -> None: ...
    def set_tool_running(self, call_id: str) -> None: ...
    def set_tool_preview(
        self, call_id: str, path: str, diff: str, added: int, removed: int, new_file: bool = False
    ) -> None: ...
    def finish_tool(
        self,
        call_id: str,
        ok: bool,
        summary: str,
        duration_seconds: float,
        output: str = "",
        card: Mapping[str, Any] | None = None,
    ) -> None: ...
    def add_notice(self, level: Level, text: Said, hint: Said = "") -> None: ...
    def add_folded_note(self, level: Level, text: Said, hint: Said, body: str) -> None: ...
    def add_completion(self, text: Said, ok: bool = True) -> None: ...
    def add_question(
        self, question: str, context: str = "", options: list[str] | None = None
    ) -> None: ...
    def settle_question(self) -> None: ...


def tell(event: events.Event, chat: Chat, *, simulated: bool, token_line: str = "full") -> None:
    """Say in `chat` what `event` is about; most say nothing there.

    Args:
        event: any; the model's text is not told here, as it comes in pieces or whole.
        chat: where.
        simulated: whether the session's costs are pretended.
        token_line: the preference of that name.
    """
    match event:
        case events.FeedbackAnswered():
            chat.settle_question()
        case events.TaskStarted(text=text, attachments=files):
            chat.settle_question()
            if text:
                chat.add_user(text, [PurePath(file).name for file in files])
        case events.SteerAccepted(text=text):
            chat.add_user(text)
        case events.ToolProposed(call_id=call_id, verb=verb, subject=subject):
            chat.add_tool(call_id, verb, subject)
        case events.ToolPreview() as seen:
            chat.set_tool_preview(
                seen.call_id,
                seen.path,
                seen.diff,
                seen.added_lines,
                seen.removed_lines,
                seen.new_file,
            )
        case events.ToolStarted(call_id=call_id):
            chat.set_tool_running(call_id)
        case events.ToolFinished() as done:
            chat.finish_tool(
                done.call_id, done.ok, done.summary, done.duration_seconds, done.output, done.card
            )
        case events.TaskEnded() as ended:
            line = partial(completion_line, ended, simulated=simulated, detail=token_line)
            chat.add_completion(line, ok=ended.outcome in ("done", "awaiting_feedback"))
        case events.FeedbackAsked() as asked:
            chat.add_question(asked.question, asked.context, list(asked.options))
        case events.TaskSwitched() as switched:
            chat.add_notice(*switched_notice(switched, current_glyphs()))
        case events.RequestRetried() as retried:
            chat.cut_text(tr("cut off here, the reply starts anew"))
            again = tr(
                "Trying again in {wait_seconds:.0f} s ({attempt}/{of}).",
                wait_seconds=retried.wait_seconds,
                attempt=retried.attempt,
                of=retried.of,
            )
            chat.add_notice("warning", retried.cause, again)
        case events.CacheMissed() as missed:
            chat.add_notice("warning", *_both(partial(miss_notice, missed, simulated=simulated)))
        case events.ModelTested() as tested:
            line = partial(model_test_line, tested, simulated=simulated)
            chat.add_notice("success" if tested.ok else "error", line, tested.message)
        case events.ModelChanged(model=model):
            chat.add_notice("info", tr("From here on {model} answers.", model=model))
        case events.BudgetWarned() as warned:
            chat.add_notice("warning", partial(budget_warning, warned))
        case events.CompressionStarted() as started:
            chat.add_notice("info", compression_start(started))
        case events.CompressionFinished() as finished:
            _tell_compression(finished, chat, simulated=simulated)
        case events.CompressionUndone() as undone:
            chat.add_notice(
                "info", *_both(partial(compression_undone, undone, simulated=simulated))
            )
        case events.Notice(level=level, text=text):
            chat.add_notice(level, text)
        case events.Failed(message=message, hint=hint):
            chat.add_notice("error", message, hint)
        case _:
            pass


def _tell_compression(finished: events.CompressionFinished, chat: Chat, *, simulated: bool) -> None:
    level: Level = "warning" if finished.outcome == "failed" else "info"
    text = partial(compression_end, finished, simulated=simulated)
    if finished.summary:
        chat.add_folded_note(level, text, tr(SUMMARY_HINT), finished.summary)
    else:
        chat.add_notice(level, text)


def _both(words: Callable[[], tuple[str, str]]) -> tuple[Said, Said]:
    """A text and its hint, of which each is asked for when it is drawn."""
    return lambda: words()[0], lambda: words()[1]
