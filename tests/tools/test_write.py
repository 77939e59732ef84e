"""The write tool on real files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.file_reader import FileReader
from clacky_tui.tools.write import Write

TOOL = Write()


async def refusal(path: str, context: ToolContext, content: str = "x") -> str:
    with pytest.raises(ToolError) as caught:
        await TOOL.run({"path": path, "content": content}, context)
    return caught.value.message


async def test_a_new_file_with_its_folders(context: ToolContext, folder: Path) -> None:
    arguments = {"path": "a/b/c.txt", "content": "eins\nzwei ü\n"}
    preview = await TOOL.preview(arguments, context)
    assert preview.new_file
    assert not (folder / "a").exists()
    result = await TOOL.run(arguments, context)
    path = folder / "a" / "b" / "c.txt"
    assert path.read_bytes() == "eins\nzwei ü\n".encode()
    assert result.summary == "new, 2 lines"
    assert result.content == f"Created {path}: 13 bytes written."
    assert result.card == {"type": "write", "path": str(path), "size_bytes": 13}
    assert result.changed_paths == (path,)
    assert preview.diff == result.output


async def test_an_existing_file_is_replaced_and_keeps_its_mode(
    context: ToolContext, folder: Path
) -> None:
    path = folder / "run.sh"
    path.write_text("a\nb\n")
    path.chmod(0o755)
    arguments = {"path": "run.sh", "content": "a\nc\n"}
    preview = await TOOL.preview(arguments, context)
    assert (preview.added_lines, preview.removed_lines, preview.new_file) == (1, 1, False)
    result = await TOOL.run(arguments, context)
    assert path.read_text() == "a\nc\n"
    assert path.stat().st_mode & 0o777 == 0o755
    assert result.summary == "+1 −1"
    assert result.content.startswith("Replaced")


async def test_content_is_written_byte_for_byte(context: ToolContext, folder: Path) -> None:
    await TOOL.run({"path": "a", "content": "x\r\ny\\n"}, context)
    assert (folder / "a").read_bytes() == b"x\r\ny\\n"


async def test_an_empty_file_may_be_written(context: ToolContext, folder: Path) -> None:
    result = await TOOL.run({"path": "a", "content": ""}, context)
    assert (folder / "a").read_bytes() == b""
    assert result.summary == "new, 0 lines"


async def test_a_binary_file_is_replaced_without_a_comparison(
    context: ToolContext, folder: Path
) -> None:
    (folder / "a").write_bytes(b"\0\1")
    preview = await TOOL.preview({"path": "a", "content": "text\n"}, context)
    assert "binary or too large" in preview.diff


async def test_a_file_changed_behind_the_sessions_back_is_told(
    context: ToolContext, folder: Path
) -> None:
    (folder / "a").write_text("one")
    await FileReader().run({"path": "a"}, context)
    (folder / "a").write_text("three")
    result = await TOOL.run({"path": "a", "content": "two"}, context)
    assert "changed on disk" in result.content


async def test_targets_that_cannot_be_written(context: ToolContext, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "file").write_text("")
    os.mkfifo(folder / "pipe")
    assert "path is empty" in await refusal("", context)
    assert "is a directory" in await refusal("sub", context)
    assert "not a regular file" in await refusal("pipe", context)
    assert "not a regular file" in await refusal("/dev/null", context)
    assert "not a folder" in await refusal("file/below.txt", context)
    assert "File name too long" in await refusal("x" * 300, context)
    assert "surrogate" in await refusal("a", context, "\ud800")


SMALL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext
from clacky_tui.tools.write import Write
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
write = Write().run({"path": "a.txt", "content": "x" * 2000}, ToolContext(Path(sys.argv[1])))
try:
    asyncio.run(write)
except ToolError as error:
    print(error.message)
"""


def test_a_write_that_fails_leaves_the_old_content(folder: Path) -> None:
    (folder / "a.txt").write_text("old")
    # In a process of its own: the limit would also cut the log that this one writes to.
    done = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(folder)], capture_output=True, text=True, check=True
    )
    assert "Could not write" in done.stdout
    assert (folder / "a.txt").read_text() == "old"
    assert os.listdir(folder) == ["a.txt"]  # noqa: PTH208


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
async def test_no_permission_is_told(context: ToolContext, folder: Path) -> None:
    os.chmod(folder, 0o500)  # noqa: PTH101
    try:
        assert "No permission" in await refusal("a.txt", context)
    finally:
        os.chmod(folder, 0o700)  # noqa: PTH101


async def test_secret_targets_are_refused(context: ToolContext, folder: Path) -> None:
    for name in (".env", "sub/.ssh/id_rsa", "~/.aws/credentials"):
        assert "may hold secrets" in await refusal(name, context)
    (folder / "keys").mkdir()
    (folder / "keys" / ".env").write_text("")
    (folder / "link").symlink_to(folder / "keys" / ".env")
    assert "may hold secrets" in await refusal("link", context)
    assert (folder / "keys" / ".env").read_text() == ""


async def test_encoding_and_line_ends_of_the_old_file_stay(
    context: ToolContext, folder: Path
) -> None:
    path = folder / "a.txt"
    path.write_bytes(b"caf\xe9\r\nend\r\n")
    arguments = {"path": "a.txt", "content": "thé\nend\n"}
    preview = await TOOL.preview(arguments, context)
    result = await TOOL.run(arguments, context)
    assert path.read_bytes() == b"th\xe9\r\nend\r\n"
    assert result.content.endswith("It stays Windows-1252. Its CRLF line ends stay.")
    assert result.output == preview.diff
    assert "has no 价" in await refusal("a.txt", context, "价\n")
    path.write_bytes(b"a\r\nb\n")
    await TOOL.run({"path": "a.txt", "content": "x\ny\n"}, context)
    assert path.read_bytes() == b"x\ny\n"
