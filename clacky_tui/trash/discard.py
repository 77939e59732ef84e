"""What the shims leave to Python: odd names, other file systems, long lists (see discard.sh)."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from clacky_tui.trash import trees
from clacky_tui.trash.store import ProjectTrash


def main(arguments: Sequence[str]) -> int:
    """Act on the triples that stand on the standard input; returns the exit code.

    Args:
        arguments: program, words before a name in an error, trash folder, project folder, and
            ``1`` or nothing for verbose and for force.

    Nothing is done unless the last triple is there: a shim that died half-way meant no harm.
    """
    program, cannot, folder, project, verbose, force = arguments
    texts = os.fsdecode(sys.stdin.buffer.read()).split("\0")[:-1]
    triples = list(zip(texts[::3], texts[1::3], texts[2::3], strict=False))
    if not triples or triples[-1][0] != "end":
        return 1
    _, failed, refused = triples.pop()
    if refused != "0":
        _complain(f"{program}: nothing was deleted")
        return 1
    trash = ProjectTrash(Path(project), Path(folder))
    code = 0 if failed == "0" else 1
    for verdict, name, path in triples:
        try:
            is_folder = stat.S_ISDIR(os.lstat(path).st_mode)
            if verdict == "real":
                trees.remove(Path(path))
            else:
                trash.discard(Path(path), program)
        except FileNotFoundError as error:
            if not force or error.filename != path:
                _complain(f"{program}: {cannot} '{name}': {error.strerror}")
                code = 1
        except OSError as error:
            _complain(f"{program}: {cannot} '{name}': {error.strerror or error}")
            code = 1
        else:
            if verbose:
                _write(sys.stdout, f"removed {'directory ' if is_folder else ''}'{name}'")
    return code


def _complain(line: str) -> None:
    _write(sys.stderr, line)


def _write(stream: object, line: str) -> None:
    stream.buffer.write(os.fsencode(line) + b"\n")  # type: ignore[attr-defined]
