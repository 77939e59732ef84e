"""Sessions leaving the data folder."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from support.stored_sessions import SessionWriter, stored

from clacky_tui import events, paths
from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.sessions.export import export_json, export_markdown, export_zip
from clacky_tui.sessions.openclacky import import_session
from clacky_tui.sessions.reader import read_session
from clacky_tui.sessions.store import list_sessions, set_pinned

A = "aaaaaaaaaaaaaaaa"
KEY = "sk-ant-api03-" + "a1B2c3D4e5F6g7H8" * 3
OPENCLACKY = Path(__file__).with_name("openclacky")


@pytest.fixture
def session() -> Path:
    writer = SessionWriter(A)
    writer.journal.record_prompt("Be brief.")
    context = Message("user", "[Session context]", Origin.SESSION_CONTEXT)
    writer.journal.record_message(context)
    writer.exchange("Change `a` 请", "Done.")
    call = ToolCall("c1", "edit", '{"path": "a"}')
    parts = (TextPart("see"), ImagePart("image/png", "aGk="))
    for message in (
        Message("assistant", "", Origin.MODEL, (call,), reasoning="hm", reasoning_signature="sig"),
        Message("tool", parts, Origin.TOOL, tool_call_id="c1"),
        Message("user", "[SYSTEM] cut off", Origin.NOTICE),
        Message("assistant", "stopped", Origin.NOTICE),
        Message("user", parts, Origin.TOOL),
    ):
        writer.journal.record_message(message)
    proposed = events.ToolProposed(call_id="c1", name="edit", verb="Edit", subject="a`b.py")
    writer.emit(proposed)
    diff = "--- a\n+++ b\n-```\n+x"
    preview = events.ToolPreview(call_id="c1", path="a", diff=diff, added_lines=1, removed_lines=1)
    writer.emit(preview)
    finished = events.ToolFinished(
        call_id="c1", name="edit", ok=True, summary="+1 -1", duration_seconds=0.1, output="o" * 5000
    )
    writer.emit(finished)
    writer.exchange("And what does it cost?", "Nobody knows.", cost=None)
    writer.emit(events.SessionTitled(name="A # title"))
    return writer.close()


def test_markdown_reads_from_top_to_bottom(session: Path) -> None:
    text = export_markdown(session)
    lines = text.splitlines()
    assert lines[0] == "# A # title"
    assert "- Cost: $0.0100 and 1 requests without a price, 2 requests" in lines
    order = [
        "Change `a` 请",
        "Done.",
        "*Task done, $0.0100, 1 requests, 15 tokens*",
        "````diff",
        "- ✓ Edit ``a`b.py`` (+1 -1)",
        "[3,000 characters left out]",
        "Nobody knows.",
        "*Task done, cost unknown, 1 requests, 15 tokens*",
    ]
    places = [lines.index(line) for line in order]
    assert places == sorted(places)


def test_json_comes_back_as_the_same_session(session: Path, tmp_path: Path) -> None:
    set_pinned(list_sessions()[0], True)
    original = read_session(session)
    exported = tmp_path / "export.json"
    exported.write_text(export_json(session))
    session.unlink()
    imported = read_session(import_session(exported))
    assert imported.messages == original.messages
    for field in (
        *("id", "name", "pinned", "created_at", "updated_at", "working_dir", "model", "mode"),
        *("system_prompt", "todos", "tasks", "usage", "cost", "requests", "unpriced"),
    ):
        assert getattr(imported, field) == getattr(original, field), field
    trees = [(s.task_tree.parents, s.task_tree.active) for s in (imported, original)]
    assert trees[0] == trees[1]


def test_json_has_the_shape_openclacky_reads(session: Path) -> None:
    document = json.loads(export_json(session))
    assert document["messages"][0] == {"role": "system", "content": "Be brief."}
    assert document["messages"][1]["session_context"] is True
    called = next(m for m in document["messages"] if m.get("tool_calls"))
    assert called["tool_calls"][0]["function"] == {"name": "edit", "arguments": '{"path": "a"}'}
    assert called["reasoning_content"] == "hm" and "reasoning_signature" not in called
    assert document["messages"][-1]["content"] == "Nobody knows."
    assert document["stats"]["total_cost_usd"] == 0.01


def test_a_session_of_openclacky_goes_out_and_in_again_unchanged(tmp_path: Path) -> None:
    shutil.copytree(OPENCLACKY, paths.sessions_dir())
    (document,) = paths.sessions_dir().glob("*.json")
    exported = tmp_path / "export.json"
    exported.write_text(export_json(document))
    again, original = read_session(exported), read_session(document)
    assert again.messages == original.messages
    assert (again.todos, again.task_tree.parents, again.cost) == (
        *(original.todos, original.task_tree.parents, original.cost),
    )
    assert "算术表达式" in export_markdown(document)


def test_a_zip_holds_every_file_of_the_sessions(session: Path) -> None:
    session.with_name(f"{session.stem}-chunk-1.md").write_text("archive")
    other = stored("bbbbbbbbbbbbbbbb")
    with zipfile.ZipFile(io.BytesIO(export_zip([session, other]))) as archive:
        assert sorted(archive.namelist()) == sorted(
            [session.name, f"{session.stem}-chunk-1.md", other.name]
        )
        assert archive.read(session.name) == session.read_bytes()


@pytest.mark.parametrize("form", ["md", "json", "zip"])
def test_no_export_holds_a_key(form: str) -> None:
    path = stored(A, (f"my key is {KEY}", "and plain-but-configured it is"))
    path.with_name(f"{path.stem}-chunk-1.md").write_text(f"archived {KEY}")
    known = ("plain-but-configured",)
    match form:
        case "md":
            text = export_markdown(path, known)
        case "json":
            text = export_json(path, known)
            assert json.loads(text)["messages"][0]["content"].startswith("my key is sk-a")
        case _:
            with zipfile.ZipFile(io.BytesIO(export_zip([path], known))) as archive:
                text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert KEY not in text and known[0] not in text and "[masked]" in text


def test_a_damaged_journal_is_exported_as_far_as_it_can_be_read(session: Path) -> None:
    content = session.read_bytes()
    session.write_bytes(content.replace(b'{"type":"message"', b"\xff\xfe", 1)[:-10])
    assert "Nobody knows." in export_markdown(session)
    assert json.loads(export_json(session))["session_id"] == A
    with zipfile.ZipFile(io.BytesIO(export_zip([session]))) as archive:
        assert archive.read(session.name) == session.read_bytes()
