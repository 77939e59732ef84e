"""Files as the tools reach them: paths resolved and checked, reads bounded, changes noticed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from clacky_tui.domain.permissions.names import is_secret_target
from clacky_tui.errors import ToolError
from clacky_tui.paths import shorten_home
from clacky_tui.tools.base import Arguments, ToolContext
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import one_line, size_words

BINARY_PROBE_CHARACTERS = 512
"""A NUL among this many first characters makes a file binary (spec/tools-skills.md 4.1)."""

EDITABLE_LIMIT_BYTES = 8 * 1024 * 1024
"""Above this a file is neither matched against nor compared line by line."""


def resolve_path(path: str, context: ToolContext) -> Path:
    """`path` as an absolute path without ``.`` and ``..``; symlinks are kept.

    Raises:
        ToolError: the path is blank, holds a NUL byte or names an unknown home directory.
    """
    if not path.strip():
        raise refused("The path is empty.", hint="Name a file or folder.")
    if "\0" in path:
        raise refused("The path holds a NUL byte.", hint="Send a plain path.")
    try:
        return Path(os.path.normpath(context.resolve(path)))
    except RuntimeError:
        raise refused(f"No home directory is known for {path}.", hint="Use a full path.") from None


def path_argument(arguments: Arguments, context: ToolContext) -> Path:
    """The call's `path`, resolved as `resolve_path` does and with the same refusals."""
    return resolve_path(str(arguments.get("path", "")), context)


def display_path(path: str | Path, context: ToolContext) -> str:
    """`path` for people: relative inside the working directory, else with ``~``; one line."""
    try:
        absolute = os.path.normpath(context.resolve(str(path)))
    except RuntimeError:
        return one_line(str(path))
    folder = os.path.normpath(context.working_dir)
    if absolute == folder:
        return "."
    if absolute.startswith(folder.rstrip(os.sep) + os.sep):
        return one_line(os.path.relpath(absolute, folder))
    return one_line(shorten_home(absolute))


def path_subject(arguments: Arguments, context: ToolContext, key: str = "path") -> str:
    """The path argument as a line's subject; empty when the model sent none."""
    path = arguments.get(key)
    return display_path(path, context) if isinstance(path, str) and path.strip() else ""


def looks_binary(text: str) -> bool:
    """True when the first `BINARY_PROBE_CHARACTERS`, decoded, hold a NUL: UTF-16 is no binary."""
    return "\0" in text[:BINARY_PROBE_CHARACTERS]


def read_regular(path: Path, limit_bytes: int) -> bytes:
    """At most `limit_bytes` + 1 bytes of a regular file; one more than the limit means too large.

    Raises:
        ToolError: `path` is a device, pipe or socket; reading one could wait for ever.
        OSError: missing, a directory or unreadable.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(path.stat().st_mode):
        raise refused(f"{path} is not a regular file.", hint="Only files can be opened.")
    with path.open("rb") as file:
        return file.read(limit_bytes + 1)


def check_writable_target(path: Path) -> None:
    """Refuse targets that no mode may write: secrets, and things that are not regular files.

    Raises:
        ToolError: the real file behind `path` holds secrets (spec/tools-skills.md 3.3, 3.7), or
            `path` is a directory, device, pipe or socket.
    """
    real = Path(os.path.realpath(path))
    for name in (path, real):
        if is_secret_target(str(name)):
            raise refused(
                f"{path} may hold secrets; the agent never writes it.",
                code="secret_target",
                hint="Tell the person what to change and let them edit it.",
            )
    if real.is_dir():
        raise refused(f"{path} is a directory.", hint="Name a file inside it.")
    if real.exists() and not stat.S_ISREG(real.stat().st_mode):
        raise refused(f"{path} is not a regular file.", hint="Name a regular file.")


def remember_stamp(path: Path, context: ToolContext) -> None:
    """Note the file's time and size as what this session knows."""
    context.file_stamps[path.resolve()] = _stamp(path)


def changed_since_read(path: Path, context: ToolContext) -> bool:
    """True when the session read or wrote the file before and it is different now."""
    known = context.file_stamps.get(path.resolve())
    return known is not None and known != _stamp(path)


def os_refusal(doing: str, path: Path, error: OSError) -> ToolError:
    """`error` as a sentence for the model. `doing` is a verb phrase such as ``"write"``."""
    match error.errno:
        case errno.ENOENT:
            return refused(f"{path} does not exist.", hint="Check the path with glob.")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return refused(
                f"No permission to {doing} {path}.", hint="Choose another path or ask the person."
            )
        case errno.EISDIR:
            return refused(f"{path} is a directory.", hint="Name a file inside it.")
        case errno.ENOTDIR:
            return refused(f"A part of {path} is a file, not a folder.", hint="Check the path.")
        case errno.ENOSPC | errno.EDQUOT:
            return refused(
                f"No space left on the disk to {doing} {path}; nothing was changed.",
                hint="Tell the person to free some space.",
            )
        case _:
            reason = error.strerror or type(error).__name__
            return refused(f"Could not {doing} {path}: {reason}.", hint="Try another path.")


def too_large(path: Path, size_bytes: int, limit_bytes: int, hint: str) -> ToolError:
    """The refusal of a file over a limit, with both sizes in words."""
    return refused(
        f"{path} is {size_words(size_bytes)}, over the limit of {size_words(limit_bytes)}.",
        hint=hint,
    )


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size
