"""The app showing a recorded scene: envelopes through the real router, no worker behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from clacky_tui import commands, events
from clacky_tui.config.preferences import Preferences
from clacky_tui.config.settings import Settings
from clacky_tui.tui.app import ClackyApp

NOON = datetime(2026, 5, 22, 12, tzinfo=UTC)

DIFF = """\
--- shop/orders.py
+++ shop/orders.py
@@ -41,3 +41,3 @@
     def total(self) -> Decimal:
-        return (self.subtotal - self.discount) * TAX
+        return self.subtotal * TAX - self.discount
"""

OPENED = events.SessionOpened(
    working_dir="/src/shop", model="claude-sonnet-4-5", mode="confirm_safes"
)
TOKENS = events.TokenCounts(
    input_tokens=4112, cache_read_tokens=212_404, cache_creation_tokens=6020, output_tokens=1903
)
TASK_DONE = events.TaskEnded(
    outcome="done",
    iterations=6,
    requests=6,
    duration_seconds=48,
    usage=TOKENS,
    cost=Decimal("0.0412"),
)


def edit_waits_for_approval() -> list[events.Event]:
    """The scene of design/screens.md: a test was read and run, an edit waits."""
    return [
        OPENED,
        events.TaskStarted(text="fix the failing test in tests/test_orders.py"),
        events.SessionTitled(name="fix orders"),
        events.TextDelta(text="I'll read the test and the code it covers."),
        events.TextDone(text="I'll read the test and the code it covers."),
        *tool("1", "Read", "tests/test_orders.py", "42 lines"),
        *tool("2", "Read", "shop/orders.py", "118 lines"),
        *tool("3", "$", "pytest -q tests/test_orders.py", "exit 1", ok=False, output="1 failed\n"),
        events.TextDelta(text="The discount is applied **before** tax; the test wants it after."),
        events.TextDone(text=""),
        events.ToolProposed(call_id="4", name="edit", verb="Edit", subject="shop/orders.py"),
        events.ToolPreview(
            call_id="4", path="shop/orders.py", diff=DIFF, added_lines=1, removed_lines=1
        ),
        events.TodosChanged(
            items=(
                events.TodoItem(id=1, task="Read the code", status="completed"),
                events.TodoItem(id=2, task="Fix Order.total", status="pending"),
                events.TodoItem(id=3, task="Run the whole suite", status="pending"),
            )
        ),
        money("0.0412"),
        events.ApprovalAsked(
            request_id="r",
            call_id="4",
            question="Edit shop/orders.py?",
            reason="edits ask in this mode",
            rule="edits in this project",
        ),
    ]


def edit_was_made() -> list[events.Event]:
    """The scene after it: the edit was allowed, the tests pass, the task is done."""
    *before, _ = edit_waits_for_approval()
    return [
        *before,
        events.ToolStarted(call_id="4"),
        events.ToolFinished(
            call_id="4",
            name="edit",
            ok=True,
            summary="+1 −1",
            duration_seconds=0.0,
            output="",
        ),
        *tool("5", "$", "pytest -q", "exit 0", output="41 passed in 1.32s\n"),
        events.TextDelta(text="The discount comes off after tax now; all 41 tests pass."),
        events.TextDone(text=""),
        TASK_DONE,
    ]


def reads_and_a_failure() -> list[events.Event]:
    """A folded run of reads and a command that failed."""
    reads = [tool(str(n), "Read", f"shop/part{n}.py", "40 lines") for n in range(4)]
    lines = "\n".join(f"tests/test_orders.py::test_{n} \x1b[31mFAILED\x1b[0m" for n in range(60))
    failed = tool("f", "$", "pytest -q", "exit 1", ok=False, output=lines)
    return [*finished_answer(), *(event for read in reads for event in read), *failed]


def question_is_asked() -> list[events.Event]:
    """The model wants to know which of three ways to go."""
    return [
        OPENED,
        events.TaskStarted(text="make the totals right"),
        events.FeedbackAsked(
            request_id="f",
            question="Which of the two tests says what is meant? They contradict each other.",
            options=(
                "test_total: the discount comes off before tax",
                "test_invoice: the discount comes off after tax, as the invoices of the last year do",
                "neither, ask the shop's owner",
            ),
        ),
    ]


def command_waits_for_approval() -> list[events.Event]:
    """A command with a dangerous piece waits, a background command runs."""
    command = "git add -A && git commit -qm 'Fix the total' && git push --force origin main"
    start = 2 + command.index("git push --force")
    return [
        OPENED,
        events.TaskStarted(text="commit and push it"),
        events.SessionTitled(name="fix orders"),
        *tool("1", "$", "git status --short", "exit 0", output=" M shop/orders.py\n"),
        events.BackgroundTasksChanged(
            tasks=(
                events.BackgroundTask(
                    handle="k3x9m2p7q", command="npm run dev", status="running", started_at=NOON
                ),
            )
        ),
        events.ToolProposed(call_id="2", name="terminal", verb="$", subject=command),
        money("0.0412"),
        events.ApprovalAsked(
            request_id="r",
            call_id="2",
            question=f"$ {command}?",
            reason="overwrites what others may have pushed",
            rule="git add * && git commit *",
            danger=((start, start + len("git push --force")),),
        ),
    ]


def work_in_the_background() -> list[events.Event]:
    """Todos half done, one command that runs and one that has failed."""
    texts = ("Read the code", "Fix Order.total", "Run the whole suite", "Tell what changed")
    failed = events.BackgroundTask(
        handle="b7d1c0a9e",
        command="pytest -q tests/test_orders.py",
        status="failed",
        exit_code=1,
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=21),
        last_line="1 failed, 3 passed",
    )
    running = events.BackgroundTask(
        handle="k3x9m2p7q", command="npm run dev", status="running", started_at=NOON
    )
    return [
        events.TodosChanged(
            items=tuple(
                events.TodoItem(id=n, task=text, status="completed" if n < 3 else "pending")
                for n, text in enumerate(texts, 1)
            )
        ),
        events.BackgroundTasksChanged(tasks=(failed, running)),
    ]


def messages_wait() -> list[events.Event]:
    """One shell line was run, the next one runs, and four things sent meanwhile wait."""
    waiting = [
        events.QueuedMessage(client_id="1", text="then run the whole suite", when="next_task"),
        events.QueuedMessage(client_id="2", text="keep the discount before tax in the old API"),
        events.QueuedMessage(client_id="3", text="git diff --stat", is_shell=True),
        events.QueuedMessage(client_id="4", text="and commit", when="next_task"),
    ]
    return [
        OPENED,
        *tool("s", "!", "git status --short", "exit 0", output=" M shop/orders.py\n?? notes.md\n"),
        events.ToolProposed(call_id="r", name="terminal", verb="!", subject="pytest -q"),
        events.ToolStarted(call_id="r"),
        events.Progress(handle="shell", activity="tool", text="your command"),
        events.ToolOutput(call_id="r", text="....F..\n"),
        events.QueueChanged(waiting=tuple(waiting)),
    ]


def trust_is_asked() -> list[events.Event]:
    """A project that brings hooks was opened for the first time."""
    return [
        OPENED,
        events.TrustAsked(
            request_id="t",
            folder="/src/shop",
            items=(
                "hook before_tool_use (terminal): ./scripts/check-command.sh",
                "hook after_tool_use (edit|write): ruff format --quiet .",
            ),
        ),
    ]


def finished_answer() -> list[events.Event]:
    """A Markdown answer with every kind of block, and the line under a finished task."""
    text = (
        "## What changed\n\nThe total takes the *discount* off **after** tax, see `orders.py:42`:\n\n"
        "- one line in `Order.total`\n- no other caller\n\n"
        "```python\nreturn self.subtotal * TAX - self.discount\n```\n\n"
        "| case | before | after |\n|---|---:|---:|\n| 10 % | 44.45 | 44.93 |\n| 优惠 | 1.00 | 2.00 |\n"
    )
    return [
        OPENED,
        events.TaskStarted(text="fix it"),
        events.ReasoningDelta(text="The tax comes first."),
        events.TextDelta(text=text),
        events.TextDone(text=text),
        money("0.0412"),
        TASK_DONE,
    ]


def trouble() -> list[events.Event]:
    """A retry and a failure with its next step."""
    return [
        OPENED,
        events.TaskStarted(text="hello"),
        events.TextDelta(text="Half an ans"),
        events.RequestRetried(
            attempt=2, of=10, wait_seconds=1, cause="api.example answered 529: overloaded"
        ),
        events.Failed(
            code="auth",
            message="api.example answered 401: invalid x-api-key",
            hint="Check the key in ~/.clacky/config.yml or CLACKY_API_KEY.",
        ),
        events.TaskEnded(
            outcome="error",
            iterations=1,
            requests=2,
            duration_seconds=2.5,
            usage=events.TokenCounts(),
            cost=Decimal(0),
        ),
    ]


def cached_session() -> list[events.Event]:
    """Twelve requests, two of which missed the cache, and what is in the window after them."""
    requests: list[events.Event] = []
    for number in range(1, 13):
        requests.append(request(number, cold=number in (1, 5, 9)))
        if number == 5:
            requests.append(MODEL_SWITCH_MISS)
        if number == 9:
            requests.append(EXPIRY_MISS)
    return [
        OPENED,
        events.TaskStarted(text="move the orders to the new schema"),
        events.SessionTitled(name="fix orders"),
        *requests,
        events.ContextGauged(
            categories={
                "system": 3102,
                "tools": 1790,
                "rules": 812,
                "memories": 204,
                "chat": 9440,
                "tool output": 45_856,
            },
            window_tokens=200_000,
            compressed_tokens=17_408,
        ),
        events.TaskEnded(
            outcome="done",
            iterations=12,
            requests=12,
            duration_seconds=48,
            usage=TOKENS,
            cost=Decimal("0.0412"),
        ),
    ]


MODEL_SWITCH_MISS = events.CacheMissed(
    expected_tokens=41_208,
    got_tokens=0,
    cause="the model changed from sonnet-4.5 to opus-4.6 before this request",
    first_difference="message 37",
    extra_cost=Decimal("0.1113"),
)
EXPIRY_MISS = events.CacheMissed(
    expected_tokens=12_911,
    got_tokens=4000,
    cause="expired: 6 min 12 s idle",
    first_difference="",
    extra_cost=None,
)


def request(number: int, *, cold: bool = False) -> events.UsageRecorded:
    """The `number`-th request of a session whose every request adds 500 tokens to 20,000."""
    held = 20_000 + 500 * number
    tokens = events.TokenCounts(
        input_tokens=40,
        cache_read_tokens=0 if cold else held,
        cache_creation_tokens=held if cold else 500,
        output_tokens=300,
    )
    return money("0.0412").model_copy(
        update={"tokens": tokens, "session_requests": number, "session_tokens": TOKENS}
    )


def tool(
    call_id: str, verb: str, subject: str, summary: str, *, ok: bool = True, output: str = ""
) -> list[events.Event]:
    return [
        events.ToolProposed(call_id=call_id, name="file_reader", verb=verb, subject=subject),
        events.ToolStarted(call_id=call_id),
        events.ToolFinished(
            call_id=call_id,
            name="file_reader",
            ok=ok,
            summary=summary,
            duration_seconds=0.0,
            output=output,
        ),
    ]


def money(cost: str) -> events.UsageRecorded:
    return events.UsageRecorded(
        record_id="u",
        model="claude-sonnet-4-5",
        provider="api.anthropic.com",
        outcome="ok",
        tokens=TOKENS,
        cost=Decimal(cost),
        cost_source="price",
        duration_seconds=1,
        session_tokens=TOKENS,
        session_cost=Decimal(cost),
        session_requests=6,
        session_unpriced_requests=0,
    )


class SceneApp(ClackyApp):
    """Shows `scene` as if a worker had told it."""

    def __init__(
        self,
        scene: Iterable[events.Event],
        *,
        theme: str | None = "hacker",
        preferences: Preferences = Preferences(),
        session_id: str = "s",
        clock: Callable[[], datetime] = lambda: NOON + timedelta(seconds=48),
    ) -> None:
        super().__init__(
            working_dir=Path("/src/shop"),
            mode="confirm_safes",
            theme_name=theme,
            preferences=preferences,
            load=lambda: (Settings(), None),
            clock=clock,
        )
        self._scene = list(scene)
        self._session_id = session_id

    async def _start_worker(self) -> None:
        self._router = self._make_router()
        for number, event in enumerate(self._scene, start=1):
            envelope = events.Envelope(
                seq=number,
                ts=NOON,
                session_id=self._session_id,
                task_id=min(number - 1, 1),
                event=event,
            )
            if isinstance(event, events.SessionOpened):
                self._welcome(event)
            self._router.show(envelope)
            self.watch_task(envelope)


class RecordingApp(SceneApp):
    """A scene whose commands are kept instead of sent, and which can be told more."""

    def __init__(self, scene: Iterable[events.Event], *, theme: str = "hacker") -> None:
        super().__init__(scene, theme=theme)
        self.sent: list[commands.Command] = []

    def _send(self, command: commands.Command) -> None:
        self.sent.append(command)

    def tell(self, *told: events.Event) -> None:
        """Show events as if a worker had told them now."""
        assert self._router is not None
        for event in told:
            self._router.show(
                events.Envelope(seq=1, ts=NOON, session_id="s", task_id=1, event=event)
            )
        self.refresh_sheet()


def screen_text(app: SceneApp) -> str:
    """Every row of the screen as it is seen, blanks at the ends left out."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


TASKS = events.TasksListed(
    tasks=tuple(
        events.ListedTask(
            id=number,
            summary=summary,
            status="past" if number < 13 else "current" if number == 13 else "future",
            has_branches=number == 11,
            started_at=NOON - timedelta(minutes=60 - number),
            files_changed=number % 4,
        )
        for number, summary in enumerate(
            [
                *(f"step {n} of moving the orders" for n in range(1, 10)),
                "read the orders 订单",
                "fix the failing test in tests/test_orders.py and all that depends on its",
                "run the whole suite",
                "add a test for the discount",
                "rename Order.total",
            ],
            start=1,
        )
    ),
    active=13,
    files_at=14,
)
PLAN = events.SwitchPlanned(
    plan_id="p",
    to_task=11,
    direction="undo",
    files=(
        events.PlannedFile(path="shop/discount.py", action="delete"),
        events.PlannedFile(
            path="shop/orders.py", action="modify", conflict="you changed it after task 13"
        ),
        events.PlannedFile(path="tests/test_orders.py", action="create"),
    ),
    not_covered=("Not covered by undo: data/dump.sql (12.0 MB, over the size kept).",),
)
SWITCHED = events.TaskSwitched(
    direction="undo",
    to_task=11,
    restored=("shop/discount.py", "tests/test_orders.py"),
    conflicts=("shop/orders.py (you changed it after task 13)",),
    hidden_tasks=3,
)


def time_machine_lists() -> list[events.Event]:
    """More tasks than the menu shows at once; the files stand elsewhere than the conversation."""
    return [*finished_answer(), TASKS]


def time_machine_plans() -> list[events.Event]:
    """A preview with a conflict and a file that is not covered."""
    return [*finished_answer(), TASKS, PLAN]


def time_machine_shows_lines() -> list[events.Event]:
    """The lines of the file the preview's cursor stands on."""
    body = "".join(f" line {n}\n" for n in range(20))
    diff = (
        "--- shop/orders.py\n+++ shop/orders.py\n@@ -40,23 +40,24 @@\n"
        "     def total(self) -> Decimal:\n-        return self.subtotal * TAX - self.discount\n"
        "+        # the discount is applied before tax, 折扣\n"
        "+        return (self.subtotal - self.discount) * TAX\n" + body
    )
    shown = events.ChangeShown(
        plan_id="p", path="shop/orders.py", diff=diff, added_lines=2, removed_lines=1
    )
    return [*time_machine_plans(), shown]


def time_machine_was_used() -> list[events.Event]:
    return [*finished_answer(), SWITCHED]
