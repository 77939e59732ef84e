"""The glob tool and its patterns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.glob import Glob
from clacky_tui.tools.glob_pattern import GlobPattern, split_literal_prefix

TOOL = Glob()


def lay_out(folder: Path, *names: str) -> None:
    for age, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
        os.utime(path, (1_000_000 - age, 1_000_000 - age))


async def found(context: ToolContext, pattern: str, **more: object) -> list[str]:
    result = await TOOL.run({"pattern": pattern, **more}, context)
    paths = result.content.split("\n")[1:]
    return [path.removeprefix(f"{context.working_dir}/") for path in paths]


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.py", "a.py", True),
        ("*.py", "x/y/a.py", True),
        ("*.py", ".hidden.py", True),
        ("x/*.py", "x/a.py", True),
        ("x/*.py", "x/y/a.py", False),
        ("x/*.py", "z/x/a.py", False),
        ("/*.py", "a.py", True),
        ("/*.py", "x/a.py", False),
        ("**/*.py", "a.py", True),
        ("x/**/a.py", "x/a.py", True),
        ("x/**/a.py", "x/y/z/a.py", True),
        ("x/**", "x/y/z", True),
        ("**", "x/y", True),
        ("*.{ts,tsx}", "a.tsx", True),
        ("*.{ts,tsx}", "a.js", False),
        ("{a,b}/{c,d}.x", "b/d.x", True),
        ("[ab]?.py", "b1.py", True),
        ("[!a].py", "a.py", False),
        ("./x.py", "x.py", True),
        ("*.PY", "a.py", False),
    ],
)
def test_patterns(pattern: str, path: str, fits: bool) -> None:
    assert GlobPattern(pattern).matches(path.split("/")) is fits


@pytest.mark.parametrize(
    ("pattern", "split"),
    [
        ("*.py", ("", "*.py")),
        ("a.py", ("", "a.py")),
        ("src/*.py", ("src", "/*.py")),
        ("src/a/b.py", ("src/a", "/b.py")),
        ("/etc/*.conf", ("/etc", "/*.conf")),
        ("/*.conf", ("/", "/*.conf")),
        ("../x/**/*.py", ("../x", "/**/*.py")),
        ("~/x/*", ("~/x", "/*")),
        ("**/x", ("", "**/x")),
    ],
)
def test_folders_without_wildcards_are_split_off(pattern: str, split: tuple[str, str]) -> None:
    assert split_literal_prefix(pattern) == split


def test_an_evil_pattern_is_fast() -> None:
    assert not GlobPattern("**/" * 20 + "*a*a*a*a*a*a*a*a*b").matches(["a" * 60] * 30)


async def test_newest_first_and_absolute(context: ToolContext, folder: Path) -> None:
    lay_out(folder, "new.py", "sub/mid.py", "old.py", "other.txt")
    assert await found(context, "*.py") == ["new.py", "sub/mid.py", "old.py"]
    result = await TOOL.run({"pattern": "*.py"}, context)
    assert result.summary == "3 files"
    assert result.content.split("\n")[1] == str(folder / "new.py")


async def test_the_limit_cuts_after_sorting_and_is_told(context: ToolContext, folder: Path) -> None:
    lay_out(folder, *(f"{n:02}.py" for n in range(12)))
    result = await TOOL.run({"pattern": "*.py"}, context)
    assert result.summary == "10 of 12 files"
    assert "12 files match" in result.content
    assert "raise limit" in result.content
    assert await found(context, "*.py", limit=2) == ["00.py", "01.py"]


async def test_nothing_found(context: ToolContext) -> None:
    result = await TOOL.run({"pattern": "*.py"}, context)
    assert result.summary == "0 files"
    assert result.content.startswith("0 files match *.py in ")


async def test_base_paths_absolute_patterns_and_parents(context: ToolContext, folder: Path) -> None:
    lay_out(folder, "src/a.py", "src/deep/b.py", "c.py")
    assert await found(context, "*.py", base_path="src") == ["src/a.py", "src/deep/b.py"]
    assert await found(context, f"{folder}/src/*.py") == ["src/a.py"]
    assert await found(context, "../*.py", base_path="src") == ["c.py"]
    assert await found(context, "src/a.py") == ["src/a.py"]


async def test_ignored_files_are_left_out_and_counted(context: ToolContext, folder: Path) -> None:
    lay_out(folder, "a.py", "build/b.py", "node_modules/x/c.py", "d.log", ".env")
    assert await found(context, "*") == ["a.py", ".env"]
    result = await TOOL.run({"pattern": "*"}, context)
    assert "3 ignored entries skipped" in result.content


async def test_an_ignored_folder_named_on_purpose_is_searched(
    context: ToolContext, folder: Path
) -> None:
    lay_out(folder, "vendor/x/a.py")
    (folder / ".gitignore").write_text("vendor/\n")
    assert await found(context, "*.py") == []
    assert await found(context, "vendor/**/*.py") == ["vendor/x/a.py"]


async def test_the_card_holds_twenty_at_most(context: ToolContext) -> None:
    for number in range(30):
        (context.working_dir / f"f{number}.txt").touch()
    result = await TOOL.run({"pattern": "*.txt", "limit": 25}, context)
    assert result.summary == "25 of 30 files"
    assert result.card is not None
    assert len(result.card["matches"]) == 20
    assert result.card["total_matches"] == 30
    assert result.card["truncated"]
    assert (result.card["type"], result.card["pattern"]) == ("search", "*.txt")


async def test_a_search_out_of_time_says_so(
    context: ToolContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.tools.glob.WALK_LIMIT_SECONDS", 0)
    with pytest.raises(ToolError, match=r"took longer.*base_path"):
        await TOOL.run({"pattern": "*"}, context)


async def test_calls_that_cannot_be(context: ToolContext) -> None:
    with pytest.raises(ToolError, match="pattern is empty"):
        await TOOL.run({"pattern": " "}, context)
    with pytest.raises(ToolError, match="is not a folder"):
        await TOOL.run({"pattern": "*", "base_path": "nowhere"}, context)


def test_the_subject(context: ToolContext) -> None:
    assert TOOL.subject({"pattern": "*.py"}, context) == "*.py"
    assert TOOL.subject({"pattern": "*.py", "base_path": "src/"}, context) == "*.py in src"
