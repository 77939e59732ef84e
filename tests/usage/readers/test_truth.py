"""Every reader against histories whose truth is known, with all traps at once."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.histories.every import HISTORIES
from support.histories.truth import assert_reported, indexed, new_index, reader_of, refresh_agent

from clacky_tui.usage import refresh as refreshing
from clacky_tui.usage import workers as reading_processes
from clacky_tui.usage.reader import Machine, Source
from clacky_tui.usage.refresh import refresh

SEEDS = (1, 20260903, 77)
GROWING = sorted(set(HISTORIES) - {"hermes", "opencode", "cursor-agent"})


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("agent", HISTORIES)
def test_totals_are_exact(agent: str, seed: int, tmp_path: Path) -> None:
    truth = HISTORIES[agent](tmp_path, seed)
    assert len(truth.calls) >= 10
    with closing(indexed(tmp_path, agent)) as index:
        assert_reported(index, truth, agent)
        assert index.found(agent).unreadable == 0


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("agent", HISTORIES)
def test_order_and_workers_change_nothing(
    agent: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "ALONE_BYTES", 0)
    monkeypatch.setattr(reading_processes, "BATCH_BYTES", 2_000)
    truth = HISTORIES[agent](tmp_path, 5)
    _shuffle_ages(tmp_path, seed=workers)
    with closing(indexed(tmp_path, agent, workers=workers)) as index:
        assert_reported(index, truth, agent)


@pytest.mark.parametrize("agent", HISTORIES)
def test_an_interrupted_index_goes_on(
    agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "COMMIT_SECONDS", 0)
    truth = HISTORIES[agent](tmp_path, 9)
    _shuffle_ages(tmp_path, seed=9)
    index = new_index(tmp_path)
    machine = Machine({}, tmp_path)
    files = len(list(reader_of(agent).find(machine)))
    turns = 0
    while refresh(
        index, readers=(reader_of(agent),), machine=machine, workers=1, stopped=lambda: True
    ).files_read:
        turns += 1
        assert turns <= files
    assert_reported(index, truth, agent)
    index.close()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("agent", GROWING)
def test_files_that_grow_come_to_the_same(agent: str, seed: int, tmp_path: Path) -> None:
    """Every file is cut anywhere and read, then goes on in place: only its end is read."""
    truth = HISTORIES[agent](tmp_path, 3)
    dice = random.Random(seed)
    rests = {}
    for source in _growing(agent, tmp_path):
        text = source.path.read_bytes()
        cut = dice.randrange(len(text))
        rests[source.path] = text[cut:]
        os.truncate(source.path, cut)
    index = indexed(tmp_path, agent)
    for path, rest in rests.items():
        with path.open("ab") as file:
            file.write(rest)
    refresh_agent(index, tmp_path, agent)
    assert_reported(index, truth, agent)
    index.close()


def _growing(agent: str, home: Path) -> Iterator[Source]:
    for source in reader_of(agent).find(Machine({}, home)):
        if source.path.suffix == ".jsonl" and source.path.stat().st_size:
            yield replace(source)


def _shuffle_ages(home: Path, seed: int) -> None:
    """Files are read newest first: give them ages in another order."""
    files = sorted(path for path in home.rglob("*") if path.is_file())
    random.Random(seed).shuffle(files)
    for age, path in enumerate(files):
        os.utime(path, (1_788_500_000 - age * 60,) * 2)
