"""Recovery when a provider refuses a conversation as too long: make it fit, then it is sent again.

One step at a time, the gentlest first: cut a single tool result that is most of the conversation;
compress with what was sent before (the provider has taken that much already); compress with only a
half and a quarter of it, which gives up the cache; at last cut the largest tool results. Whatever a
step shows to the model, the rest of the conversation stays in place, and a step that fails changes
nothing (spec/agent-core.md 4.8 with its repairs).
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from clacky_tui import events
from clacky_tui.agent.compression import Compressor
from clacky_tui.agent.compression_plan import RECENT_GROUPS, Plan, group_start, plan_compression
from clacky_tui.agent.model_call import ModelCaller
from clacky_tui.agent.session import Session, now
from clacky_tui.domain.messages import Message
from clacky_tui.domain.token_estimate import conversation_tokens, message_tokens
from clacky_tui.errors import ProviderError
from clacky_tui.i18n import phrase, tr
from clacky_tui.providers.overflow import is_overflow

SHOWN_SHARES: tuple[float | None, ...] = (None, 0.5, 0.25)
"""Part of the conversation, in tokens, that each compression shows; None is what was sent before."""
DOMINANT_SHARE = 0.5
"""A tool result this large is cut at once: no compression could help."""
HEAD_CHARACTERS, TAIL_CHARACTERS = 6_000, 2_000
"""What stays of a result that is cut."""
MAX_CUTS = 12

_CUT = "\n[... {count:,} characters left out here because they do not fit; {where} ...]\n"


class OverflowRecovery:
    """The steps for one request; make a new one for the next request."""

    def __init__(self, session: Session, compressor: Compressor) -> None:
        self._session = session
        self._compressor = compressor
        self._shares = list(SHOWN_SHARES)
        self._cuts_left = MAX_CUTS

    async def step(self, caller: ModelCaller) -> bool:
        """Make the conversation smaller; False when there is nothing left to try.

        Raises:
            ProviderError: the provider fails for another reason.
        """
        if await self._cut_largest(DOMINANT_SHARE):
            return True
        while self._shares:
            plan = self._plan(self._shares.pop(0))
            if plan is None:
                continue
            try:
                await self._compressor.compress(caller, plan, "overflow")
            except ProviderError as error:
                if not is_overflow(error):
                    raise
            else:
                return True
        return await self._cut_largest(0)

    def _plan(self, share: float | None) -> Plan | None:
        messages = self._session.history.messages
        ask_until = None if share is None else _until(messages, share)
        # Short conversations keep fewer messages, or nothing would be left to compress.
        groups = sum(message.role != "tool" for message in messages)
        plan = plan_compression(
            messages,
            groups=min(RECENT_GROUPS, max(groups // 2, 1)),
            tokens=self._compressor.recent_tokens,
            ask_until=ask_until,
        )
        if plan is None or plan.tokens_after >= conversation_tokens(messages):
            return None
        return plan

    async def _cut_largest(self, share: float) -> bool:
        """Cut the largest tool result if it is at least `share` of the conversation."""
        messages = self._session.history.messages
        index = max(range(len(messages)), key=lambda i: _cuttable_tokens(messages[i]), default=0)
        tokens = _cuttable_tokens(messages[index]) if messages else 0
        if not self._cuts_left or not tokens or tokens < share * conversation_tokens(messages):
            return False
        self._cuts_left -= 1
        where = await self._archived(messages, index)
        text = messages[index].text
        count = len(text) - HEAD_CHARACTERS - TAIL_CHARACTERS
        note = _CUT.format(count=count, where=where)
        cut = text[:HEAD_CHARACTERS] + note + text[-TAIL_CHARACTERS:]
        kept = replace(messages[index], content=cut)
        self._compressor.replace((*messages[:index], kept, *messages[index + 1 :]))
        notice = tr(
            "A tool result of {count:,} characters does not fit the model; {where}.",
            count=len(text),
            where=tr(where),
        )
        self._session.emit(events.Notice(level="warning", text=notice))
        return True

    async def _archived(self, messages: tuple[Message, ...], index: int) -> str:
        """Put the whole result aside and say where it is."""
        group = (messages[group_start(messages, index)], messages[index])
        write = partial(
            self._compressor.archive.write,
            group,
            topics="one large tool result, whole",
            archived_at=now(),
            whole_results=True,
        )
        try:
            chunk = await asyncio.to_thread(write)
        except OSError as error:
            return phrase("it could not be archived ({strerror})", strerror=error.strerror)
        return phrase("all of it is in {path}, for file_reader or grep", path=chunk.path)


def _until(messages: tuple[Message, ...], share: float) -> int:
    """Index of the first group that goes beyond `share` of the tokens."""
    left = share * conversation_tokens(messages)
    for index, message in enumerate(messages):
        left -= message_tokens(message)
        if left < 0:
            return group_start(messages, index)
    return len(messages)


def _cuttable_tokens(message: Message) -> int:
    """The size of a tool result that is worth cutting, 0 for any other message."""
    if message.role != "tool" or not isinstance(message.content, str):
        return 0
    worth_cutting = len(message.content) > 2 * (HEAD_CHARACTERS + TAIL_CHARACTERS)
    return message_tokens(message) if worth_cutting else 0
