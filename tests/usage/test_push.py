"""One sending of the ledger's sums, as the app starts it in a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from support.collector import Collector
from support.usage_home import UsageHome

from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.domain.telemetry import METRICS_ENDPOINT
from clacky_tui.domain.usage import Usage
from clacky_tui.usage import push
from clacky_tui.usage.exchange import export_records, import_files
from clacky_tui.usage.index import UsageIndex, default_index_path
from clacky_tui.usage.report import Query

pytest.importorskip("opentelemetry.sdk")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def as_nice_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.nice", lambda _: 0)


def spend(cost: str) -> None:
    record = UsageRecord("s", NOON, "some-model", Usage(10, 20), Decimal(cost), "api", project="/p")
    default_ledger().append(record)


def pushed(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], float]:
    """Costs that arrived, by agent and model."""
    monkeypatch.setenv(METRICS_ENDPOINT, f"{collector.url}/v1/metrics")
    assert push.main() == 0
    return {
        (names["gen_ai.agent.name"], names["gen_ai.request.model"]): point.as_double
        for names, point in collector.points("clacky.usage.cost")
    }


def test_only_ones_own_ledger_is_read_and_sent(
    person: UsageHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.reply(NOON)  # of another agent
    with Collector() as collector:
        spend("0.25")
        assert pushed(collector, monkeypatch) == {("clacky", "some-model"): 0.25}
        spend("0.5")
        assert pushed(collector, monkeypatch) == {("clacky", "some-model"): 0.75}
    index = UsageIndex(default_index_path())
    assert index.sources("claude") == {}
    assert index.refreshed_at() is None, "the status line still has to look at the other agents"


def test_what_other_machines_used_they_send_themselves(
    person: UsageHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    spend("3")
    export_records(person.index(), tmp_path / "shared", Query())
    monkeypatch.setenv("CLACKY_HOME", str(here))
    spend("0.5")
    assert import_files(tmp_path / "shared", ["clacky"]).taken
    with Collector() as collector:
        assert pushed(collector, monkeypatch) == {("clacky", "some-model"): 0.5}


def test_what_went_wrong_is_one_line_without_secrets(
    person: UsageHome, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Collector(status=403) as refusing:
        address = refusing.url.replace("//", "//me:secret-word@")
        monkeypatch.setenv(METRICS_ENDPOINT, f"{address}/v1/metrics?token=other-secret")
        assert push.main() == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "403" in said
    assert "secret" not in said
