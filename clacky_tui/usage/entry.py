"""What one model request used, whichever program made it: the one schema of all histories.

After spec/usage-sources.md 2.1. None and 0 are different facts in every counter.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import blake2b
from struct import Struct
from typing import Annotated, Literal

import msgspec

PICO = 10**12
"""Parts of a USD in which costs are kept: a rate of six decimals per million tokens is whole in it."""
MOST_PICO = 10**16
"""10,000 USD: no single request costs more; a greater figure is damage."""
MOST_TOKENS = 10**12
Tokens = Annotated[int, msgspec.Meta(ge=0, le=MOST_TOKENS)] | None
"""A number of tokens in a struct that is decoded: what cannot be one is left out."""

_unpack_int64 = Struct(">q").unpack

Precision = Literal["call", "run", "session", "day", "file-mtime"]
CostKind = Literal["recorded", "estimated", "included", "unknown"]
Confidence = Literal[
    "exact", "aggregate", "inferred", "inferred-model", "lower-bound", "snapshot", "unknown"
]


class UsageEntry(msgspec.Struct, gc=False):
    """One model request, or several that a history tells of as one.

    Tokens are classes that do not overlap, except that reasoning is part of output. A struct is made
    four times as fast as a dataclass, and a gigabyte of histories holds a quarter of a million.
    """

    session: str
    at: float
    """Seconds since the epoch."""
    model: str | None
    """None when not known; never a guess."""
    key: str
    """The same for every copy of this request in any file of the agent."""
    provider: str | None = None
    protocol: str | None = None
    project: str | None = None
    """The working directory where it is known."""
    parent_session: str | None = None
    task: str | None = None
    """What it was for, where a history says so: a sub-agent's id, "compression"."""
    input: int | None = None
    """Prompt tokens at full price."""
    cache_read: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    cache_write_untimed: int | None = None
    output: int | None = None
    """Every generated token that is billed, reasoning included."""
    reasoning: int | None = None
    requests: int = 1
    """0 where the number is not known, more than 1 in a sum."""
    recorded_pico: int | None = None
    """What the history says it cost, in 10**-12 USD. 0 beside tokens means that nobody priced it."""
    included: bool = False
    """Paid by a subscription, so that a price is only what it would have cost."""
    credits: float | None = None
    credits_unit: str | None = None
    precision: Precision = "call"
    """How exactly `at` is known."""
    confidence: Confidence = "exact"
    rank: int = 0
    """Of several entries with one key the highest counts."""
    group: str = ""
    """Entries of a group with less than its highest `group_rank` do not count: two histories of one
    session, of which one knows more."""
    group_rank: int = 0

    @property
    def total_tokens(self) -> int:
        """Every known token, reasoning once."""
        classes = (
            self.input,
            self.cache_read,
            self.cache_write_5m,
            self.cache_write_1h,
            self.cache_write_untimed,
            self.output,
        )
        return sum(filter(None, classes))

    @property
    def is_aggregate(self) -> bool:
        """Whether it stands for more than one request, so that a price by size cannot apply."""
        return self.confidence in ("aggregate", "snapshot") or self.requests != 1


def to_pico(usd: Decimal | float | int | str | None) -> int | None:
    """USD as whole 10**-12 parts, rounded half to even; None for what is no plausible cost."""
    if usd is None or isinstance(usd, bool):
        return None
    try:
        pico = int((Decimal(str(usd)) * PICO).to_integral_value(ROUND_HALF_EVEN))
    except (ArithmeticError, ValueError):
        return None
    return pico if 0 <= pico < MOST_PICO else None


def to_usd(pico: int | None) -> Decimal | None:
    """The inverse of `to_pico`, exact."""
    return None if pico is None else Decimal(pico).scaleb(-12).normalize()


def count(value: object) -> int | None:
    """`value` as a number of tokens; None for everything that cannot be one."""
    if type(value) is int:  # nearly always
        return value if 0 <= value <= MOST_TOKENS else None
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and 0 <= value <= MOST_TOKENS else None


def key_hash(agent: str, key: str) -> int:
    """`key` as a signed 64-bit number: one in four billion pairs of 10**5 keys would collide."""
    text = f"{agent}\0{key}"
    try:
        name = text.encode()
    except UnicodeEncodeError:
        name = text.encode("utf-8", "replace")
    number: int = _unpack_int64(blake2b(name, digest_size=8).digest())[0]
    return number
