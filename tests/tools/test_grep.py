"""The grep tool: real files, a real search process."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clacky_tui.domain.permissions.names import secret_part
from clacky_tui.errors import ToolError
from clacky_tui.tools import grep_search
from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.grep import Grep, prefilter_command
from clacky_tui.tools.grep_search import GrepRequest, search
from clacky_tui.tools.rg_prefilter import RgPrefilter

TOOL = Grep()
EVIL_PATTERN = "(?=a)(a+)+$"  # a look-ahead, so that ripgrep cannot help
EVIL_TEXT = "a" * 40 + "b"


async def grep(context: ToolContext, pattern: str, **more: object) -> ToolResult:
    return await TOOL.run({"pattern": pattern, **more}, context)


def request(folder: Path, pattern: str, **more: object) -> GrepRequest:
    plain = {
        "pattern": pattern,
        "path": str(folder),
        "working_dir": str(folder),
        "file_pattern": "**/*",
        "case_insensitive": False,
        "context_lines": 0,
        "max_files": 50,
        "max_matches_per_file": 50,
        "max_total_matches": 200,
        "max_file_size": 1024 * 1024,
        "limit_seconds": 10,
    }
    return GrepRequest(**{**plain, **more})  # type: ignore[arg-type]


async def test_matches_with_file_and_line(context: ToolContext, folder: Path) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "a.py").write_text("import os\ndef total():\n    pass\n")
    (folder / "b.py").write_text("total = 1\nx\ntotal += 2\n")
    result = await grep(context, r"\btotal\b")
    assert result.content == (
        "3 matches in 2 files (2 files searched)\n"
        "b.py (2)\n  1: total = 1\n  3: total += 2\n"
        "src/a.py (1)\n  2: def total():"
    )
    assert result.summary == "3 matches in 2 files"
    assert result.card is not None
    assert result.card["matches"][0] == {
        "file": str(folder / "b.py"),
        "line": 1,
        "text": "total = 1",
    }


async def test_context_lines_are_shown(context: ToolContext, folder: Path) -> None:
    (folder / "a").write_text("1\n2\nhit\n4\n5\n6\nhit\n")
    result = await grep(context, "hit", context_lines=1)
    assert result.content.split("\n")[2:] == [
        "  2- 2",
        "  3: hit",
        "  4- 4",
        "  --",
        "  6- 6",
        "  7: hit",
    ]


async def test_no_match_is_no_failure(context: ToolContext, folder: Path) -> None:
    (folder / "a").write_text("x\n")
    result = await grep(context, "nothing")
    assert result.ok
    assert result.summary == "no matches"
    assert result.content == "No match for nothing in . (1 file searched)."


async def test_many_matches_become_a_sample_with_counts(context: ToolContext, folder: Path) -> None:
    for name in "abcde":
        (folder / name).write_text("hit\n" * 10)
    result = await grep(context, "hit", context_lines=2)
    assert "50 matches in 5 files (5 files searched); a sample of 6 is shown" in result.content
    assert result.content.count(": hit") == 6
    assert "e (10)" in result.content
    assert "- hit" not in result.content


async def test_the_model_text_has_a_budget(context: ToolContext, folder: Path) -> None:
    (folder / "a").write_text(("x" * 480 + "\n") * 25)
    result = await grep(context, "x+")
    assert len(result.content) < 6100
    assert result.content.endswith("narrow the search to see the rest")


async def test_long_lines_are_cut_and_controls_drawn(context: ToolContext, folder: Path) -> None:
    (folder / "a").write_text("\x1b[31m" + "y" * 600 + "\n")
    content = (await grep(context, "y")).content
    assert "␛[31m" in content
    assert "…" in content
    assert len(content) < 600


async def test_file_patterns_and_case(context: ToolContext, folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "a.py").write_text("Hit\n")
    (folder / "a.txt").write_text("hit\n")
    assert (await grep(context, "hit", file_pattern="*.py")).summary == "no matches"
    both = await grep(context, "hit", file_pattern="*.py", case_insensitive=True)
    assert both.summary == "1 match in 1 file"


async def test_a_single_file_is_searched_even_when_ignored(
    context: ToolContext, folder: Path
) -> None:
    (folder / "x.log").write_text("hit\n")
    assert (await grep(context, "hit")).summary == "no matches"
    assert (await grep(context, "hit", path="x.log")).summary == "1 match in 1 file"


async def test_secret_files_are_skipped_and_told(context: ToolContext, folder: Path) -> None:
    (folder / ".env").write_text("KEY=hit\n")
    (folder / "a").write_text("hit\n")
    result = await grep(context, "hit")
    assert "KEY" not in result.content
    assert "1 file that may hold secrets skipped" in result.content
    assert (await grep(context, "hit", path=".env")).summary == "1 match in 1 file"


def test_limits_stop_the_search_and_are_named(folder: Path) -> None:
    for name in "abc":
        (folder / name).write_text("hit\n" * 5)
    assert search(request(folder, "hit", max_files=2)).stopped_by == "max_files"
    assert search(request(folder, "hit", max_total_matches=7)).total_matches == 7
    assert search(request(folder, "hit", max_total_matches=7)).stopped_by == "max_total_matches"
    per_file = search(request(folder, "hit", max_matches_per_file=2))
    assert [file.match_count for file in per_file.files] == [2, 2, 2]


def test_binary_and_large_files_are_skipped(folder: Path) -> None:
    (folder / "bin").write_bytes(b"hit\0")
    (folder / "large").write_text("hit\n" * 100)
    (folder / "crlf").write_bytes(b"hit\r\n")
    outcome = search(request(folder, "hit$", max_file_size=100))
    assert [file.path for file in outcome.files] == [str(folder / "crlf")]
    assert outcome.files_searched == 1


async def test_calls_that_cannot_be(context: ToolContext, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(ToolError, match="pattern is empty"):
        await grep(context, "")
    with pytest.raises(ToolError, match="does not exist"):
        await grep(context, "x", path="nowhere")
    with pytest.raises(ToolError, match="not a regular file"):
        await grep(context, "x", path="pipe")
    with pytest.raises(ToolError, match="not a valid regular expression: unterminated"):
        await grep(context, "[a")


async def test_an_evil_pattern_is_stopped(context: ToolContext, folder: Path) -> None:
    (folder / "a").write_text(EVIL_TEXT)
    with pytest.raises(ToolError, match=r"took longer than 0\.5 s"):
        await Grep(limit_seconds=0.5).run({"pattern": EVIL_PATTERN}, context)


async def test_a_search_leaves_the_event_loop_free_and_stops_on_cancel(
    context: ToolContext, folder: Path
) -> None:
    (folder / "a").write_text(EVIL_TEXT)
    task = asyncio.create_task(grep(context, EVIL_PATTERN))
    longest = 0.0
    for _ in range(20):
        before = time.monotonic()
        await asyncio.sleep(0.02)
        longest = max(longest, time.monotonic() - before)
    assert longest < 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


NAMES = ["a.py", "b.log", "c.json", "d/a.py", "d/e/x.log", "node_modules/n.py", ".hidden", "p.pem"]
CONTENTS = st.sampled_from(
    [
        b"",
        b"hit\n",
        b"no\nhit here\r\nlast hit",
        b"\xef\xbb\xbfhit first\n",
        b"caf\xe9 hit\n",
        "\ufeffhit wide\n".encode("utf-16-le"),
        b"hit\0binary\n",
        b"x" * 600 + b"\0 hit",
        b"hit\n" * 40,
        b"y" * 700 + b" hit\n",
        b"hit " * 600,
        b"\xff\xfe\x41",
    ]
)
RULES = st.lists(
    st.sampled_from(["*.log", "!b.log", "d/", "*.json", "/a.py", "*", "!*/", "!*.py", ".hidden"]),
    max_size=3,
)


@pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")
@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(st.sampled_from(NAMES), CONTENTS),
    top=RULES,
    inner=RULES,
    ignore_file=st.sampled_from(["", ".gitignore", ".clackyignore"]),
    pattern=st.sampled_from(["hit", "^hit", r"hit\r?$", "caf. h", "(?i)HIT", r"\bwide", "$", "é"]),
    more=st.fixed_dictionaries(
        {},
        optional={
            "file_pattern": st.sampled_from(["*.py", "d/**"]),
            "context_lines": st.just(2),
            "max_files": st.just(2),
            "max_matches_per_file": st.just(3),
            "max_total_matches": st.just(5),
            "max_file_size": st.just(500),
        },
    ),
)
def test_with_and_without_ripgrep_the_outcome_is_the_same(
    files: dict[str, bytes],
    top: list[str],
    inner: list[str],
    ignore_file: str,
    pattern: str,
    more: dict[str, object],
) -> None:
    with (
        mock.patch.object(grep_search, "READ_ANYWAY_FILES", 1),
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        for file, content in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(content)
        if ignore_file:
            (folder / "d").mkdir(exist_ok=True)
            (folder / ignore_file).write_text("\n".join(top))
            (folder / "d" / ignore_file).write_text("\n".join(inner))
        (folder / "link.py").symlink_to("a.py")
        plain = search(request(folder, pattern, **more))
        command = prefilter_command(request(folder, pattern, **more))
        prefilter = RgPrefilter(command) if command else None
        with_rg = search(request(folder, pattern, **more), prefilter)
        assert with_rg == plain


def test_secret_names_are_known_as_the_permissions_know_them(folder: Path) -> None:
    names = [
        *("a.env", ".env.x", "ID_RSA.pub", "secrets", "credentials.json", "x.key", "environment"),
        *(".ssh/config", ".clacky/config.yml", "config.yml", ".docker/config.json", "keys/a.txt"),
    ]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("hit\n")
    outcome = search(request(folder, "hit"))
    searched = {str(Path(file.path).relative_to(folder)) for file in outcome.files}
    assert searched == {name for name in names if not secret_part(name)}
    assert outcome.secret_files_skipped == len(names) - len(searched)


def test_a_search_out_of_time_keeps_what_it_found(folder: Path) -> None:
    (folder / "a").write_text("hit\n")
    outcome = search(request(folder, "hit", limit_seconds=-1))
    assert (outcome.stopped_by, outcome.files) == ("-1 s", [])


def test_the_subject(context: ToolContext) -> None:
    assert TOOL.subject({"pattern": "a  b", "path": "src"}, context) == '"a b" in src'
    assert TOOL.subject({"pattern": "x", "file_pattern": "*.py"}, context) == '"x" (*.py)'
