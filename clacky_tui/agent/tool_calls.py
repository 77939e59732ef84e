"""One batch of tool calls: hooks, verdicts, approvals and runs, and one result each in call order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from clacky_tui import events, paths
from clacky_tui.agent import audit
from clacky_tui.agent.approvals import Approvals
from clacky_tui.agent.hooks import Hooks
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.tool_results import (
    INTERRUPTED,
    denial,
    error_content,
    failure,
    not_run,
    refused_by_person,
    refused_by_rule,
)
from clacky_tui.agent.tool_run import ToolRun, ToolRunner
from clacky_tui.domain.messages import ImagePart, Message, Origin, Part, TextPart, ToolCall
from clacky_tui.domain.redact import MASK
from clacky_tui.domain.verdict import Decision, RiskClass
from clacky_tui.errors import ToolError
from clacky_tui.i18n import phrase, tr
from clacky_tui.tools.arguments import parse_arguments
from clacky_tui.tools.base import PreviewingTool, ToolResult
from clacky_tui.tools.registry import get_tool, resolve_name, unknown_tool
from clacky_tui.tools.schema import tool_schema

MOST_AT_ONCE = 4
"""Calls that run side by side (spec/tools-skills.md 5.1)."""

_PREVIEWING = frozenset({"edit", "write"})
_READING = frozenset({"file_reader", "glob", "grep", "web_search", "web_fetch", "list_tasks"})
_NOT_A_PLAIN_COMMAND = ("handle_id", "input", "kill", "async")
"""Arguments with which `terminal` does more than run a command to its end."""


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """How a batch ended. `denied` with `feedback` goes on, without it the task stops.

    `asked`: the model put a question to the person, and the task pauses until the answer.
    """

    denied: bool = False
    feedback: str = ""
    asked: bool = False


class ToolCalls:
    """Runs batches for one session.

    Args:
        session: gets the results and the events.
        approvals: judges the calls, and asks.
        hooks: have a say before and are told after.
        runner: executes what may run.
        parallel: whether reading calls may overlap.
        sees_images: whether the model can be shown pictures.
    """

    def __init__(
        self,
        session: Session,
        approvals: Approvals,
        hooks: Hooks,
        runner: ToolRunner,
        *,
        parallel: bool,
        sees_images: Callable[[], bool],
    ) -> None:
        self._session = session
        self._approvals = approvals
        self._hooks = hooks
        self._runner = runner
        self._parallel = parallel
        self.sees_images = sees_images
        self._audit_failed = False
        self._answered = 0
        """Results of the present batch in the conversation."""
        self._proposed: list[ToolRun] = []
        """Calls of the present batch that the person has been shown."""
        self._images: list[Part] = []
        """Pictures of the present batch, each after its name."""

    async def run(self, calls: tuple[ToolCall, ...]) -> BatchOutcome:
        """Run `calls` and append exactly one result for each to the conversation, in their order.

        Neighbouring calls that only read run side by side; everything else runs alone. A refusal
        by the person refuses the rest of the batch; after a question to the person the rest is put
        off. An interrupt gives every unfinished call a result that says so, then propagates.
        """
        outcome = BatchOutcome()
        group: list[ToolRun] = []
        self._answered, self._images, self._proposed = 0, [], []
        try:
            for call in calls:
                stopped = outcome.denied or outcome.asked
                run = self._skipped(call, outcome) if stopped else await self._prepare(call)
                if run.result is not None or self._may_overlap(run):
                    group.append(run)
                    continue
                await self._finish(group)
                group.append(run)
                outcome = await self._agree(run)
                await self._finish(group)
                outcome = replace(outcome, asked=run.asked)
            await self._finish(group)
        except asyncio.CancelledError:
            for run in self._proposed:
                if not run.done:
                    run.result = run.result or INTERRUPTED
                    await self._conclude(run)
            for call in calls[self._answered :]:
                self._append_result(call, INTERRUPTED.content)
            raise
        if self._images:
            self._session.append(
                Message("user", tuple(self._images), Origin.TOOL, task_id=self._session.task_id)
            )
        return outcome

    # --- before a call runs ------------------------------------------------------------------

    async def _prepare(self, call: ToolCall) -> ToolRun:
        """Find the tool, read the arguments, hear hooks and verdict; a result means it is settled."""
        name = resolve_name(call.name)
        if name is None:
            message = unknown_tool(call.name).message
            return self._settled(
                call, call.name, call.name, failure(message, phrase("unknown tool"))
            )
        tool = get_tool(name)
        run = ToolRun(call, name, tool.verb, tool=tool)
        try:
            run.arguments = parse_arguments(tool_schema(name), call.arguments)
        except ToolError as error:
            return self._settled(
                call, name, tool.verb, failure(error.message, phrase("bad arguments"))
            )
        refusal = await self._hear_hooks(run)
        run.subject = tool.subject(run.arguments, self._session.tools)
        self._propose(run)
        run.result = refusal or await self._judge(run)
        return run

    async def _hear_hooks(self, run: ToolRun) -> ToolResult | None:
        """Let the hooks deny the call or change its arguments, which are validated anew."""
        answer = await self._hooks.before_tool_use(run.name, run.arguments)
        if answer.action == "deny":
            reason = answer.reason or phrase("a hook of the user does not allow it.")
            self._session.warn(tr("A hook stopped {name}: {reason}", name=run.name, reason=reason))
            return refused_by_rule(reason, "Do not try it in another shape.")
        if answer.arguments is None:
            return None
        text = json.dumps(answer.arguments, ensure_ascii=False)
        try:
            run.arguments = parse_arguments(tool_schema(run.name), text)
        except ToolError as error:
            reason = phrase(
                "a hook changed the arguments to something invalid: {message}",
                message=error.message,
            )
            self._session.warn(tr("{name} was not run: {reason}", name=run.name, reason=reason))
            return refused_by_rule(reason, "Tell the user.")
        run.note = f"\n[A hook of the user changed the arguments; what ran is {text}]"
        return None

    async def _judge(self, run: ToolRun) -> ToolResult | None:
        """Hear the verdict; a result means that the call does not run."""
        if self._writes_a_mask(run):
            return refused_by_rule(
                phrase(
                    "the text holds {MASK}, which stands for a secret and would replace it.",
                    MASK=MASK,
                ),
                "Change the lines around it with edit.",
            )
        verdict = run.verdict = await self._approvals.verdict(run.name, run.arguments)
        if verdict.decision is Decision.ALLOW or (verdict.asks and self._approvals.attended):
            return None
        if verdict.asks:
            next_step = "Nobody is there to approve it: choose a way that needs no approval."
        else:
            next_step = "Do not try it in another shape; the user can do it outside the agent."
        self._session.warn(
            tr(
                "Not run: {verb} {subject}: {why}",
                verb=run.verb,
                subject=run.subject,
                why=tr(verdict.why),
            )
        )
        return refused_by_rule(phrase("{sentence}.", sentence=verdict.why), next_step)

    def _writes_a_mask(self, run: ToolRun) -> bool:
        """True when the model took a mask for the text it hides."""
        written = (run.arguments.get("content"), run.arguments.get("new_string"))
        if run.name not in _PREVIEWING or self._runner.unmasked:
            return False
        return any(MASK in str(text) for text in written)

    def _may_overlap(self, run: ToolRun) -> bool:
        """Whether the call only reads, unasked, and may so run beside its neighbours."""
        if not self._parallel or run.verdict is None or run.verdict.asks:
            return False
        if run.name == "terminal":
            plain = not any(run.arguments.get(name) for name in _NOT_A_PLAIN_COMMAND)
            return plain and run.verdict.risk is RiskClass.SAFE
        return run.name in _READING

    async def _agree(self, run: ToolRun) -> BatchOutcome:
        """Show what an edit would change, and ask where the verdict asks."""
        if run.name in _PREVIEWING:
            try:
                await self._preview(run)
            except ToolError as error:
                run.result = failure(error.message, phrase("refused"))
                return BatchOutcome()
        if run.verdict is None or not run.verdict.asks:
            return BatchOutcome()
        command = str(run.arguments.get("command") or "")
        denied = await self._approvals.ask(run.call.id, run.verb, run.subject, command, run.verdict)
        if denied is None:
            return BatchOutcome()
        run.result = refused_by_person(denied.feedback)
        return BatchOutcome(denied=True, feedback=denied.feedback)

    async def _preview(self, run: ToolRun) -> None:
        tool = cast(PreviewingTool, run.tool)
        preview = await tool.preview(run.arguments, self._session.tools)
        self._session.emit(
            events.ToolPreview(
                call_id=run.call.id,
                path=self._shown(preview.path),
                diff=preview.diff,
                added_lines=preview.added_lines,
                removed_lines=preview.removed_lines,
                new_file=preview.new_file,
            )
        )

    # --- running and ending ------------------------------------------------------------------

    async def _finish(self, group: list[ToolRun]) -> None:
        """Run what of `group` has no result yet, side by side; end all in their order; empty it."""
        gate = asyncio.Semaphore(MOST_AT_ONCE)

        async def execute(run: ToolRun) -> None:
            async with gate:
                await self._runner.execute(run)

        async with asyncio.TaskGroup() as tasks:
            running: dict[int, asyncio.Task[None]] = {}
            for place, run in enumerate(group):
                if run.result is None:
                    self._session.emit(events.ToolStarted(call_id=run.call.id))
                    running[place] = tasks.create_task(execute(run))
            for place, run in enumerate(group):
                if place in running:
                    await running[place]
                    await self._tell_hooks(run)
                await self._conclude(run)
        group.clear()

    async def _tell_hooks(self, run: ToolRun) -> None:
        assert run.result is not None
        fields = {"tool_input": run.arguments, "tool_result": run.result.content}
        if run.error:
            await self._hooks.tell("on_tool_error", run.name, **fields, error=run.error)
        else:
            await self._hooks.tell("after_tool_use", run.name, **fields)

    async def _conclude(self, run: ToolRun) -> None:
        """Put the result into the conversation, the stream and the audit log."""
        session, result = self._session, run.result
        assert result is not None
        run.done = True
        content = result.content + run.note
        if result.images and not self.sees_images():
            content += f"\n[The model in use sees no images; {len(result.images)} left out.]"
        elif result.images:
            self._keep_images(run, result.images)
        self._append_result(run.call, content)
        session.emit(
            events.ToolFinished(
                call_id=run.call.id,
                name=run.name,
                ok=result.ok,
                summary=tr(result.summary),
                duration_seconds=run.duration_seconds,
                output=tr(result.output) or result.content,
                card=dict(result.card) if result.card is not None else None,
            )
        )
        if run.name in audit.AUDITED_TOOLS and run.tool is not None:
            await self._record(run, result)

    def _keep_images(self, run: ToolRun, images: tuple[ImagePart, ...]) -> None:
        """Images go to the model after the whole batch, since results must follow their calls."""
        for image in images:
            self._images += [TextPart(f"[Image: {run.subject or run.name}]"), image]

    async def _record(self, run: ToolRun, result: ToolResult) -> None:
        outcome: audit.AuditOutcome = "done" if result.ok else "failed"
        if result is INTERRUPTED:
            outcome = "interrupted"
        elif result.summary in ("refused", "not run"):
            outcome = "refused"
        session = self._session
        entry = audit.AuditEntry(
            now(), session.id, session.working_dir, run.name, run.subject, outcome, result.summary
        )
        secrets = self._runner.known()
        try:
            await asyncio.to_thread(audit.record, paths.audit_log(), entry, secrets)
        except OSError as error:
            if not self._audit_failed:
                self._audit_failed = True
                session.warn(
                    tr(
                        "{audit_log} cannot be written: {strerror}.",
                        audit_log=paths.audit_log(),
                        strerror=error.strerror or error,
                    )
                )

    # --- what is told ------------------------------------------------------------------------

    def _skipped(self, call: ToolCall, outcome: BatchOutcome) -> ToolRun:
        """A call that is not run because of what happened earlier in its batch."""
        if outcome.denied:
            reason = outcome.feedback or "an earlier call of this turn was refused"
            result = not_run(denial(reason), phrase("Not run: an earlier step was refused."))
        else:
            text = "Not run: the question to the user comes first."
            result = not_run(error_content(text), text)
        return self._settled(call, resolve_name(call.name) or call.name, call.name, result)

    def _settled(self, call: ToolCall, name: str, verb: str, result: ToolResult) -> ToolRun:
        """A call that will not run, already told."""
        run = ToolRun(call, name, verb, result=result)
        self._propose(run)
        return run

    def _propose(self, run: ToolRun) -> None:
        self._proposed.append(run)
        self._session.emit(
            events.ToolProposed(
                call_id=run.call.id,
                name=run.name,
                verb=run.verb,
                subject=tr(run.subject),
                arguments=dict(run.arguments),
            )
        )

    def _append_result(self, call: ToolCall, content: str) -> None:
        self._answered += 1
        self._session.append(
            Message(
                role="tool",
                content=content,
                origin=Origin.TOOL,
                tool_call_id=call.id,
                task_id=self._session.task_id,
            )
        )

    def _shown(self, path: Path) -> str:
        try:
            return str(path.relative_to(self._session.working_dir))
        except ValueError:
            return str(path)
