"""Documents and archives through the real scripts and libraries."""

from __future__ import annotations

import asyncio
import gzip
import os
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches
from support.pdf import pdf

from clacky_tui.errors import ToolError
from clacky_tui.paths import libraries_dir, scripts_dir
from clacky_tui.tools.documents import document_kind, extract
from clacky_tui.tools.documents import run_script as runner
from clacky_tui.tools.documents.run_script import install_script, run_script


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    yield


def script_of_ours(name: str, source: str) -> Path:
    script = install_script(name)
    script.write_text(f"# VERSION: 999\n{source}\n")
    return script


async def failure(path: Path) -> ToolError:
    with pytest.raises(ToolError) as caught:
        await extract(path)
    return caught.value


async def test_pdf(folder: Path) -> None:
    (folder / "a.pdf").write_bytes(pdf("The quick brown fox", "jumps over the dog"))
    extracted = await extract(folder / "a.pdf")
    assert extracted.kind == "pdf"
    assert "The quick brown fox" in extracted.text
    assert "jumps over the dog" in extracted.text


async def test_docx(folder: Path) -> None:
    document = Document()
    document.add_heading("Plan", 1)
    document.add_paragraph("Some words")
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("deeper", style="List Number 2")
    table = document.add_table(rows=2, cols=2)
    for index, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c|{index}"
    document.add_paragraph("after the table")
    document.save(str(folder / "a.docx"))
    assert (await extract(folder / "a.docx")).text.split("\n") == [
        "# Plan",
        "Some words",
        "- first",
        "  1. deeper",
        "",
        r"| c\|0 | c\|1 |",
        "| --- | --- |",
        r"| c\|2 | c\|3 |",
        "",
        "after the table",
        "",
    ]


async def test_xlsx(folder: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    sheet.append(["item", "price", None])
    sheet.append([None, None, None])
    sheet.append(["tea", 2.5, None])
    book.create_sheet("Nothing")
    book.save(folder / "a.xlsx")
    assert (await extract(folder / "a.xlsx")).text.strip() == (
        "### Prices\n\n| item | price |\n| --- | --- |\n| tea | 2.5 |\n\n### Nothing\n\n(empty)"
    )


async def test_pptx(folder: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text_frame.text = "Why"
    slide.placeholders[1].text_frame.text = "Because"
    cells = slide.shapes.add_table(1, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    cells.cell(0, 0).text, cells.cell(0, 1).text = "a", "b"
    slide.notes_slide.notes_text_frame.text = "say hello"
    deck.save(str(folder / "a.pptx"))
    text = (await extract(folder / "a.pptx")).text
    assert text.strip() == "## Slide 1: Why\n\n- Because\n| a | b |\n\nNotes: say hello"


async def test_archives(folder: Path) -> None:
    (folder / "notes.txt").write_text("x" * 1500)
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.write(folder / "notes.txt", "docs/notes.txt")
    for name, mode in (
        ("a.tar", "w"),
        ("a.tar.gz", "w:gz"),
        ("a.tgz", "w:gz"),
        ("a.tar.xz", "w:xz"),
    ):
        with tarfile.open(folder / name, mode) as tar:
            tar.add(folder / "notes.txt", "docs/notes.txt")
    for name in ("a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.tar.xz"):
        assert (await extract(folder / name)).text == "       1,500  docs/notes.txt\n", name
    (folder / "notes.txt.gz").write_bytes(gzip.compress(b"y" * 3000))
    single = await extract(folder / "notes.txt.gz")
    assert single.kind == "gz listing"
    assert single.text.startswith("notes.txt: 3,000 bytes, ")


async def test_the_preview_is_private_and_not_beside_the_source(folder: Path) -> None:
    (folder / "a:b.pdf").write_bytes(pdf("The quick brown fox jumps"))
    extracted = await extract(folder / "a:b.pdf")
    assert extracted.preview_path.read_text() == extracted.text
    assert extracted.preview_path.name.endswith("_a_b.pdf.preview.md")
    assert extracted.preview_path.stat().st_mode & 0o777 == 0o600
    assert extracted.preview_path.parent.stat().st_mode & 0o777 == 0o700
    assert os.listdir(folder) == ["a:b.pdf"]  # noqa: PTH208


async def test_a_preview_folder_open_to_others_is_not_used(folder: Path) -> None:
    shared = Path(tempfile.gettempdir()) / f"clacky-uploads-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    (folder / "a.pdf").write_bytes(pdf("The quick brown fox jumps"))
    assert (await extract(folder / "a.pdf")).preview_path.parent != shared


async def test_a_broken_document_tells_how_to_repair(folder: Path) -> None:
    (folder / "a.docx").write_bytes(b"PK\3\4 not really")
    error = await failure(folder / "a.docx")
    assert error.code == "script_failed"
    assert "Traceback" in error.message
    script = scripts_dir() / "read_docx.py"
    assert f"The script is {script}." in error.message
    assert f"{script} {folder / 'a.docx'} > " in error.message


async def test_a_repaired_script_is_used_from_then_on(folder: Path) -> None:
    (folder / "a.xlsx").write_bytes(b"?")
    await failure(folder / "a.xlsx")
    script_of_ours("read_xlsx.py", "print('repaired')")
    assert (await extract(folder / "a.xlsx")).text == "repaired\n"


async def test_a_missing_library_names_the_command_that_installs_it(folder: Path) -> None:
    (folder / "a.docx").write_bytes(b"")
    script_of_ours("read_docx.py", "raise ModuleNotFoundError(\"No module named 'docx'\")")
    error = await failure(folder / "a.docx")
    assert error.code == "library_missing"
    assert f"pip install --target {libraries_dir()} python-docx" in error.message


async def test_installed_libraries_are_found(folder: Path) -> None:
    libraries_dir().mkdir(parents=True)
    (libraries_dir() / "pypdf.py").write_text("raise SystemExit('not this one first')")
    (libraries_dir() / "only_here.py").write_text("WORD = 'found in the data directory'")
    source = install_script("read_pdf.py").read_text()
    script_of_ours("read_pdf.py", source.replace("ENOUGH", "import only_here\nENOUGH", 1))
    (folder / "a.pdf").write_bytes(pdf("The quick brown fox jumps"))
    assert "quick brown" in (await extract(folder / "a.pdf")).text


async def test_silence_is_a_failure(folder: Path) -> None:
    (folder / "a.pdf").write_bytes(pdf("short"))
    assert "holds no text" in (await failure(folder / "a.pdf")).message
    script_of_ours("read_pdf.py", "")
    assert "it printed nothing" in (await failure(folder / "a.pdf")).message


async def test_an_endless_output_is_cut_and_the_script_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "OUTPUT_LIMIT_BYTES", 100_000)
    script_of_ours("read_pdf.py", "while True: print('more and more')")
    (folder / "a.pdf").write_bytes(b"")
    extracted = await extract(folder / "a.pdf")
    assert extracted.cut
    assert len(extracted.text) == 100_000


async def test_a_script_out_of_time_is_stopped(folder: Path) -> None:
    script = script_of_ours("read_pdf.py", "import time; time.sleep(60)")
    run = await run_script(script, folder, limit_seconds=0.1)
    assert (run.status, run.trouble) == (None, "no answer within 0.1 s")


async def test_cancelling_kills_the_script_and_its_children(folder: Path) -> None:
    script_of_ours(
        "read_pdf.py",
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "open(sys.argv[1], 'w').write(f'{child.pid} ')\n"
        "child.wait()",
    )
    path = folder / "a.pdf"
    path.write_text("")
    task = asyncio.create_task(extract(path))
    child = await asyncio.to_thread(first_number_in, path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(wait_until_gone, child)


def first_number_in(path: Path) -> int:
    while not path.read_text().endswith(" "):
        time.sleep(0.01)
    return int(path.read_text())


def wait_until_gone(pid: int) -> None:
    """Until no process, or only a zombie, has this id."""
    status = Path(f"/proc/{pid}/stat")
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] not in "ZX":
        time.sleep(0.01)


def test_copies_are_upgraded_by_version_only_and_kept() -> None:
    script = install_script("read_pdf.py")
    bundled = script.read_bytes()
    script.write_text("# VERSION: 7\n# mine\n")
    assert install_script("read_pdf.py").read_text() == "# VERSION: 7\n# mine\n"
    script.write_text("# mine, without a marker\n")
    assert install_script("read_pdf.py").read_bytes() == bundled
    assert script.with_name("read_pdf.py.v0.bak").read_text() == "# mine, without a marker\n"


def test_kinds() -> None:
    assert document_kind(Path("a.PDF")) == "pdf"
    assert document_kind(Path("a.tar.gz")) == "gz listing"
    assert document_kind(Path("a.py")) == ""
