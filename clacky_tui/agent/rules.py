"""What a person has allowed for good, per project folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clacky_tui import paths
from clacky_tui.agent.project_store import ProjectStore


def kept_rules(folder: Path, problems: list[str]) -> frozenset[str]:
    """The rules of `folder`; whatever in the file is no rule is passed over. Reads the disk.

    Why the file cannot be used is added to `problems`.
    """
    return frozenset(_rules(_store().get(folder, problems)))


def keep_rules(folder: Path, rules: Iterable[str], problems: list[str]) -> None:
    """Add `rules` to those of `folder`. Writes the disk.

    That a damaged file was set aside is added to `problems`.

    Raises:
        OSError: the file cannot be read or written.
    """
    added = frozenset(rules)
    _store().update(folder, lambda kept: sorted(added.union(_rules(kept))), problems)


def _store() -> ProjectStore:
    return ProjectStore(paths.permissions_file(), "permissions")


def _rules(kept: object) -> list[str]:
    return [rule for rule in kept if isinstance(rule, str)] if isinstance(kept, list) else []
