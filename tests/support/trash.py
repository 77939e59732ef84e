"""Shells that delete into a trash, and what a folder holds."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clacky_tui.trash.layout import TrashedItem
from clacky_tui.trash.shell import shell_guard
from clacky_tui.trash.store import ProjectTrash


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


def put(trash: ProjectTrash, name: str, content: str = "text", days_ago: float = 0) -> TrashedItem:
    """Delete a new file of this name, and pretend that it was `days_ago`."""
    path = trash.project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    item = trash.discard(path, "rm")
    if days_ago:
        sidecar = json.loads(item.sidecar.read_text())
        at = datetime.now(UTC) - timedelta(days=days_ago)
        item.sidecar.write_text(json.dumps({**sidecar, "deleted_at": at.isoformat()}))
    return item
