"""The text of a PDF, an office file or an archive's listing, kept in a preview file."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shlex
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from clacky_tui.errors import ToolError
from clacky_tui.files import write_atomic
from clacky_tui.paths import libraries_dir
from clacky_tui.tools.documents.run_script import (
    ScriptRun,
    install_script,
    run_script,
    script_command,
)
from clacky_tui.tools.file_access import os_refusal
from clacky_tui.tools.refusal import refused

_SCRIPTS = {
    ".pdf": "read_pdf.py",
    ".docx": "read_docx.py",
    ".pptx": "read_pptx.py",
    **dict.fromkeys((".xlsx", ".xlsm"), "read_xlsx.py"),
    **dict.fromkeys((".doc", ".xls", ".ppt"), "read_old_office.py"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".jar"), "list_archive.py"),
}
_PACKAGES = {"docx": "python-docx", "pptx": "python-pptx", "PIL": "pillow"}
"""Package names of the modules the scripts import, where they differ."""

_MISSING_MODULE = re.compile(r"No module named '(\w+)")
_UNSAFE_IN_NAMES = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_NAME_LIMIT_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a document.

    Attributes:
        kind: short word for where it comes from, e.g. ``"pdf"`` or ``"zip listing"``.
        text: Markdown or plain lines, at most 5 MB.
        preview_path: a file with the same text, in a private temporary folder.
        cut: True when there was more.
    """

    kind: str
    text: str
    preview_path: Path
    cut: bool


def document_kind(path: Path) -> str:
    """``"pdf"``, ``"docx"``, ``"zip listing"`` …; empty for what `extract` does not read."""
    suffix = path.suffix.lower()
    script = _SCRIPTS.get(suffix)
    if script is None:
        return ""
    kind = suffix.removeprefix(".")
    return f"{kind} listing" if script == "list_archive.py" else kind


async def extract(path: Path) -> Extracted:
    """The text of the document at `path`, whose suffix `document_kind` knows.

    Raises:
        ToolError: missing, unreadable, or the script failed; the message says how to go on: which
            library to install, or which script to repair and how to run it.
    """
    try:
        script = await asyncio.to_thread(install_script, _SCRIPTS[path.suffix.lower()])
        preview = await asyncio.to_thread(_preview_path, path, script)
    except OSError as error:
        raise os_refusal("read", path, error) from error
    run = await run_script(script, path)
    text = run.output.decode("utf-8", "replace").replace("\r\n", "\n")
    if run.status != 0 or not text.strip():
        raise script_failure(path, script, run, preview)
    try:
        await asyncio.to_thread(write_atomic, preview, text.encode(), mode=0o600)
    except OSError as error:
        raise os_refusal("write the preview", preview, error) from error
    return Extracted(document_kind(path), text, preview, run.cut)


def script_failure(path: Path, script: Path, run: ScriptRun, output: Path | None) -> ToolError:
    """Why `script` gave nothing for `path`, and the next step: install a library, or repair it."""
    missing = _MISSING_MODULE.search(run.trouble)
    if missing is not None:
        package = _PACKAGES.get(missing[1], missing[1])
        return refused(
            f"Reading {path} needs the Python library {package}, which is not installed.",
            code="library_missing",
            hint=f"Install it with terminal, then read the file again: {install_command(package)}",
        )
    command = shlex.join(script_command(script, path))
    if output is not None:
        command += f" > {shlex.quote(str(output))}"
    said = run.trouble or "it printed nothing"
    return refused(
        f"Could not read {path}: {said}\nThe script is {script}.\n",
        code="script_failed",
        hint="Do what the message asks, or repair the script and read the file again; by hand it"
        f" runs as: {command}",
    )


def install_command(package: str) -> str:
    """The command that installs `package` where the scripts look for it."""
    target = ["--target", str(libraries_dir())]
    if find_spec("pip") is not None:
        return shlex.join([sys.executable, "-m", "pip", "install", *target, package])
    return shlex.join(["uv", "pip", "install", "--python", sys.executable, *target, package])


def _preview_path(path: Path, script: Path) -> Path:
    """The preview's place; the same file read by the same script has the same one."""
    status = path.stat()
    source = (str(path.resolve()), status.st_mtime_ns, status.st_size, script.read_bytes())
    key = hashlib.sha256(repr(source).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    name = _UNSAFE_IN_NAMES.sub("_", path.name)[-_NAME_LIMIT_CHARACTERS:]
    return _preview_folder() / f"{key}_{name}.preview.md"


def _preview_folder() -> Path:
    """A folder of this user's alone; one that someone else made is not used."""
    folder = Path(tempfile.gettempdir()) / f"clacky-uploads-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    ours = status.st_uid == os.getuid() and not folder.is_symlink() and not status.st_mode & 0o077
    return folder if ours else Path(tempfile.mkdtemp(prefix="clacky-uploads-"))
