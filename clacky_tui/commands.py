"""Everything a front end may ask of the worker: one union of commands discriminated by `kind`.

A command is a wish, not a call: what came of it is told by events. Commands that answer a question
carry its id; an answer whose question is gone is ignored.
"""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

ReasoningLevel = Literal["off", "low", "medium", "high"]
REASONING_LEVELS: tuple[ReasoningLevel, ...] = get_args(ReasoningLevel)
"""From none to most."""


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Submit(_Command):
    """Say something to the agent. While it works, the message waits."""

    kind: Literal["submit"] = "submit"
    text: str
    attachments: tuple[str, ...] = ()
    """Paths of files to send along."""
    client_id: str = ""
    """Comes back in `TaskStarted` or `SteerAccepted`."""
    when: Literal["next_task", "safe_point"] = "safe_point"
    """What it waits for: the end of the running task, to begin one of its own, or that task's next
    safe point, to join it."""


class RunShell(_Command):
    """Run a command in the person's own name, unasked and without the model.

    The model reads the command and its output with the next request. While the agent works it waits.
    """

    kind: Literal["run_shell"] = "run_shell"
    command: str
    client_id: str = ""


class EditQueued(_Command):
    """Replace the text of a waiting message; an empty text removes it."""

    kind: Literal["edit_queued"] = "edit_queued"
    client_id: str
    text: str


class TakeBackQueued(_Command):
    """Take a waiting message out of the queue to write on: `QueueReturned`, if it still waits."""

    kind: Literal["take_back_queued"] = "take_back_queued"
    client_id: str


class Interrupt(_Command):
    """Stop what runs; the session stays usable. Without effect when idle."""

    kind: Literal["interrupt"] = "interrupt"
    scope: Literal["all", "compression"] = "all"


class Approve(_Command):
    """Answer `ApprovalAsked`. Feedback text goes to the model and denies the call."""

    kind: Literal["approve"] = "approve"
    request_id: str
    answer: Literal["yes", "yes_session", "yes_always", "no", "feedback", "cancel"]
    feedback: str = ""


class AnswerTrust(_Command):
    """Answer `TrustAsked`. "later" leaves it unused in this session and asks again in the next."""

    kind: Literal["answer_trust"] = "answer_trust"
    request_id: str
    answer: Literal["trusted", "declined", "later"]


class AskTrust(_Command):
    """Ask again whether this project's own configuration is used."""

    kind: Literal["ask_trust"] = "ask_trust"


class AnswerFeedback(_Command):
    """Answer `FeedbackAsked`."""

    kind: Literal["answer_feedback"] = "answer_feedback"
    request_id: str
    text: str


class SetMode(_Command):
    kind: Literal["set_mode"] = "set_mode"
    mode: Literal["confirm_safes", "confirm_all", "auto_approve"]


class SetModel(_Command):
    """Ask another configured model; refused while a task runs. As the default also in new sessions."""

    kind: Literal["set_model"] = "set_model"
    model: str
    make_default: bool = False


class SetReasoningLevel(_Command):
    """How much the model thinks before it answers; another level has a cache of its own."""

    kind: Literal["set_reasoning_level"] = "set_reasoning_level"
    level: ReasoningLevel


class SetWorkingDir(_Command):
    """Work in another folder; refused while a task runs. A relative path starts at the present one."""

    kind: Literal["set_working_dir"] = "set_working_dir"
    path: str


class NewSession(_Command):
    """Close this session and open a fresh one."""

    kind: Literal["new_session"] = "new_session"


class OpenSession(_Command):
    kind: Literal["open_session"] = "open_session"
    session_id: str


class RenameSession(_Command):
    kind: Literal["rename_session"] = "rename_session"
    name: str


class Compact(_Command):
    """Compress the conversation now."""

    kind: Literal["compact"] = "compact"


class UndoCompression(_Command):
    """Take the last compression back; what was said since stays. Refused while a task runs."""

    kind: Literal["undo_compression"] = "undo_compression"


class LiftBudgets(_Command):
    """Let this session go over its budgets from now on."""

    kind: Literal["lift_budgets"] = "lift_budgets"


class TestModels(_Command):
    """Ask every configured model a word and tell how it went; refused while a task runs."""

    kind: Literal["test_models"] = "test_models"


class TimeMachineCommand(_Command):
    """About the tasks of the session and its files over them. Refused while a task runs."""


class ListTasks(TimeMachineCommand):
    """Ask for `TasksListed`."""

    kind: Literal["list_tasks"] = "list_tasks"


class PlanSwitch(TimeMachineCommand):
    """Ask what going to another task would change: `SwitchPlanned`. 0 is before the first task."""

    kind: Literal["plan_switch"] = "plan_switch"
    to_task: int = Field(ge=0)


class ShowChange(TimeMachineCommand):
    """Ask what one file of a `SwitchPlanned` would become: `ChangeShown`."""

    kind: Literal["show_change"] = "show_change"
    plan_id: str
    path: str
    """As the plan has it."""


class SwitchTask(TimeMachineCommand):
    """Go to another task of the history tree; 0 is before the first task.

    Where files of the person would be lost it is answered with `SwitchPlanned`, unless `plan_id`
    says that they have seen it; `conflicts` is what becomes of those files then.
    """

    kind: Literal["switch_task"] = "switch_task"
    to_task: int = Field(ge=0)
    restore: Literal["both", "conversation", "files"] = "both"
    plan_id: str = ""
    conflicts: Literal["keep", "overwrite"] = "keep"


class StopBackgroundTask(_Command):
    kind: Literal["stop_background_task"] = "stop_background_task"
    handle: str


class ReloadConfig(_Command):
    kind: Literal["reload_config"] = "reload_config"


class Shutdown(_Command):
    """Stop, save and end; `session.closed` is the last event."""

    kind: Literal["shutdown"] = "shutdown"


Command = Annotated[
    Submit
    | RunShell
    | EditQueued
    | TakeBackQueued
    | Interrupt
    | Approve
    | AnswerTrust
    | AskTrust
    | AnswerFeedback
    | SetMode
    | SetModel
    | SetReasoningLevel
    | SetWorkingDir
    | NewSession
    | OpenSession
    | RenameSession
    | Compact
    | UndoCompression
    | LiftBudgets
    | TestModels
    | ListTasks
    | PlanSwitch
    | ShowChange
    | SwitchTask
    | StopBackgroundTask
    | ReloadConfig
    | Shutdown,
    Field(discriminator="kind"),
]

COMMAND: TypeAdapter[Command] = TypeAdapter(Command, config=ConfigDict(defer_build=True))
"""Parses and dumps commands: ``COMMAND.validate_json(line)``."""
