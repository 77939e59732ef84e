"""Files a person sends along: pictures into the message, of all others where they can be read."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.domain.messages import ImagePart
from clacky_tui.errors import ToolError
from clacky_tui.i18n import tr
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.documents import document_kind, extract
from clacky_tui.tools.file_access import os_refusal
from clacky_tui.tools.picture import PROBE_BYTES, image_type, load_picture
from clacky_tui.tools.wording import one_line, size_words

NOT_SEEN = "You cannot see pictures; the user would have to choose a model that can."


@dataclass(frozen=True, slots=True)
class Attached:
    """What goes to the model.

    Attributes:
        images: the pictures it can see.
        listing: what it is told of every file; entries separated by a blank line.
        problems: why a file could not be used, for the person.
    """

    images: tuple[ImagePart, ...]
    listing: str
    problems: tuple[str, ...]


NOTHING_ATTACHED = Attached((), "", ())


async def read_attachments(
    paths: Sequence[str], context: ToolContext, *, sees_images: bool
) -> Attached:
    """The files at `paths`; one that cannot be used is told of and stops nothing."""
    images: list[ImagePart] = []
    entries: list[str] = []
    problems: list[str] = []
    for path in map(context.resolve, paths):
        facts = [f"[File: {one_line(path.name)}]"]
        try:
            size_bytes, picture_type = await asyncio.to_thread(_looked_at, path)
            kind = picture_type or document_kind(path) or path.suffix.removeprefix(".") or "file"
            facts += [f"Type: {kind}", f"Size: {size_words(size_bytes)}", f"Path: {path}"]
            if picture_type and sees_images:
                images.append((await load_picture(path)).part)
            elif picture_type:
                facts.append(f"Note: {NOT_SEEN}")
                problems.append(
                    tr("{name} is not shown to the model: it cannot see pictures.", name=path.name)
                )
            elif document_kind(path):
                facts.append(f"Text: {(await extract(path)).preview_path}")
        except ToolError as error:
            facts.append(f"Note: {error.message}")
            problems.append(f"{path.name}: {error.message}")
        entries.append("\n".join(facts))
    return Attached(tuple(images), "\n\n".join(entries), tuple(problems))


def _looked_at(path: Path) -> tuple[int, str]:
    """Size in bytes, and the MIME type when it is a picture."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return 0, ""
        with path.open("rb") as file:
            return status.st_size, image_type(file.read(PROBE_BYTES))
    except OSError as error:
        raise os_refusal("read", path, error) from error
