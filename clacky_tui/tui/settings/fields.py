"""What can be set, as rows: those of the screen from `Preferences`, the others from `Settings`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Literal

from clacky_tui.config.preferences import CHOICES, Preferences
from clacky_tui.config.settings import Settings
from clacky_tui.domain.money import DEFAULT_RATES, USD, format_usd, shown_currency
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr

Value = str | bool | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Words:
    """How a setting is called and what it does; English, translated where it is shown."""

    label: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Field:
    """One setting.

    Attributes:
        name: as in its file.
        choices: its values when there are few; empty when it is typed.
        kind: what is typed; an empty count or amount is no limit.
        none_word: what None is called, in English.
    """

    name: str
    words: Words
    choices: tuple[Value, ...] = ()
    kind: Literal["text", "count", "money"] = "text"
    none_word: str = "no limit"
    least: int = 0

    def read(self, typed: str) -> Value:
        """The value that `typed` stands for.

        Raises:
            ConfigError: it stands for none.
        """
        text = typed.strip()
        if self.kind == "text":
            return text
        if not text and not self.least:
            return None
        try:
            value = int(text) if self.kind == "count" else Decimal(text.removeprefix("$"))
        except (ValueError, InvalidOperation):
            value = -1
        if not Decimal(value).is_finite() or value < self.least:
            raise ConfigError(self._refusal(typed))
        return value or None

    def _refusal(self, typed: str) -> str:
        if self.kind == "money":
            return tr("{typed} is no amount in USD, such as 2.50; empty is no limit.", typed=typed)
        if self.least:
            return tr("{typed} is no whole number above 0.", typed=typed)
        return tr("{typed} is no whole number; empty is no limit.", typed=typed)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A setting with the value it has."""

    field: Field
    value: Value

    @property
    def shown(self) -> str:
        """The value in words."""
        match self.value:
            case True:
                return tr("on")
            case False:
                return tr("off")
            case None:
                return tr(self.field.none_word)
            case "":
                return tr("by itself")
            case Decimal() as amount:
                if shown_currency() == USD:
                    return f"${amount:f}"
                return f"{amount:f} USD ({format_usd(amount)})"
            case int() as count:
                return f"{count:,}"
            case "en" | "zh" as code:
                return {"en": "English", "zh": "中文"}[code]
            case text:
                return tr(text) if text in self.field.choices else text

    @property
    def typed(self) -> str:
        """The value as it is edited."""
        match self.value:
            case None:
                return ""
            case Decimal() as amount:
                return f"{amount:f}"
            case value:
                return str(value)

    def after(self, step: int) -> Value:
        """The choice `step` places on, round and round; the value itself when it is typed."""
        choices = self.field.choices
        if not choices:
            return self.value
        index = choices.index(self.value) if self.value in choices else -max(step, 0)
        return choices[(index + step) % len(choices)]


SCREEN_WORDS = {
    "theme": Words("Theme", "the colours; by itself: the one that fits the terminal's background"),
    "brightness": Words("Background", "whether the terminal's is dark; auto asks it at the start"),
    "transparent": Words("Transparent", "lets the terminal's own background show"),
    "language": Words("Language", "auto follows the locale"),
    "profile": Words(
        "Line to the terminal", "how much it is spared; auto looks at how it was reached"
    ),
    "mouse": Words("Mouse", "auto leaves it to the terminal inside tmux and over SSH"),
    "glyphs": Words("Signs", "ascii for terminals and readers without Unicode"),
    "copy_on_select": Words("Copy on select", "copies what the mouse selected when it is let go"),
    "reduced_motion": Words("Reduced motion", "keeps every spinner still"),
    "notify": Words("Call me", "how, when a task waits or ends while you look elsewhere"),
    "while_running": Words("Enter while it works", "queue: waits for the end; steer: joins in"),
    "token_line": Words("Token line", "how much is said of tokens and cost under a reply"),
    "currency": Words("Currency", "what amounts are shown in; they are kept in USD"),
    "exchange_rate": Words("Exchange rate", "how much of it one USD buys; empty: the default"),
    "suggestions": Words("Suggestions", "a cheap request proposes your next message; it costs"),
}
"""Of every field of `Preferences`."""

ADVANCED_FIELDS = (
    Field(
        "max_turns",
        Words("Requests per task", "the task stops there"),
        kind="count",
    ),
    Field("max_task_cost_usd", Words("Budget of a task", "in USD"), kind="money"),
    Field("max_cost_usd", Words("Budget of a session", "in USD"), kind="money"),
    Field("max_day_cost_usd", Words("Budget of a day", "in USD, over all sessions"), kind="money"),
    Field(
        "max_month_cost_usd", Words("Budget of a month", "in USD, over all sessions"), kind="money"
    ),
    Field(
        "enable_compression",
        Words("Compression", "shortens long conversations by itself; off: only when asked"),
        (True, False),
    ),
    Field(
        "compression_threshold_tokens",
        Words("Compress above", "tokens of a request"),
        kind="count",
        least=1,
    ),
    Field(
        "parallel_tools",
        Words("Tools at once", "reading tools of one reply run side by side"),
        (True, False),
    ),
    Field(
        "send_unmasked_to_model",
        Words("Secrets to the model", "on: what tools return reaches the model unmasked"),
        (False, True),
    ),
    Field(
        "sweep_trash",
        Words("Sweep the trash", "off keeps what was deleted until you empty it"),
        (True, False),
    ),
    Field(
        "max_sessions",
        Words("Sessions kept", "older ones that are not pinned go to the bin"),
        kind="count",
    ),
)
"""Those of `config.yml`, by their names in it."""


def screen_fields(themes: Sequence[str]) -> list[Field]:
    """One for each field of `Preferences`, in its order.

    Args:
        themes: names to choose from.
    """
    found = []
    for each in fields(Preferences):
        if not each.repr:
            continue
        words = SCREEN_WORDS.get(each.name) or Words(each.name.replace("_", " "), "")
        choices: tuple[Value, ...] = CHOICES.get(each.name, ())
        none_word = "no limit"
        if each.name == "theme":
            choices = ("", *themes)
        elif each.name == "currency":
            choices = tuple(DEFAULT_RATES)
        elif each.default is None:
            choices, none_word = (None, True, False), "as the theme says"
        elif isinstance(each.default, bool):
            choices = (False, True)
        found.append(Field(each.name, words, choices, none_word=none_word))
    return found


def advanced_rows(settings: Settings) -> list[FieldRow]:
    """`ADVANCED_FIELDS` with the values that hold in `settings`."""
    return [
        FieldRow(each, getattr(settings, each.name.removesuffix("_usd")))
        for each in ADVANCED_FIELDS
    ]
