"""The file_reader tool on real files."""

from __future__ import annotations

import base64
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from clacky_tui.errors import ToolError
from clacky_tui.tools.base import ToolContext, ToolResult
from clacky_tui.tools.file_reader import CONTENT_LIMIT_CHARACTERS, TEXT_LIMIT_BYTES, FileReader

TOOL = FileReader()


async def read(context: ToolContext, path: str, **more: int) -> ToolResult:
    return await TOOL.run({"path": path, **more}, context)


async def refusal(context: ToolContext, path: str, **more: int) -> str:
    with pytest.raises(ToolError) as caught:
        await read(context, path, **more)
    return caught.value.message


def body(result: ToolResult) -> str:
    return result.content.partition("\n\n")[2]


@pytest.fixture
def ten_lines(folder: Path) -> Path:
    path = folder / "ten.txt"
    path.write_text("".join(f"line {n}\n" for n in range(1, 11)))
    return path


async def test_a_text_file_whole(context: ToolContext, ten_lines: Path) -> None:
    result = await read(context, "ten.txt")
    assert result.content.startswith(f"{ten_lines} (lines 1-10 of 10)\n\nline 1\nline 2\n")
    assert result.content.endswith("line 10\n")
    assert result.summary == "10 lines"
    assert result.output == ""
    assert result.card is not None
    assert result.card["path"] == "ten.txt"
    assert result.card["total_lines"] == 10
    assert not result.card["truncated"]


async def test_ranges(context: ToolContext, ten_lines: Path) -> None:
    assert body(await read(context, "ten.txt", start_line=9)) == "line 9\nline 10\n"
    assert body(await read(context, "ten.txt", start_line=2, end_line=3)) == "line 2\nline 3"
    assert body(await read(context, "ten.txt", end_line=1)) == "line 1"
    assert body(await read(context, "ten.txt", start_line=10, end_line=99)) == "line 10\n"


async def test_a_line_cap_says_that_there_is_more(context: ToolContext, ten_lines: Path) -> None:
    result = await read(context, "ten.txt", max_lines=3)
    assert "(lines 1-3 of 10) [TRUNCATED" in result.content
    assert body(result) == "line 1\nline 2\nline 3"
    assert result.summary == "3 lines"
    asked = await read(context, "ten.txt", max_lines=3, end_line=5)
    assert "(lines 1-5 of 10)\n" in asked.content


async def test_ranges_that_cannot_be(context: ToolContext, ten_lines: Path) -> None:
    assert "the file has 10 lines" in await refusal(context, "ten.txt", start_line=11)
    assert "before start_line 5" in await refusal(context, "ten.txt", start_line=5, end_line=4)


async def test_an_empty_file(context: ToolContext, folder: Path) -> None:
    (folder / "empty").write_text("")
    result = await read(context, "empty")
    assert result.content == f"{folder / 'empty'} (empty file)\n\n"
    assert result.summary == "0 lines"


async def test_the_end_of_the_file_is_as_it_is(context: ToolContext, folder: Path) -> None:
    (folder / "a").write_text("x")
    (folder / "b").write_text("x\n\n")
    assert body(await read(context, "a")) == "x"
    assert body(await read(context, "b")) == "x\n\n"


async def test_crlf_is_read_as_lf_and_told(context: ToolContext, folder: Path) -> None:
    (folder / "dos.txt").write_bytes(b"a\r\nb\r\n")
    result = await read(context, "dos.txt")
    assert "[CRLF line ends]" in result.content
    assert body(result) == "a\nb\n"


async def test_other_encodings_are_read_and_told(context: ToolContext, folder: Path) -> None:
    (folder / "latin.txt").write_bytes(b"caf\xe9\n")
    latin = await read(context, "latin.txt")
    assert body(latin) == "café\n"
    assert "[Windows-1252]" in latin.content
    (folder / "wide.txt").write_bytes("\ufeffpreis 5 €\n".encode("utf-16-le"))
    wide = await read(context, "wide.txt")
    assert body(wide) == "preis 5 €\n"
    assert "[UTF-16-LE]" in wide.content
    (folder / "marked.txt").write_bytes(b"\xef\xbb\xbfx\n")
    assert body(await read(context, "marked.txt")) == "x\n"


async def test_bad_bytes_among_utf8_are_replaced(context: ToolContext, folder: Path) -> None:
    (folder / "a.txt").write_bytes("grün ".encode() + b"\xe9\n")
    assert body(await read(context, "a.txt")) == "grün \ufffd\n"


async def test_people_never_see_raw_control_characters(context: ToolContext, folder: Path) -> None:
    (folder / "log.txt").write_text("\x1b[31mred\x07\n")
    result = await read(context, "log.txt")
    assert body(result) == "\x1b[31mred\x07\n"
    assert result.output == "␛[31mred␇\n"


async def test_long_lines_and_long_texts_are_cut(context: ToolContext, folder: Path) -> None:
    (folder / "wide.txt").write_text("x" * 1500 + "\nshort\n")
    result = await read(context, "wide.txt")
    assert "… [line of 1,500 characters, cut]\nshort" in result.content
    assert "TRUNCATED" in result.content
    (folder / "long.txt").write_text(("y" * 900 + "\n") * 100)
    long = await read(context, "long.txt")
    assert len(body(long)) < CONTENT_LIMIT_CHARACTERS + 100
    assert "cut after 60,000 characters" in long.content


async def test_a_file_over_one_megabyte_is_refused(context: ToolContext, folder: Path) -> None:
    (folder / "big.log").write_bytes(b"x\n" * (TEXT_LIMIT_BYTES // 2) + b"y")
    message = await refusal(context, "big.log")
    assert "1.0 MB" in message
    assert "grep" in message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.png", "binary"),
        ("a.JPG", "binary"),
        ("a.7z", "binary"),
        ("a.sqlite", "binary"),
        ("noext", "binary"),
    ],
)
async def test_what_is_not_text_is_refused_with_its_size(
    name: str, words: str, context: ToolContext, folder: Path
) -> None:
    (folder / name).write_bytes(b"ab\0" * 700)
    message = await refusal(context, name)
    assert words in message
    assert "2.1 KB" in message


async def test_a_document_is_read_like_text(context: ToolContext, folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number in range(5):
            archive.writestr(f"file{number}", "x" * number)
    result = await read(context, "a.zip", start_line=2, end_line=3)
    assert "(lines 2-3 of 5) [extracted from zip listing, text in " in result.content
    assert body(result) == "           1  file1\n           2  file2"


async def test_a_picture_travels_beside_the_text(context: ToolContext, folder: Path) -> None:
    Image.new("RGB", (40, 20), "red").save(folder / "dot.png")
    result = await read(context, "dot.png")
    assert result.content.startswith(f"{folder / 'dot.png'} (image/png, ")
    assert [part.media_type for part in result.images] == ["image/png"]
    assert base64.b64decode(result.images[0].data) == (folder / "dot.png").read_bytes()


async def test_svg_is_text(context: ToolContext, folder: Path) -> None:
    (folder / "a.svg").write_text("<svg/>")
    assert body(await read(context, "a.svg")) == "<svg/>"


async def test_a_directory_is_listed(context: ToolContext, folder: Path) -> None:
    (folder / "zeta").mkdir()
    (folder / "alpha").mkdir()
    for name in ("b.py", "a.py", ".hidden"):
        (folder / name).write_text("")
    (folder / "broken").symlink_to("nowhere")
    result = await read(context, ".")
    assert result.content == (
        f"{folder}: 2 directories and 4 files\n"
        "  alpha/\n  zeta/\n  .hidden\n  a.py\n  b.py\n  broken"
    )
    assert result.summary == "6 entries"
    assert result.card is not None
    assert result.card["entries"][0] == {"name": "alpha", "is_dir": True}


async def test_names_in_a_listing_are_safe_to_show(context: ToolContext, folder: Path) -> None:
    (folder / "a\n\x1b[2Jb").write_text("")
    assert (await read(context, ".")).content.endswith("  a [2Jb")


async def test_what_is_not_there_or_not_a_file(context: ToolContext, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert "does not exist" in await refusal(context, "nothing.txt")
    assert "not a regular file" in await refusal(context, "pipe")
    assert "path is empty" in await refusal(context, "")
    assert "No home directory" in await refusal(context, "~nobody-of-this-name/x")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
async def test_no_permission_is_told(context: ToolContext, folder: Path) -> None:
    (folder / "closed").mkdir(mode=0)
    assert "No permission" in await refusal(context, "closed")


async def test_reading_is_remembered(context: ToolContext, ten_lines: Path) -> None:
    await read(context, "ten.txt")
    status = os.stat(ten_lines)  # noqa: PTH116
    assert context.file_stamps == {ten_lines: (status.st_mtime_ns, status.st_size)}


def test_the_subject_names_the_range(context: ToolContext) -> None:
    assert TOOL.subject({"path": "a.py"}, context) == "a.py"
    assert TOOL.subject({"path": "a.py", "start_line": 3}, context) == "a.py lines 3 to the end"
    assert TOOL.subject({"path": "a.py", "end_line": 9}, context) == "a.py lines 1 to 9"
