"""Pictures for the model: known by their first bytes, scaled down when Pillow is there."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.domain.messages import ImagePart
from clacky_tui.tools.documents.extract import script_failure
from clacky_tui.tools.documents.run_script import install_script, run_script
from clacky_tui.tools.file_access import os_refusal, read_regular, too_large
from clacky_tui.tools.refusal import refused

FILE_LIMIT_BYTES = 32 * 1024 * 1024
BASE64_LIMIT_BYTES = 5_000_000
"""What providers take in one image (spec/tools-skills.md 4.1)."""

PROBE_BYTES = 16
SENDABLE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is sent; `file_bytes` is the size of the file it came from."""

    part: ImagePart
    file_type: str
    file_bytes: int


def image_type(first_bytes: bytes) -> str:
    """The MIME type told by the first `PROBE_BYTES` of a file; empty when it is no picture."""
    if first_bytes.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if first_bytes.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if first_bytes.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if first_bytes[:4] == b"RIFF" and first_bytes[8:12] == b"WEBP":
        return "image/webp"
    # The reserved zeros keep a text that happens to begin with BM apart.
    if first_bytes.startswith(b"BM") and first_bytes[6:10] == b"\0\0\0\0":
        return "image/bmp"
    if first_bytes.startswith((b"II*\0", b"MM\0*")):
        return "image/tiff"
    return ""


async def load_picture(path: Path) -> Picture:
    """The picture at `path`, at most 800 pixels wide when Pillow is there to scale it.

    Raises:
        ToolError: not a picture, too large, or it needs Pillow and that is missing.
    """
    content, file_type, script = await asyncio.to_thread(_opened, path)
    run = await run_script(script, path)
    scaled = run.output if run.status == 0 and not run.cut else b""
    sent_type = image_type(scaled[:PROBE_BYTES])
    if not sent_type:
        # Without Pillow a picture that is small enough goes as it is.
        scaled, sent_type = content, file_type
        if sent_type not in SENDABLE_TYPES:
            raise script_failure(path, script, run, None)
    encoded = await asyncio.to_thread(base64.b64encode, scaled)
    if len(encoded) > BASE64_LIMIT_BYTES:
        if run.status != 0:
            raise script_failure(path, script, run, None)
        raise too_large(path, len(content), BASE64_LIMIT_BYTES, "Make it smaller first.")
    return Picture(ImagePart(sent_type, encoded.decode("ascii")), file_type, len(content))


def _opened(path: Path) -> tuple[bytes, str, Path]:
    """The file's bytes, its type and the script that scales it."""
    try:
        content = read_regular(path, FILE_LIMIT_BYTES)
        if len(content) > FILE_LIMIT_BYTES:
            hint = "Scale it down with a command first, e.g. magick."
            raise too_large(path, path.stat().st_size, FILE_LIMIT_BYTES, hint)
        file_type = image_type(content[:PROBE_BYTES])
        if not file_type:
            raise refused(f"{path} is no picture of a known kind.", hint="Look at it with file.")
        return content, file_type, install_script("scale_image.py")
    except OSError as error:
        raise os_refusal("read", path, error) from error
