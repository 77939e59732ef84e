"""Opens the app on a terminal and leaves that terminal as it was found."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.errors import ClackyError
from clacky_tui.paths import shorten_home
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.draft import save_draft
from clacky_tui.tui.first_frame.frame import SWITCH_SECONDS, FirstFrame
from clacky_tui.tui.output.choice import LayerUnusable, find_driver, is_switched_off
from clacky_tui.tui.output.stray import stray_errors_kept
from clacky_tui.tui.terminal import ending_signals, free_alt_digits, kept_terminal

SLOW_HINT = "It works, with more bytes. Installed anew, clacky brings the Textual it was made for."

if TYPE_CHECKING:
    from clacky_tui.config.settings import ModelEntry, Settings


def run_app(
    *,
    working_dir: Path,
    mode: str,
    theme: str | None,
    load: Callable[[], tuple[Settings, ModelEntry | None]],
    resume: Path | None = None,
    model_chosen: bool = False,
    first_frame: FirstFrame | None = None,
) -> int:
    """Run the full screen until the person leaves; returns the process exit code.

    Args:
        working_dir: where the agent works.
        mode: a `PermissionMode` value.
        theme: a theme's name, None for the default.
        load: reads settings and the model; called off the screen's thread.
        resume: journal of the session to go on with; None begins one.
        model_chosen: whether the person named the model.
        first_frame: what is on the terminal already.

    Raises:
        ClackyError: Textual draws, and standard error is no terminal.
    """
    free_alt_digits()
    sys.setswitchinterval(SWITCH_SECONDS)
    app = ClackyApp(
        working_dir=working_dir,
        mode=mode,
        theme_name=theme,
        load=load,
        resume=resume,
        model_chosen=model_chosen,
    )
    with (
        kept_terminal() as reset_screen,
        _output_chosen(app, first_frame),
        ending_signals(app.end_on_signal),
    ):
        try:
            app.run()
        except BaseException:
            reset_screen()
            raise
    code = app.return_code or 0
    if closing := app.closing_words:
        sys.stdout.write(shorten_home(closing) + "\n")
    return code


def _output_chosen(
    app: ClackyApp, first: FirstFrame | None
) -> contextlib.AbstractContextManager[None]:
    """Let the output layer draw unless it is switched off or cannot.

    Around the run, standard error is kept off the screen. Where Textual draws that is not possible.
    """
    if not is_switched_off():
        try:
            app.driver_class = find_driver(app)
            app.first_frame = first
            return stray_errors_kept()
        except LayerUnusable as problem:
            app.start_problems.append(
                ClackyError(f"The screen is drawn the slow way: {problem}.", hint=SLOW_HINT)
            )
            if first is not None:
                _end_first_frame(first)
    if not (sys.__stderr__ and sys.__stderr__.isatty()):
        raise ClackyError(
            "Drawn by Textual, the full screen needs a terminal on standard error too.",
            hint="Do not redirect standard error, or unset CLACKY_OUTPUT and TEXTUAL_DRIVER.",
        )
    return contextlib.nullcontext()


def _end_first_frame(first: FirstFrame) -> None:
    """End it where no driver of ours takes over; what it was told becomes the draft."""
    first.hand_over()
    if text := first.text:
        save_draft(text)
