"""Lets a project's own hooks in once the person has said so."""

from __future__ import annotations

import asyncio

from clacky_tui import events, paths
from clacky_tui.agent.questions import Questions
from clacky_tui.agent.session import Session, now
from clacky_tui.agent.trust import Supplied, decision_on, keep_decision, read_supplied
from clacky_tui.commands import AnswerTrust
from clacky_tui.config.hooks import ShellHooks
from clacky_tui.i18n import tr, tr_count, tr_noop
from clacky_tui.paths import shorten_home

ASK_AGAIN = tr_noop("/trust asks again.")


class ProjectGate:
    """Decides for one session, asking at most once for its working directory.

    Args:
        session: tells the question.
        questions: where the answer arrives.
        attended: False trusts nothing that was not trusted before.
    """

    def __init__(
        self, session: Session, questions: Questions[AnswerTrust], *, attended: bool
    ) -> None:
        self._session = session
        self._questions = questions
        self._attended = attended
        self._settling: asyncio.Task[ShellHooks] | None = None

    async def open(self, *, again: bool = False) -> None:
        """Look at the working directory anew; `again` asks although an answer is known."""
        await self.close()
        self._settling = asyncio.create_task(self._settle(again=again))

    async def hooks(self) -> ShellHooks:
        """The hooks of a trusted project; waits for the answer while it is asked about."""
        return {} if self._settling is None else await asyncio.shield(self._settling)

    async def close(self) -> None:
        """Take an open question back."""
        settling, self._settling = self._settling, None
        if settling is not None:
            settling.cancel()
            await asyncio.wait([settling])

    async def _settle(self, *, again: bool) -> ShellHooks:
        session = self._session
        supplied = await asyncio.to_thread(read_supplied, session.working_dir)
        for problem in supplied.problems:
            session.warn(problem)
        if not supplied.lines:
            if again:
                session.warn(tr("This project brings no configuration of its own."))
            return {}
        problems: list[str] = []
        decision = None if again else await asyncio.to_thread(decision_on, supplied, problems)
        session.warn_once(problems)
        if decision is None and self._attended:
            return await self._ask(supplied)
        if decision == "trusted":
            return supplied.hooks
        session.warn(_unused(supplied, self._attended))
        return {}

    async def _ask(self, supplied: Supplied) -> ShellHooks:
        session = self._session
        request_id, future = self._questions.open()
        folder = str(supplied.folder)
        session.emit(
            events.TrustAsked(
                request_id=request_id, folder=folder, items=tuple(map(tr, supplied.lines))
            )
        )
        try:
            answer = (await future).answer
        except asyncio.CancelledError:
            session.emit(events.TrustGiven(request_id=request_id, decision="withdrawn"))
            raise
        if answer != "later":
            problems: list[str] = []
            try:
                await asyncio.to_thread(keep_decision, supplied, answer, now(), problems)
            except OSError as error:
                session.warn(
                    tr(
                        "{trust_file} cannot be written: {strerror}.",
                        trust_file=paths.trust_file(),
                        strerror=error.strerror or error,
                    )
                )
            session.warn_once(problems)
        session.emit(events.TrustGiven(request_id=request_id, decision=answer))
        if answer == "trusted":
            return supplied.hooks
        session.warn(_unused(supplied, self._attended))
        return {}


def _unused(supplied: Supplied, attended: bool) -> str:
    why = tr(ASK_AGAIN) if attended else tr("Open the project in the full screen once to trust it.")
    return tr_count(
        "{folder} brings {n} hook of its own, not used. {why}",
        "{folder} brings {n} hooks of its own, not used. {why}",
        len(supplied.lines),
        folder=shorten_home(supplied.folder),
        why=why,
    )
