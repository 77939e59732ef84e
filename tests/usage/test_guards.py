"""What must hold of every agent, also of one that is added later."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.histories.every import HISTORIES
from support.histories.truth import Truth, assert_reported, new_index, reader_of

from clacky_tui.usage.envelope import coverage, envelope, figures
from clacky_tui.usage.index import UsageIndex
from clacky_tui.usage.reader import Machine
from clacky_tui.usage.readers.registry import READERS
from clacky_tui.usage.refresh import Refreshed, refresh
from clacky_tui.usage.report import By, Query, make_report, unpriced_models

LEDGERS = {"clacky", "octo"}
AGENTS = {
    "claude",
    "codex",
    "gemini",
    "cursor-agent",
    "copilot",
    "kimi",
    "qwen",
    "hermes",
    "pi",
    "opencode",
}


class Everything:
    """A home with a history of every agent, and the index of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.machine = Machine({}, home)
        self.truths: dict[str, Truth] = {}
        for agent, write in HISTORIES.items():
            self.truths[agent] = write(home, 21)
        self.index = new_index(home)

    def refresh(self) -> Refreshed:
        return refresh(self.index, machine=self.machine, workers=1)

    def histories(self) -> list[Path]:
        return [
            source.path for agent in HISTORIES for source in reader_of(agent).find(self.machine)
        ]


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[Everything]:
    made = Everything(tmp_path)
    made.refresh()
    yield made
    made.index.close()


_touched: list[str] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("open", "sqlite3.connect", "os.open") and isinstance(arguments[0], str | bytes):
        _touched.append(str(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def watched() -> None:
    """Every opening of a file or a database in this process goes to `_touched`."""
    sys.addaudithook(_note)


def _opened_histories(everything: Everything) -> list[str]:
    """Histories that were opened since it was asked last."""
    paths = {str(path) for path in everything.histories()}
    opened = [path for path in paths if any(path in touched for touched in _touched)]
    _touched.clear()
    return opened


def test_every_agent_has_a_reader_a_fixture_and_a_strategy() -> None:
    assert {reader.agent for reader in READERS} == AGENTS | LEDGERS
    assert set(HISTORIES) == AGENTS
    for reader in READERS:
        assert reader.title
        assert reader.strategy
        assert reader.places(Machine({}, Path("/nowhere")))


def test_a_status_is_computed_and_has_a_reason_unless_all_is_well(everything: Everything) -> None:
    found = {
        each["agent"]: each for each in coverage(everything.index, READERS, everything.machine)
    }
    for each in found.values():
        assert each["status"] in ("supported", "partial", "unsupported")
        assert each["status"] == "supported" or each["reason"]
    assert found["cursor-agent"]["status"] == "partial"
    assert found["copilot"]["status"] == "partial"  # one of its runs was killed
    supported = AGENTS - {"cursor-agent", "copilot"}
    assert {each for each in AGENTS if found[each]["status"] == "supported"} == supported
    assert all(found[each]["files"] and found[each]["entries"] for each in AGENTS)


def test_nothing_found_is_said(tmp_path: Path) -> None:
    with closing(new_index(tmp_path)) as index:
        for each in coverage(index, READERS, Machine({}, tmp_path)):
            assert each["files"] == 0
            assert each["reason"]


def test_no_report_opens_a_history_and_no_second_refresh_either(everything: Everything) -> None:
    assert _opened_histories(everything)  # the first refresh did: the watch works
    assert everything.refresh().files_read == 0
    for by in By:
        make_report(everything.index, Query(by=(by,)))
    report = make_report(everything.index, Query(by=(By.AGENT, By.MODEL)))
    envelope(everything.index, report, now=datetime.now(UTC), prices={})
    unpriced_models(everything.index, Query())
    assert _opened_histories(everything) == []


def test_what_agents_delete_stays_and_is_marked(everything: Everything) -> None:
    files = {agent: len({*_paths(agent, everything)}) for agent in AGENTS}
    for path in everything.home.iterdir():
        if not path.name.startswith(".cache-of-test"):
            shutil.rmtree(path)
    assert everything.refresh().gone == sum(files.values())
    for agent, truth in everything.truths.items():
        assert_reported(everything.index, truth, agent)
    for each in coverage(everything.index, READERS, everything.machine):
        assert each["retained"] == files.get(each["agent"], 0)


def test_forgetting_an_agent_leaves_the_others(everything: Everything) -> None:
    with everything.index.writing():
        everything.index.forget("claude")
    for agent, truth in everything.truths.items():
        assert_reported(everything.index, Truth() if agent == "claude" else truth, agent)
    everything.refresh()
    assert_reported(everything.index, everything.truths["claude"], "claude")


def test_a_reader_that_was_changed_reads_only_its_own_agent_anew(
    everything: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(reader_of("pi")), "version", 99)
    files = len({*_paths("pi", everything)})
    assert everything.refresh().files_read == files
    assert_reported(everything.index, everything.truths["pi"], "pi")


def test_what_is_not_known_is_null_and_never_zero(everything: Everything) -> None:
    sessions = _figures(everything.index, agents=frozenset({"cursor-agent"}), models={"composer-2"})
    assert sessions["input"] is None
    assert sessions["output"] is None
    assert sessions["cost_usd"] is None
    unknown = _figures(everything.index, agents=frozenset({"codex"}), models={"codex-auto-review"})
    assert unknown["cost_usd"] is None
    assert unknown["input"] > 0
    report = make_report(everything.index, Query())
    listed = envelope(everything.index, report, now=datetime.now(UTC), prices={})["totals"]
    assert "codex-auto-review" in {each["model"] for each in listed["unpriced"]["models"]}
    killed = make_report(everything.index, Query(by=(By.MODEL,), agents=frozenset({"copilot"})))
    rest = next(row for row in killed.rows if row.key == (None,))
    assert figures(rest.sums)["input"] is None
    assert figures(rest.sums)["output"] > 0


def _figures(index: UsageIndex, *, agents: frozenset[str], models: set[str]) -> dict[str, Any]:
    return figures(make_report(index, Query(agents=agents, models=frozenset(models))).totals)


def _paths(agent: str, everything: Everything) -> Iterator[Path]:
    for source in reader_of(agent).find(everything.machine):
        yield source.path
