"""Opens the app on a terminal and leaves that terminal as it was found."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.errors import ClackyError
from clacky_tui.paths import shorten_home
from clacky_tui.tui.app import ClackyApp
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

SWITCH_SECONDS = 0.0005
"""How long the agent's thread may hold up the keyboard while it computes; Python's own is 5 ms."""

SLOW_HINT = "It works, with more bytes. Installed anew, clacky brings the Textual it was made for."

if TYPE_CHECKING:
    from clacky_tui.config.preferences import Preferences
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.brightness import Answer


def run_app(
    *,
    working_dir: Path,
    mode: str,
    theme: str | None,
    load: Callable[[], tuple[Settings, ModelEntry | None]],
    resume: Path | None = None,
    model_chosen: bool = False,
    preferences: Preferences,
    answer: Answer,
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
        answer: how bright the terminal is, and what was typed so far.

    Raises:
        ClackyError: Textual draws, and standard error is no terminal.
    """
    free_alt_digits()
    sys.setswitchinterval(SWITCH_SECONDS)
    profile = choose_profile(preferences, os.environ)
    use_profile(profile)
    choose_glyphs(preferences.glyphs)
    app = ClackyApp(
        working_dir=working_dir,
        mode=mode,
        theme_name=theme,
        load=load,
        resume=resume,
        model_chosen=model_chosen,
        preferences=preferences,
        brightness=answer.brightness,
    )
    app.typed_ahead = answer.leftover
    with (
        kept_terminal() as reset_screen,
        _output_chosen(app),
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


def _output_chosen(app: ClackyApp) -> contextlib.AbstractContextManager[None]:
    """Let the output layer draw unless it is switched off or cannot.

    Around the run, standard error is kept off the screen. Where Textual draws that is not possible.
    """
    if not is_switched_off():
        try:
            app.driver_class = find_driver(app)
            return stray_errors_kept()
        except LayerUnusable as problem:
            app.start_problems.append(
                ClackyError(f"The screen is drawn the slow way: {problem}.", hint=SLOW_HINT)
            )
    if not (sys.__stderr__ and sys.__stderr__.isatty()):
        raise ClackyError(
            "Drawn by Textual, the full screen needs a terminal on standard error too.",
            hint="Do not redirect standard error, or unset CLACKY_OUTPUT and TEXTUAL_DRIVER.",
        )
    return contextlib.nullcontext()
