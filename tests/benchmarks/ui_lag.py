"""Prints how late the app shows a pressed key while the agent's heaviest tool calls run.

    python tests/benchmarks/ui_lag.py [CASE ...]

The real app on a pseudo-terminal; a model server in a process of its own makes it run the calls of a
case one after the other, and keys are pressed all the while. The first row is the same app at rest.
The goal is at most 50 ms at the 95th percentile. Nothing here asserts.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

from edit import EIGHT_MB_LINES, FIVE_MB_LINES, LINE  # noqa: E402
from model_server import model_env  # noqa: E402
from probe import Probe, percentile, table  # noqa: E402
from run import CLACKY, COMPOSER, empty_home  # noqa: E402
from search import make_tree  # noqa: E402
from support.pdf import pdf  # noqa: E402

from clacky_tui.providers.demo.script import ScriptedCall, Step  # noqa: E402

GOAL_MILLISECONDS = 50
KEY_INTERVAL_SECONDS = 0.03
LONGEST_CASE_SECONDS = 120.0
LOST_SECONDS = 5.0
REST_KEYS = 100
KEYS_PER_LINE = 24
PDF_LINES = 30_000
FINISHED = "All of it is finished"
"""The model's last words, by which the end of a case is seen."""


def _calls(name: str, *arguments: dict[str, object]) -> list[Step]:
    steps = [Step(tool_calls=(ScriptedCall(name, values),)) for values in arguments]
    return [*steps, Step(text=f"{FINISHED}.")]


CASES: dict[str, Callable[[], list[Step]]] = {
    "50 MB of terminal output": lambda: _calls(
        "terminal", {"command": "yes 'a line of plain output' | head -c 50000000"}
    ),
    "10 MB of coloured output": lambda: _calls(
        "terminal",
        {"command": r"yes $'\e[32ma \e[1mcoloured\e[0m line' | head -c 10000000"},
    ),
    "grep in 20,000 files": lambda: _calls(
        "grep", *({"pattern": rf"return \w+{n}", "path": "tree"} for n in range(4))
    ),
    "glob of 20,000 files": lambda: _calls(
        "glob", *({"pattern": f"**/*{n}.py", "base_path": "tree", "limit": 500} for n in range(4))
    ),
    "edit of a 5 MB file": lambda: _calls(
        "edit",
        *(
            {"path": "five.py", "old_string": f"value_{n} =", "new_string": f"changed_{n} ="}
            for n in range(70_000, 70_004)
        ),
    ),
    "every line of 5 MB": lambda: _calls(
        "edit",
        {
            "path": "five.py",
            "old_string": "alpha",
            "new_string": "gamma",
            "replace_all": True,
        },
    ),
    "8 MB written over 8 MB": lambda: _calls(
        "write",
        {"path": "eight.py", "content": "".join(LINE.format(n, -n) for n in range(EIGHT_MB_LINES))},
    ),
    "text of a PDF": lambda: _calls("file_reader", {"path": "long.pdf"}),
}


def _fill(folder: Path) -> None:
    (folder / "tree").mkdir()
    make_tree(folder / "tree")
    for name, lines in (("five.py", FIVE_MB_LINES), ("eight.py", EIGHT_MB_LINES)):
        (folder / name).write_text("".join(LINE.format(n, n) for n in range(lines)))
    (folder / "long.pdf").write_bytes(pdf(*(f"line {n} of a long text" for n in range(PDF_LINES))))


def _typed(probe: Probe, enough: Callable[[int], bool]) -> tuple[list[float], int]:
    """Press keys until `enough`; the seconds until each was shown, and how many never were."""
    echoes: list[float] = []
    lost = 0
    deadline = time.monotonic() + LONGEST_CASE_SECONDS
    while not enough(len(echoes)) and time.monotonic() < deadline:
        probe.settle(0, KEY_INTERVAL_SECONDS)
        probe.read(KEY_INTERVAL_SECONDS)
        try:
            echoes.append(probe.echo(LOST_SECONDS))
        except TimeoutError:
            lost += 1
        if len(echoes) % KEYS_PER_LINE == 0:
            probe.clear_line()
    return echoes, lost


def _measured(folder: Path, name: str, steps: list[Step]) -> list[list[str]]:
    """Rows of the app at rest, and at work on `steps`."""
    with model_env(steps) as model, empty_home() as env:
        # The person's rc files would be measured too.
        env |= {"HOME": env["CLACKY_HOME"], "SHELL": "/bin/sh"}
        env |= model
        command = [*CLACKY, "--mode", "auto_approve"]
        with Probe(command, env, cwd=folder) as probe:
            probe.wait_for(COMPOSER)
            probe.settle(1.0)
            rest = _row("at rest", *_typed(probe, lambda keys: keys >= REST_KEYS))
            probe.clear_line()
            probe.press(b"go\r")
            started = time.monotonic()
            end = FINISHED.encode()
            work = _row(name, *_typed(probe, lambda _: end in probe.output))
            work.append(f"{time.monotonic() - started:.1f}")
            if end not in probe.output:
                work[0] += " (not finished)"
    return [[*rest, ""], work]


def _row(name: str, echoes: Sequence[float], lost: int) -> list[str]:
    figures = (percentile(echoes, 0.5), percentile(echoes, 0.95), max(echoes))
    return [name, *(f"{1000 * seconds:.1f}" for seconds in figures), f"{len(echoes)}", f"{lost}"]


def main() -> None:
    chosen = sys.argv[1:] or list(CASES)
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        _fill(Path(folder))
        for name in chosen:
            rest, work = _measured(Path(folder), name, CASES[name]())
            rows += [work] if rows else [rest, work]
            print(" ".join(work), file=sys.stderr, flush=True)
    heading = ("", "p50 ms", "p95 ms", "max ms", "keys", "lost", "seconds")
    title = f"Key echo while tools run (goal: p95 at most {GOAL_MILLISECONDS} ms)"
    print(table(title, heading, rows))


if __name__ == "__main__":
    main()
