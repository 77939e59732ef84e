"""Whether a project's own configuration is used: what it supplies, and what the person said to it.

A project that was cloned may bring commands along. They run only after the person has seen them and
said yes, once per folder; changed commands are asked about anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from clacky_tui import paths
from clacky_tui.agent.project_store import ProjectStore
from clacky_tui.config.hooks import ShellHooks, read_hooks
from clacky_tui.config.yaml_file import read_yaml
from clacky_tui.i18n import phrase

PROJECT_FOLDER = ".clacky"
HOOKS_FILE = "hooks.yml"

Decision = Literal["trusted", "declined"]


@dataclass(frozen=True, slots=True)
class Supplied:
    """What a project folder brings along.

    Attributes:
        lines: each thing that would run or be used, for the person to read.
        problems: what in its files cannot be used.
    """

    folder: Path
    hooks: ShellHooks
    lines: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Changes with anything the person would be shown, or that changes how it runs."""
        text = json.dumps(
            {event: [hook.model_dump() for hook in hooks] for event, hooks in self.hooks.items()},
            sort_keys=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()


def read_supplied(folder: Path) -> Supplied:
    """What the project at `folder` supplies. Reads the disk and never raises."""
    own = folder / PROJECT_FOLDER
    if own.resolve() == paths.data_dir().resolve():
        return Supplied(folder, {})  # the home directory: its .clacky is the person's own
    file = own / HOOKS_FILE
    problems: list[str] = []
    hooks = read_hooks(read_yaml(file, problems), str(file), problems)
    lines = tuple(
        phrase(
            "hook {event}: {command}",
            event=event if hook.matcher == "*" else f"{event} ({hook.matcher})",
            command=hook.command,
        )
        for event, rows in hooks.items()
        for hook in rows
    )
    return Supplied(folder, hooks, lines, tuple(problems))


def decision_on(supplied: Supplied, problems: list[str]) -> Decision | None:
    """What the person said to exactly this; None when never asked, or it changed since.

    Reads the disk. Why the file cannot be used is added to `problems`.
    """
    kept = _store().get(supplied.folder, problems)
    if not isinstance(kept, dict) or kept.get("fingerprint") != supplied.fingerprint:
        return None
    return next((known for known in get_args(Decision) if known == kept.get("decision")), None)


def keep_decision(
    supplied: Supplied, decision: Decision, at: datetime, problems: list[str]
) -> None:
    """Remember what the person said. Writes the disk.

    That a damaged file was set aside is added to `problems`.

    Raises:
        OSError: the file cannot be read or written.
    """
    kept = {"decision": decision, "fingerprint": supplied.fingerprint, "at": at.isoformat()}
    _store().update(supplied.folder, lambda _: kept, problems)


def _store() -> ProjectStore:
    return ProjectStore(paths.trust_file(), "trust in projects")
