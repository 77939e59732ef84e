"""What `clacky` does without a subcommand: the full screen, or one task.

Without click, so that the plain command `clacky` does not wait for it. Everything else heavy is
imported inside the branch that needs it.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from pathlib import Path

from clacky_tui.cli.language import speak
from clacky_tui.errors import ClackyError
from clacky_tui.i18n import phrase, tr, tr_noop

TYPE_CHECKING = False  # importing typing would delay the first frame
if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from typing import Any

    from clacky_tui.config.preferences import Preferences
    from clacky_tui.config.settings import ModelEntry, Settings
    from clacky_tui.tui.brightness import Brightness
    from clacky_tui.tui.first_frame.frame import FirstFrame

MODES = ("confirm_safes", "auto_approve", "confirm_all")


def run_agent(
    message: str | None = None,
    mode: str = MODES[0],
    model: str | None = None,
    path: str | None = None,
    theme: str | None = None,
    max_turns: int | None = None,
    max_cost: Decimal | None = None,
    over_budget: bool = False,
    files: tuple[str, ...] = (),
    images: tuple[str, ...] = (),
    go_on: bool = False,
    attach: str | None = None,
    plain: bool = False,
) -> int:
    """Open the app, or with a `message` run one task; returns the exit code.

    Args:
        message: what to do; None opens the full screen.
        mode: a `PermissionMode` value.
        model: name of a configured model, None for the default one.
        path: working directory, None for the current one.
        theme: name of a theme, None for the default one.
        max_turns: model requests per task, 0 for no limit, None for the configured limit.
        max_cost: USD per session, 0 for no limit, None for the configured limit.
        over_budget: True lets no amount of money stop anything.
        files: to send along with `message`, paths from the current directory.
        images: the same, after `files`.
        go_on: go on with the latest session of the working directory.
        attach: go on with the session of this number, id or name.
        plain: talk line by line instead of on the full screen.

    Raises:
        ClackyError: the request cannot be served; the message says why and what to do.
    """
    working_dir = working_dir_at(path)
    resume = _stored_session(working_dir, attach) if go_on or attach is not None else None
    if message is None:
        if files or images:
            raise ClackyError(
                phrase("--file goes with a message."), hint=phrase("Add one: clacky -m 'text'.")
            )

        def settings_and_model() -> tuple[Settings, ModelEntry | None]:
            return load(model, max_turns, max_cost, over_budget=over_budget)

        if plain or _needs_plain():
            from clacky_tui.plain.run import run_plain

            return run_plain(
                working_dir=working_dir,
                mode=mode,
                load=settings_and_model,
                resume=resume,
                model_chosen=model is not None,
            )
        return _open_app(
            working_dir,
            mode,
            theme,
            load=settings_and_model,
            resume=resume,
            model_chosen=model is not None,
        )
    if not message.strip():
        raise ClackyError(
            phrase("The message is empty."), hint=phrase("Say what to do: clacky -m 'text'.")
        )
    attachments = _existing((*files, *images))
    import asyncio

    from clacky_tui.headless.plain import run_once

    settings, entry = load(model, max_turns, max_cost, over_budget=over_budget)
    return asyncio.run(
        run_once(
            message,
            settings,
            entry,
            working_dir,
            attachments=attachments,
            resume=resume,
            entry_chosen=model is not None,
        )
    )


def _stored_session(working_dir: Path, attach: str | None) -> Path | None:
    """The journal to go on with; None, and said, when there is none.

    Args:
        working_dir: whose latest session it is when `attach` is None.
        attach: a number, id or name.

    Raises:
        SessionError: none or several sessions fit `attach`, or the file cannot be used.
    """
    from clacky_tui.errors import SessionError
    from clacky_tui.sessions.rows import attached, latest_in
    from clacky_tui.sessions.store import journal_of, list_sessions

    try:
        rows = list_sessions()
        if attach is None:
            row, missing = (
                latest_in(rows, working_dir),
                tr("No session in {folder} yet", folder=working_dir),
            )
        else:
            row, missing = attached(rows, attach, working_dir), tr("No sessions yet")
        if row is None:
            sys.stderr.write(tr("{missing}; a new one begins.", missing=missing) + "\n")
            return None
        return journal_of(row)
    except OSError as error:
        raise SessionError(
            tr("The sessions cannot be read: {error}.", error=error),
            hint=tr("Mend the permissions and try again."),
        ) from error


def load(
    model: str | None,
    max_turns: int | None,
    max_cost: Decimal | None,
    *,
    over_budget: bool = False,
) -> tuple[Settings, ModelEntry | None]:
    """Settings with the command line's budgets, and the model to use (None is the demo model).

    Raises:
        ConfigError: no model of that name.
    """
    from clacky_tui.config.settings import load_settings, select_model

    settings = load_settings()
    changes: dict[str, Any] = {}
    if max_turns is not None:
        changes["max_turns"] = max_turns or None
    if max_cost is not None:
        changes["max_cost"] = max_cost or None
    if over_budget:
        changes["over_budget"] = True
    return settings.model_copy(update=changes), select_model(settings, model)


def _needs_plain() -> bool:
    """Whether somebody types where no screen can be drawn; then it is said why lines come instead."""
    if not sys.stdin.isatty():
        return False
    if not sys.stdout.isatty():
        why = tr_noop(
            "Standard output is no terminal, so clacky talks line by line, as with --plain."
        )
    elif os.environ.get("TERM") == "dumb":
        why = tr_noop(
            "This terminal (TERM=dumb) cannot draw a screen, so clacky talks line by line, as with "
            "--plain."
        )
    else:
        return False
    speak()
    sys.stderr.write(f"{tr(why)}\n")
    return True


def _open_app(
    working_dir: Path,
    mode: str,
    theme: str | None,
    *,
    load: Callable[[], tuple[Settings, ModelEntry | None]],
    resume: Path | None,
    model_chosen: bool,
) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ClackyError(
            phrase("The full screen needs a terminal on standard input and output."),
            hint=phrase(
                "For one task without a screen: clacky -m 'text'. Line by line: clacky --plain."
            ),
        )
    import contextlib
    import signal

    from clacky_tui import paths
    from clacky_tui.tui.first_frame.frame import first_frame
    from clacky_tui.tui.first_frame.recording import Recording

    recording = Recording(paths.first_frame_file(), paths.preferences_file(), theme)
    gc.disable()  # until everything is imported: collecting among what stays costs a tenth of it
    frame = first_frame(paths.shorten_home(working_dir), recording)

    def run() -> int:
        from clacky_tui.config.preferences import load_preferences

        preferences = load_preferences()
        brightness = _brightness(theme, preferences, frame)
        from clacky_tui.tui.run import run_app

        return run_app(
            working_dir=working_dir,
            mode=mode,
            theme=theme,
            load=load,
            resume=resume,
            model_chosen=model_chosen,
            preferences=preferences,
            brightness=brightness,
            first_frame=frame,
        )

    with frame or contextlib.nullcontext():
        code = run()
    # All is saved: a ctrl+c too many ends the process on the spot, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return code


def _brightness(
    theme: str | None, preferences: Preferences, frame: FirstFrame | None
) -> Brightness | None:
    """How bright the terminal is, if that decides the theme; None when nobody says.

    A terminal with a first frame is asked, and answers while the screen is imported.
    """
    from clacky_tui.tui.brightness import (
        QUERY,
        brightness_in,
        brightness_of_environment,
        budget_seconds,
    )
    from clacky_tui.tui.terminal import takes_commands

    known = brightness_of_environment(os.environ)
    if preferences.brightness != "auto":
        known = "light" if preferences.brightness == "light" else "dark"
    if theme or preferences.theme or known or frame is None or not takes_commands():
        return known
    frame.ask(QUERY.decode())
    deadline = time.monotonic() + budget_seconds(os.environ)
    import clacky_tui.tui.run  # noqa: F401

    return brightness_in(frame.reply(max(0.0, deadline - time.monotonic())))


def _existing(files: tuple[str, ...]) -> tuple[str, ...]:
    """Absolute paths of `files`, each of which is there."""
    paths = [Path(file).expanduser().absolute() for file in files]
    for path in paths:
        if not path.is_file():
            raise ClackyError(
                phrase("There is no file {file}.", file=path),
                hint=phrase("Check the path after --file."),
            )
    return tuple(map(str, paths))


def working_dir_at(path: str | None) -> Path:
    """The absolute directory that `--path` names, the current one without it.

    Raises:
        ClackyError: there is no such directory.
    """
    folder = Path(path).expanduser().absolute() if path else Path.cwd()
    if not folder.is_dir():
        raise ClackyError(
            phrase("{folder} is not a directory.", folder=folder),
            hint=phrase("Give an existing one to --path."),
        )
    return folder
