"""What the engine allows is run in real shells: nothing may change, run or leak.

The project has links to the outside, secrets, programs that leave a mark and repositories whose
settings run programs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from permission_corpus import commands

from clacky_tui.domain.permissions import judge
from clacky_tui.domain.permissions.git_readers import GIT_READERS
from clacky_tui.domain.permissions.readers import READERS
from clacky_tui.domain.verdict import Decision, Scope
from clacky_tui.tools.disk_scope import disk_scope

SECRET, OUTSIDE = "CANARY-SECRET", "CANARY-OUTSIDE"
MARK = "MARK"
FILES = {
    "README.md": "# Shop\nfoo\n",
    "pyproject.toml": "[project]\n",
    "package.json": '{"name": "shop", "scripts": {"test": "x"}}\n',
    "a.txt": "a 1\n",
    "b.txt": "b 2\n",
    "data.json": '{"a": 1, "items": [{"id": 1}]}\n',
    "data.csv": "a,b\n1,2\n",
    "src/app.py": "import os\ndef x(): pass\n",
    "src/util.py": "class A: pass\n",
    "src/my file.py": "x\n",
    "tests/test_app.py": "def test(): pass\n",
    "docs/guide.md": "foo\n",
    ".env": f"SECRET_KEY={SECRET}\n",
    "server.key": f"{SECRET}\n",
    "conf/credentials.json": f'{{"k": "{SECRET}"}}\n',
    "names.txt": "../outside/secret.txt\n.env\n",
    "marking.awk": f'BEGIN {{ system("touch {MARK}") }}\n',
    "marking.sed": f"w {MARK}\n",
    "tool": f"#!/bin/sh\ntouch {MARK}\n",
    "-o": "x\n",
}
HOSTILE = f'[core]\n\trepositoryformatversion = 0\n\tfsmonitor = "touch {{root}}/{MARK}; false"\n'
SHELLS = [
    [found, *flags]
    for name, flags in (("bash", ["--norc"]), ("zsh", ["-f", "-o", "extendedglob"]))
    if (found := shutil.which(name))
]


class Project(NamedTuple):
    root: Path
    scope: Scope
    environment: dict[str, str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    base = tmp_path_factory.mktemp("differential")
    root, outside, home = base / "project", base / "outside", base / "home"
    for folder in (root, outside, home):
        folder.mkdir()
    (outside / "secret.txt").write_text(f"{OUTSIDE}\n")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (root / "tool").chmod(0o755)
    for name, target in (
        ("out", outside),
        ("note.txt", outside / "secret.txt"),
        ("docs/linked.md", outside / "secret.txt"),
        ("envlink.md", Path(".env")),
        ("docs/src", Path("../src")),
    ):
        (root / name).symlink_to(target)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PAGER": "cat",
        **{
            f"GIT_{who}_{what}": "a"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }

    def git(*words: str, folder: Path = root) -> None:
        subprocess.run(
            ["git", *words], cwd=folder, env=environment, check=True, capture_output=True
        )

    git("init", "-q", "-b", "main")
    git("add", "--", "README.md", "a.txt", "src", "docs/guide.md", "package.json", ".env")
    git("commit", "-qm", "one")
    (root / "a.txt").write_text("a 3\n")
    git("commit", "-qam", "two")
    for name in ("nested", "bare"):
        hostile = root / "vendor" / name
        hostile.mkdir(parents=True)
        git("init", "-q", *(["--bare"] if name == "bare" else []), folder=hostile)
        settings = hostile / ("config" if name == "bare" else ".git/config")
        worktree = "\tworktree = ..\n" if name == "bare" else ""
        settings.write_text(HOSTILE.format(root=root) + worktree)
    return Project(root, disk_scope(root), environment)


def everything(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Every file with its size and time; git may refresh its index."""
    for path in sorted(folder.rglob("*")):
        if path.name not in ("index", "index.lock"):
            found = path.lstat()
            yield str(path), found.st_size, (0 if path.is_dir() else found.st_mtime_ns)


def run_and_look(project: Project, asked: Sequence[str]) -> int:
    """Run what is allowed of `asked` in every shell; fails when it did more than read."""
    allowed = [
        command
        for command in asked
        if judge("terminal", {"command": command}, project.scope).decision is Decision.ALLOW
    ]
    base = project.root.parent
    before = list(everything(base))

    def leaks(call: tuple[list[str], str]) -> str:
        shell, command = call
        done = subprocess.run(
            [*shell, "-c", command],
            cwd=project.root,
            env=project.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=20,
            check=False,
        )
        told = done.stdout.decode(errors="replace")
        return f"{shell[0]}: {command!r}" if SECRET in told or OUTSIDE in told else ""

    with ThreadPoolExecutor(4) as pool:
        calls = [(shell, command) for command in allowed for shell in SHELLS]
        assert [found for found in pool.map(leaks, calls) if found] == []
    assert list(everything(base)) == before, allowed
    return len(allowed)


def test_what_the_corpus_allows_only_reads(project: Project) -> None:
    allowed = [command for verdict, command in commands() if verdict == "allow"]
    assert run_and_look(project, allowed[::3]) > 120


WORDS = (
    ". src a.txt b.txt README.md src/app.py data.json data.csv docs/*.md ./*.txt src/*.py ./* * --"
    " -o .env out/secret.txt note.txt envlink.md conf/credentials.json server.key names.txt"
    " ../outside/secret.txt @names.txt ./s[^x]rver.key ./s[[:alpha:]]rver.key ./^x src/../.env"
    " docs/src/../.env marking.awk marking.sed conf vendor 1 2 x foo '' HEAD HEAD~1 HEAD:a.txt"
    " HEAD:.env main '.e*' -r -e -f -g --files --hidden -c -n -i -v -L -s -k '*' 1,5p p 's/a/b/'"
    " '{print}' recurse ./tool"
)
PLACES = WORDS.split()
PROGRAMS = [
    *READERS,
    *(f"git {name}" for name in GIT_READERS),
    *("sed", "sed -n", "awk", "jq", "find", "date", "test", "[", "printf", "command", "timeout 5"),
]
NEVER_ENDING = ("seq", "exit")


@st.composite
def readings(draw: st.DrawFn) -> str:
    """A program with a few of its own options, of others, and places good and bad."""
    program = draw(st.sampled_from([name for name in PROGRAMS if name not in NEVER_ENDING]))
    notation = READERS.get(program, GIT_READERS.get(program.removeprefix("git "), "-rnsec"))
    known = [
        word.rstrip(":@?=!;")
        for word in notation.split()
        if word.startswith("--") and len(word) > 2
    ]
    letters = "".join(w[1:] for w in notation.split() if w.startswith("-") and w[1:2] != "-")
    letters = "".join(c for c in letters if c.isalnum()) or "n"
    option = st.one_of(
        st.text(letters, min_size=1, max_size=3).map("-{}".format),
        st.text(f"{letters}oOfrewX", min_size=1, max_size=3).map("-{}".format),
        st.sampled_from(known or ["-n"]),
        st.tuples(st.sampled_from(known or ["-n"]), st.sampled_from(PLACES)).map("=".join),
    )
    words = draw(st.lists(st.sampled_from(PLACES) | option, max_size=5))
    start = draw(st.sampled_from(["", "", "", "cd src; ", "cd docs/src && cd .. && ", "time "]))
    end = draw(st.sampled_from(["", "", " | head -5", " < a.txt", " < .env", " 2>&1", " > x"]))
    return f"{start}{program} {' '.join(words)}{end}"


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
@given(st.lists(readings(), min_size=150, max_size=150))
def test_what_is_made_up_and_allowed_only_reads(project: Project, asked: list[str]) -> None:
    run_and_look(project, asked)
