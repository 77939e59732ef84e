"""Whether the output layer draws, or Textual itself."""

from __future__ import annotations

import os
from inspect import signature
from typing import TYPE_CHECKING

from clacky_tui.tui.output.hook import LayeredApp
from clacky_tui.tui.output.line import open_terminal

if TYPE_CHECKING:
    from clacky_tui.tui.output.driver import OutputDriver

PLAIN = "plain"
"""Value of the environment's ``CLACKY_OUTPUT`` with which Textual draws."""

_APP_NAMES = (
    "_display",
    "_driver",
    "_running",
    "_closed",
    "_exit",
    "_batch_count",
    "_sync_available",
)
_DRIVER_NAMES = (
    "_enable_mouse_support",
    "_sigtstp_application",
    "_sigcont_application",
    "suspend_application_mode",
    "resume_application_mode",
)
_DRIVER_FIELDS = ("_loop", "_mouse", "_auto_restart", "_writer_thread")


class LayerUnusable(Exception):
    """Textual is not the one the layer was made for, or the terminal is out of reach."""


def is_switched_off() -> bool:
    """True when the environment asks for another output, ours or one of Textual's drivers."""
    return os.environ.get("CLACKY_OUTPUT") == PLAIN or bool(os.environ.get("TEXTUAL_DRIVER"))


def find_driver(app: LayeredApp) -> type[OutputDriver]:
    """The driver that draws through the layer.

    Raises:
        LayerUnusable: a private name of Textual that the layer builds on is gone or has changed, or
            the terminal cannot be opened a second time.
    """
    try:
        from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
        from textual.driver import Driver
        from textual.drivers.linux_driver import LinuxDriver

        from clacky_tui.tui.output.driver import OutputDriver
    except ImportError as error:
        raise LayerUnusable(str(error)) from error
    for name in _APP_NAMES:
        _check(hasattr(app, name), f"App.{name}")
    for name in _DRIVER_NAMES:
        _check(callable(getattr(LinuxDriver, name, None)), f"LinuxDriver.{name}")
    _check(hasattr(Compositor, "visible_widgets"), "Compositor.visible_widgets")
    fields = {*Driver.__init__.__code__.co_names, *LinuxDriver.__init__.__code__.co_names}
    for name in _DRIVER_FIELDS:
        _check(name in fields, f"LinuxDriver.{name}")
    for call, parameters in (
        (super(LayeredApp, app)._display, ["screen", "renderable"]),
        (LayoutUpdate, ["strips", "region"]),
        (ChopsUpdate, ["chops", "spans", "chop_ends"]),
    ):
        _check(list(signature(call).parameters) == parameters, f"{call.__name__}()")
    try:
        os.close(open_terminal())
    except OSError as error:
        raise LayerUnusable(f"the terminal cannot be opened again ({error})") from error
    return OutputDriver


def _check(is_as_known: bool, name: str) -> None:
    if not is_as_known:
        raise LayerUnusable(f"Textual's {name} is not the one known")
