"""One script, run in a process of its own; the copy that runs is the user's, kept up to date."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.files import make_private_dir, write_atomic
from clacky_tui.paths import scripts_dir
from clacky_tui.tools.child import kill_group

LIMIT_SECONDS = 120.0
OUTPUT_LIMIT_BYTES = 5 * 1024 * 1024
TROUBLE_LIMIT_BYTES = 4000
READ_BYTES = 64 * 1024

_BUNDLED = Path(__file__).parent / "scripts"
_VERSION = re.compile(rb"VERSION:\s*(\d+)")
_HEADER_LINES = 40


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """What a script said. `output` is cut after `OUTPUT_LIMIT_BYTES`; `status` None: out of time."""

    output: bytes
    trouble: str
    status: int | None
    cut: bool


def install_script(name: str) -> Path:
    """The user's copy of the script `name`, made or brought up to date first.

    A copy is replaced only by a bundled one with a greater ``VERSION: n`` in its first 40 lines (no
    marker in a copy counts as 0), and kept beside as ``<name>.v<old>.bak``.

    Raises:
        OSError: the data directory cannot be written.
    """
    bundled = (_BUNDLED / name).read_bytes()
    installed = make_private_dir(scripts_dir()) / name
    try:
        current = installed.read_bytes()
    except FileNotFoundError:
        write_atomic(installed, bundled)
        return installed
    old, new = _version(current), _version(bundled)
    if new > old:
        write_atomic(installed.with_name(f"{name}.v{old}.bak"), current)
        write_atomic(installed, bundled)
    return installed


async def run_script(script: Path, path: Path, limit_seconds: float = LIMIT_SECONDS) -> ScriptRun:
    """Run `script` on `path`; its whole process group is killed when time is up or on cancel."""
    process = await asyncio.create_subprocess_exec(
        *script_command(script, path),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        async with asyncio.timeout(limit_seconds):
            (output, cut), trouble = await asyncio.gather(
                _head(process.stdout, process.pid), process.stderr.read()
            )
            status = await process.wait()
    except TimeoutError:
        return ScriptRun(b"", f"no answer within {limit_seconds:g} s", None, cut=False)
    finally:
        kill_group(process.pid)
        await process.wait()
    said = trouble[-TROUBLE_LIMIT_BYTES:].decode("utf-8", "replace").strip()
    return ScriptRun(output, said, 0 if cut else status, cut)


def script_command(script: Path, path: Path) -> list[str]:
    """The words of the command, which a model may run again by hand."""
    return [sys.executable, "-P", "-X", "utf8", str(script), str(path)]


async def _head(stream: asyncio.StreamReader, group: int) -> tuple[bytes, bool]:
    """The first `OUTPUT_LIMIT_BYTES`, and whether there was more; then the writer is stopped."""
    output = bytearray()
    while piece := await stream.read(READ_BYTES):
        output += piece
        if len(output) > OUTPUT_LIMIT_BYTES:
            kill_group(group)
            return bytes(output[:OUTPUT_LIMIT_BYTES]), True
    return bytes(output), False


def _version(content: bytes) -> int:
    header = b"\n".join(content.split(b"\n", _HEADER_LINES)[:_HEADER_LINES])
    found = _VERSION.search(header)
    return int(found[1]) if found else 0
