"""Chooses the model: what each asks per million tokens, how soon it answered, what a switch costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.domain.money import format_price, format_tokens, format_usd
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.tui.context.figures import ContextFigures
from clacky_tui.tui.glyphs import current_glyphs
from clacky_tui.tui.pickers.rows import Row
from clacky_tui.tui.pickers.sheet import Sheet
from clacky_tui.wording import format_duration

if TYPE_CHECKING:
    from clacky_tui import events
    from clacky_tui.config.settings import ModelEntry, Settings

BUSY_TITLE = tr_noop(
    "Model: The agent is answering. Wait for it or stop it with ctrl+c, then switch."
)
BUSY_WORDS = tr_noop("The agent is answering. Wait for it or stop it with ctrl+c, then switch.")


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be switched to. None is what is not known; prices are USD per million."""

    name: str
    input_price: Decimal | None
    output_price: Decimal | None
    switch_cost: Decimal | None
    """USD for reading the conversation anew."""


def priced_models(
    entries: Sequence[ModelEntry], figures: ContextFigures, at: datetime
) -> list[Model]:
    """The models of `entries` and the one in use, each once; reads the price table: on a thread."""
    from clacky_tui.billing.prices import user_price_book
    from clacky_tui.tui.context.reread import cost_of_switch

    book = user_price_book()
    names = dict.fromkeys(
        name for name in (figures.model, *(entry.model for entry in entries)) if name
    )
    models = []
    for name in names:
        price = book.price(name, "", at)
        models.append(
            Model(
                name,
                price.base.input if price else None,
                price.base.output if price else None,
                cost_of_switch(figures, name, at) if figures.prefix_tokens else None,
            )
        )
    return models


class ModelPicker(Sheet[str]):
    """Gives the name of a model. The models are read after it is on the screen.

    Args:
        load: reads settings and the model in use; called on a thread.
        figures: of the session; its model is the one in use.
        clock: the present, timezone-aware.
        latencies: seconds to the first token by model, of its last request.
        tested: how the last test of each model went.
        is_busy: whether the agent responds, when nothing can be switched.
        benchmark: asks every model a word.
    """

    TITLE_WORDS = tr_noop("Model")
    EMPTY_WORDS = tr_noop("Reading …")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "switch"),
        Binding("b", "benchmark", "benchmark", tooltip="ask every model a word, and time it"),
    ]

    def __init__(
        self,
        load: Callable[[], tuple[Settings, ModelEntry | None]],
        figures: ContextFigures,
        clock: Callable[[], datetime],
        *,
        latencies: Callable[[], dict[str, float]],
        tested: Callable[[], dict[str, events.ModelTested]],
        is_busy: Callable[[], bool],
        benchmark: Callable[[], None],
    ) -> None:
        super().__init__()
        self._models: list[Model] = []
        self._load = load
        self._figures = figures
        self._clock = clock
        self._latencies = latencies
        self._tested = tested
        self._asked: dict[str, events.ModelTested] | None = None
        """The tests known when a benchmark was asked for; a model still in them is being asked."""
        self._is_busy = is_busy
        self._benchmark = benchmark

    def opened(self) -> None:
        self.run_worker(self._find())

    async def _find(self) -> None:
        try:
            settings, entry = await asyncio.to_thread(self._load)
        except ClackyError as error:
            self.tell(f"{error.message} {error.hint}".strip())
            return
        known = [*settings.models, *([entry] if entry else [])]
        self._models = await asyncio.to_thread(priced_models, known, self._figures, self._clock())
        self.refresh_rows()
        self.view.choose(self._figures.model)

    def rows(self) -> list[Row[str]]:
        waits = self._is_busy()
        self.retitle(tr(BUSY_TITLE) if waits else tr(self.TITLE_WORDS))
        return [self._row(model) for model in self._models]

    def _row(self, model: Model) -> Row[str]:
        figures = [words] if (words := self._latency_words(model.name)) else []
        if model.input_price is not None and model.output_price is not None:
            prices = tr(
                "{input_price}/{output_price} per M",
                input_price=format_price(model.input_price),
                output_price=format_price(model.output_price),
            )
            figures.append(prices)
        else:
            figures.append(tr("price unknown"))
        note = tr("in use") if model.name == self._figures.model else self._switch_words(model)
        return Row(model.name, note, " · ".join(figures), model.name, self._detail_of(model))

    def _latency_words(self, name: str) -> str:
        glyphs, tested = current_glyphs(), self._tested().get(name)
        if self._asked is not None and tested is self._asked.get(name):
            return glyphs.more
        if tested is not None and not tested.ok:
            return f"{glyphs.failed} {tr('failed')}"
        latency = self._latencies().get(name)
        return "" if latency is None else format_duration(latency)

    def _switch_words(self, model: Model) -> str:
        if not self._figures.prefix_tokens:
            return ""
        return tr("cache lost, +{switch_cost}", switch_cost=format_usd(model.switch_cost))

    def _detail_of(self, model: Model) -> str:
        tested = self._tested().get(model.name)
        if tested is not None and not tested.ok:
            return tested.message
        tokens = self._figures.prefix_tokens
        if model.name == self._figures.model or not tokens:
            return ""
        cost = tr("at a price that is not known")
        if model.switch_cost is not None:
            cost = tr("for {switch_cost}", switch_cost=format_usd(model.switch_cost))
        return tr(
            "A switch reads {tokens} tokens anew, {cost}.", tokens=format_tokens(tokens), cost=cost
        )

    def accept(self, value: str) -> None:
        if self._is_busy():
            self.tell(tr(BUSY_WORDS))
        else:
            self.dismiss(value)

    def action_benchmark(self) -> None:
        if self._is_busy():
            self.tell(tr(BUSY_WORDS))
            return
        self._asked = dict(self._tested())
        self._benchmark()
        self.refresh_rows()
        self.tell(tr("Every model is asked a word; times appear here, the rest in the chat."))
