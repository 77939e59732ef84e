"""What covering a shell command costs, beside `git status` on the same tree of 5,000 files.

    python tests/benchmarks/snapshots.py

Cold: the first look of a session (it reads every file) and git without its index's stat data.
Warm: nothing changed since; and with one file changed. Medians; the ratios travel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from probe import median, table  # noqa: E402

from clacky_tui.sessions.time_machine.machine import TimeMachine  # noqa: E402
from clacky_tui.tools.ignore import FolderRules  # noqa: E402

FOLDERS, FILES_EACH, LINES = 100, 50, 60
ROUNDS = 7


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def make_tree(root: Path) -> None:
    for folder in range(FOLDERS):
        (root / f"package{folder}").mkdir(parents=True)
        for number in range(FILES_EACH):
            lines = (f"line {line} of {folder}/{number}\n" for line in range(LINES))
            (root / f"package{folder}" / f"module{number}.py").write_text("".join(lines))
    (root / ".gitignore").write_text("*.pyc\nbuild/\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "work")
        make_tree(root)
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_OPTIONAL_LOCKS": "1"}

        def git(*arguments: str) -> None:
            subprocess.run(
                ["git", "-c", "user.name=b", "-c", "user.email=b@example.org", *arguments],
                cwd=root,
                env=environment,
                check=True,
                capture_output=True,
            )

        git("init")
        git("add", "-A")
        git("commit", "-m", "start")
        time.sleep(0.2)  # past the time in which a file counts as still changing

        cold_git, cold_ours, warm_git, warm_ours, changed_git, changed_ours = ([] for _ in range(6))
        for number in range(ROUNDS):
            machine = TimeMachine(Path(folder, f"s{number}"), root, lambda: FolderRules.at(root))
            machine.begin_task(1, 0)
            (root / ".git/index").unlink()
            git("read-tree", "HEAD")
            cold_git.append(timed(lambda: git("status", "--porcelain")))
            cold_ours.append(timed(machine.before_command))
            warm_git.append(timed(lambda: git("status", "--porcelain")))
            warm_ours.append(timed(machine.before_command))
            token = machine.before_command()
            (root / "package7/module7.py").write_text(f"changed {number}\n")
            changed_git.append(timed(lambda: git("status", "--porcelain")))
            changed_ours.append(timed(partial(machine.after_command, token)))
            machine.purge()
            git("checkout", ".")
            time.sleep(0.2)

    rows = [
        [name, f"{median(g):.0f}", f"{o:.0f}", f"{o / median(g):.2f}"]
        for name, g, o in (
            ("cold", cold_git, median(cold_ours)),
            ("warm", warm_git, median(warm_ours)),
            ("one file changed", changed_git, median(changed_ours)),
        )
    ]
    print(table("5,000 files", ("ms", "git status", "clacky", "ratio"), rows))


if __name__ == "__main__":
    main()
