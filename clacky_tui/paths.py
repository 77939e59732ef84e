"""Where everything that lasts lives: one data directory, read from the environment at call time."""

from __future__ import annotations

import os
from pathlib import Path


def data_dir() -> Path:
    """The data directory: ``CLACKY_HOME``, else ``~/.clacky``. It may not exist yet."""
    override = os.environ.get("CLACKY_HOME")
    return Path(override).expanduser().absolute() if override else Path.home() / ".clacky"


def config_file() -> Path:
    """Settings and models, readable by OpenClacky too."""
    return data_dir() / "config.yml"


def preferences_file() -> Path:
    """How the screen looks and behaves; no secrets, no models."""
    return data_dir() / "ui.toml"


def keymap_file() -> Path:
    """The person's own keys for the app's actions."""
    return data_dir() / "keymap.toml"


def billing_dir(*, simulated: bool = False) -> Path:
    """The ledger's folder; the demo model's simulated costs live apart from the real ones."""
    return data_dir() / "demo" / "billing" if simulated else data_dir() / "billing"


def sessions_dir() -> Path:
    """One append-only journal per session."""
    return data_dir() / "sessions"


def sessions_bin_dir() -> Path:
    """Deleted sessions, until the bin is emptied."""
    return data_dir() / "trash" / "sessions-trash"


def snapshots_dir() -> Path:
    """What the time machine keeps of each session's files, in a folder named after its id."""
    return data_dir() / "snapshots"


def usage_imports_dir() -> Path:
    """Other agents' usage that a person brought along, in a folder per agent."""
    return data_dir() / "usage-imports"


def cache_dir() -> Path:
    """What can be made anew from other files at any time, such as the search index."""
    return data_dir() / "cache"


def first_frame_file() -> Path:
    """How the screen looked before the first key of the last start; the next one begins with it."""
    return cache_dir() / "first-frame"


def history_file() -> Path:
    """What was typed in the composer, newest last."""
    return data_dir() / "cmd_history.json"


def draft_file() -> Path:
    """The composer's unsent text, kept over a signal or a crash."""
    return data_dir() / "draft.txt"


def permissions_file() -> Path:
    """What was allowed for good, by project folder."""
    return data_dir() / "permissions.json"


def trust_file() -> Path:
    """Whose projects' own configuration is used."""
    return data_dir() / "trust.json"


def audit_log() -> Path:
    """Every write, edit and command of the agent, newest last."""
    return data_dir() / "audit.log"


def log_dir() -> Path:
    """Diagnostics; never prompts, replies or keys."""
    return data_dir() / "logs"


def trash_dir() -> Path:
    """Deleted and overwritten files, one folder per project."""
    return data_dir() / "trash"


def shims_dir() -> Path:
    """Programs that stand before the system's own on a tool shell's PATH."""
    return data_dir() / "shims"


def scripts_dir() -> Path:
    """The scripts that read documents; a person or a model may repair them."""
    return data_dir() / "scripts"


def libraries_dir() -> Path:
    """Python libraries for these scripts, installed with the person's consent."""
    return data_dir() / "libraries"


def user_themes_dir() -> Path:
    """The user's own theme files."""
    return data_dir() / "themes"


def shorten_home(path: str | Path) -> str:
    """`path` with the home directory written as ``~``."""
    text, home = str(path), str(Path.home())
    if text == home or text.startswith(home + os.sep):
        return "~" + text[len(home) :]
    return text
