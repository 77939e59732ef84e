"""Reports with ccusage's keys: all of them, as many again where a thing has two names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.usage_home import HAIKU, SONNET, UsageHome

from clacky_tui.usage.blocks import make_blocks, read_requests
from clacky_tui.usage.compat import blocks_report, period_report, session_report
from clacky_tui.usage.report import Query

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TOKEN_KEYS = {
    "inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens", "totalTokens",
}  # fmt: skip
# What ccusage 20.0.26 prints for the same kind of report.
PERIOD_KEYS = TOKEN_KEYS | {
    "agent", "metadata", "modelBreakdowns", "modelsUsed", "period", "totalCost",
}  # fmt: skip
MODEL_KEYS = (TOKEN_KEYS - {"totalTokens"}) | {"cost", "modelName"}
BLOCK_KEYS = {
    "actualEndTime", "burnRate", "costUSD", "endTime", "entries", "id", "isActive", "isGap",
    "models", "projection", "startTime", "tokenCounts", "totalTokens",
}  # fmt: skip


def test_days_have_every_key_and_exact_figures(person: UsageHome) -> None:
    person.reply(NOON, given=1_000_000, generated=0)
    person.reply(NOON, model=HAIKU, given=0, generated=1_000_000)
    person.reply(NOON + timedelta(days=1), read=1_000_000, given=0, wrote=7, generated=0)
    found = period_report(person.index(), Query(), "daily")
    first, second = found["daily"]
    assert first.keys() >= PERIOD_KEYS | {"date"}
    assert first["date"] == first["period"] == "2026-11-20"
    assert (first["agent"], first["metadata"]) == ("all", {"agents": ["claude"]})
    assert first["modelsUsed"] == [HAIKU, SONNET]
    assert [each["modelName"] for each in first["modelBreakdowns"]] == [HAIKU, SONNET]
    assert all(each.keys() >= MODEL_KEYS for each in first["modelBreakdowns"])
    assert first["totalCost"] == Decimal(3 + 5)
    assert (second["cacheReadTokens"], second["cacheCreationTokens"]) == (1_000_000, 7)
    assert found["totals"].keys() >= TOKEN_KEYS | {"totalCost"}
    assert found["totals"]["totalTokens"] == 3_000_007


def test_weeks_begin_on_monday_and_months_have_no_day(person: UsageHome) -> None:
    person.reply(NOON)
    index = person.index()
    assert period_report(index, Query(), "weekly")["weekly"][0]["week"] == "2026-11-16"
    assert period_report(index, Query(), "monthly")["monthly"][0]["month"] == "2026-11"


def test_sessions_have_both_names_and_the_latest_comes_last(person: UsageHome) -> None:
    person.reply(NOON + timedelta(hours=1), session="late", project="/src/beta")
    person.reply(NOON, session="early")
    person.reply(NOON + timedelta(minutes=1), session="early", model=HAIKU)
    found = session_report(person.index(), Query())
    assert found["session"] is found["sessions"]
    early, late = found["sessions"]
    assert (early["sessionId"], early["projectPath"]) == ("early", "/src/alpha")
    assert early["firstActivity"] == "2026-11-20T12:00:00.000Z"
    assert early["lastActivity"] == early["metadata"]["lastActivity"] == "2026-11-20T12:01:00.000Z"
    assert len(early["modelBreakdowns"]) == 2
    assert late["period"] == "late"


def test_a_cost_nobody_knows_is_a_number_and_marked(person: UsageHome) -> None:
    person.reply(NOON, model="nobody-knows")
    (day,) = period_report(person.index(), Query(), "daily")["daily"]
    assert (day["totalCost"], day["unpricedRequests"]) == (0, 1)


def test_blocks_have_every_key_and_only_the_running_one_a_rate(person: UsageHome) -> None:
    person.replies(NOON - timedelta(days=1), (0, 10))
    person.replies(NOON, (0, 30))
    now = NOON + timedelta(minutes=31)
    blocks = make_blocks(read_requests(person.index(), Query()), now)
    before, gap, running = blocks_report(blocks, now, token_limit=1_000)["blocks"]
    assert all(block.keys() >= BLOCK_KEYS for block in (before, gap, running))
    assert before["burnRate"] is None and before["id"] == "2026-11-19T12:00:00.000Z"
    assert gap["id"].startswith("gap-") and gap["actualEndTime"] is None
    assert running["burnRate"].keys() == {
        "tokensPerMinute", "tokensPerMinuteForIndicator", "costPerHour",
    }  # fmt: skip
    assert running["projection"].keys() == {"totalTokens", "totalCost", "remainingMinutes"}
    assert running["tokenLimitStatus"]["status"] == "exceeds"
