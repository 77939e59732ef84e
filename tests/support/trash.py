"""Shells that delete into a trash, and what a folder holds."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

from clacky_tui.trash.shell import shell_guard


def run_guarded(
    command: str, project: Path, shell: str = "bash", *, source_init: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run `command` in the project as the terminal tool would: guarded, with shims on PATH."""
    guard = shell_guard(project)
    environment = {
        **os.environ,
        **guard.environment,
        "PATH": f"{guard.path_prefix}:{os.environ['PATH']}",
    }
    if source_init:
        command = f". {guard.init_file}\n{command}"
    return subprocess.run(
        [shell, "-c", command],
        cwd=project,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=60,
        check=False,
    )


def snapshot(root: Path) -> dict[str, tuple[object, ...]]:
    """Everything below `root` by relative path: kind, mode, time and content."""
    found: dict[str, tuple[object, ...]] = {}
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            status = path.lstat()
            content: object = None
            if stat.S_ISLNK(status.st_mode):
                content = str(path.readlink())
            elif stat.S_ISREG(status.st_mode):
                content = path.read_bytes()
            found[str(path.relative_to(root))] = (status.st_mode, status.st_mtime_ns, content)
    return found
