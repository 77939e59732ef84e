"""The currency amounts are shown in: what a person chose, and choosing another while the app runs.

Everything is kept and added up in USD; only `domain.money.format_usd` converts.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from clacky_tui.config.preferences import Preferences, save_preference
from clacky_tui.domain.money import Currency, currency_of, show_amounts_in, shown_currency
from clacky_tui.errors import ConfigError

if TYPE_CHECKING:
    from clacky_tui.tui.chat.transcript import Transcript
    from clacky_tui.tui.router import Router

CURRENCY_LINE = "Amounts are shown in {code}: 1 USD = {rate} {code}."
CHOOSE_LINE = "Another: /currency CODE, or with a rate of your own: /currency CODE RATE."
NOT_KEPT = "The currency is not kept for the next start: {reason}"


class Currencies:
    """Mixed into the app."""

    preferences: Preferences
    _router: Router | None
    _transcript: Transcript

    def start_currency(self) -> None:
        """Show amounts as the preferences say; a wrong one was left out when they were read."""
        chosen = self.preferences
        show_amounts_in(currency_of(chosen.currency, chosen.exchange_rate))

    def show_amounts(self) -> None:
        """Show every amount anew, in the currency of the preferences."""
        self.start_currency()
        self._transcript.redraw()
        if self._router is not None:
            self._router.show_amounts_again()

    def action_show_currency(self) -> None:
        self._transcript.add_notice("info", _words(shown_currency()), CHOOSE_LINE)

    async def action_set_currency(self, line: str) -> None:
        """Take "EUR", or "EUR 0.92", and keep it; everything on the screen is shown anew."""
        code, _, rate = line.strip().partition(" ")
        try:
            chosen = currency_of(code, rate)
        except ValueError as error:
            self._transcript.add_notice("error", str(error), CHOOSE_LINE)
            return
        self.preferences = replace(
            self.preferences, currency=chosen.code, exchange_rate=rate.strip()
        )
        self.show_amounts()
        self._transcript.add_notice("info", _words(chosen))
        try:
            await asyncio.to_thread(save_preference, "currency", chosen.code)
            await asyncio.to_thread(save_preference, "exchange_rate", rate.strip() or None)
        except (ConfigError, OSError) as error:
            self._transcript.add_notice("error", NOT_KEPT.format(reason=error))


def _words(currency: Currency) -> str:
    return CURRENCY_LINE.format(code=currency.code, rate=f"{currency.per_usd:f}")
