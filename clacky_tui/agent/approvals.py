"""Verdicts on calls, and the person's answers where a verdict asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clacky_tui import events, paths
from clacky_tui.agent.questions import Questions
from clacky_tui.agent.rules import keep_rules, kept_rules
from clacky_tui.agent.session import Session
from clacky_tui.commands import Approve
from clacky_tui.domain.permissions.findings import rules_of
from clacky_tui.domain.permissions.rules import rule_words
from clacky_tui.domain.permissions.tools import judge
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.domain.verdict import Verdict
from clacky_tui.i18n import tr
from clacky_tui.providers.demo.sample_project import sample_project_of
from clacky_tui.tools.disk_scope import disk_scope
from clacky_tui.tools.wording import one_line


@dataclass(frozen=True, slots=True)
class Denied:
    """The person said no; `feedback` is what they said with it."""

    feedback: str = ""


class Approvals:
    """Judges the calls of one session and asks about them.

    Args:
        session: keeps what was allowed for it.
        questions: where answers arrive.
        attended: False when nobody can be asked; verdicts know it.
    """

    def __init__(self, session: Session, questions: Questions[Approve], *, attended: bool) -> None:
        self._session = session
        self._questions = questions
        self.attended = attended

    async def verdict(self, tool: str, arguments: Mapping[str, Any]) -> Verdict:
        """What happens to this call, judged by where its paths really lead."""
        problems: list[str] = []
        verdict = await asyncio.to_thread(self._judge, tool, self._with_handle(arguments), problems)
        self._session.warn_once(problems)
        return verdict

    async def ask(
        self, call_id: str, verb: str, subject: str, command: str, verdict: Verdict
    ) -> Denied | None:
        """Wait for the person; None means go ahead.

        Args:
            call_id: the call it is about.
            verb: first word of the line a person reads.
            subject: the rest of that line.
            command: the text that `verdict.spans` count in; empty when it is no command.
            verdict: why it asks, and what may be allowed further.
        """
        session = self._session
        request_id, future = self._questions.open()
        line = f"{tr(verb)} {tr(subject)}"
        session.emit(
            events.ApprovalAsked(
                request_id=request_id,
                call_id=call_id,
                question=f"{line}?",
                reason=tr(verdict.why),
                rule=rule_words(verdict.rule),
                danger=spans_in(line, command, verdict.spans),
            )
        )
        try:
            answer = await future
        except asyncio.CancelledError:
            self._given(request_id, call_id, "cancelled")
            raise
        match answer.answer:
            case "yes" | "yes_session" | "yes_always":
                scope = await self._allow(answer.answer, rules_of(verdict.rule))
                self._given(request_id, call_id, "approved", scope)
                return None
            case "feedback" if answer.feedback.strip():
                self._given(request_id, call_id, "feedback", feedback=answer.feedback)
                return Denied(answer.feedback)
            case "cancel":
                self._given(request_id, call_id, "cancelled")
            case _:
                self._given(request_id, call_id, "denied")
        return Denied()

    async def _allow(
        self, answer: Literal["yes", "yes_session", "yes_always"], rules: frozenset[str]
    ) -> Literal["once", "session", "always"]:
        """Keep `rules` for as long as the person said; returns how long that came to be."""
        session = self._session
        if answer == "yes" or not rules:
            return "once"
        if answer == "yes_session":
            session.allowed_rules |= rules
            return "session"
        problems: list[str] = []
        try:
            await asyncio.to_thread(keep_rules, session.working_dir, rules, problems)
        except OSError as error:
            session.warn(
                tr(
                    "{permissions_file} cannot be written ({strerror}); this is allowed for the "
                    "session only.",
                    permissions_file=paths.permissions_file(),
                    strerror=error.strerror,
                )
            )
            session.allowed_rules |= rules
            return "session"
        session.warn_once(problems)
        return "always"

    def _judge(self, tool: str, arguments: Mapping[str, Any], problems: list[str]) -> Verdict:
        session = self._session
        folder = session.working_dir
        if session.simulated:  # the demo model works in a project of its own
            place = str(arguments.get("path") or arguments.get("cwd") or "")
            folder = sample_project_of(place) or folder
        scope = disk_scope(
            folder,
            session.mode,
            allowed_rules=kept_rules(session.working_dir, problems) | session.allowed_rules,
            attended=self.attended,
        )
        return judge(tool, arguments, scope)

    def _with_handle(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """`arguments`, with the command that a `handle_id` among them stands for."""
        task = self._session.tools.background.get(str(arguments.get("handle_id") or ""))
        return arguments if task is None else {**arguments, "handle_command": task.command}

    def _given(
        self,
        request_id: str,
        call_id: str,
        decision: events.ApprovalDecision,
        scope: Literal["once", "session", "always"] = "once",
        feedback: str = "",
    ) -> None:
        self._session.emit(
            events.ApprovalGiven(
                request_id=request_id,
                call_id=call_id,
                decision=decision,
                scope=scope,
                feedback=feedback,
            )
        )


def spans_in(line: str, command: str, spans: tuple[Span, ...]) -> tuple[tuple[int, int], ...]:
    """Where the pieces `spans` of `command` stand in `line`, which shows it as one line.

    A piece that cannot be found again is left out.
    """
    found: list[tuple[int, int]] = []
    for span in spans:
        piece = one_line(command[span.start : span.end])
        before = len(one_line(command[: span.start]))
        start = line.find(piece, before) if piece else -1
        if start >= 0:
            found.append((start, start + len(piece)))
    return tuple(found)
