"""Where the cache breakpoints of a request go, and how long what they write should live.

Anthropic reads a prefix only where an earlier request left a mark, found from a mark of this request
at most 20 content blocks back (documentation of prompt caching). What is read costs a tenth of fresh
input, so a mark always stands again on the deepest place that is still cached. Marks cost nothing
by themselves: what is written is billed once, up to the last mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from clacky_tui.agent.prefix_digests import PrefixDigests
from clacky_tui.domain.messages import Message, Origin
from clacky_tui.domain.pricing import Rates
from clacky_tui.providers.base import (
    CACHE_LIFETIME_SECONDS,
    MAX_CACHE_MARKS,
    CacheLifetime,
    CachePlan,
)

ROLLING_MARKS = 2
"""Marks on messages while the tools carry one too."""

BRIDGE_BLOCKS = 15
"""Content blocks between two marks above which another is put between, well inside the look-back."""

_SCAFFOLDING = frozenset({Origin.SESSION_CONTEXT, Origin.NOTICE, Origin.PROMPT, Origin.SHELL})
_SHORT: CacheLifetime = "5m"
_LONG: CacheLifetime = "1h"


def choose_marks(messages: Sequence[Message]) -> tuple[int, ...]:
    """Indexes of the messages that carry a mark, ascending: the ends of the last two inputs.

    An input is what the person typed or one batch of tool results, in which only the last carries
    the mark because they travel as one message. Replies are skipped: a request never ends on one,
    so no earlier request can have left a mark there. Scaffolding is skipped too.
    """
    marks: list[int] = []
    for index in range(len(messages) - 1, -1, -1):
        if not _is_input(messages[index]):
            continue
        following = messages[index + 1 : index + 2]
        if messages[index].role == "tool" and following and following[0].role == "tool":
            continue
        marks.append(index)
        if len(marks) == ROLLING_MARKS:
            break
    return tuple(reversed(marks))


def content_blocks(message: Message) -> int:
    """How many blocks of the look-back `message` takes up, at most."""
    if message.role == "tool":
        return 1
    parts = 1 if isinstance(message.content, str) else len(message.content)
    thinking = 1 if message.reasoning else 0
    return max(1, thinking + parts + len(message.tool_calls))


def bridge_mark(messages: Sequence[Message], earlier: int, later: int) -> int | None:
    """A place for a mark between those at `earlier` and `later`, or None when they are close enough.

    It is the first input within `BRIDGE_BLOCKS` before `later`: should the provider lose what was
    written there, the look-back of the next request still reaches this one.
    """
    distance = 0
    found = None
    for index in range(later, earlier, -1):
        distance += content_blocks(messages[index])
        if distance > BRIDGE_BLOCKS:
            return found
        if _is_input(messages[index - 1]):
            found = index - 1
    return None


def history_lifetime(rates: Rates | None, pauses: Sequence[timedelta]) -> CacheLifetime:
    """How long the history should stay cached, by what it costs.

    Args:
        rates: of the model; None (price unknown) keeps to the short lifetime.
        pauses: the waits of this session after which the short lifetime was over. The rest of a
            session is taken to be like what has passed.

    Per token of history, with `b` pauses of up to an hour and `l` longer ones ahead, five minutes
    cost ``write x (1 + b + l)`` and an hour ``write_1h x (1 + l) + read x b``. At Anthropic's
    rates (1.25, 2 and 0.1 times the input) the hour pays above ``b = 0.65 x (1 + l)``: from the
    first such pause on, and not before one was seen.
    """
    if rates is None:
        return _SHORT
    hour = timedelta(seconds=CACHE_LIFETIME_SECONDS[_LONG])
    bridged = sum(pause < hour for pause in pauses)
    longer = len(pauses) - bridged
    short_cost = rates.cache_write * (1 + bridged + longer)
    long_cost = rates.cache_write_1h * (1 + longer) + rates.cache_read * bridged
    return _LONG if long_cost < short_cost else _SHORT


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a request has left in the cache, on the message at `index`.

    `certain` once the provider has answered it.
    """

    index: int
    lifetime: CacheLifetime
    used_at: datetime
    certain: bool

    def alive(self, at: datetime) -> bool:
        return (at - self.used_at).total_seconds() < CACHE_LIFETIME_SECONDS[self.lifetime]


@dataclass(slots=True)
class CachePlanner:
    """Remembers where marks were left and plans those of the next request.

    A `route` is whatever has a cache of its own: a model, and its reasoning level, since another
    level reads nothing of what was written before.
    """

    prefix_lifetime: CacheLifetime = _LONG
    """Of tools and system prompt: they are the same in every session, so they are kept warm."""
    prefixes: PrefixDigests = field(default_factory=PrefixDigests)
    _routes: dict[str, dict[str, _Mark]] = field(default_factory=dict)
    """Marks by the digest of all they cover, so that one counts wherever that is sent again."""
    _pauses: list[timedelta] = field(default_factory=list)
    _last_sent_at: datetime | None = None

    def plan(
        self, messages: tuple[Message, ...], route: str, at: datetime, rates: Rates | None
    ) -> CachePlan:
        """The marks for a request with `messages` that is about to be sent at `at` (aware)."""
        self._note_pause(at)
        live = self._live_marks(messages, route, at)
        certain = [index for index, mark in live.items() if mark.certain]
        inputs = choose_marks(messages)
        if not certain:
            lifetime = history_lifetime(rates, self._pauses)
            return self._with_bridge(messages, set(inputs) | set(live), lifetime)
        anchor = max(certain)
        # What was written with the short lifetime stays so: a longer one would be paid in vain.
        lifetime = live[anchor].lifetime
        return self._with_bridge(messages, {anchor, *inputs[-1:], *list(live)[-1:]}, lifetime)

    def holds(self, messages: tuple[Message, ...], route: str, at: datetime) -> bool:
        """Whether a request with `messages` at `at` (aware) may find some of them cached on `route`."""
        return bool(self._live_marks(messages, route, at))

    def sent(
        self,
        messages: tuple[Message, ...],
        plan: CachePlan,
        route: str,
        at: datetime,
        *,
        answered: bool,
    ) -> None:
        """Remember a request that was sent at `at`; `answered` when the provider reported its usage.

        Otherwise its marks may or may not have been written.
        """
        prefixes = self.prefixes.of(messages)
        marks = [(index, prefixes[index]) for index in plan.marks]
        self.note_marks(marks, plan.history_lifetime, route, at, answered=answered)

    def note_marks(
        self,
        marks: Sequence[tuple[int, str]],
        lifetime: CacheLifetime,
        route: str,
        at: datetime,
        *,
        answered: bool,
    ) -> None:
        """Remember the marks of a request: of each its index and the digest of all up to there."""
        self._note_pause(at)
        self._last_sent_at = at
        left = {
            prefix: mark for prefix, mark in self._routes.get(route, {}).items() if mark.alive(at)
        }
        for index, prefix in marks:
            known = left.get(prefix)
            if known is None or not known.certain:
                left[prefix] = _Mark(index, lifetime, at, answered)
            elif answered:
                left[prefix] = replace(known, used_at=at)
        self._routes[route] = left

    def _live_marks(
        self, messages: tuple[Message, ...], route: str, at: datetime
    ) -> dict[int, _Mark]:
        """The marks left earlier that stand in an unchanged prefix of `messages`, ascending."""
        left = self._routes.get(route, {})
        live = [mark for mark in left.values() if mark.index < len(messages) and mark.alive(at)]
        if not live:
            return {}
        prefixes = self.prefixes.of(messages)
        standing = (mark for mark in live if left.get(prefixes[mark.index]) is mark)
        return {mark.index: mark for mark in sorted(standing, key=lambda mark: mark.index)}

    def _with_bridge(
        self, messages: tuple[Message, ...], marks: set[int], lifetime: CacheLifetime
    ) -> CachePlan:
        """The plan with at most three `marks`; above two the tools go without, as the mark of the
        system prompt covers them."""
        chosen = sorted(marks)[-(MAX_CACHE_MARKS - 1) :]
        if len(chosen) == ROLLING_MARKS:
            bridge = bridge_mark(messages, chosen[0], chosen[1])
            if bridge is not None and bridge not in chosen:
                chosen = sorted([*chosen, bridge])
        return CachePlan(
            marks=tuple(chosen),
            mark_tools=len(chosen) <= ROLLING_MARKS,
            prefix_lifetime=self.prefix_lifetime,
            history_lifetime=lifetime,
        )

    def _note_pause(self, at: datetime) -> None:
        if self._last_sent_at is None:
            return
        wait = at - self._last_sent_at
        if wait.total_seconds() >= CACHE_LIFETIME_SECONDS[_SHORT]:
            self._pauses.append(wait)
            # The same wait must not count twice when the request is planned anew.
            self._last_sent_at = at


def _is_input(message: Message) -> bool:
    return message.role != "assistant" and message.origin not in _SCAFFOLDING
