"""The monthly files: appending from many processes, reading through damage."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clacky_tui.billing.ledger import Ledger, default_ledger
from clacky_tui.billing.record import UsageRecord, to_line

Make = Callable[..., UsageRecord]


def test_what_is_appended_is_read_back(tmp_path: Path, make: Make) -> None:
    ledger = Ledger(tmp_path / "billing")
    written = [ledger.append(make(session_id=f"s{n}")) for n in range(3)]
    assert list(Ledger(tmp_path / "billing").read().records) == written
    assert len({record.id for record in written}) == 3


def test_an_id_that_is_there_stays(tmp_path: Path, make: Make) -> None:
    assert Ledger(tmp_path).append(make(id="mine")).id == "mine"


def test_files_and_folder_are_private(tmp_path: Path, make: Make) -> None:
    folder = tmp_path / "billing"
    Ledger(folder).append(make())
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_record_goes_to_the_file_of_its_local_month(
    tmp_path: Path, make: Make, zone: Callable[[str], None]
) -> None:
    zone("Asia/Tokyo")
    ledger = Ledger(tmp_path)
    ledger.append(make(datetime(2026, 4, 30, 14, 59, tzinfo=UTC)))
    ledger.append(make(datetime(2026, 4, 30, 15, 0, tzinfo=UTC)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-04.jsonl", "2026-05.jsonl"]


def test_a_missing_folder_is_an_empty_ledger(tmp_path: Path) -> None:
    read = Ledger(tmp_path / "none").read()
    assert (read.records, read.skipped_lines, read.unreadable) == ((), 0, ())


def test_blank_torn_and_corrupt_lines_never_hide_their_neighbours(
    tmp_path: Path, make: Make
) -> None:
    good = to_line(make(id="good"))
    lines = [good, b"", b"   ", b'{"id": "torn', b"\xff\xfe", b"[]", good]
    (tmp_path / "2026-05.jsonl").write_bytes(b"\n".join(lines) + b"\n" + good[:20])
    read = Ledger(tmp_path).read()
    assert [record.id for record in read.records] == ["good", "good"]
    assert read.skipped_lines == 4


def test_a_line_appended_after_a_torn_one_is_whole(tmp_path: Path, make: Make) -> None:
    (tmp_path / "2026-05.jsonl").write_bytes(to_line(make())[:50])
    ledger = Ledger(tmp_path)
    ledger.append(make(id="after"))
    read = ledger.read()
    assert ([record.id for record in read.records], read.skipped_lines) == (["after"], 1)


def test_an_unreadable_file_is_named_and_the_rest_is_read(tmp_path: Path, make: Make) -> None:
    (tmp_path / "2026-04.jsonl").mkdir()
    ledger = Ledger(tmp_path)
    ledger.append(make())
    read = ledger.read()
    assert len(read.records) == 1
    assert read.unreadable == (tmp_path / "2026-04.jsonl",)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "billing"
    path.write_text("not a folder")
    assert Ledger(path).read().unreadable == (path,)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path, make: Make) -> None:
    for name in ("notes.txt", "2026-13.jsonl", "2026-05.jsonl.bak", "26-05.jsonl"):
        (tmp_path / name).write_bytes(to_line(make()))
    assert Ledger(tmp_path).read().records == ()


def test_records_come_oldest_first_and_only_from_the_range(tmp_path: Path, make: Make) -> None:
    ledger = Ledger(tmp_path)
    moments = [datetime(2026, month, 15, tzinfo=UTC) for month in (7, 5, 6)]
    for at in moments:
        ledger.append(make(at))
    assert [record.timestamp for record in ledger.read().records] == sorted(moments)
    in_range = ledger.read(since=moments[1], until=moments[0]).records
    assert [record.timestamp for record in in_range] == [moments[1], moments[2]]


def test_months_outside_the_range_are_not_opened(tmp_path: Path, make: Make) -> None:
    for month in ("2026-03", "2026-07"):
        (tmp_path / f"{month}.jsonl").mkdir()  # opening it would be reported
    ledger = Ledger(tmp_path)
    ledger.append(make(datetime(2026, 5, 15, tzinfo=UTC)))
    read = ledger.read(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    assert len(read.records) == 1
    assert read.unreadable == ()


def test_a_record_filed_under_the_month_of_writing_is_found(tmp_path: Path, make: Make) -> None:
    at = datetime(2026, 5, 31, 12, tzinfo=UTC)
    (tmp_path / "2026-06.jsonl").write_bytes(to_line(make(at)))
    assert len(Ledger(tmp_path).read(until=datetime(2026, 6, 1, tzinfo=UTC)).records) == 1


def test_an_unchanged_file_is_parsed_once_and_a_changed_one_again(
    tmp_path: Path, make: Make
) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(make(id="first"))
    before = ledger.read().records
    assert ledger.read().records[0] is before[0]
    Ledger(tmp_path).append(make(id="second"))
    assert [record.id for record in ledger.read().records] == ["first", "second"]


def test_a_deleted_file_is_gone_from_the_next_reading(tmp_path: Path, make: Make) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(make())
    assert len(ledger.read().records) == 1
    (tmp_path / "2026-05.jsonl").unlink()
    assert ledger.read().records == ()


def test_the_default_ledger_lies_in_the_data_directory(clacky_home: Path) -> None:
    assert default_ledger().folder == clacky_home / "billing"
    assert default_ledger(simulated=True).folder == clacky_home / "demo" / "billing"


def test_the_override_moves_the_real_ledger_only(
    clacky_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLACKY_BILLING_DIR", str(tmp_path / "elsewhere"))
    assert default_ledger().folder == tmp_path / "elsewhere"
    assert default_ledger(simulated=True).folder == clacky_home / "demo" / "billing"


def test_only_what_was_appended_is_read_and_a_torn_end_is_read_again(
    tmp_path: Path, make: Make
) -> None:
    path = tmp_path / "2026-05.jsonl"
    lines = [to_line(make(id=f"r{number}")) + b"\n" for number in range(4)]
    ledger = Ledger(tmp_path)
    path.write_bytes(lines[0] + lines[1][:30])
    first = ledger.read()
    assert ([r.id for r in first.records], first.skipped_lines) == (["r0"], 1)
    with path.open("ab") as file:
        file.write(lines[1][30:] + lines[2][:-1])
    second = ledger.read()
    assert ([r.id for r in second.records], second.skipped_lines) == (["r0", "r1", "r2"], 0)
    assert second.records[0] is first.records[0]
    with path.open("ab") as file:
        file.write(b"\n" + lines[3])
    assert [r.id for r in ledger.read().records] == ["r0", "r1", "r2", "r3"]


def test_a_rewritten_file_is_read_anew_even_when_it_is_longer(tmp_path: Path, make: Make) -> None:
    path = tmp_path / "2026-05.jsonl"
    ledger = Ledger(tmp_path)
    path.write_bytes(to_line(make(id="old")) + b"\n")
    assert [r.id for r in ledger.read().records] == ["old"]
    path.write_bytes(b"".join(to_line(make(id=f"new{n}")) + b"\n" for n in range(3)))
    assert [r.id for r in ledger.read().records] == ["new0", "new1", "new2"]
    path.write_bytes(to_line(make(id="last")) + b"\n")
    assert [r.id for r in ledger.read().records] == ["last"]


def test_spending_is_the_exact_sum_of_the_priced_records_in_the_range(
    tmp_path: Path, make: Make
) -> None:
    ledger = Ledger(tmp_path)
    start = datetime(2026, 5, 22, tzinfo=UTC)
    assert ledger.spent(start) == 0
    ledger.append(make(datetime(2026, 5, 21, 23, 59, tzinfo=UTC), cost=Decimal(100)))
    ledger.append(make(start, cost=Decimal("0.1")))
    ledger.append(make(start, cost=None, cost_source="unknown"))
    ledger.append(make(datetime(2026, 5, 23, tzinfo=UTC), cost=Decimal("0.20000000001")))
    assert ledger.spent(start) == Decimal("0.30000000001")
    assert ledger.spent(start, datetime(2026, 5, 23, tzinfo=UTC)) == Decimal("0.1")


def test_spending_that_cannot_be_read_is_never_a_smaller_sum(tmp_path: Path, make: Make) -> None:
    (tmp_path / "2026-05.jsonl").mkdir()
    with pytest.raises(OSError, match="2026-05"):
        Ledger(tmp_path).spent(datetime(2026, 5, 1, tzinfo=UTC))


def test_one_folder_has_one_ledger_in_a_process(clacky_home: Path) -> None:
    assert default_ledger() is default_ledger()
    assert default_ledger() is not default_ledger(simulated=True)
