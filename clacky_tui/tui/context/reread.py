"""What it costs to have a conversation read without the cache. Blocking: call it on a thread."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from clacky_tui.billing.prices import user_price_book
from clacky_tui.domain.usage import Usage
from clacky_tui.tui.context.figures import ContextFigures


def cost_of_switch(figures: ContextFigures, model: str, at: datetime) -> Decimal | None:
    """USD for `model` to read, at `at` (aware), what the provider now holds for another one; None
    when its price is unknown."""
    price = user_price_book().price(model, "", at)
    return None if price is None else price.cost(_anew(figures))


def cost_of_expiry(figures: ContextFigures, at: datetime) -> Decimal | None:
    """USD that a request at `at` (aware) pays more when the cache has gone cold; None when the price
    is unknown or nothing lies in the cache."""
    if figures.expires_at is None:
        return None
    price = user_price_book().price(figures.model, figures.provider, at)
    if price is None:
        return None
    warm = price.cost(Usage(cache_read_tokens=figures.prefix_tokens))
    return price.cost(_anew(figures)) - warm


def _anew(figures: ContextFigures) -> Usage:
    """The tokens of the prefix as a cold request is billed for them."""
    tokens = figures.prefix_tokens
    if figures.writes_are_counted:
        return Usage(cache_creation_tokens=tokens)
    return Usage(input_tokens=tokens)
