"""What each entry point loads. Proven in fresh processes, because a static check cannot see what a
library pulls in when it is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.stored_sessions import stored

PROBE = """
import sys
sys.argv = ["clacky", *{arguments!r}]
from clacky_tui.cli.main import main
code = main()
loaded = [name for name in {forbidden!r} if name in sys.modules]
print("LOADED", *loaded, file=sys.stderr)
sys.exit(int(code))
"""


def modules_loaded(arguments: list[str], forbidden: list[str], home: Path) -> list[str]:
    code = PROBE.format(arguments=arguments, forbidden=forbidden)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "CLACKY_HOME": str(home)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.rsplit("LOADED", 1)[1].split()


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_nothing_heavy(option: str, clacky_home: Path) -> None:
    heavy = ["textual", "pydantic", "httpx", "rich", "yaml", "plotext", "asyncio"]
    assert modules_loaded([option], heavy, clacky_home) == []


def test_help_of_the_models_loads_nothing_heavy(clacky_home: Path) -> None:
    heavy = ["textual", "pydantic", "httpx", "rich", "yaml", "plotext", "asyncio"]
    assert modules_loaded(["models", "--help"], heavy, clacky_home) == []


def test_the_bill_loads_no_screen_and_no_network(clacky_home: Path) -> None:
    heavy = ["textual", "pydantic", "httpx", "plotext"]
    assert modules_loaded(["billing"], heavy, clacky_home) == []
    assert modules_loaded(["billing", "--json"], heavy, clacky_home) == []


def test_listing_the_models_loads_no_screen_and_no_network(clacky_home: Path) -> None:
    assert modules_loaded(["models"], ["textual", "httpx", "plotext"], clacky_home) == []
    assert modules_loaded(["models", "--json"], ["textual", "httpx"], clacky_home) == []


def test_testing_the_models_never_loads_textual(clacky_home: Path) -> None:
    assert modules_loaded(["models", "--test"], ["textual", "plotext"], clacky_home) == []


def test_one_task_without_a_screen_never_loads_textual(clacky_home: Path) -> None:
    heavy = ["textual", "plotext", "ddgs", "html_to_markdown"]
    assert modules_loaded(["-m", "hello"], heavy, clacky_home) == []


def test_judging_a_command_loads_nothing_heavy(clacky_home: Path) -> None:
    heavy = ["textual", "pydantic", "httpx", "rich", "yaml", "plotext", "asyncio"]
    assert modules_loaded(["permissions", "check", "ls"], heavy, clacky_home) == []


def test_stored_sessions_are_listed_and_searched_without_screen_network_or_models(
    clacky_home: Path,
) -> None:
    heavy = ["textual", "pydantic", "httpx", "plotext", "asyncio", "yaml"]
    stored("aaaa111111111111")
    for arguments in (["-l"], ["sessions", "list"], ["sessions", "search", "hello"]):
        assert modules_loaded(arguments, heavy, clacky_home) == []


def test_talking_line_by_line_never_loads_textual(clacky_home: Path) -> None:
    assert modules_loaded(["--plain"], ["textual", "plotext", "ddgs"], clacky_home) == []


def test_mending_a_terminal_and_its_help_load_nothing_heavy(clacky_home: Path) -> None:
    heavy = ["textual", "pydantic", "httpx", "rich", "yaml", "plotext", "asyncio"]
    assert modules_loaded(["doctor", "--help"], heavy, clacky_home) == []


def test_the_first_frame_waits_for_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "import clacky_tui.cli.main, clacky_tui.cli.agent, clacky_tui.paths\n"
        "import clacky_tui.tui.first_frame.frame\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "textual",
        "rich",
        "pydantic",
        "asyncio",
        "threading",
        "typing",
        "dataclasses",
        "inspect",
    }
    assert heavy.isdisjoint(done.stdout.split())
