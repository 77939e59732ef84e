"""Between machines: what one exports the other takes in, and nothing counts twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.usage_home import HAIKU, UsageHome

from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.usage import Usage
from clacky_tui.errors import ConfigError
from clacky_tui.usage.envelope import figures
from clacky_tui.usage.exchange import export_records, import_files, imports_dir, machine_name
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.readers.registry import READERS
from clacky_tui.usage.refresh import refresh
from clacky_tui.usage.report import By, Query, make_report

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AGENTS = [reader.agent for reader in READERS]


@pytest.fixture
def machines(person: UsageHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    return Machines(person, tmp_path, monkeypatch)


class Machines:
    """Two machines, of which one is used at a time; `shared` is a folder both can reach."""

    def __init__(self, one: UsageHome, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.one, self.two = one, UsageHome(folder / "two")
        self.shared = folder / "shared"
        self._folder, self._monkeypatch = folder, monkeypatch

    def use(self, machine: UsageHome) -> UsageHome:
        name = "one" if machine is self.one else "two"
        self._monkeypatch.setenv("HOME", str(machine.home))
        self._monkeypatch.setenv("CLACKY_HOME", str(self._folder / f"clacky-{name}"))
        return machine


def spend(cost: str, session: str = "own") -> None:
    usage = Usage(10, 20, 30, 5, 40, 4)
    record = UsageRecord(session, NOON, "some-model", usage, Decimal(cost), "api", project="/p")
    default_ledger().append(record)


def everything(index: UsageIndex) -> dict[tuple[object, ...], dict[str, object]]:
    by = (By.AGENT, By.MODEL, By.DAY, By.PROJECT, By.SESSION, By.PROVIDER, By.PROTOCOL)
    return {row.key: figures(row.sums) for row in make_report(index, Query(by=by)).rows}


def test_the_sum_of_two_machines_is_exact_and_taking_in_again_changes_nothing(
    machines: Machines,
) -> None:
    two = machines.use(machines.two)
    two.reply(NOON, read=500, wrote=60)
    two.reply(NOON + timedelta(days=1), model="nobody-knows", session="s2")
    spend("0.123456789012")
    theirs = everything(two.index())
    assert export_records(two.index(), machines.shared, Query()) == {"claude": 2, "clacky": 1}

    one = machines.use(machines.one)
    one.reply(NOON, session="mine", model=HAIKU)
    mine = everything(one.index())
    for _ in range(2):
        taken = import_files(machines.shared, AGENTS)
        assert len(taken.taken) == 2 and taken.skipped == ()
        assert everything(one.index()) == mine | theirs


def test_a_newer_export_takes_the_place_of_the_older(machines: Machines) -> None:
    two = machines.use(machines.two)
    two.reply(NOON, generated=7)
    export_records(two.index(), machines.shared, Query())
    one = machines.use(machines.one)
    import_files(machines.shared, AGENTS)
    assert make_report(one.index(), Query()).totals.tokens["output"] == 7
    machines.use(two).reply(NOON, generated=5)
    export_records(two.index(), machines.shared, Query())
    machines.use(one)
    import_files(machines.shared, AGENTS)
    assert make_report(one.index(), Query()).totals.tokens["output"] == 12


def test_a_history_that_both_machines_have_counts_once(machines: Machines) -> None:
    machines.use(machines.two).reply(NOON, generated=7)
    export_records(machines.two.index(), machines.shared, Query())
    one = machines.use(machines.one)
    one.reply(NOON, generated=7)  # the same reply, in a synchronised folder
    import_files(machines.shared, AGENTS)
    assert make_report(one.index(), Query()).totals.requests == 1


def test_what_was_taken_in_survives_a_new_index_and_is_not_exported_again(
    machines: Machines, tmp_path: Path
) -> None:
    machines.use(machines.two).reply(NOON)
    export_records(machines.two.index(), machines.shared, Query())
    machines.use(machines.one)
    import_files(machines.shared, AGENTS)
    again = UsageIndex(tmp_path / "fresh.sqlite")
    refresh(again, workers=1)
    assert make_report(again, Query()).totals.requests == 1
    assert export_records(again, tmp_path / "out", Query()) == {}
    assert list((tmp_path / "out").iterdir()) == []


def test_an_own_export_is_not_taken_in(machines: Machines) -> None:
    one = machines.use(machines.one)
    one.reply(NOON)
    export_records(one.index(), machines.shared, Query())
    taken = import_files(machines.shared, AGENTS)
    assert taken.taken == () and "of this machine" in taken.skipped[0]


def test_torn_lines_are_said_and_the_others_count(machines: Machines) -> None:
    machines.use(machines.two).replies(NOON, (0, 1, 2))
    export_records(machines.two.index(), machines.shared, Query())
    one = machines.use(machines.one)
    import_files(machines.shared, AGENTS)
    (file,) = imports_dir().iterdir()
    head, first, second, third = file.read_text().splitlines()
    wrong = json.dumps(json.loads(second) | {"requests": "many"})
    file.write_text("\n".join([head, first, wrong, third[:40], ""]))
    index = one.index()
    assert make_report(index, Query()).totals.requests == 1
    assert sum(index.caveats("claude").values()) == 2


@pytest.mark.parametrize(
    ("name", "header", "said"),
    [
        ("m-1.claude.jsonl", {"schema": 2, "machine": "m-1", "agent": "claude"}, "update clacky"),
        ("m-1.martian.jsonl", {"schema": 1, "machine": "m-1", "agent": "martian"}, "not known"),
        ("m-2.claude.jsonl", {"schema": 1, "machine": "m-1", "agent": "claude"}, "was renamed"),
    ],
)
def test_what_cannot_be_taken_in_is_said(
    machines: Machines, name: str, header: dict[str, object], said: str
) -> None:
    machines.use(machines.one)
    machines.shared.mkdir()
    (machines.shared / name).write_text(json.dumps(header) + "\n")
    taken = import_files(machines.shared, AGENTS)
    assert taken.taken == () and said in taken.skipped[0]


def test_a_folder_without_exports_is_an_error(machines: Machines, tmp_path: Path) -> None:
    machines.use(machines.one)
    with pytest.raises(ConfigError, match="no export"):
        import_files(tmp_path, AGENTS)


def test_a_machine_keeps_its_name(machines: Machines) -> None:
    machines.use(machines.one)
    assert machine_name() == machine_name()
    before = machine_name()
    machines.use(machines.two)
    assert machine_name() != before
