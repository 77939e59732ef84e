"""The guard of a tool shell: programs before the system's own that delete into the trash."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import clacky_tui
from clacky_tui.files import make_private_dir, write_atomic
from clacky_tui.paths import data_dir, shims_dir
from clacky_tui.trash.layout import open_project_folder, project_folder
from clacky_tui.trash.temporary import temporary_dirs

GUARDED_PROGRAMS = ("rm", "rmdir", "unlink", "shred")
"""`shred` is refused; what the others delete can be restored."""

_SCRIPT = Path(__file__).with_name("discard.sh")
_EXECUTABLE_MODE = 0o700
_INIT_NAME = "init.sh"
_DISCARD_CODE = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from clacky_tui.trash.discard import main; sys.exit(main(sys.argv[2:]))"
)


@dataclass(frozen=True, slots=True)
class ShellGuard:
    """What makes a shell delete into the trash.

    Attributes:
        environment: variables to export before each command.
        init_file: to be sourced by an interactive bash or zsh after its start-up files.
        path_prefix: to stand first on PATH when a command runs.
    """

    environment: dict[str, str]
    init_file: Path
    path_prefix: Path


def shell_guard(project: Path) -> ShellGuard:
    """The guard for `project`; its programs and the project's trash are written when missing.

    What lies in a temporary folder outside the project is not worth keeping and is deleted as
    usual, unless the person's home or data lies in that folder too.

    Raises:
        OSError: the data directory cannot be written.
    """
    root, trash, shims = Path(os.path.realpath(project)), project_folder(project), shims_dir()
    open_project_folder(trash, root)
    make_private_dir(shims)
    script = ("\n".join(_definitions()) + "\n\n").encode() + _SCRIPT.read_bytes()
    for program in GUARDED_PROGRAMS:
        _write_changed(shims / program, script, _EXECUTABLE_MODE)
    _write_changed(shims / _INIT_NAME, _init_text(shims).encode(), 0o600)
    return ShellGuard(
        environment={"CLACKY_TRASH_DIR": str(trash), "CLACKY_PROJECT_DIR": str(root)},
        init_file=shims / _INIT_NAME,
        path_prefix=shims,
    )


def _definitions() -> Iterator[str]:
    """The lines in front of ``discard.sh``: what it cannot know by itself."""
    package_root = Path(clacky_tui.__file__).parent.parent
    command = " ".join(quote(part) for part in (sys.executable, "-I", "-c", _DISCARD_CODE))
    temp_dirs = " | ".join(f"{quote(folder)}/*" for folder in map(str, temporary_dirs()))
    yield "#!/bin/sh"
    yield f"system_dir={quote(_system_dir())}"
    yield f"home_dir={quote(os.path.realpath(Path.home()))}"
    yield f"data_dir={quote(os.path.realpath(data_dir()))}"
    yield f'discard() {{ {command} {quote(str(package_root))} "$@"; }}'
    if temp_dirs:
        yield f"in_temp() {{ case $1 in {temp_dirs}) return 0 ;; esac; return 1; }}"
    else:
        yield "in_temp() { return 1; }"


def _init_text(shims: Path) -> str:
    """Functions for interactive shells, so that neither an alias nor a changed PATH gets between.

    zsh would ask before ``rm *``, and wait for an answer that never comes.
    """
    programs = " ".join(GUARDED_PROGRAMS)
    functions = "".join(
        f'function {program} {{ {quote(str(shims / program))} "$@"; }}\n'
        for program in GUARDED_PROGRAMS
    )
    return (
        f"\\unalias {programs} 2>/dev/null\n"
        f'[ -z "${{ZSH_VERSION:-}}" ] || \\setopt rm_star_silent\n{functions}'
    )


def _system_dir() -> str:
    """The folder of the system's own `rm`."""
    folders = f"{os.defpath}:{os.environ.get('PATH', '')}".split(":")
    own = str(shims_dir())
    found = shutil.which("rm", path=":".join(folder for folder in folders if folder != own))
    return str(Path(found).parent) if found else "/bin"


def _write_changed(path: Path, content: bytes, mode: int) -> None:
    try:
        if path.read_bytes() == content and path.stat().st_mode & 0o777 == mode:
            return
    except OSError:
        pass
    write_atomic(path, content, mode=mode)
