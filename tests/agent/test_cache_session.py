"""A whole session against the strict simulator reads all that can be read, and explains the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.cache_session import REQUESTS, run_session
from support.cache_simulator import CacheSimulator, Oracle, VirtualClock
from support.scripted_server import WIRES

from clacky_tui.providers.base import WireFormat
from clacky_tui.providers.demo.prefix_cache import CacheBlock, running_prefixes

KILO = b"x" * 4096


def test_the_oracle_needs_no_marks_and_knows_no_look_back() -> None:
    oracle = Oracle()
    first = [CacheBlock(KILO)]
    second = [CacheBlock(KILO), *[CacheBlock(b"call")] * 40]
    assert oracle.best_read(list(running_prefixes("m", first)), 0.0) == 0
    assert oracle.best_read(list(running_prefixes("m", second)), 1800.0) == 1024
    assert oracle.best_read(list(running_prefixes("m", second)), 3600.0) == 1024 + 40
    assert oracle.best_read(list(running_prefixes("other", second)), 3601.0) == 0
    assert oracle.best_read(list(running_prefixes("m", second)), 7201.0) == 0


def test_the_simulator_logs_what_a_client_could_have_had() -> None:
    simulator = CacheSimulator(VirtualClock(), request_seconds=1.0)
    marked = [CacheBlock(KILO, "5m")]
    simulator.explicit("m", marked)
    simulator.explicit("m", [*marked, *[CacheBlock(b"call")] * 30, CacheBlock(b"end", "5m")])
    simulator.explicit("m", [CacheBlock(KILO), *[CacheBlock(b"call")] * 30, CacheBlock(b"end")])
    assert [request.at_seconds for request in simulator.requests] == [0.0, 1.0, 2.0]
    assert [request.missed for request in simulator.requests] == [0, 0, 1024 + 31]


@pytest.mark.parametrize("wire", WIRES)
async def test_a_session_with_all_its_edges_reads_what_can_be_read(
    wire: WireFormat, tmp_path: Path
) -> None:
    result = await run_session(tmp_path, wire=wire)
    assert len(result.requests) == REQUESTS
    assert result.hit_rate >= 0.96
    assert result.share_of_oracle >= 0.99
    assert result.unexplained == ()
    assert {record.purpose for record in result.usage_records} == {"chat", "compression"}

    [compression] = result.compressions
    [request] = [r for r in result.usage_records if r.purpose == "compression"]
    assert compression.outcome == "done"
    assert compression.cache_hit_rate is not None and compression.cache_hit_rate >= 0.95
    assert request.tokens is not None
    assert request.tokens.input_tokens + request.tokens.cache_creation_tokens <= 700

    after = result.requests[result.usage_records.index(request) + 1 :]
    cold = [r for r in after if r.tokens.read < r.tokens.total / 2]
    assert cold == [after[0]]
