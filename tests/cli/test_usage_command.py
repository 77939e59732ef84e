"""`clacky usage` and what is under it, as a person and a program read it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.collector import Collector
from support.histories.cursor import write_chat
from support.usage_home import HAIKU, SONNET, UsageHome

from clacky_tui.cli.usage_options import PATIENCE_SECONDS
from clacky_tui.config.preferences import save_preference
from clacky_tui.errors import ConfigError
from clacky_tui.usage.index import default_index_path

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SUBCOMMANDS = ("daily", "weekly", "monthly", "session", "blocks")


@pytest.fixture
def busy(person: UsageHome) -> UsageHome:
    """Someone with two models, two projects, and one model without a price."""
    person.reply(NOON, given=1_000_000, generated=0)
    person.reply(NOON, given=1_000_000, generated=0, model=HAIKU, project="/src/beta")
    person.reply(NOON + timedelta(days=1), model="nobody-knows", given=9, generated=1)
    return person


def test_the_text_is_dearest_first_with_totals_and_what_is_not_known(busy: UsageHome) -> None:
    lines = busy.run().stdout.splitlines()
    cells = [line.split() for line in lines]
    assert lines[0].startswith("Agent   Model")
    assert [row[1] for row in cells[1:4]] == [SONNET, HAIKU, "nobody-knows"]
    assert [row[-1] for row in cells[1:5]] == ["~$3.00", "~$1.00", "?", "~$4.00"]
    assert cells[4][:2] == ["total", "3"]
    assert lines[5] == "Requests without a known price, not in the sums: 1 (10 tokens)"


def test_nothing_says_where_it_looked(person: UsageHome) -> None:
    assert "clacky usage --sources" in person.run().stdout
    for command in SUBCOMMANDS:
        assert "clacky usage --sources" in person.run(command).stdout


def test_the_envelope_has_what_was_agreed(busy: UsageHome) -> None:
    found = busy.json("--by", "model,day", "--tz", "UTC", "--since", "2026-11-20")
    assert found.keys() >= {
        "schema", "generated_at", "tz", "range", "rows", "totals", "coverage", "prices",
    }  # fmt: skip
    assert (found["schema"], found["tz"]) == (1, "UTC")
    assert found["range"] == {"since": "2026-11-20", "until": None}
    assert found["rows"][0]["key"] == {"model": HAIKU, "day": "2026-11-20"}
    unknown = found["rows"][-1]
    assert (unknown["cost_usd"], unknown["cost_kind"]) == (None, "unknown")
    totals = found["totals"]
    assert totals["known_cost_usd"] == 4
    assert totals["unpriced"] == {
        "requests": 1, "tokens": 10, "models": [{"model": "nobody-knows", "requests": 1}],
    }  # fmt: skip
    assert {each["agent"] for each in found["coverage"]} >= {"clacky", "claude", "cursor-agent"}
    assert found["prices"]["date"]


def test_filters_and_days(busy: UsageHome) -> None:
    assert busy.json("--model", HAIKU)["totals"]["requests"] == 1
    assert busy.json("--project", "/src/beta")["totals"]["requests"] == 1
    assert busy.json("--agent", "codex")["totals"]["requests"] == 0
    assert busy.json("--until", "20261120")["totals"]["requests"] == 2
    assert busy.json("--session", "nobody")["rows"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--by", "colour"), "choose among agent"),
        (("--by", ","), "choose among agent"),
        (("--since", "yesterday"), "write YYYY-MM-DD"),
        (("--tz", "Mars"), "no time zone"),
        (("--rebuild", "martian"), "no agent 'martian'"),
        (("--currency", "EURO"), "three letters"),
        (("--currency", "SEK"), "rate of SEK is not known"),
        (("--currency", "EUR=-1"), "no exchange rate"),
        (("export",), "Say where to"),
        (("export", "--otlp", "nowhere"), "no address"),
        (("whatif", "--model", ","), "at least one model"),
        (("blocks", "--token-limit", "many"), "nor max"),
    ],
)
def test_what_cannot_be_done_is_said(
    person: UsageHome, arguments: tuple[str, ...], said: str
) -> None:
    result = person.run(*arguments)
    assert result.exit_code != 0
    assert said in result.output + str(result.exception)


def test_csv_has_the_figures_of_the_json(busy: UsageHome) -> None:
    rows = list(csv.DictReader(io.StringIO(busy.run("--by", "model", "--csv").stdout)))
    found = busy.json("--by", "model")["rows"]
    assert [row["model"] for row in rows] == [row["key"]["model"] for row in found]
    for row, same in zip(rows, found, strict=True):
        cost = same["cost_usd"]
        assert row["cost_usd"] == ("" if cost is None else str(cost))
        assert row["input"] == str(same["input"])


def test_another_currency_only_when_asked(busy: UsageHome) -> None:
    save_preference("currency", "CNY")
    assert "¥" not in busy.run().stdout
    assert "~¥27.18" in busy.run("--currency", "CNY").stdout
    assert "1 USD = 6.7944 CNY" in busy.run("--currency", "cny").stdout
    save_preference("exchange_rate", "7")
    assert "~¥28.00" in busy.run("--currency", "CNY").stdout
    assert "~€2.00" in busy.run("--currency", "EUR=0.5").stdout
    found = busy.json("--currency", "EUR=0.5")
    assert found["currency"] == {"code": "EUR", "per_usd": 0.5}
    assert (found["totals"]["cost_usd"], found["totals"]["cost"]) == (4, 2)
    assert "cost" not in busy.json()["totals"]
    head, *_ = busy.run("--csv", "--currency", "EUR=0.5").stdout.splitlines()
    assert "cost_usd,cost_eur" in head


def test_without_refreshing_only_what_is_known_is_reported(busy: UsageHome) -> None:
    assert busy.json("--no-refresh")["rows"] == []
    assert busy.json()["totals"]["requests"] == 3
    busy.reply(NOON)
    assert busy.json("--no-refresh")["totals"]["requests"] == 3
    assert busy.json("--refresh")["totals"]["requests"] == 4


def test_a_refresh_that_takes_too_long_says_what_is_left(
    busy: UsageHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert PATIENCE_SECONDS > 0
    monkeypatch.setattr("clacky_tui.cli.usage_options.PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr("clacky_tui.usage.refresh.COMMIT_SECONDS", 0.0)
    result = busy.run()
    assert result.exit_code == 0
    assert "new files are read so far" in result.stderr
    assert "--refresh" in result.stderr
    assert "Warning" not in busy.run("--refresh").stderr


def test_rebuilding_forgets_what_is_no_longer_on_disk(busy: UsageHome) -> None:
    busy.json()
    for file in busy.home.rglob("*.jsonl"):
        file.unlink()
    assert busy.json()["totals"]["requests"] == 3
    assert busy.json("--rebuild", "codex")["totals"]["requests"] == 3
    assert busy.json("--rebuild")["totals"]["requests"] == 0


def test_sources_tell_where_it_looked(busy: UsageHome) -> None:
    found = {each["agent"]: each for each in busy.json("--sources")}
    assert (found["claude"]["files"], found["claude"]["entries"]) == (2, 3)
    assert found["codex"]["reason"]
    text = busy.run("--sources").stdout
    assert str(busy.home / ".claude" / "projects") in text


def test_days_weeks_months_and_sessions_are_tables_with_totals(busy: UsageHome) -> None:
    for command in SUBCOMMANDS[:4]:
        lines = busy.run(command).stdout.splitlines()
        assert lines[-1] == "Requests without a known price, not in the sums: 1"
        assert lines[-2].split()[0] == "total" and lines[-2].split()[-1] == "$4.00"
    days = [line.split()[0] for line in busy.run("daily", "--order", "desc").stdout.splitlines()]
    assert days[1:3] == ["2026-11-21", "2026-11-20"]
    assert busy.run("daily").stdout.splitlines()[2].endswith("?")


def test_a_breakdown_has_a_line_for_each_model_of_a_row(busy: UsageHome) -> None:
    busy.reply(NOON, model="nobody-knows", given=9, generated=1, session="s1")
    rows = [line.split() for line in busy.run("daily", "--breakdown").stdout.splitlines()]
    assert [(row[0], row[-1]) for row in rows[1:5]] == [
        ("2026-11-20", "$4.00"), (SONNET, "$3.00"), (HAIKU, "$1.00"), ("nobody-knows", "?"),
    ]  # fmt: skip
    assert SONNET in busy.run("session", "-b").stdout


def test_ccusages_options_are_understood(busy: UsageHome) -> None:
    found = busy.run("daily", "-j", "-s", "20261120", "-u", "20261120", "-z", "UTC", "-O")
    assert [day["date"] for day in json.loads(found.stdout)["daily"]] == ["2026-11-20"]


def test_blocks_are_those_of_claude_code(person: UsageHome) -> None:
    now = datetime.now(UTC)
    person.reply(now - timedelta(minutes=2))
    person.reply(now - timedelta(days=5))
    (active,) = person.json("blocks", "--active")["blocks"]
    assert active["isActive"] is True
    assert [block["isGap"] for block in person.json("blocks")["blocks"]] == [False, True, False]
    assert len(person.json("blocks", "--recent")["blocks"]) == 2
    assert person.json("blocks", "--agent", "codex")["blocks"] == []
    assert "left" in person.run("blocks").stdout


def test_the_status_line_is_one_line_and_knows_the_session(
    person: UsageHome, noon_here: datetime
) -> None:
    person.reply(noon_here, given=1_000_000, generated=0, session="s1")
    hook = {"session_id": "s1", "model": {"display_name": "Sonnet"},
            "context_window": {"used_percentage": 12.4}}  # fmt: skip
    said = person.run("statusline", stdin=json.dumps(hook)).stdout
    assert said.count("\n") == 1
    assert said.startswith("Sonnet | session $3.00, today $3.00 | block $3.00, ")
    assert said.endswith("| context 12%\n")
    own = json.dumps(hook | {"cost": {"total_cost_usd": 1.25}})
    assert "session $1.25" in person.run("statusline", stdin=own).stdout


def test_the_status_line_looks_at_histories_once_a_minute(
    person: UsageHome, noon_here: datetime
) -> None:
    person.reply(noon_here, given=1_000_000, generated=0)
    assert "today $3.00" in person.run("statusline").stdout
    person.reply(noon_here, given=1_000_000, generated=0)
    assert "today $3.00" in person.run("statusline").stdout
    person.json()  # a report reads them
    assert "today $6.00" in person.run("statusline").stdout


@pytest.mark.parametrize("stdin", ["", "no JSON", "[1]", '{"model": 3, "cost": [], "x": null}'])
def test_a_status_line_without_a_usable_hook_is_still_a_line(person: UsageHome, stdin: str) -> None:
    said = person.run("statusline", stdin=stdin).stdout
    assert said == "session ?, today $0.0000 | no block\n"


def test_whatif_compares_with_what_was_paid(busy: UsageHome) -> None:
    text = busy.run("whatif", "--model", f"{HAIKU},nobody-knows").stdout
    assert "(actual)" in text and "without a known price, not in the sums: 1" in text
    found = busy.json("whatif", "--model", SONNET, "--project", "/src/beta")
    assert (found["actual_cost_usd"], found["requests"]) == (1, 1)
    assert found["alternatives"][0]["cost_usd"] == 3


def test_exports_go_to_a_folder_and_to_a_collector(busy: UsageHome, tmp_path: Path) -> None:
    assert busy.run("export", "--jsonl", str(tmp_path / "out")).stdout == "claude: 3 records\n"
    assert len(list((tmp_path / "out").iterdir())) == 1
    with Collector() as collector:
        assert "points to" in busy.run("export", "--otlp", collector.url).stdout
        assert len(collector.requests) == 1
    result = busy.run("import", str(tmp_path / "out"))
    assert result.exit_code == 0 and "of this machine" in result.stderr


def clacky(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "clacky_tui", "usage", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def test_watching_shows_what_is_new_until_it_is_stopped(person: UsageHome) -> None:
    person.reply(NOON)
    with clacky("--by", "agent", "--watch", "--every", "0.1") as watching:
        assert watching.stdout is not None
        for line in watching.stdout:
            if line.startswith("total") and line.split()[1] == "1":
                break
        person.reply(NOON)
        for line in watching.stdout:
            if line.startswith("total") and line.split()[1] == "2":
                break
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=90)
    assert (watching.returncode, errors) == (0, "")


def test_exporting_goes_on_while_the_collector_is_away(person: UsageHome) -> None:
    person.reply(NOON)
    with (
        Collector() as collector,
        clacky("export", "--otlp", collector.url, "--every", "0.1") as exporting,
    ):
        assert exporting.stdout is not None and exporting.stderr is not None
        exporting.stdout.readline()
        collector.status = 400
        assert "did not take the metrics" in exporting.stderr.readline()
        collector.status = 200
        exporting.stdout.readline()
        exporting.send_signal(signal.SIGINT)
        exporting.communicate(timeout=90)
    assert exporting.returncode == 0
    assert len(collector.requests) >= 3


def test_costs_are_exact_to_the_last_digit(person: UsageHome) -> None:
    person.reply(NOON, given=1, read=1, wrote=1, generated=1)
    text = person.run("--json").stdout
    expected = Decimal("3") + Decimal("0.3") + Decimal("3.75") + Decimal("15")
    found = json.loads(text, parse_float=Decimal)["totals"]["cost_usd"]
    assert found == expected / 1_000_000
    assert "2.205E-5" not in text and "0.00002205" in text


def test_an_index_that_cannot_be_opened_is_said(person: UsageHome) -> None:
    default_index_path().mkdir(parents=True)
    result = person.run()
    assert isinstance(result.exception, ConfigError)
    assert "cannot be opened" in str(result.exception)


@pytest.fixture
def uncounted(person: UsageHome) -> UsageHome:
    """Someone whose Cursor kept a session, and nothing of what it used."""
    meta = {"agentId": "c0", "createdAt": NOON.timestamp() * 1000, "lastUsedModel": "composer-2"}
    write_chat(person.home / ".cursor/chats/w/c0/store.db", meta)
    return person


def test_what_nobody_counted_is_never_a_zero(uncounted: UsageHome) -> None:
    lines = uncounted.run().stdout.splitlines()
    head, row, total = (line.split() for line in lines[:3])
    assert head[-2:] == ["Output", "Cost"]
    assert row == ["cursor-agent", "composer-2", *"??????"]
    assert total == ["total", *"??????"]
    assert "not in the sums: input of 1 request, cache read of 1 request" in lines[3]
    found = uncounted.json()
    for figures in (found["rows"][0], found["totals"]):
        for name in ("requests", "input", "cache_read", "cache_write", "output", "total"):
            assert figures[name] is None, name
        assert figures["cost_usd"] is None
    (row_csv,) = csv.DictReader(io.StringIO(uncounted.run("--csv").stdout))
    assert (row_csv["requests"], row_csv["cache_read"], row_csv["total"]) == ("", "", "")


def test_the_other_tables_do_not_count_it_as_zero_either(uncounted: UsageHome) -> None:
    for command in SUBCOMMANDS[:4]:
        lines = uncounted.run(command).stdout.splitlines()
        assert lines[1].split()[-5:-1] == lines[2].split()[-5:-1] == list("????")
        assert "not in the sums: input of 1 request" in lines[3]
    (day,) = uncounted.json("daily")["daily"]
    assert (day["inputTokens"], day["totalTokens"]) == (0, 0)  # ccusage's readers expect numbers
    assert "inputTokens" in day["unknown"]
    blocks = uncounted.run("blocks", "--agent", "cursor-agent").stdout
    assert blocks.splitlines()[1].split()[3:5] == ["?", "?"]
    assert "without known tokens: 1" in blocks


def test_what_is_partly_known_is_summed_and_the_rest_counted(uncounted: UsageHome) -> None:
    uncounted.reply(NOON, given=7, read=5, generated=3)
    lines = uncounted.run("--by", "day").stdout.splitlines()
    assert lines[1].split()[1:6] == ["1", "7", "5", "0", "3"]
    assert "not in the sums: input of 1 request" in "".join(lines)
