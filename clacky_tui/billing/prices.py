"""The price book: every price source in its order, and the one answer for a request.

The order is: what the provider says the request cost; the user's own file; the list that
`clacky pricing update` took over; our table; the genai-prices catalogue; unknown. The first that
knows the model at that time decides.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from clacky_tui.billing.price_catalogue import catalogue_price
from clacky_tui.billing.price_overrides import PriceOverrides, read_overrides
from clacky_tui.billing.price_update import read_update
from clacky_tui.domain.money import EXACT, is_plausible_cost
from clacky_tui.domain.pricing import Cost, Price, price_for
from clacky_tui.domain.usage import Usage


class PriceBook:
    """Answers what a model costs. Blocks on its first unusual model: call it from a thread.

    Args:
        overrides: the user's own prices.
        update: a newer price list than ours.
    """

    def __init__(
        self, overrides: PriceOverrides | None = None, update: PriceOverrides | None = None
    ) -> None:
        self._overrides = overrides or PriceOverrides()
        self._update = update or PriceOverrides()

    @property
    def problems(self) -> tuple[str, ...]:
        """What in the user's file could not be used, a sentence each; shown, never fatal."""
        return self._overrides.problems + self._update.problems

    def price(self, model: str, provider: str, at: datetime) -> Price | None:
        """The price of a request to `model` sent at `at` (aware), or None when no source knows it.

        Args:
            model: the name the request is sent with.
            provider: the provider's id or host; empty when not known.
            at: prices change with the date, some with the hour.
        """
        own, newer = self._overrides.price_for(model), self._update.price_for(model)
        for price in (own, newer):
            if price is not None and price.holds_at(at):
                return price
        # Before its first day a price is better than none, where nobody knows another.
        return price_for(model, at) or catalogue_price(model, provider, at) or own or newer

    def cost(
        self,
        model: str,
        provider: str,
        usage: Usage | None,
        at: datetime,
        api_cost: Decimal | None = None,
    ) -> Cost:
        """What one request came to. `price_source` is ``api``, ``override:pricing.yml``,
        ``table:octo-0.11.2``, ``genai-prices 0.2.3`` or empty.

        Args:
            model: the name the request was sent with.
            provider: the provider's id or host.
            usage: tokens used, or None when the provider never reported them.
            at: when the request was sent, aware.
            api_cost: the provider's own figure in USD; a nonsensical one (negative, not finite) is ignored.
        """
        if api_cost is not None and is_plausible_cost(api_cost):
            return Cost(api_cost, "api", "api")
        price = self.price(model, provider, at) if usage is not None else None
        if price is None or usage is None:
            return Cost(None, "unknown")
        fees = price.fees(usage)
        if fees is None:
            return Cost(None, "unknown")
        return Cost(EXACT.add(price.cost(usage), fees), "price", price.source)


def user_price_book() -> PriceBook:
    """The price book with this user's own prices, as the files are now."""
    return PriceBook(read_overrides(), read_update())
