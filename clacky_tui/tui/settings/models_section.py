"""Settings › Models: what can answer, with which key, and which of them does by default."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from clacky_tui.config.settings import ModelEntry
from clacky_tui.config.writing import delete_model, save_default_model
from clacky_tui.i18n import tr, tr_count
from clacky_tui.paths import config_file, shorten_home
from clacky_tui.tools.wording import one_line
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.layout import Column
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.settings.models import ModelRow, masked, model_rows
from clacky_tui.tui.settings.section import ConfigWritten, SettingsSection

COLUMNS = (
    Column("Standing", 12, is_text=True),
    Column("Key", 20, from_width=60, is_text=True),
    Column("Address", 34, from_width=100, is_text=True),
)


class ModelTable(RowList[ModelRow]):
    """One line per model."""

    def __init__(self) -> None:
        super().__init__("Model", COLUMNS)

    def texts(self, item: ModelRow, canvas: Canvas) -> Sequence[str]:
        entry = item.entry
        key = one_line(masked(entry.api_key.get_secret_value()))
        return one_line(entry.model), item.badge, key, one_line(item.host)


class ModelsSection(SettingsSection[ModelRow]):
    """What is changed here is written to `config.yml`; a model is tested before it is saved."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "add", "new", tooltip="add a model"),
        Binding("e,enter", "edit", "edit", key_display="e", tooltip="change it (also enter)"),
        Binding(
            "asterisk", "make_default", "default", key_display="*", tooltip="make it the default"
        ),
        Binding("x", "delete", "delete", tooltip="take it out of the list"),
    ]

    EMPTY_TEXT = (
        "No model yet: the built-in demo model answers. Press n to add one; you need an API key."
    )

    def __init__(self) -> None:
        super().__init__(ModelTable())
        self._offers = False

    def offer_to_add(self) -> None:
        """Open the way to a new model once it is known that there is none."""
        self._offers = True
        self.reload()

    def fetch(self) -> Sequence[ModelRow]:
        return model_rows()

    async def _read(self) -> None:
        await super()._read()
        offers, self._offers = self._offers, False
        if offers and self._all is not None and not self._all:
            self.action_add()

    def select(self, items: Sequence[ModelRow], typed: str) -> Sequence[ModelRow]:
        wanted = typed.casefold().split()
        return [
            row
            for row in items
            if all(w in f"{row.entry.model} {row.host}".casefold() for w in wanted)
        ]

    def key(self, item: ModelRow) -> Hashable:
        return item.entry.model, item.entry.base_url

    def summary(self, items: Sequence[ModelRow]) -> str:
        file = shorten_home(config_file())
        return tr_count("{n} model in {file}", "{n} models in {file}", len(items), file=file)

    def detail(self, item: ModelRow) -> str:
        key = masked(item.entry.api_key.get_secret_value())
        words = [one_line(item.entry.model), one_line(item.entry.base_url), one_line(key)]
        if not item.in_file:
            words.append(tr("from the environment"))
        return " · ".join(word for word in words if word)

    # --- keys ----------------------------------------------------------------------------------

    def action_add(self) -> None:
        from clacky_tui.tui.settings.provider_picker import Address, ProviderPicker

        def picked(address: Address | None) -> None:
            if address is not None:
                self._open_form(address=address)

        self.tell("")
        self.app.push_screen(ProviderPicker(), picked)

    def action_edit(self) -> None:
        if (row := self._of_file()) is not None:
            self._open_form(row=row)

    def _open_form(self, *, address: object = None, row: ModelRow | None = None) -> None:
        from clacky_tui.tui.settings.model_form import ModelForm
        from clacky_tui.tui.settings.provider_picker import Address

        def saved(entry: ModelEntry | None) -> None:
            if entry is None:
                return
            model = one_line(entry.model)
            words = tr("{model} answered and is saved.", model=model)
            if row is None and self._all:
                words += " " + tr("Press * to make it the default.")
            self.tell(words)
            self.post_message(ConfigWritten())
            self.reload()

        assert address is None or isinstance(address, Address)
        self.app.push_screen(ModelForm(address, row.entry if row else None), saved)

    def action_make_default(self) -> None:
        if (row := self._of_file()) is None:
            return
        entry = row.entry

        def mark() -> str:
            save_default_model(entry)
            self.post_message(ConfigWritten(entry.model))
            return tr("{model} is the default from now on.", model=one_line(entry.model))

        self.act("", mark)

    def action_delete(self) -> None:
        row = self._of_file()
        if row is None:
            return
        name = one_line(row.entry.model)
        if len(self._all or ()) < 2:
            self.tell(tr("{model} is the only model, so it stays.", model=name), is_error=True)
            return

        def delete() -> str:
            delete_model(row.entry)
            self.post_message(ConfigWritten())
            return tr("{model} is no longer in the list.", model=name)

        question = tr("Take {model} out of the list? Its key goes with it.", model=name)
        self.confirm(question, tr("take it out"), partial(self.act, "", delete))

    def _of_file(self) -> ModelRow | None:
        """The chosen model when the file has it; else that is told."""
        row = self._list.chosen
        if row is not None and not row.in_file:
            self.tell(
                tr("This one comes from CLACKY_API_KEY and the like; n adds one to the file."),
                is_error=True,
            )
            return None
        return row
