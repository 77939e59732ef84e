"""What compressing now is worth, in words that fit any width."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from rich.cells import cell_len
from textual.content import Content

from clacky_tui import events
from clacky_tui.domain.idle_choice import CompressionCosts
from clacky_tui.i18n import use_language
from clacky_tui.tui.context.compression import CompressionOffer, offer_compression, offer_lines
from clacky_tui.tui.context.figures import ContextFigures

NOON = datetime(2026, 5, 22, 12).astimezone()
COSTS = CompressionCosts(*map(Decimal, ("0.02", "0.03", "0.04", "0.5", "0.2")))


def session(model: str, compressed_tokens: int | None, *, warm: bool = True) -> ContextFigures:
    return ContextFigures(
        model=model,
        gauge=events.ContextGauged(
            categories={"chat": 60_000, "system": 1_000},
            window_tokens=None,
            compressed_tokens=compressed_tokens,
        ),
        expires_at=NOON + timedelta(seconds=1 if warm else 0),
    )


def words(offer: CompressionOffer, width: int = 200) -> str:
    return "\n".join(line.plain for line in offer_lines(offer, Content(""), width, 3))


def test_without_anything_to_compress_nothing_is_offered(clacky_home: object) -> None:
    assert offer_compression(ContextFigures(), NOON) is None
    assert offer_compression(session("claude-sonnet-4-6", None), NOON) is None


def test_a_warm_cache_makes_the_next_request_cheap_as_it_is(clacky_home: object) -> None:
    warm = offer_compression(session("claude-sonnet-4-6", 9_000), NOON)
    cold = offer_compression(session("claude-sonnet-4-6", 9_000, warm=False), NOON)
    assert warm is not None and warm.costs is not None
    assert cold is not None and cold.costs is not None
    assert (warm.context_tokens, warm.compressed_tokens) == (61_000, 9_000)
    assert warm.costs.next_as_it_is == 61_000 * Decimal("0.3") / 1_000_000
    assert cold.costs.next_as_it_is == 61_000 * Decimal("3.75") / 1_000_000
    assert warm.costs.next_compressed == cold.costs.next_compressed


def test_an_unknown_price_is_said_to_be_unknown(clacky_home: object) -> None:
    offer = offer_compression(session("nobody-knows", 9_000), NOON)
    assert offer is not None and offer.costs is None
    assert words(offer) == "61,000 tokens would be 9,000 · the price of this model is not known"


def test_what_is_saved_or_lost_is_said_in_so_many_words() -> None:
    assert words(CompressionOffer(61_000, 9_000, COSTS)) == (
        "61,000 tokens would be 9,000 · compressing costs ~$0.0400 · "
        "next request ~$0.0300, not ~$0.0200 · 10 requests later ~$0.3000 saved"
    )
    dearer = CompressionCosts(*map(Decimal, ("0.02", "0.03", "0.04", "0.2", "0.5")))
    assert words(CompressionOffer(61_000, 9_000, dearer)).endswith(
        "10 requests later ~$0.3000 dearer"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [38, 58, 78, 98])
def test_no_line_is_wider_than_the_screen(width: int, language: str) -> None:
    try:
        use_language(language)
        lines = words(CompressionOffer(1_234_567, 61_204, COSTS), width).splitlines()
    finally:
        use_language("en")
    assert max(map(cell_len, lines)) <= width
