"""The index after files come, grow, change, move and go; what is opened meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lines_reader import LinesReader

from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.refresh import Refreshed, refresh
from clacky_tui.usage.report import By, Query, Sums, make_report

READERS = (LinesReader(),)


class Home:
    """A home with a folder of histories, and the index of them."""

    def __init__(self, folder: Path) -> None:
        self.lines = folder / "lines"
        self.lines.mkdir(parents=True)
        self.machine = Machine({}, folder)
        self.index = UsageIndex(folder / "cache" / "usage.sqlite")

    def write(self, name: str, *lines: dict[str, Any], mode: str = "w") -> Path:
        path = self.lines / name
        with path.open(mode) as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
        return path

    def refresh(self, workers: int = 1) -> Refreshed:
        return refresh(self.index, readers=READERS, machine=self.machine, workers=workers)

    def totals(self) -> Sums:
        return make_report(self.index, Query()).totals


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.index.close()


_opened: list[str] = []


def _note_opening(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | bytes):
        _opened.append(str(arguments[0]))


@pytest.fixture(scope="module")
def watched() -> Callable[[Path], int]:
    """Counts the openings of files under a folder since it was asked last."""
    sys.addaudithook(_note_opening)

    def count(folder: Path) -> int:
        inside = [path for path in _opened if path.startswith(str(folder))]
        _opened.clear()
        return len(inside)

    return count


def test_an_unchanged_tree_opens_nothing_and_a_new_line_costs_one_tail(
    home: Home, watched: Callable[[Path], int]
) -> None:
    for number in range(20):
        home.write(f"{number}.jsonl", {"key": f"{number}", "input": 10, "output": 1})
    assert home.refresh().files_read == 20
    watched(home.lines)
    assert home.refresh().files_read == 0
    assert watched(home.lines) == 0
    home.write("7.jsonl", {"key": "new", "input": 5, "output": 5}, mode="a")
    report = home.refresh()
    assert (report.files_read, report.tails_read) == (1, 1)
    assert home.totals().tokens["input"] == 205
    assert home.index.sources()["lines", str(home.lines / "7.jsonl")].carry == {"lines": 2}


def test_a_torn_line_is_read_when_it_is_whole(home: Home) -> None:
    path = home.write("a.jsonl", {"key": "1", "input": 1})
    with path.open("a") as file:
        file.write('{"key": "2", "inp')
    home.refresh()
    assert home.totals().requests == 1
    with path.open("a") as file:
        file.write('ut": 5}\n')
    assert home.refresh().tails_read == 1
    assert home.totals().tokens["input"] == 6


@pytest.mark.parametrize("change", ["truncate", "rewrite", "same size", "touch"])
def test_a_changed_file_replaces_what_it_held(home: Home, change: str) -> None:
    path = home.write("a.jsonl", {"key": "1", "input": 1}, {"key": "2", "input": 2})
    home.refresh()
    match change:
        case "truncate":
            home.write("a.jsonl", {"key": "1", "input": 1})
            expected = 1
        case "rewrite":
            home.write("a.jsonl", *({"key": f"n{n}", "input": 7} for n in range(5)))
            expected = 35
        case "same size":
            home.write("a.jsonl", {"key": "1", "input": 4}, {"key": "2", "input": 2})
            expected = 6
        case _:
            path.touch()
            expected = 3
    assert home.refresh().files_read == 1
    assert home.totals().tokens["input"] == expected


def test_what_a_deleted_file_held_stays_and_is_marked(home: Home) -> None:
    path = home.write("a.jsonl", {"key": "1", "input": 1})
    home.write("b.jsonl", {"key": "2", "input": 2})
    home.refresh()
    path.unlink()
    assert home.refresh().gone == 1
    assert home.totals().tokens["input"] == 3
    assert home.index.sources()["lines", str(path)].state == "gone"
    assert home.refresh().gone == 0


def test_a_renamed_file_is_not_read_again(home: Home) -> None:
    path = home.write("a.jsonl", {"key": "1", "input": 1})
    home.refresh()
    path.rename(path.with_name("z.jsonl"))
    report = home.refresh()
    assert (report.files_read, report.gone) == (0, 0)
    assert home.totals().tokens["input"] == 1
    home.write("z.jsonl", {"key": "2", "input": 2}, mode="a")
    assert home.refresh().tails_read == 1
    assert home.totals().tokens["input"] == 3


def test_of_copies_the_highest_rank_counts_and_the_next_takes_its_place(home: Home) -> None:
    home.write("a.jsonl", {"key": "1", "input": 1, "rank": 1, "session": "a"})
    home.write("b.jsonl", {"key": "1", "input": 5, "rank": 9, "session": "b"})
    home.refresh()
    assert home.totals().tokens["input"] == 5
    home.write("b.jsonl", {"key": "2", "input": 100})
    home.refresh()
    assert home.totals().tokens["input"] == 101


def test_of_a_group_only_its_best_source_counts(home: Home) -> None:
    session = {"group": "s1"}
    home.write("a.jsonl", {"key": "1", "input": 1, **session}, {"key": "2", "input": 1, **session})
    detailed = home.write("b.jsonl", {"key": "3", "input": 50, "group_rank": 1, **session})
    home.refresh()
    assert home.totals().tokens["input"] == 50
    detailed.write_text("")
    home.refresh()
    assert home.totals().tokens["input"] == 2


def test_an_unreadable_file_is_a_caveat_and_keeps_what_was_known(home: Home) -> None:
    path = home.write("a.jsonl", {"key": "1", "input": 1})
    home.write("b.jsonl", {"key": "2", "input": 2})
    home.refresh()
    path.unlink()
    path.symlink_to("/proc/self/mem")  # opens, and cannot be read
    home.refresh()
    assert home.index.sources()["lines", str(path)].state == "unreadable"
    assert home.totals().tokens["input"] == 3


def test_unknown_counts_are_left_out_and_said(home: Home) -> None:
    home.write("a.jsonl", {"key": "1", "input": 1}, {"key": "2", "output": 3, "model": "own/model"})
    home.refresh()
    totals = home.totals()
    assert (totals.tokens["input"], totals.unknown["input"]) == (1, 1)
    assert (totals.priced_requests, totals.unpriced_requests, totals.unpriced_tokens) == (1, 1, 3)
    rows = {row.key: row.sums for row in make_report(home.index, Query(by=(By.MODEL,))).rows}
    assert rows["own/model",].cost is None


def test_a_stopped_refresh_goes_on_where_it_was(home: Home) -> None:
    for number in range(5):
        home.write(f"{number}.jsonl", {"key": f"{number}", "input": 1})
    stopped = refresh(home.index, readers=READERS, machine=home.machine, stopped=lambda: True)
    assert stopped.stopped
    home.refresh()
    assert home.totals().requests == 5


def test_a_first_index_that_was_killed_is_finished(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clacky_tui.usage.refresh.COMMIT_SECONDS", 0)
    for name in ("a", "b", "c"):
        home.write(
            f"{name}.jsonl",
            {"key": "1", "input": ord(name), "rank": ord(name)},
            {"key": name, "input": 1000, "group": "g", "group_rank": ord(name)},
        )
    if not (child := os.fork()):
        killed = UsageIndex(home.index.path)
        refresh(
            killed,
            readers=READERS,
            machine=home.machine,
            workers=1,
            told=lambda progress: os._exit(9) if progress.share > 0.5 else None,
        )
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert home.refresh().files_read == 1
    assert home.totals().tokens["input"] == ord("c") + 1000
    home.lines.joinpath("c.jsonl").write_text("")
    home.refresh()
    assert home.totals().tokens["input"] == ord("b") + 1000


def test_a_damaged_index_is_set_aside_and_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    index = UsageIndex(path)
    assert make_report(index, Query()).totals.entries == 0
    index.close()
    assert path.with_name("usage.sqlite.damaged").exists()


line = st.fixed_dictionaries(
    {
        "key": st.integers(0, 12).map(str),
        "input": st.integers(0, 50) | st.none(),
        "rank": st.integers(0, 3),
        "at": st.integers(1_780_000_000, 1_790_000_000),
    }
)
step = st.tuples(
    st.sampled_from(["append", "rewrite", "delete", "refresh"]),
    st.sampled_from(["a.jsonl", "b.jsonl", "c.jsonl"]),
    st.lists(line, max_size=4),
)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(step, max_size=12))
def test_any_order_of_changes_gives_what_reading_all_anew_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, list[dict[str, Any]]]]
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    for what, name, lines in steps:
        path = home.lines / name
        match what:
            case "append":
                home.write(name, *lines, mode="a")
            case "rewrite":
                home.write(name, *lines)
            case "delete":
                path.unlink(missing_ok=True)
                home.index.close()
                home.index.path.unlink()  # what deleted files held is another test's concern
                home.index = UsageIndex(home.index.path)
            case _:
                home.refresh()
    home.refresh()
    assert _by_day(home.index) == _by_day_directly(home.lines)
    home.index.close()


def _by_day(index: UsageIndex) -> dict[str, tuple[int, int]]:
    rows = make_report(index, Query(by=(By.DAY,))).rows
    return {str(row.key[0]): (row.sums.tokens["input"], row.sums.unknown["input"]) for row in rows}


def _by_day_directly(folder: Path) -> dict[str, tuple[int, int]]:
    from datetime import datetime

    best: dict[str, tuple[int, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for text in path.read_text().splitlines():
            found = json.loads(text)
            if found["key"] not in best or found["rank"] > best[found["key"]][0]:
                best[found["key"]] = (found["rank"], found)
    days: dict[str, tuple[int, int]] = {}
    for _, found in best.values():
        day = str(datetime.fromtimestamp(found["at"]).astimezone().date())
        tokens, unknown = days.get(day, (0, 0))
        given = found["input"]
        days[day] = (tokens + (given or 0), unknown + (given is None))
    return days


def test_many_workers_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from clacky_tui.usage import refresh as module
    from clacky_tui.usage import workers as reading_processes

    monkeypatch.setattr(module, "ALONE_BYTES", 0)
    monkeypatch.setattr(reading_processes, "BATCH_BYTES", 200)
    home = Home(tmp_path)
    for number in range(30):
        lines = [{"key": str(k % 40), "input": k, "rank": k} for k in range(number, number + 5)]
        home.write(f"{number}.jsonl", *lines)
    home.refresh(workers=1)
    alone = home.totals()
    home.index.close()
    home.index.path.unlink()
    home.index = UsageIndex(home.index.path)
    home.refresh(workers=3)
    assert home.totals() == alone
    home.index.close()


def test_the_index_can_be_read_while_it_is_written(home: Home) -> None:
    home.write("a.jsonl", {"key": "1", "input": 1})
    home.refresh()
    reader = UsageIndex(home.index.path)
    with home.index.writing():
        assert make_report(reader, Query()).totals.requests == 1
    reader.close()


def test_a_second_writer_waits(home: Home) -> None:
    other = sqlite3.connect(home.index.path, timeout=0, isolation_level=None)
    with home.index.writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_an_index_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite"
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE usage(a); CREATE VIEW entry AS SELECT * FROM usage;"
        " CREATE INDEX usage_a ON usage(a); PRAGMA user_version=1;"
    )
    old.close()
    index = UsageIndex(path)
    assert make_report(index, Query()).totals.entries == 0
    index.close()
