"""A JSON file in the data directory that holds something for each project folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clacky_tui.errors import ConfigError
from clacky_tui.files import PRIVATE_FILE_MODE, exclusive, set_aside, write_atomic
from clacky_tui.i18n import tr
from clacky_tui.paths import shorten_home


class ProjectStore:
    """Values by the real path of a folder. It lies outside the project, which could supply one.

    Reads and writes the disk: call it in a thread.

    Args:
        path: the file; created with mode 0600 when something is kept first.
        holds: what it holds, for a sentence about it.
    """

    def __init__(self, path: Path, holds: str) -> None:
        self._path = path
        self._holds = holds

    def get(self, folder: Path, problems: list[str]) -> Any:
        """What is kept for `folder`; None when nothing is.

        A file that cannot be used counts as empty, and that is added to `problems`.
        """
        try:
            return self._load().get(_key(folder))
        except OSError as error:
            why = error.strerror or str(error)
        except ConfigError as error:
            why = error.message
        problems.append(
            tr(
                "{path} cannot be used: {why}. It is as if it held no {holds}; mend the file, or "
                "remove it.",
                path=shorten_home(self._path),
                why=why,
                holds=tr(self._holds),
            )
        )
        return None

    def update(self, folder: Path, change: Callable[[Any], Any], problems: list[str]) -> None:
        """Replace what is kept for `folder` by `change` of it, safe from other processes.

        A file that is no such JSON is set aside as ``*.broken`` first, which is added to `problems`.

        Raises:
            OSError: the file cannot be read or written; it is as it was.
        """
        with exclusive(self._path):
            try:
                values = self._load()
            except ConfigError as error:
                aside = set_aside(self._path)
                values = {}
                problems.append(
                    tr(
                        "{path} could not be used: {message}. It is now {name}; take from it the "
                        "{holds} you want to keep.",
                        path=shorten_home(self._path),
                        message=error.message,
                        name=aside.name,
                        holds=tr(self._holds),
                    )
                )
            key = _key(folder)
            values[key] = change(values.get(key))
            text = json.dumps(values, indent=2, ensure_ascii=False, sort_keys=True)
            write_atomic(self._path, f"{text}\n".encode(), mode=PRIVATE_FILE_MODE)

    def _load(self) -> dict[str, Any]:
        """Everything; nothing while there is no file, or it is blank.

        Raises:
            ConfigError: the file is damaged; its message is the reason.
            OSError: the file cannot be read.
        """
        try:
            values = json.loads(self._path.read_bytes() or b"{}")
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            raise ConfigError(tr("it is no JSON")) from None
        if not isinstance(values, dict):
            raise ConfigError(tr("it is no JSON object"))
        return values


def _key(folder: Path) -> str:
    return os.path.realpath(folder)
