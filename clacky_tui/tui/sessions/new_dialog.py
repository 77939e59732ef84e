"""The dialog for a new session that is not like the present one: name, model, directory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from clacky_tui.config.settings import load_settings, select_model
from clacky_tui.errors import ClackyError, ConfigError
from clacky_tui.i18n import tr, tr_noop
from clacky_tui.paths import shorten_home
from clacky_tui.tools.wording import one_line
from clacky_tui.tui.closes_once import ClosesOnce

TITLE = tr_noop("New session")
KEYS = tr_noop("enter begins it · up, down: another field · esc closes")
NO_MODELS = tr_noop("No model is configured: the demo model answers.")
MOST_MODELS = 6


@dataclass(frozen=True, slots=True)
class NewSession:
    """What the person wants. Empty: named by what is said first, the present model."""

    name: str
    model: str
    working_dir: Path


class NewSessionDialog(ClosesOnce[NewSession | None], ModalScreen[NewSession | None]):
    """Asks; None when the person thinks better of it.

    Args:
        working_dir: where the present session works; other directories are read from there.
    """

    DEFAULT_CSS: ClassVar[str] = """
    NewSessionDialog { align: center middle; background: transparent; }
    NewSessionDialog > Vertical {
        width: 72; max-width: 100%; height: auto; max-height: 100%;
        border: round $accent; background: $surface; padding: 0 1;
    }
    NewSessionDialog .row { height: 1; }
    NewSessionDialog .label { width: 12; color: $text-muted; }
    NewSessionDialog Input { width: 1fr; background: transparent; background-tint: transparent; }
    NewSessionDialog #hint { color: $text-muted; margin: 1 0 0 0; }
    NewSessionDialog #error { color: $error; display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "leave it", show=False),
        Binding("up", "app.focus_previous", "field above", show=False),
        Binding("down", "app.focus_next", "field below", show=False),
    ]

    def __init__(self, working_dir: Path) -> None:
        super().__init__()
        self._working_dir = working_dir
        self._name_field = Input(placeholder=tr("named by what is said first"), compact=True)
        self._model_field = Input(placeholder=tr("the present one"), compact=True)
        place = shorten_home(working_dir)
        self._folder_field = Input(value=place, compact=True, select_on_focus=False)
        self._error = Static(id="error", markup=False)
        self._models = Static(markup=False)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content.styled(tr(TITLE), "bold"))
            fields = (
                (tr("Name"), self._name_field),
                (tr("Model"), self._model_field),
                (tr("Directory"), self._folder_field),
            )
            for label, field in fields:
                field.cursor_blink = False
                with Horizontal(classes="row"):
                    yield Static(label, classes="label")
                    yield field
            yield self._models
            yield self._error
            yield Static(tr(KEYS), id="hint", markup=False)

    async def on_mount(self) -> None:
        self._name_field.focus()
        try:
            names = await asyncio.to_thread(_model_names)
        except ConfigError as error:
            self._tell(error)
            return
        self._model_field.suggester = SuggestFromList(names, case_sensitive=False)
        shown = ", ".join(map(one_line, names[:MOST_MODELS])) or tr(NO_MODELS)
        self._models.update(
            Content.styled(tr("Models: {shown}", shown=shown) if names else shown, "dim")
        )

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        wanted = (
            self._name_field.value.strip(),
            self._model_field.value.strip(),
            self._folder_field.value.strip(),
        )
        try:
            self.dismiss(await asyncio.to_thread(_checked, *wanted, self._working_dir))
        except ClackyError as error:
            self._tell(error)

    def _tell(self, error: ClackyError) -> None:
        self._error.update(Content(f"{error.message} {error.hint}".strip()))
        self._error.display = True


def _model_names() -> list[str]:
    return list(dict.fromkeys(entry.model for entry in load_settings().models))


def _checked(name: str, model: str, folder: str, working_dir: Path) -> NewSession:
    """What was typed, made plain.

    Raises:
        ClackyError: there is no such model or directory.
    """
    if model:
        entry = select_model(load_settings(), model)
        model = entry.model if entry is not None else ""
    try:
        path = (working_dir / Path(folder).expanduser()).resolve()
        is_there = path.is_dir()
    except (OSError, RuntimeError, ValueError):
        is_there = False
    if not is_there:
        raise ClackyError(
            tr("{folder} is not a directory.", folder=one_line(folder)),
            hint=tr("Name one that is there."),
        )
    return NewSession(name, model, path)
