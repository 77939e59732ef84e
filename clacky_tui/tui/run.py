"""Opens the app on a terminal and leaves that terminal as it was found."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr, tr_noop, use_language
from clacky_tui.paths import shorten_home
from clacky_tui.tui.app import ClackyApp
from clacky_tui.tui.draft import Draft, Unsent
from clacky_tui.tui.first_frame.frame import SWITCH_SECONDS, FirstFrame
from clacky_tui.tui.glyphs import choose_glyphs
from clacky_tui.tui.output.choice import LayerUnusable, find_driver, is_switched_off
from clacky_tui.tui.output.stray import stray_errors_kept
from clacky_tui.tui.profile import choose_profile, use_profile
from clacky_tui.tui.terminal import (
    ending_signals,
    free_alt_digits,
    kept_terminal,
    kept_title,
)

SLOW_HINT = tr_noop(
    "It works, with more bytes. Installed anew, clacky brings the Textual it was made for."
)

if TYPE_CHECKING:
    from clacky_tui.config.preferences import Preferences
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.brightness import Brightness


def run_app(
    *,
    working_dir: Path,
    mode: str,
    theme: str | None,
    load: Callable[[], tuple[Settings, ModelEntry | None]],
    resume: Path | None = None,
    model_chosen: bool = False,
    preferences: Preferences,
    brightness: Brightness | None,
    first_frame: FirstFrame | None = None,
) -> int:
    """Run the full screen until the person leaves; returns the process exit code.

    Args:
        working_dir: where the agent works.
        mode: a `PermissionMode` value.
        theme: a theme's name; None for the person's, else the default for the brightness.
        load: reads settings and the model; called off the screen's thread.
        resume: journal of the session to go on with; None begins one.
        model_chosen: whether the person named the model.
        preferences: what the person set about the screen.
        brightness: the terminal's; None when nobody says.
        first_frame: what is on the terminal already.

    Raises:
        ClackyError: Textual draws, and standard error is no terminal.
    """
    free_alt_digits()
    sys.setswitchinterval(SWITCH_SECONDS)
    profile = choose_profile(preferences, os.environ)
    use_profile(profile)
    choose_glyphs(preferences.glyphs)
    use_language(preferences.language)
    app = ClackyApp(
        working_dir=working_dir,
        mode=mode,
        theme_name=theme,
        load=load,
        resume=resume,
        model_chosen=model_chosen,
        preferences=preferences,
        brightness=brightness,
    )
    with (
        kept_terminal() as reset_screen,
        _output_chosen(app, first_frame),
        ending_signals(app.end_on_signal),
        kept_title(),
    ):
        try:
            app.run(mouse=profile.mouse)
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
                ClackyError(
                    tr("The screen is drawn the slow way: {problem}.", problem=problem),
                    hint=tr(SLOW_HINT),
                )
            )
            if first is not None:
                _end_first_frame(first)
    if not (sys.__stderr__ and sys.__stderr__.isatty()):
        raise ClackyError(
            tr("Drawn by Textual, the full screen needs a terminal on standard error too."),
            hint=tr("Do not redirect standard error, or unset CLACKY_OUTPUT and TEXTUAL_DRIVER."),
        )
    return contextlib.nullcontext()


def _end_first_frame(first: FirstFrame) -> None:
    """End it where no driver of ours takes over; what it was told becomes the draft."""
    first.hand_over()
    draft = Draft()
    with contextlib.suppress(OSError):
        draft.save(Unsent(first.text))
    draft.release()
