"""Gemini CLI's chats: every trap alone."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path

from support.histories.gemini import header, message
from support.histories.lines import write_lines
from support.histories.truth import (
    FIRST_AT,
    Call,
    Tally,
    calls_of,
    indexed,
    refresh_agent,
    reported,
)

from clacky_tui.usage.report import By

AGENT = "gemini"
CALL = Call("s1", FIRST_AT, "gemini-2.5-pro", "/p", 3_600, 12_100, 0, 336, reasoning=96)
EXPECTED = Tally(entries=1, requests=1, input=3_600, cache_read=12_100, output=336, reasoning=96)
CHATS = ".gemini/tmp/p/chats"


def test_cached_input_lies_inside_and_thoughts_on_top(tmp_path: Path) -> None:
    lines = [header("s1", FIRST_AT), message(CALL, "m1", tool=500)]
    write_lines(tmp_path / CHATS / "session-1.jsonl", lines)
    assert calls_of(tmp_path, AGENT) == EXPECTED


def test_a_message_written_again_counts_once_also_when_it_was_wound_back(tmp_path: Path) -> None:
    done = message(CALL, "m1")
    lines = [
        header("s1", FIRST_AT),
        message(CALL, "m1", with_tokens=False),
        done,
        {**done, "toolCalls": [1]},
        {"$set": {"messages": [done, {"id": "m0", "type": "user"}]}},
        {"$rewindTo": "m1"},
    ]
    write_lines(tmp_path / CHATS / "session-1.jsonl", lines)
    assert calls_of(tmp_path, AGENT) == EXPECTED


def test_a_chat_in_both_forms_and_under_both_folder_names_counts_once(tmp_path: Path) -> None:
    lines = [header("s1", FIRST_AT), message(CALL, "m1")]
    hashed = hashlib.sha256(b"/p").hexdigest()
    for slug in ("p", hashed):
        chats = tmp_path / ".gemini/tmp" / slug / "chats"
        write_lines(chats / "session-1.jsonl", lines)
        document = {**lines[0], "messages": lines[1:]}
        (chats / "session-1.json").write_text(json.dumps(document, indent=1))
    (tmp_path / ".gemini/projects.json").write_text(json.dumps({"projects": {"/p": "p"}}))
    with closing(indexed(tmp_path, AGENT)) as index:
        assert reported(index, (By.PROJECT,), AGENT) == {("/p",): EXPECTED}


def test_telemetry_counts_only_for_sessions_without_a_chat(tmp_path: Path) -> None:
    lines = [header("s1", FIRST_AT), message(CALL, "m1")]
    write_lines(tmp_path / CHATS / "session-1.jsonl", lines)
    outfile = tmp_path / "telemetry.log"
    outfile.write_text("".join(json.dumps(_event(s), indent=2) + "\n" for s in ("s1", "s2", "s2")))
    environ = {"GEMINI_TELEMETRY_OUTFILE": str(outfile)}
    with closing(indexed(tmp_path, AGENT, environ=environ)) as index:
        sessions = reported(index, (By.SESSION,), AGENT)
    assert sessions["s1",] == EXPECTED
    assert (sessions["s2",].requests, sessions["s2",].output) == (2, 2 * 336)
    assert sessions["s2",].input == 2 * 3_600


def test_the_telemetry_file_named_in_the_settings_is_found(tmp_path: Path) -> None:
    (tmp_path / "t.log").write_text(json.dumps(_event("s2"), indent=2) + "\n")
    (tmp_path / ".gemini").mkdir()
    settings = {"telemetry": {"enabled": True, "outfile": str(tmp_path / "t.log")}}
    (tmp_path / ".gemini/settings.json").write_text(json.dumps(settings))
    assert calls_of(tmp_path, AGENT).requests == 1


def test_telemetry_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    outfile = tmp_path / "t.log"
    text = "".join(json.dumps(_event("s2"), indent=2) + "\n" for _ in range(3))
    environ = {"GEMINI_TELEMETRY_OUTFILE": str(outfile)}
    outfile.write_text(text[: len(text) // 2])
    with closing(indexed(tmp_path, AGENT, environ=environ)) as index:
        assert reported(index, (), AGENT)[()].requests == 1
        outfile.write_text(text)
        refresh_agent(index, tmp_path, AGENT, environ=environ)
        assert reported(index, (), AGENT)[()].requests == 3


_number = iter(range(100))


def _event(session: str) -> dict[str, object]:
    at = f"2026-09-03T22:30:{next(_number):02d}.000Z"
    attributes = {
        "session.id": session,
        "event.name": "gemini_cli.api_response",
        "event.timestamp": at,
        "model": "gemini-2.5-pro",
        "input_token_count": 15_700,
        "output_token_count": 240,
        "cached_content_token_count": 12_100,
        "thoughts_token_count": 96,
        "tool_token_count": 0,
        "total_token_count": 16_036,
    }
    return {"attributes": attributes, "_body": "API response"}
