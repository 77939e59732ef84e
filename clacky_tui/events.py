"""Everything the worker says: one envelope, one union of events discriminated by `kind`.

Front ends, the session journal and the tests read these same types. The worker never calls a front
end; what it needs to know it asks in an event with an id, and a command with that id answers.

Order, for every task: `task.started` first, `task.ended` last. For every tool call: `tool.proposed`,
`tool.preview` (edits and writes), `approval.asked`, `approval.given`, `tool.started`, any
`tool.output`, `tool.finished`; a call that is refused goes from `tool.proposed` to `tool.finished`.
Every model request, whatever became of it, is followed by exactly one `usage.recorded`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PROTOCOL_VERSION = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class _Event(_Frozen):
    pass


# --- session -----------------------------------------------------------------------------------


class SessionOpened(_Event):
    """First event of a session, also after `/clear`; resets every total a front end shows."""

    kind: Literal["session.opened"] = "session.opened"
    name: str = ""
    working_dir: str
    model: str
    mode: str
    simulated: bool = False
    """True on the embedded demo model: every cost of this session is pretended."""
    restored: bool = False
    """It goes on; how it stands is told right after, by the newest event of each kind that says so."""
    tasks: int = 0
    cost: Decimal = Decimal(0)
    """In USD, of the requests so far whose price is known; `unpriced_requests` counts the others."""
    unpriced_requests: int = 0
    question: FeedbackAsked | None = None
    """Still waits for its answer."""
    journal_path: str = ""
    """Where what was said so far can be read; empty when there is nothing."""
    journal_bytes: int = 0
    """Length of that file; what stands after it is told as it happens."""


class SessionTitled(_Event):
    kind: Literal["session.titled"] = "session.titled"
    name: str


class SessionClosed(_Event):
    """The last event of a session; everything is on disk."""

    kind: Literal["session.closed"] = "session.closed"
    tasks: int
    journal_path: str


# --- task and iteration ------------------------------------------------------------------------


class TaskStarted(_Event):
    """A task began. `text` is what the person typed; front ends echo it from here, not before.

    It is empty when nobody typed anything: the end of a background task started it.
    """

    kind: Literal["task.started"] = "task.started"
    text: str
    attachments: tuple[str, ...] = ()
    client_id: str = ""
    """The `Submit.client_id` this answers; empty when nobody typed it."""


class SteerAccepted(_Event):
    """A message sent while a task ran has entered the conversation."""

    kind: Literal["steer.accepted"] = "steer.accepted"
    text: str
    client_id: str = ""


TaskOutcome = Literal["done", "cancelled", "error", "budget", "awaiting_feedback"]


class TaskEnded(_Event):
    """The last event of a task; the sums cover this task only.

    `cost` is in USD and sums the requests whose price is known; `unpriced_requests` counts the rest.
    """

    kind: Literal["task.ended"] = "task.ended"
    outcome: TaskOutcome
    iterations: int
    requests: int
    duration_seconds: float
    usage: TokenCounts
    cost: Decimal
    unpriced_requests: int = 0


class IterationStarted(_Event):
    kind: Literal["iteration.started"] = "iteration.started"


class RequestRetried(_Event):
    """The request failed and is sent again after `wait_seconds`.

    Text of the failed attempt that was already shown stays, marked as cut off; the model starts anew.
    """

    kind: Literal["request.retried"] = "request.retried"
    attempt: int
    of: int
    wait_seconds: float
    cause: str
    status: int | None = None


class RequestStalled(_Event):
    """No byte has arrived for `seconds`."""

    kind: Literal["request.stalled"] = "request.stalled"
    seconds: float


# --- text --------------------------------------------------------------------------------------


class TextDelta(_Event):
    kind: Literal["text.delta"] = "text.delta"
    text: str


class ReasoningDelta(_Event):
    kind: Literal["reasoning.delta"] = "reasoning.delta"
    text: str


class TextDone(_Event):
    """The whole text of one reply; equal to its deltas joined."""

    kind: Literal["text.done"] = "text.done"
    text: str


# --- tools -------------------------------------------------------------------------------------


class ToolProposed(_Event):
    """The model wants `name` to run. `verb` and `subject` make the line a person reads."""

    kind: Literal["tool.proposed"] = "tool.proposed"
    call_id: str
    name: str
    verb: str
    subject: str
    arguments: dict[str, Any] = {}


class ToolPreview(_Event):
    """What an edit or write would change, as a unified diff; comes before its approval request."""

    kind: Literal["tool.preview"] = "tool.preview"
    call_id: str
    path: str
    diff: str
    added_lines: int
    removed_lines: int
    new_file: bool = False


class ApprovalAsked(_Event):
    """The worker waits for an `Approve` command with this `request_id`."""

    kind: Literal["approval.asked"] = "approval.asked"
    request_id: str
    call_id: str
    question: str
    reason: str
    """Why it asked, e.g. "edits ask in this mode"."""
    rule: str = ""
    """What "this session" or "always" would allow, in words; empty when it is not on offer."""
    danger: tuple[tuple[int, int], ...] = ()
    """Pieces of `question` that made it ask: start and end in characters."""


ApprovalDecision = Literal["approved", "denied", "feedback", "cancelled"]


class ApprovalGiven(_Event):
    kind: Literal["approval.given"] = "approval.given"
    request_id: str
    call_id: str
    decision: ApprovalDecision
    scope: Literal["once", "session", "always"] = "once"
    feedback: str = ""


class ToolStarted(_Event):
    kind: Literal["tool.started"] = "tool.started"
    call_id: str


class ToolOutput(_Event):
    """A piece of live output; pieces joined are what the tool has printed so far."""

    kind: Literal["tool.output"] = "tool.output"
    call_id: str
    text: str


class ToolFinished(_Event):
    """The call is over. `summary` is a few words for the right-hand column, `output` for opening."""

    kind: Literal["tool.finished"] = "tool.finished"
    call_id: str
    name: str
    ok: bool
    summary: str
    duration_seconds: float
    output: str = ""
    card: dict[str, Any] | None = None
    """Structured result for rich rendering; `type` tells which (spec/tools-skills.md 1.0)."""


# --- questions ---------------------------------------------------------------------------------


class TrustAsked(_Event):
    """The project brings configuration of its own; none of it is used before an `AnswerTrust`."""

    kind: Literal["trust.asked"] = "trust.asked"
    request_id: str
    folder: str
    items: tuple[str, ...]
    """What would run or be used, a line each."""


class TrustGiven(_Event):
    """The question is settled. Withdrawn: the session left the folder before it was answered."""

    kind: Literal["trust.given"] = "trust.given"
    request_id: str
    decision: Literal["trusted", "declined", "later", "withdrawn"]


class FeedbackAsked(_Event):
    """The model asks the person; answered by `AnswerFeedback` with this id or by the next message."""

    kind: Literal["feedback.asked"] = "feedback.asked"
    request_id: str
    question: str
    context: str = ""
    options: tuple[str, ...] = ()


class FeedbackAnswered(_Event):
    kind: Literal["feedback.answered"] = "feedback.answered"
    request_id: str
    text: str
    automatic: bool = False


# --- state -------------------------------------------------------------------------------------


class TodoItem(_Frozen):
    id: int
    task: str
    status: Literal["pending", "completed"]


class TodosChanged(_Event):
    """The whole list, also when empty."""

    kind: Literal["todos.changed"] = "todos.changed"
    items: tuple[TodoItem, ...]


class ModeChanged(_Event):
    kind: Literal["mode.changed"] = "mode.changed"
    mode: str


class ModelChanged(_Event):
    kind: Literal["model.changed"] = "model.changed"
    model: str
    simulated: bool = False


class ReasoningLevelChanged(_Event):
    kind: Literal["reasoning_level.changed"] = "reasoning_level.changed"
    level: Literal["off", "low", "medium", "high"]


class WorkingDirChanged(_Event):
    kind: Literal["working_dir.changed"] = "working_dir.changed"
    path: str


WaitsFor = Literal["next_task", "safe_point"]
"""For the end of the running task, or for its next safe point, where it joins it."""


class QueuedMessage(_Frozen):
    client_id: str
    text: str
    attachments: tuple[str, ...] = ()
    when: WaitsFor = "safe_point"
    is_shell: bool = False
    """`text` is a command of the person's own, to be run without the model."""


class QueueChanged(_Event):
    """What waits while the agent works, oldest first; what has begun or joined is no part of it."""

    kind: Literal["queue.changed"] = "queue.changed"
    waiting: tuple[QueuedMessage, ...]


class QueueReturned(_Event):
    """A waiting message has left the queue, unsent, because the person wants it back."""

    kind: Literal["queue.returned"] = "queue.returned"
    message: QueuedMessage


class BackgroundTask(_Frozen):
    handle: str
    command: str
    status: Literal["running", "waiting", "success", "failed", "cancelled", "error"]
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    last_line: str = ""
    """Its last line of output, once it has ended."""
    output_file: str = ""
    """Grows while it runs; empty when nothing is kept."""


class BackgroundTasksChanged(_Event):
    kind: Literal["background_tasks.changed"] = "background_tasks.changed"
    tasks: tuple[BackgroundTask, ...]


class Progress(_Event):
    """A piece of work without its own events. `done` ends the handle; a later text replaces it."""

    kind: Literal["progress"] = "progress"
    handle: str
    activity: Literal["thinking", "tool", "compression", "memory", "index", "other"]
    text: str
    done: bool = False


class SuggestionOffered(_Event):
    """A next message the person might want to send; empty takes the last offer back."""

    kind: Literal["suggestion.offered"] = "suggestion.offered"
    text: str


# --- money -------------------------------------------------------------------------------------


class TokenCounts(_Frozen):
    """Tokens by class, as in `domain.usage.Usage`."""

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_creation_tokens: int = 0
    cache_creation_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


CostSource = Literal["api", "price", "estimated", "unknown"]
RequestOutcome = Literal["ok", "failed", "cancelled", "rejected"]
"""Rejected: the provider refused it or was never reached, so nothing was used."""
RequestPurpose = Literal[
    "chat", "compression", "keep_warm", "title", "suggestion", "subagent", "memory", "test"
]


class UsageRecorded(_Event):
    """One model request is over and paid for.

    `cost` is this request in USD, exact, or None when the price or the usage is unknown. The
    `session_*` figures are running totals after it, so no front end ever adds money up itself.
    """

    kind: Literal["usage.recorded"] = "usage.recorded"
    record_id: str
    model: str
    provider: str
    purpose: RequestPurpose = "chat"
    outcome: RequestOutcome
    tokens: TokenCounts | None
    cost: Decimal | None
    cost_source: CostSource
    price_source: str = ""
    simulated: bool = False
    time_to_first_token_seconds: float | None = None
    duration_seconds: float
    session_tokens: TokenCounts
    session_cost: Decimal
    session_requests: int
    session_unpriced_requests: int


class ModelTested(_Event):
    """A configured model was asked a word; its request, if one was sent, is recorded before this.

    `message` is empty when `ok`, else what is wrong and what to check. None is what is not known;
    `cost` is in USD.
    """

    kind: Literal["model.tested"] = "model.tested"
    model: str
    provider: str = ""
    """Its host; tells two entries of one name apart."""
    ok: bool
    message: str = ""
    time_to_first_token_seconds: float | None = None
    duration_seconds: float
    output_tokens: int | None = None
    cost: Decimal | None = None


class CacheMissed(_Event):
    """A request read less from the provider's cache than it should have."""

    kind: Literal["cache.missed"] = "cache.missed"
    expected_tokens: int
    got_tokens: int
    cause: str
    first_difference: str
    extra_cost: Decimal | None


class BudgetWarned(_Event):
    kind: Literal["budget.warned"] = "budget.warned"
    scope: Literal["task", "session", "day", "month"]
    unit: Literal["usd", "turns"]
    spent: Decimal
    limit: Decimal
    share: str = ""
    """``model NAME`` or ``project PATH`` for a budget of theirs."""


# --- context -----------------------------------------------------------------------------------


class ContextGauged(_Event):
    """How full the window is, in tokens by category; `window_tokens` None when unknown."""

    kind: Literal["context.gauged"] = "context.gauged"
    categories: dict[str, int]
    window_tokens: int | None
    compressed_tokens: int | None = None
    """What a request would send after a compression now; None where there is nothing to compress."""


class CompressionStarted(_Event):
    kind: Literal["compression.started"] = "compression.started"
    tokens: int
    messages: int
    reason: Literal["threshold", "idle", "overflow", "asked"]


class CompressionFinished(_Event):
    kind: Literal["compression.finished"] = "compression.finished"
    outcome: Literal["done", "cancelled", "failed"]
    before_tokens: int
    after_tokens: int
    cache_hit_rate: float | None = None
    cost: Decimal | None = None
    summary: str = ""
    """What the model reads from now on in place of the archived messages; empty unless done."""


class CompressionUndone(_Event):
    """The conversation is as it was before its last compression, and goes on with what came since."""

    kind: Literal["compression.undone"] = "compression.undone"
    before_tokens: int
    after_tokens: int
    """What the next request sends, estimated."""
    messages: int
    cold_cost: Decimal | None
    """USD for reading all of it anew, as the next request has to where no cache holds it any more;
    None when the price is not known."""


# --- files -------------------------------------------------------------------------------------


class CheckpointMade(_Event):
    kind: Literal["checkpoint.made"] = "checkpoint.made"
    checkpoint_task: int
    paths: tuple[str, ...]


class ListedTask(_Frozen):
    """A row of the time machine; `status` is by ancestry, see `domain.task_tree.Status`."""

    id: int
    summary: str
    status: Literal["current", "past", "future", "aside"]
    has_branches: bool
    started_at: datetime
    files_changed: int


class TasksListed(_Event):
    """Every task, oldest first; `files_at` is the task whose files are on the disk."""

    kind: Literal["tasks.listed"] = "tasks.listed"
    tasks: tuple[ListedTask, ...]
    active: int
    files_at: int


class PlannedFile(_Frozen):
    path: str
    action: Literal["create", "modify", "delete", "chmod"]
    conflict: str = ""
    """Why the person is asked first; empty where nothing of theirs is lost."""


class SwitchPlanned(_Event):
    """What a switch to `to_task` would do; nothing has changed. `SwitchTask` with `plan_id` does it."""

    kind: Literal["switch.planned"] = "switch.planned"
    plan_id: str
    to_task: int
    direction: Literal["undo", "redo", "branch"]
    files: tuple[PlannedFile, ...]
    not_covered: tuple[str, ...] = ()


class ChangeShown(_Event):
    """What a switch would make of one file of its plan, as a unified diff.

    `note` says instead why there is none to show, as of a picture or a file without end.
    """

    kind: Literal["change.shown"] = "change.shown"
    plan_id: str
    path: str
    diff: str = ""
    added_lines: int = 0
    removed_lines: int = 0
    note: str = ""


class TaskSwitched(_Event):
    """Undo, redo or branch: what was to be restored now stands at `to_task`.

    `conflicts` are files left as they were, each with the reason.
    """

    kind: Literal["task.switched"] = "task.switched"
    direction: Literal["undo", "redo", "branch"]
    to_task: int
    restored: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    restore: Literal["both", "conversation", "files"] = "both"
    hidden_tasks: int = 0
    """So many tasks later than the present one the model does not see."""


# --- trouble -----------------------------------------------------------------------------------


class Notice(_Event):
    kind: Literal["notice"] = "notice"
    level: Literal["info", "success", "warning", "error"]
    text: str


class Failed(_Event):
    """Something ended badly: what, and the next step. `retryable` offers sending it again."""

    kind: Literal["failed"] = "failed"
    code: str
    message: str
    hint: str = ""
    retryable: bool = False


Event = Annotated[
    SessionOpened
    | SessionTitled
    | SessionClosed
    | TaskStarted
    | SteerAccepted
    | TaskEnded
    | IterationStarted
    | RequestRetried
    | RequestStalled
    | TextDelta
    | ReasoningDelta
    | TextDone
    | ToolProposed
    | ToolPreview
    | ApprovalAsked
    | ApprovalGiven
    | ToolStarted
    | ToolOutput
    | ToolFinished
    | TrustAsked
    | TrustGiven
    | FeedbackAsked
    | FeedbackAnswered
    | TodosChanged
    | ModeChanged
    | ModelChanged
    | ReasoningLevelChanged
    | WorkingDirChanged
    | QueueChanged
    | QueueReturned
    | BackgroundTasksChanged
    | Progress
    | SuggestionOffered
    | UsageRecorded
    | ModelTested
    | CacheMissed
    | BudgetWarned
    | ContextGauged
    | CompressionStarted
    | CompressionFinished
    | CompressionUndone
    | CheckpointMade
    | TasksListed
    | SwitchPlanned
    | ChangeShown
    | TaskSwitched
    | Notice
    | Failed,
    Field(discriminator="kind"),
]


class Envelope(_Frozen):
    """One line of the stream. `seq` counts from 1 without gaps within a session."""

    v: int = PROTOCOL_VERSION
    seq: int
    ts: datetime
    session_id: str
    task_id: int = 0
    """0 outside a task."""
    iteration: int = 0
    """1 for the first model request of the task; 0 outside an iteration."""
    event: Event


ENVELOPE = TypeAdapter(Envelope)
"""Parses and dumps envelopes: ``ENVELOPE.validate_json(line)``."""
