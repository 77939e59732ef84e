"""One real request to a model that is about to be configured, and what of its entry is wrong."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal

from clacky_tui.agent.bookkeeping import Bookkeeper, check_budgets
from clacky_tui.agent.budget_watch import limits_of
from clacky_tui.agent.model_test import MAX_OUTPUT_TOKENS, QUESTION, TIME_LIMIT_SECONDS
from clacky_tui.agent.session import Session
from clacky_tui.agent.side_request import SideAnswer, ask_aside
from clacky_tui.agent.target import Target, configured_target
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.prices import user_price_book
from clacky_tui.config.settings import ModelEntry, load_settings
from clacky_tui.domain.messages import Message, Origin, ToolSchema
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr

Culprit = Literal["url", "key", "model", "tools", "other"]

_TOOL = ToolSchema(
    "read_clock",
    "Tells the time of day.",
    {"type": "object", "properties": {}, "additionalProperties": False},
)
_CULPRITS: dict[str, Culprit] = {
    "network": "url",
    "url": "url",
    "bad_reply": "url",
    "config": "url",
    "auth": "key",
    "forbidden": "key",
    "credit": "key",
    "model": "model",
}
"""What to look at first, by the code of the error."""
_ABOUT_TOOLS = re.compile(r"\btools?\b|\bfunctions?\b", re.IGNORECASE)
_ABOUT_MODEL = re.compile(r"\bmodel", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProbedModel:
    """What became of it. `cost` in USD, None when unknown or when nothing was sent."""

    error: ClackyError | None = None
    """Why the entry cannot be used; None when the model answered."""
    culprit: Culprit | None = None
    """What of the entry is wrong; None when the model answered."""
    duration_seconds: float = 0.0
    cost: Decimal | None = None


class Probe:
    """Asks the model of `entry` a word, offering it a tool, and books what it costs as a `test`.

    Args:
        entry: need not be configured yet; the budgets that are configured hold.
        limit_seconds: after which a model that has not finished has failed.
    """

    def __init__(self, entry: ModelEntry, *, limit_seconds: float = TIME_LIMIT_SECONDS) -> None:
        self._entry = entry
        self._limit_seconds = limit_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[ProbedModel] | None = None
        self._cancelled = False

    def run(self) -> ProbedModel:
        """Ask and wait for the answer; for a thread without a loop.

        Raises:
            asyncio.CancelledError: `cancel` was called.
        """
        return asyncio.run(self._ask_cancellably())

    def cancel(self) -> None:
        """End `run` soon; from any thread."""
        self._cancelled = True
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def _ask_cancellably(self) -> ProbedModel:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        if self._cancelled:
            raise asyncio.CancelledError
        return await self._probe()

    async def _probe(self) -> ProbedModel:
        try:
            target = await asyncio.to_thread(configured_target, self._entry)
        except ClackyError as error:
            return ProbedModel(error, "key" if "api_key" in error.message else "url")
        try:
            return await self._ask(target)
        except ClackyError as error:  # a budget is used up
            return ProbedModel(error, "other")
        finally:
            await target.close()

    async def _ask(self, target: Target) -> ProbedModel:
        settings = await asyncio.to_thread(load_settings)
        session = Session(
            working_dir=Path.cwd(),
            mode=PermissionMode.CONFIRM_SAFES,
            model=target.model,
            simulated=False,
            deliver=lambda _: None,
            limits=limits_of(settings),
        )
        ledger = default_ledger(simulated=False)
        await check_budgets(session, ledger, turns_done=0)
        prices = await asyncio.to_thread(user_price_book)
        ask = partial(
            ask_aside,
            target,
            (Message("user", QUESTION, Origin.USER),),
            Bookkeeper(session, ledger, prices),
            purpose="test",
            session_id=session.id,
            max_output_tokens=MAX_OUTPUT_TOKENS,
            limit_seconds=self._limit_seconds,
        )
        answer = await ask(tools=(_TOOL,))
        error = answer.error
        if error is not None and _may_be_the_tool(error):
            without = await ask()
            if without.error is None:
                return _no_tools(self._entry.model, error, without)
            answer, error = without, without.error
        culprit = None if error is None else _culprit_of(error)
        return ProbedModel(error, culprit, answer.duration_seconds, answer.cost)


def _may_be_the_tool(error: ClackyError) -> bool:
    return error.code in ("bad_request", "http") or _ABOUT_TOOLS.search(error.message) is not None


def _no_tools(model: str, error: ClackyError, without: SideAnswer) -> ProbedModel:
    problem = ClackyError(
        tr(
            "{model} answers, but not when it is offered a tool: {problem}",
            model=model,
            problem=error.message,
        ),
        code="tools",
        hint=tr("The agent works with tools: choose a model that can call them."),
    )
    return ProbedModel(problem, "tools", without.duration_seconds, without.cost)


def _culprit_of(error: ClackyError) -> Culprit:
    if error.code in ("bad_request", "http") and _ABOUT_MODEL.search(error.message):
        return "model"
    return _CULPRITS.get(error.code, "other")
