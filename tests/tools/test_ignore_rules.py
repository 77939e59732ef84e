"""Ignore rules against git itself."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clacky_tui.tools.ignore import WalkCounts, walk_files
from clacky_tui.tools.ignore_rules import IgnoreRules

NAMES = ["x.py", "x.txt", "a/x.py", "a/b/x.py", "a/b/y.txt", "b/x.py", "b/y y", "c/b/x.txt", "[d]"]

RULES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "!", "/", "!/"]),
    st.sampled_from(["", "", "a/", "**/", "a/**/", "*/"]),
    st.sampled_from(
        [
            "*",
            "**",
            "*.py",
            "x*",
            "b",
            "a",
            "c",
            "x.py",
            "[!x].*",
            "[a-c]",
            "?.txt",
            "y\\ y",
            "\\[d]",
        ]
    ),
    st.sampled_from(["", "", "/", "/**", "/*", "  "]),
)


def by_git(root: Path) -> list[str]:
    command = ["git", "ls-files", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return sorted(done.stdout.split("\0")[:-1])


def by_us(root: Path) -> list[str]:
    walk = walk_files(root, working_dir=root, counts=WalkCounts(), never_ignored=lambda name: False)
    return sorted("/".join(file.parts) for file in walk)


@settings(max_examples=40, deadline=None)
@given(top=st.lists(RULES, max_size=5), inner=st.lists(RULES, max_size=3))
def test_git_agrees(top: list[str], inner: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        subprocess.run(["git", "init", "-q"], cwd=root, check=True)
        for name in NAMES:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("")
        (root / ".gitignore").write_text("\n".join(top))
        (root / "a" / ".gitignore").write_text("\n".join(inner))
        assert by_us(root) == by_git(root), (top, inner)


@pytest.mark.parametrize(
    ("rule", "path", "verdict"),
    [
        ("# note", "# note", None),
        (r"\#x", "#x", True),
        (r"\!x", "!x", True),
        ("a ", "a", True),
        (r"a\ ", "a ", True),
        ("[", "[", None),
        ("x\\", "x\\", None),
        ("[z-a]", "b", None),
        ("[]x]", "]", True),
        ("[!a]", "b", True),
        ("foo\r", "foo", True),
        ("/", "a", None),
        ("!", "a", None),
        ("a**b", "axxb", True),
    ],
)
def test_single_rules(rule: str, path: str, verdict: bool | None) -> None:
    assert IgnoreRules([rule]).verdict(path.split("/"), folder=False) is verdict
