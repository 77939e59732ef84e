"""What a session leaves on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from clacky_tui import events
from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.sessions.journal import Journal
from clacky_tui.sessions.reader import read_session

START = datetime(2026, 5, 22, 9, 30, 5, tzinfo=UTC)


def journal(folder: Path) -> Journal:
    return Journal("0123456789abcdef", START, folder)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def envelope(event: events.Event) -> events.Envelope:
    return events.Envelope(seq=1, ts=START, session_id="0123456789abcdef", event=event)


def test_a_session_without_words_leaves_no_file(tmp_path: Path) -> None:
    journal(tmp_path / "sessions").close()
    assert list(tmp_path.iterdir()) == []


def test_messages_are_kept_whole_in_a_private_file(tmp_path: Path) -> None:
    written = journal(tmp_path / "sessions")
    call = ToolCall("c1", "edit", '{"path": "a"')
    written.record_message(Message("assistant", "on it", Origin.MODEL, tool_calls=(call,)))
    parts = (TextPart("see"), ImagePart("image/png", "aGk="))
    written.record_message(Message("user", parts, Origin.USER, task_id=1, created_at=START))
    written.close()
    assert written.path.name == "2026-05-22-09-30-05-01234567.jsonl"
    assert written.path.stat().st_mode & 0o777 == 0o600
    first, second = lines(written.path)
    assert first["tool_calls"] == [{"id": "c1", "name": "edit", "arguments": '{"path": "a"'}]
    assert second["content"] == [{"text": "see"}, {"image": "aGk=", "media_type": "image/png"}]
    assert second["created_at"] == START.isoformat()


def test_names_from_other_processes_never_mix_with_the_session_s_own_lines(tmp_path: Path) -> None:
    written = journal(tmp_path)
    written.record_message(Message("user", "hello", Origin.USER))
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from clacky_tui.sessions.journal import append_meta\n"
        "for number in range(100): append_meta(Path(sys.argv[1]), name=str(number) * 50)\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, str(written.path)]) for _ in range(2)]
    while any(other.poll() is None for other in others):
        written.record_message(Message("assistant", "on it " * 50, Origin.MODEL))
    written.close()
    assert [other.returncode for other in others] == [0, 0]
    # A line that was being written may look torn to another process; it then leaves a blank line.
    whole = [json.loads(line) for line in written.path.read_text().splitlines() if line]
    assert [line["type"] for line in whole].count("meta") == 200
    assert read_session(written.path).problems == ()


def test_pieces_are_left_out_because_the_whole_follows(tmp_path: Path) -> None:
    written = journal(tmp_path)
    written.record_event(envelope(events.TextDelta(text="he")))
    written.record_event(envelope(events.TextDone(text="hello")))
    written.close()
    (line,) = lines(written.path)
    assert line["event"] == {"kind": "text.done", "text": "hello"}


def test_lone_surrogates_do_not_stop_the_journal(tmp_path: Path) -> None:
    written = journal(tmp_path)
    written.record_message(Message("tool", "bad \udcff byte", Origin.TOOL, tool_call_id="c"))
    written.close()
    assert lines(written.path)[0]["content"] == "bad ? byte"


def test_a_replaced_history_is_one_line_with_all_its_messages(tmp_path: Path) -> None:
    written = journal(tmp_path)
    written.record_message(Message("user", "long ago", Origin.USER))
    summary = Message("user", "what was said", Origin.NOTICE)
    written.record_replacement([summary, Message("user", "now", Origin.USER)])
    written.close()
    assert [line["type"] for line in lines(written.path)] == ["message", "history"]
    messages = lines(written.path)[1]["messages"]
    assert isinstance(messages, list)
    assert [message["content"] for message in messages] == ["what was said", "now"]
