"""`clacky usage export` and `import`: collectors, folders and Cursor's dashboard."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from support.collector import Collector
from support.usage_home import UsageHome

from clacky_tui.errors import ConfigError
from clacky_tui.files import make_private_dir
from clacky_tui.paths import config_file

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CURSOR = (
    "Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,"
    "Output Tokens,Total Tokens,Cost\n"
    "2026-09-03T21:00:00.000Z,On-Demand,claude-4.6-sonnet,No,200,300,4000,50,4550,$0.12\n"
    "2026-09-04T21:01:00.000Z,Included,auto,No,0,10,20,30,60,Included\n"
)
LATER = "2026-09-05T08:00:00.000Z,On-Demand,gpt-5.4,No,0,1000,0,100,1100,$0.30\n"


def raised(result: Result) -> None:
    """What the command ended with; `clacky` prints it."""
    assert result.exception is not None
    raise result.exception


def test_without_an_address_metrics_go_to_the_collector_that_is_set_up(
    person: UsageHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.reply(NOON)
    with pytest.raises(ConfigError, match="No collector is set up"):
        raised(person.run("export", "--otlp"))
    with Collector() as by_variable, Collector() as by_setting:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", by_variable.url)
        assert "points to" in person.run("export", "--otlp", "--no-refresh").stdout
        make_private_dir(config_file().parent)
        address = by_setting.url.replace("//", "//me:secret-word@")
        config_file().write_text(f"settings: {{telemetry: {{otlp: '{address}'}}}}\n")
        told = person.run("export", "--otlp").stdout
        assert (len(by_variable.requests), len(by_setting.requests)) == (1, 1)
    assert "secret-word" not in told
    assert told.endswith(f"points to {by_setting.url}/v1/metrics\n")


@pytest.mark.parametrize("option", [("--cursor-csv",), ()])
def test_cursors_export_is_taken_in_and_counts_once(
    person: UsageHome, tmp_path: Path, option: tuple[str, ...]
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(CURSOR)
    second.write_text(CURSOR + LATER + "someday,,,,,,,,,\n")

    def totals() -> tuple[int, int, float]:
        found = person.json("--agent", "cursor-agent", "--no-refresh")["totals"]
        return found["requests"], found["output"], found["cost_usd"]

    told = person.run("import", *option, str(first))
    assert told.stdout == "imported first.csv: 2 rows, 2026-09-03 to 2026-09-04\n"
    assert totals() == (2, 80, 0.12)
    assert "counts once" in person.run("import", *option, str(first)).stdout
    assert totals() == (2, 80, 0.12)
    told = person.run("import", *option, str(second))
    assert told.stdout == "imported second.csv: 3 rows, 2026-09-03 to 2026-09-05\n"
    assert "without a date, left out: 1" in told.stderr
    assert totals() == (3, 180, 0.42)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "no column Date, Model, Output Tokens"),
        (CURSOR.splitlines()[0] + "\n", "no row with a date"),
        ("\0\x01\xff" * 40, "is no usage export of Cursor"),
        ("", "is no usage export of Cursor"),
    ],
)
def test_what_is_no_export_of_cursor_is_said(
    person: UsageHome, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "some.csv"
    file.write_text(content)
    with pytest.raises(ConfigError, match=said):
        raised(person.run("import", str(file)))


def test_one_thing_is_imported_at_a_time(person: UsageHome, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text(CURSOR)
    for arguments in ((), (str(tmp_path), "--cursor-csv", str(file))):
        result = person.run("import", *arguments)
        assert result.exit_code == 2
        assert "Name one of" in result.stderr
