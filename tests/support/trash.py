"""Shells that delete into a trash, and what a folder holds."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clacky_tui.trash.layout import TrashedItem, rewrite_sidecar
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
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return put_in_trash(trash.project / name, trash.project, at, content)


def put_in_trash(
    path: Path, project: Path, at: datetime, content: str = "x", *, copied: bool = False
) -> TrashedItem:
    """Write `content` to `path` and put it into the trash of `project` as if at `at`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    trash = ProjectTrash(project)
    item = trash.keep_copy(path, "sed -i", {}) if copied else trash.discard(path, "rm")
    dated = replace(item, deleted_at=at)
    rewrite_sidecar(dated)
    return dated


def shop_trash(home: Path, now: datetime) -> dict[str, TrashedItem]:
    """Two projects below `home`, one of them gone, and five entries by name; `home` is ``~``."""
    shop, gone = home / "src/shop", home / "src/prototype"
    items = {
        "totals": put_in_trash(
            shop / "shop/orders/totals.py", shop, now - timedelta(minutes=5), "x" * 2500
        ),
        "settings": put_in_trash(
            shop / "settings.toml", shop, now - timedelta(hours=3), "a = 1\n", copied=True
        ),
        "报告": put_in_trash(shop / "docs/报告.md", shop, now - timedelta(days=3), "报告\n" * 9),
        "build": put_in_trash(shop / "build.log", shop, now - timedelta(days=30), "x" * 1_500_000),
        "sketch": put_in_trash(gone / "sketch.py", gone, now - timedelta(days=2), "pass\n"),
    }
    shutil.rmtree(gone)
    return items
