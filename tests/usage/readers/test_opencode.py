"""OpenCode's stores: every trap alone."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from support.histories.opencode import (
    NEW_TABLES,
    OLD_TABLES,
    add_new,
    add_old,
    database,
    message,
    new_message,
    write_file,
)
from support.histories.truth import FIRST_AT, Call, Tally, calls_of, indexed, reported

from clacky_tui.usage.report import By

AGENT = "opencode"
CALL = Call("s1", FIRST_AT, "gpt-5.4", "/p", 310, 31_500, 900, 540, reasoning=120, usd="0.0213")


def test_reasoning_lies_on_top_with_a_total_and_without(tmp_path: Path) -> None:
    write_file(tmp_path, "s1", "m1", message(CALL, "openai"))
    later = replace(CALL, at=FIRST_AT + 9)
    write_file(tmp_path, "s1", "m2", message(later, "openai", with_total=False))
    tally = calls_of(tmp_path, AGENT)
    assert (tally.output, tally.reasoning, tally.input) == (1_080, 240, 620)


def test_a_message_in_every_store_counts_once(tmp_path: Path) -> None:
    write_file(tmp_path, "s1", "m1", message(CALL, "openai"))
    db = database(tmp_path, OLD_TABLES, NEW_TABLES)
    add_old(db, "m1", "s1", message(CALL, "openai"))
    add_new(db, "m1", "s1", new_message(CALL, "openai"))
    db.close()
    tally = calls_of(tmp_path, AGENT)
    assert (tally.requests, str(tally.usd.normalize())) == (1, "0.0213")


def test_an_empty_newer_table_in_an_older_database_hides_nothing(tmp_path: Path) -> None:
    db = database(tmp_path, OLD_TABLES, NEW_TABLES)
    add_old(db, "m1", "s1", message(CALL, "openai"))
    db.close()
    assert calls_of(tmp_path, AGENT).requests == 1


def test_an_older_database_without_folders_takes_the_messages_path(tmp_path: Path) -> None:
    db = database(
        tmp_path,
        "CREATE TABLE message(id TEXT, session_id TEXT, time_created INTEGER, data TEXT);",
    )
    add_old(db, "m1", "s1", message(CALL, "openai"))
    db.execute("INSERT INTO message VALUES ('m2', 's1', 1, 'no json')")
    db.close()
    with closing(indexed(tmp_path, AGENT)) as index:
        expected = Tally(1, 1, 310, 31_500, 900, 540, 120)
        found = reported(index, (By.PROJECT,), AGENT)
        assert replace(found["/p",], usd=expected.usd) == expected
        assert index.caveats(AGENT) == {"rows that are no JSON": 1}


def test_a_row_that_has_only_begun_is_no_request_yet(tmp_path: Path) -> None:
    db = database(tmp_path, OLD_TABLES)
    add_old(db, "m1", "s1", message(Call("s1", FIRST_AT, "gpt-5.4", "/p"), "openai"))
    db.close()
    assert calls_of(tmp_path, AGENT).entries == 0
