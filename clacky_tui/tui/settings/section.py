"""A section of the settings tab: a list that says how to get to the other sections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.message import Message

from clacky_tui.errors import ClackyError, ConfigError
from clacky_tui.i18n import tr
from clacky_tui.tui.chat.canvas import Canvas
from clacky_tui.tui.layout import align_left
from clacky_tui.tui.lists.pane import ListPane
from clacky_tui.tui.lists.row_list import RowList
from clacky_tui.tui.rerun import Rerun
from clacky_tui.tui.settings.fields import FieldRow, Value

SECTIONS = [
    ("models", "Models"),
    ("screen", "Screen"),
    ("advanced", "Advanced"),
    ("about", "About"),
]

LABEL_CELLS = 24

ItemT = TypeVar("ItemT")


class ConfigWritten(Message):
    """`config.yml` was changed; the worker has to read it again, and to go on with `model` if any."""

    def __init__(self, model: str = "") -> None:
        super().__init__()
        self.model = model


class SettingsSection(ListPane[ItemT]):
    """One section."""

    class SectionAsked(Message):
        """Another section is wanted: the one of that name, or so many further on."""

        def __init__(self, name: str, step: int = 0) -> None:
            super().__init__()
            self.name = name
            self.step = step

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "section('', 1)", "section", tooltip="the next section"),
        *(
            Binding(str(number), f"section('{name}', 0)", title, show=False)
            for number, (name, title) in enumerate(SECTIONS, start=1)
        ),
    ]

    @classmethod
    def key_bindings(cls) -> Sequence[BindingType]:
        others = [each for each in super().key_bindings() if each not in SettingsSection.BINDINGS]
        return [*SettingsSection.BINDINGS, *others]

    def action_section(self, name: str, step: int) -> None:
        self.post_message(self.SectionAsked(name, step))


class FieldTable(RowList[FieldRow]):
    """One line per setting, the value close to its label also on a wide screen."""

    def __init__(self) -> None:
        super().__init__("", ())

    def texts(self, item: FieldRow, canvas: Canvas) -> Sequence[str]:
        return (align_left(tr(item.field.words.label), LABEL_CELLS) + item.shown,)


class FieldsSection(SettingsSection[FieldRow]):
    """Settings whose values change at once, and are written one after the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "step(1)", "change", key_display="←→", tooltip="the next value"),
        Binding("left", "step(-1)", "the value before", show=False),
        Binding("enter", "edit", "edit", tooltip="the next value, or type one"),
        Binding("space", "step(1)", "the next value", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(FieldTable())
        self._unsaved: dict[str, Value] = {}
        self._saving = Rerun(self, self._save)

    def change(self, field_name: str, value: Value) -> str:
        """Let `value` hold at once, where that is possible; returns what there is to say of it."""
        return ""

    def write(self, field_name: str, value: Value) -> None:
        """Write `value` to the file; on another thread.

        Raises:
            ClackyError: it cannot be written.
            OSError: likewise.
        """
        raise NotImplementedError

    def saved(self, error: ClackyError | OSError | None) -> None:
        """All that was changed was handed to the file, which took it unless there is an `error`."""
        if error is not None:
            self._tell_error(error)

    def select(self, items: Sequence[FieldRow], typed: str) -> Sequence[FieldRow]:
        wanted = typed.casefold().split()
        return [
            row
            for row in items
            if all(
                word in f"{row.field.name} {tr(row.field.words.label)}".casefold()
                for word in wanted
            )
        ]

    def key(self, item: FieldRow) -> Hashable:
        return item.field.name

    def detail(self, item: FieldRow) -> str:
        return f"{tr(item.field.words.label)}: {tr(item.field.words.meaning)}"

    # --- keys ----------------------------------------------------------------------------------

    def action_step(self, step: int) -> None:
        row = self._list.chosen
        if row is None:
            return
        if row.field.choices:
            self._set(row, row.after(step))
        else:
            self._ask(row, row.typed)

    def action_edit(self) -> None:
        self.action_step(1)

    def _ask(self, row: FieldRow, typed: str) -> None:
        self._input.ask(tr(row.field.words.label), typed, self._entered(row))

    def _entered(self, row: FieldRow) -> Callable[[str], None]:
        def take(typed: str) -> None:
            try:
                value = row.field.read(typed)
            except ConfigError as error:
                self._ask(row, typed)
                self._tell_error(error)
            else:
                self._set(row, value)

        return take

    def _set(self, row: FieldRow, value: Value) -> None:
        """Let the setting of `row` have `value` from now on."""
        self.tell("")
        if value == row.value:
            return
        name = row.field.name
        self._put(name, value)
        self.tell(self.change(name, value))
        self._unsaved[name] = value
        self._saving.request()

    def _put(self, name: str, value: Value) -> None:
        """Show the new value at once: the next key may come before the file is written."""

        def put(rows: Sequence[FieldRow]) -> list[FieldRow]:
            return [replace(r, value=value) if r.field.name == name else r for r in rows]

        self._all = put(self._all or ())
        self._list.show(put(self._list.items), self.key)

    async def _save(self) -> None:
        failed: ClackyError | OSError | None = None
        while self._unsaved:
            name = next(iter(self._unsaved))
            try:
                await asyncio.to_thread(self.write, name, self._unsaved.pop(name))
            except (ClackyError, OSError) as error:
                failed = error
        self.saved(failed)
