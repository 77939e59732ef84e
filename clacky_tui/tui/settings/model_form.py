"""The form of one model: it is asked a word before it is saved."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from clacky_tui.agent.model_probe import Probe
from clacky_tui.config.settings import ModelEntry
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr
from clacky_tui.providers.factory import WIRES
from clacky_tui.providers.presets import preset_for
from clacky_tui.tools.wording import one_line
from clacky_tui.tui.closes_once import ClosesOnce
from clacky_tui.tui.lists.line_field import LineField
from clacky_tui.tui.settings.models import Draft, drafted_entry, masked, save_entry

if TYPE_CHECKING:
    from clacky_tui.agent.model_probe import Culprit, ProbedModel
    from clacky_tui.tui.settings.provider_picker import Address


class ModelForm(ClosesOnce[ModelEntry | None], ModalScreen[ModelEntry | None]):
    """Asks; gives the model as it was saved, None when the person thinks better of it.

    Args:
        address: where a new model is; None when one is changed.
        entry: the model to change; None for a new one.
    """

    DEFAULT_CSS: ClassVar[str] = """
    ModelForm { align: center middle; background: transparent; }
    ModelForm > VerticalScroll {
        width: 84; max-width: 100%; height: auto; max-height: 100%;
        border: round $accent; background: $surface; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    ModelForm .row { height: 1; }
    ModelForm .label { width: 10; color: $text-muted; }
    ModelForm Input { width: 1fr; background: transparent; background-tint: transparent; }
    ModelForm #where, ModelForm #hint { height: auto; color: $text-muted; }
    ModelForm #state { height: auto; }
    ModelForm #state.error { color: $error; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "leave", "leave it", show=False),
        # With priority, or the scrolling around the fields would take them.
        Binding("up", "app.focus_previous", "field above", show=False, priority=True),
        Binding("down", "app.focus_next", "field below", show=False, priority=True),
        Binding("ctrl+r", "show_key", "show the key", show=False),
    ]

    def __init__(self, address: Address | None = None, entry: ModelEntry | None = None) -> None:
        super().__init__()
        self._before = entry
        preset = address.preset if address else preset_for(entry.base_url) if entry else None
        base_url = entry.base_url if entry else address.base_url if address else ""
        model = entry.model if entry else preset.default_model if preset else ""
        known = preset.models if preset else ()
        suggester = SuggestFromList(known, case_sensitive=False) if known else None
        self._keys_page = preset.website_url if preset else ""
        self._model_field = LineField(value=model, compact=True, suggester=suggester)
        self._key_field = LineField(password=True, compact=True, placeholder=self._key_words())
        self._url_field = LineField(value=base_url, compact=True, placeholder="https://")
        self._wire_field = LineField(
            value=entry.wire if entry else "",
            compact=True,
            placeholder=tr("by itself, from the address"),
            suggester=SuggestFromList(WIRES),
        )
        self._state = Static(id="state", markup=False)
        self._probe: Probe | None = None

    def _key_words(self) -> str:
        if self._before is None:
            return tr("paste it here; it is not shown")
        key = self._before.api_key.get_secret_value()
        return tr("{key} stays unless you type another", key=masked(key))

    def compose(self) -> ComposeResult:
        title = tr("Change the model") if self._before else tr("New model")
        with VerticalScroll(can_focus=False):
            yield Static(Content.styled(title, "bold"))
            fields = (
                (tr("Model"), self._model_field),
                (tr("API key"), self._key_field),
                (tr("Address"), self._url_field),
                (tr("Wire"), self._wire_field),
            )
            for label, field in fields:
                field.cursor_blink = False
                with Horizontal(classes="row"):
                    yield Static(label, classes="label")
                    yield field
            if self._keys_page:
                page = tr("Keys are made at {url}", url=self._keys_page)
                yield Static(page, id="where", markup=False)
            yield self._state
            yield Static(
                tr(
                    "enter tests, saves · esc closes · ctrl+r shows the key · up, down: another "
                    "field"
                ),
                id="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        self._first_empty.focus()

    @property
    def _first_empty(self) -> Input:
        fields = (self._url_field, self._model_field, self._key_field)
        return next((field for field in fields if not field.value), self._model_field)

    # --- keys ----------------------------------------------------------------------------------

    def action_show_key(self) -> None:
        self._key_field.password = not self._key_field.password

    def action_leave(self) -> None:
        """Break the test off; without one, leave the form."""
        if self._probe is not None:
            self._probe.cancel()
        else:
            self.dismiss(None)

    def on_unmount(self) -> None:
        if self._probe is not None:
            self._probe.cancel()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._probe is not None:
            return
        draft = Draft(
            self._model_field.value.strip(),
            self._key_field.value.strip(),
            self._url_field.value.strip(),
            self._wire_field.value.strip(),
        )
        try:
            entry = drafted_entry(draft, self._before)
        except ClackyError as error:
            self._tell_error(error)
            return
        self._probe = Probe(entry)
        self.run_worker(self._test_and_save(entry, self._probe))

    # --- testing -------------------------------------------------------------------------------

    async def _test_and_save(self, entry: ModelEntry, probe: Probe) -> None:
        self._tell(tr("Asking {model} a word … (esc breaks it off)", model=one_line(entry.model)))
        try:
            probed = await asyncio.to_thread(_outcome, probe)
            if self._is_good(probed):
                await asyncio.to_thread(save_entry, entry, self._before)
                self.dismiss(entry)
        except asyncio.CancelledError:
            probe.cancel()
            raise
        except (ClackyError, OSError) as error:
            self._tell_error(error)
        finally:
            self._probe = None

    def _is_good(self, probed: ProbedModel | None) -> bool:
        """Whether the model may be saved; else it is said why not."""
        if probed is None:
            self._tell(tr("The test was broken off; nothing was saved."))
            return False
        if probed.error is not None:
            assert probed.culprit is not None
            self._field_of(probed.culprit).focus()
            self._tell_error(probed.error, failed_words(probed.culprit))
        return probed.error is None

    def _field_of(self, culprit: Culprit) -> Input:
        match culprit:
            case "url":
                return self._url_field
            case "key":
                return self._key_field
            case _:
                return self._model_field

    def _tell(self, text: str) -> None:
        self._state.update(text)
        self._state.remove_class("error")

    def _tell_error(self, error: ClackyError | OSError, heading: str = "") -> None:
        said = str(error) if isinstance(error, ClackyError) else str(error.strerror or error)
        self._state.update(one_line(f"{heading} {said}".strip()))
        self._state.add_class("error")
        self.call_after_refresh(self._state.scroll_visible, animate=False)


def failed_words(culprit: Culprit) -> str:
    """Which part of a model's entry did not work."""
    match culprit:
        case "url":
            return tr("The address does not work.")
        case "key":
            return tr("The key does not work.")
        case "model":
            return tr("The model's name does not work.")
        case "tools":
            return tr("The model cannot call tools.")
        case _:
            return tr("The test failed.")


def _outcome(probe: Probe) -> ProbedModel | None:
    """What became of the test; None when it was broken off."""
    try:
        return probe.run()
    except asyncio.CancelledError:
        return None
