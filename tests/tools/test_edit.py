"""The edit tool on real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.edit import Edit
from clacky_tui.tools.file_access import EDITABLE_LIMIT_BYTES
from clacky_tui.tools.file_reader import FileReader

TOOL = Edit()


def call(path: str, old: str, new: str, **more: object) -> dict[str, object]:
    return {"path": path, "old_string": old, "new_string": new, **more}


async def refusal(arguments: dict[str, object], context: ToolContext) -> str:
    with pytest.raises(ToolError) as in_run:
        await TOOL.run(arguments, context)
    with pytest.raises(ToolError) as in_preview:
        await TOOL.preview(arguments, context)
    assert in_preview.value.message == in_run.value.message
    return in_run.value.message


async def test_the_preview_shows_what_the_run_then_does(context: ToolContext, folder: Path) -> None:
    (folder / "a.py").write_text("x = 1\ny = 2\n")
    arguments = call("a.py", "y = 2", "y = 3\nz = 4")
    preview = await TOOL.preview(arguments, context)
    assert (folder / "a.py").read_text() == "x = 1\ny = 2\n"
    result = await TOOL.run(arguments, context)
    assert (folder / "a.py").read_text() == "x = 1\ny = 3\nz = 4\n"
    assert result.output == preview.diff
    assert preview.diff.endswith("-y = 2\n+y = 3\n+z = 4")
    assert (preview.added_lines, preview.removed_lines, preview.new_file) == (2, 1, False)
    assert result.summary == "+2 −1"
    assert "1 replacement." in result.content
    assert result.changed_paths == (folder / "a.py",)
    assert result.card is not None
    assert result.card["occurrences"] == 1


async def test_mode_bits_line_ends_and_odd_bytes_stay(context: ToolContext, folder: Path) -> None:
    path = folder / "run.sh"
    path.write_bytes(b"#!/bin/sh\r\necho \xff old\r\nend")
    path.chmod(0o751)
    await TOOL.run(call("run.sh", "old", "new"), context)
    assert path.read_bytes() == b"#!/bin/sh\r\necho \xff new\r\nend"
    assert path.stat().st_mode & 0o777 == 0o751


async def test_a_symlink_stays_a_link(context: ToolContext, folder: Path) -> None:
    (folder / "real.txt").write_text("old")
    (folder / "link.txt").symlink_to("real.txt")
    result = await TOOL.run(call("link.txt", "old", "new"), context)
    assert (folder / "link.txt").is_symlink()
    assert (folder / "real.txt").read_text() == "new"
    assert result.changed_paths == (folder / "real.txt",)


async def test_tolerance_is_told(context: ToolContext, folder: Path) -> None:
    (folder / "a.py").write_text("if x:\n    a()\n    b()\n")
    result = await TOOL.run(call("a.py", "a()\nb()", "c()"), context)
    assert "after adjusting indentation" in result.content


async def test_a_file_changed_behind_the_sessions_back_is_told(
    context: ToolContext, folder: Path
) -> None:
    path = folder / "a.txt"
    path.write_text("one\n")
    await FileReader().run({"path": "a.txt"}, context)
    path.write_text("one two\n")
    result = await TOOL.run(call("a.txt", "one", "three"), context)
    assert "changed on disk" in result.content
    again = await TOOL.run(call("a.txt", "three", "four"), context)
    assert "changed on disk" not in again.content


async def test_the_model_sees_forty_lines_of_diff_the_person_all(
    context: ToolContext, folder: Path
) -> None:
    (folder / "a.txt").write_text("x\n" * 3 + "old\n")
    result = await TOOL.run(call("a.txt", "old", "\n".join(map(str, range(60)))), context)
    diff = result.content.partition("\n")[2]
    assert len(diff.split("\n")) == 38
    assert diff.endswith("more lines")
    assert result.output.endswith("+59")


async def test_files_that_cannot_be_edited(context: ToolContext, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "a.bin").write_bytes(b"a\0b")
    os.mkfifo(folder / "pipe")
    assert "does not exist" in await refusal(call("no.txt", "a", "b"), context)
    assert "is a directory" in await refusal(call("sub", "a", "b"), context)
    assert "binary" in await refusal(call("a.bin", "a", "b"), context)
    assert "not a regular file" in await refusal(call("pipe", "a", "b"), context)
    assert "path is empty" in await refusal(call(" ", "a", "b"), context)
    assert "NUL" in await refusal(call("a\0b", "a", "b"), context)


async def test_a_file_over_the_limit_is_refused(context: ToolContext, folder: Path) -> None:
    with (folder / "big.txt").open("wb") as file:
        file.truncate(EDITABLE_LIMIT_BYTES + 1)
    message = await refusal(call("big.txt", "a", "b"), context)
    assert "8.0 MB" in message
    assert "sed" in message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
async def test_no_permission_is_told(context: ToolContext, folder: Path) -> None:
    (folder / "a.txt").write_text("old")
    (folder / "a.txt").chmod(0)
    assert "No permission" in await refusal(call("a.txt", "old", "b"), context)


@pytest.mark.parametrize("name", [".env", ".env.local", ".ssh/config", ".aws/x", "prod.env"])
async def test_secret_targets_are_refused(name: str, context: ToolContext, folder: Path) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("old")
    message = await refusal(call(name, "old", "new"), context)
    assert "may hold secrets" in message
    assert "person" in message
    assert path.read_text() == "old"


async def test_a_link_to_a_secret_target_is_refused(context: ToolContext, folder: Path) -> None:
    (folder / ".env").write_text("old")
    (folder / "harmless.txt").symlink_to(".env")
    assert "may hold secrets" in await refusal(call("harmless.txt", "old", "new"), context)


def test_the_subject_is_short_and_safe(context: ToolContext, folder: Path) -> None:
    assert TOOL.subject({"path": str(folder / "shop" / "a.py")}, context) == "shop/a.py"
    assert TOOL.subject({"path": "./shop/../b.py"}, context) == "b.py"
    assert TOOL.subject({"path": "~/x.py"}, context) == "~/x.py"
    assert TOOL.subject({"path": "/etc/hosts"}, context) == "/etc/hosts"
    assert TOOL.subject({"path": "a\n\x1b[31m\u202eb  c"}, context) == "a [31mb c"
    assert TOOL.subject({}, context) == ""


@pytest.mark.parametrize("codec", ["cp1252", "utf-8-sig", "utf-16", "gb18030"])
async def test_the_files_encoding_stays(codec: str, context: ToolContext, folder: Path) -> None:
    path = folder / "a.txt"
    old, new = (
        ("价格 人民", "价格 美国") if codec == "gb18030" else ("ein Café", "zwei Cafés à 3 €")
    )
    path.write_bytes(f"{old}\nend\n".encode(codec))
    result = await TOOL.run(call("a.txt", old, new), context)
    assert path.read_bytes() == f"{new}\nend\n".encode(codec)
    assert "The file stays" in result.content


async def test_a_character_the_encoding_lacks_is_refused(
    context: ToolContext, folder: Path
) -> None:
    (folder / "a.txt").write_bytes(b"caf\xe9\n")
    message = await refusal(call("a.txt", "café", "价"), context)
    assert "Windows-1252, which has no 价 (U+4EF7)" in message
    assert (folder / "a.txt").read_bytes() == b"caf\xe9\n"
    assert "surrogate" in await refusal(call("a.txt", "café", "\udc80"), context)
