"""Which files may go along with a message, and what is said of those that may not."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.errors import ClackyError
from clacky_tui.i18n import tr

IMAGES_LIMIT = 3
IMAGE_LIMIT_BYTES = 5 * 1024 * 1024
DOCUMENT_LIMIT_BYTES = 32 * 1024 * 1024
"""Limits and types of spec/tui-cli.md 6.4."""

DOCUMENT_SUFFIXES = (
    *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".csv"),
    *(".md", ".markdown", ".txt", ".log"),
    *(".zip", ".tar", ".gz", ".tgz", ".rar", ".7z"),
)
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be sent."""

    path: Path
    """Absolute."""
    size_bytes: int
    is_image: bool


class AttachmentError(ClackyError):
    """The file cannot be sent along."""

    code = "attachment"


def examine(typed: str, folder: Path) -> Attachment:
    """The file `typed` names, as `named_path` reads it, from `folder` on. Reads the disk.

    Raises:
        AttachmentError: there is no such file, or it is too large or of a type that is not sent.
    """
    from clacky_tui.tools.picture import PROBE_BYTES, SENDABLE_TYPES, image_type

    path = folder / named_path(typed)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise AttachmentError(tr("{path} is no file.", path=path), hint=tr("Name one file."))
        with path.open("rb") as file:
            picture_type = image_type(file.read(PROBE_BYTES))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise AttachmentError(
            tr("{path} cannot be attached: {reason}.", path=path, reason=reason),
            hint=tr("Check the path and try again."),
        ) from None
    if picture_type in SENDABLE_TYPES:
        limit, kind = IMAGE_LIMIT_BYTES, "picture"
    elif path.suffix.lower() in DOCUMENT_SUFFIXES:
        limit, kind = DOCUMENT_LIMIT_BYTES, "document"
    else:
        raise AttachmentError(
            tr("{name} is of a type that is not sent along.", name=path.name),
            hint=tr(
                "Pictures (png, jpeg, gif, webp), documents and archives are. "
                "Text of any type: name it with @, and the agent reads it."
            ),
        )
    if status.st_size > limit:
        raise AttachmentError(
            tr(
                "{name} has {st_size:.1f} MB; a {kind} may have {limit} MB.",
                name=path.name,
                st_size=status.st_size / _MEGABYTE,
                kind=tr(kind),
                limit=limit // _MEGABYTE,
            ),
            hint=tr("Make it smaller, or name its path and let the agent read parts of it."),
        )
    return Attachment(path.absolute(), status.st_size, kind == "picture")


def named_path(typed: str) -> Path:
    """The path that `typed` means: as typed, quoted, with a shell's backslashes, or as a file URL."""
    from urllib.parse import unquote, urlsplit

    text = typed.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    elif text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    elif "\\ " in text:
        text = text.replace("\\ ", " ")
    return Path(os.path.expanduser(text))  # noqa: PTH111  as Path, but silent without a home


def looks_like_path(text: str) -> bool:
    """True for one line that may be nothing but the path of a file, as a terminal drops it."""
    text = text.strip()
    return (
        0 < len(text) < 4096
        and "\n" not in text
        and text.startswith(("/", "~/", "./", "../", "file://", "'/", '"/', "'~/", '"~/'))
    )


def size_text(size_bytes: int) -> str:
    """``812 B``, ``12.3 KB`` or ``1.5 MB`` (powers of 1024)."""
    if size_bytes < 1024:
        return f"{size_bytes} B"
    if size_bytes < _MEGABYTE:
        return f"{size_bytes / 1024:.1f} KB"
    return f"{size_bytes / _MEGABYTE:.1f} MB"
