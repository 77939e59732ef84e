"""What a person has allowed for good, per project folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clacky_tui import paths
from clacky_tui.agent.project_store import ProjectStore


def kept_rules(folder: Path) -> frozenset[str]:
    """The rules of `folder`; whatever in the file is no rule is passed over. Reads the disk."""
    return frozenset(_rules(_store().get(folder)))


def keep_rules(folder: Path, rules: Iterable[str]) -> None:
    """Add `rules` to those of `folder`. Writes the disk.

    Raises:
        OSError: the file cannot be written.
    """
    added = frozenset(rules)
    _store().update(folder, lambda kept: sorted(added.union(_rules(kept))))


def _store() -> ProjectStore:
    return ProjectStore(paths.permissions_file())


def _rules(kept: object) -> list[str]:
    return [rule for rule in kept if isinstance(rule, str)] if isinstance(kept, list) else []
