"""What the agent asks, as numbered choices, and what a typed line answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clacky_tui import commands, events
from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.plain import wording

ASKS_AGAIN = tr_noop("Type one of the numbers.")


@dataclass(frozen=True, slots=True)
class Choice:
    """`number` is typed for it; so are its `words`."""

    number: str
    meaning: str
    command: commands.Command | None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be answered before anything else.

    `lines` say what it is about. `free` makes a command of an answer in words, None where only a
    number will do; `dropped` is sent when the person turns away from it.
    """

    request_id: str
    lines: tuple[str, ...]
    choices: tuple[Choice, ...]
    free: Callable[[str], commands.Command] | None = None
    free_hint: str = ""
    dropped: commands.Command | None = None

    def answer(self, line: str) -> Choice | None:
        """The choice that `line` makes; None when it makes none of them."""
        typed = line.strip()
        in_words: Choice | None = None
        for choice in self.choices:
            if typed == choice.number:
                return choice
            if typed.lower() in choice.words:
                in_words = choice
        if in_words is None and typed and self.free is not None and not typed.isdecimal():
            return Choice("", "", self.free(typed))
        return in_words


class Questions:
    """Those that wait, oldest first; the first one is the one that was told."""

    def __init__(self, tell: Callable[[Question], None]) -> None:
        self._tell = tell
        self._waiting: list[Question] = []
        self._lock = threading.Lock()

    @property
    def current(self) -> Question | None:
        waiting = self._waiting
        return waiting[0] if waiting else None

    def ask(self, question: Question) -> None:
        """Tell `question`, now or after those before it."""
        with self._lock:
            self._waiting.append(question)
            is_first = len(self._waiting) == 1
        if is_first:
            self._tell(question)

    def withdraw(self, request_id: str) -> None:
        """It was answered, or is no more; the next one is told. Nothing happens when it is unknown."""
        with self._lock:
            before = self.current
            self._waiting = [each for each in self._waiting if each.request_id != request_id]
            after = self.current
        if after is not None and after is not before:
            self._tell(after)

    def forget(self) -> None:
        with self._lock:
            self._waiting = []


def approval(asked: events.ApprovalAsked) -> Question:
    """Whether a tool may run."""

    def give(answer: str) -> commands.Command:
        return commands.COMMAND.validate_python(
            {"kind": "approve", "request_id": asked.request_id, "answer": answer}
        )

    choices = [
        Choice("1", tr("yes"), give("yes"), ("y", "yes")),
        Choice("2", tr("no"), give("no"), ("n", "no")),
    ]
    if asked.rule:
        rule = "; ".join(asked.rule.split("\n"))
        choices.append(
            Choice(
                "3", tr("yes, and all such this session: {rule}", rule=rule), give("yes_session")
            )
        )
        choices.append(
            Choice(
                "4", tr("yes, and always in this project: {rule}", rule=rule), give("yes_always")
            )
        )
    lines = [asked.question]
    if asked.reason:
        lines.append(tr("It asks because {reason}.", reason=asked.reason))
    pieces = [asked.question[start:end] for start, end in asked.danger]
    lines += [
        tr("Careful with: {piece}", piece=each)
        for each in pieces
        if 2 * len(each) < len(asked.question)
    ]
    return Question(
        asked.request_id,
        tuple(lines),
        tuple(choices),
        lambda text: commands.Approve(
            request_id=asked.request_id, answer="feedback", feedback=text
        ),
        tr("or say what to do instead"),
        give("cancel"),
    )


def feedback(asked: events.FeedbackAsked) -> Question:
    """What the model wants to know; the next message answers it too."""

    def give(text: str) -> commands.Command:
        return commands.AnswerFeedback(request_id=asked.request_id, text=text)

    return Question(
        asked.request_id,
        (asked.question, *((asked.context,) if asked.context else ())),
        tuple(
            Choice(str(number), option, give(option))
            for number, option in enumerate(asked.options, start=1)
        ),
        give,
        tr("or answer in your own words") if asked.options else tr("Answer in your own words."),
    )


def trust(asked: events.TrustAsked) -> Question:
    """Whether what a project brings is used; only a number decides."""

    def give(answer: str) -> commands.Command:
        return commands.COMMAND.validate_python(
            {"kind": "answer_trust", "request_id": asked.request_id, "answer": answer}
        )

    return Question(
        asked.request_id,
        (
            tr(
                "{folder} brings commands of its own. Trust them?",
                folder=shorten_home(asked.folder),
            ),
            *asked.items,
        ),
        (
            Choice("1", tr("trust them"), give("trusted")),
            Choice("2", tr("never use them"), give("declined")),
            Choice("3", tr("not now"), give("later")),
        ),
        dropped=give("later"),
    )


def task_choice(listed: events.TasksListed) -> Question:
    """To which task to go; the numbers are the tasks' own."""
    rows = [Choice("0", tr("the start, before the first task"), commands.PlanSwitch(to_task=0))]
    for task in listed.tasks:
        notes = [{"future": tr("undone"), "aside": tr("on another branch")}.get(task.status, "")]
        notes += [tr("the conversation is here")] if task.id == listed.active else []
        notes += [tr("the files are here")] if task.id == listed.files_at else []
        told = f" ({', '.join(filter(None, notes))})" if any(notes) else ""
        rows.append(
            Choice(str(task.id), f"{task.summary}{told}", commands.PlanSwitch(to_task=task.id))
        )
    return Question(
        "tasks",
        (tr("To which task do you want to go back, or forward? An empty line leaves it."),),
        (*rows, Choice("", "", None)),
    )


_FILE_ACTIONS = {
    "create": tr_noop("create"),
    "modify": tr_noop("modify"),
    "delete": tr_noop("delete"),
    "chmod": tr_noop("chmod"),
}


def switch_choice(plan: events.SwitchPlanned) -> Question:
    """How much of the switch to make, having seen what it would do to files."""

    def give(restore: str, conflicts: str = "keep") -> commands.Command:
        return commands.COMMAND.validate_python(
            {
                "kind": "switch_task",
                "to_task": plan.to_task,
                "plan_id": plan.plan_id,
                "restore": restore,
                "conflicts": conflicts,
            }
        )

    lines = [
        tr_count(
            "To go to {where} would change {n} file. An empty line leaves it.",
            "To go to {where} would change {n} files. An empty line leaves it.",
            len(plan.files),
            where=wording.place(plan.to_task),
        )
    ]
    for file in plan.files:
        told = tr(" (conflict: {conflict})", conflict=file.conflict) if file.conflict else ""
        lines.append(f"{tr(_FILE_ACTIONS[file.action])} {file.path}{told}")
    lines += plan.not_covered
    choices = [
        Choice("1", tr("conversation and files"), give("both")),
        Choice("2", tr("the conversation only"), give("conversation")),
        Choice("3", tr("the files only"), give("files")),
    ]
    if any(file.conflict for file in plan.files):
        choices += [
            Choice("4", tr("both, and overwrite what you changed"), give("both", "overwrite")),
            Choice(
                "5", tr("files only, and overwrite what you changed"), give("files", "overwrite")
            ),
        ]
    return Question("plan", tuple(lines), (*choices, Choice("", "", None)))


def setting(question: str, choices: Sequence[tuple[str, commands.Command]]) -> Question:
    """Something the person may set: each choice with the command that sets it."""
    rows = [
        Choice(str(number), meaning, command)
        for number, (meaning, command) in enumerate(choices, start=1)
    ]
    return Question(
        "setting",
        (tr("{question} An empty line leaves it.", question=question),),
        (*rows, Choice("", "", None)),
    )
