"""A full disk, a home that cannot be written, files that are damaged: said clearly, and nothing is lost."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.stored_sessions import stored
from support.trash import put
from support.worker import Harness, running_worker

from clacky_tui import commands, events, paths
from clacky_tui.agent.rules import keep_rules, kept_rules
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.billing.price_overrides import overrides_file
from clacky_tui.config.settings import load_settings
from clacky_tui.input_history import InputHistory
from clacky_tui.providers.demo.script import Step
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.sessions.reader import read_session
from clacky_tui.sessions.store import list_sessions, search_sessions
from clacky_tui.trash.store import ProjectTrash
from clacky_tui.tui.draft import Draft, Unsent

ROOT = str(Path(__file__).parents[2])
ID = "a" * 16
DAMAGE = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) * 2 // 3],
    "noise": lambda content: b"\x00\xff{[" + content[:20] + b"\xfe\n" * 3,
}
EACH_DAMAGE = pytest.mark.parametrize("damage", DAMAGE)


def damaged(path: Path, kind: str) -> bytes:
    """Damage the file in `path`; returns what it holds now."""
    content = DAMAGE[kind](path.read_bytes())
    path.write_bytes(content)
    return content


def is_kept(path: Path, content: bytes) -> bool:
    """Whether `content` is still in `path`, or set aside next to it."""
    return any(content in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def texts(harness: Harness) -> list[str]:
    return [notice.text for notice in harness.all(events.Notice)]


@pytest.fixture
def home(clacky_home: Path) -> None:
    clacky_home.mkdir()


CONFIG = 'models:\n  - model: m-1\n    api_key: "sk-1"\n    base_url: "https://x.test"\n'
PRICES = 'models:\n  "m-1": {input: 1, output: 2}\n  "m-2": {input: 1, output: "two"}\n'


@pytest.mark.usefixtures("home")
async def test_a_broken_configuration_is_named_and_kept(tmp_path: Path) -> None:
    broken = (CONFIG + 'settings: {max_turns: "unclosed\n').encode()
    paths.config_file().write_bytes(broken)
    settings = load_settings()
    async with running_worker([Step(text="still here")], tmp_path, settings=settings) as harness:
        assert (await harness.ask("hi")).outcome == "done"
        assert any("config.yml" in text and "line" in text for text in texts(harness))
    assert paths.config_file().read_bytes() == broken


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("content", [b"\xff\x00", b"models: [", PRICES.encode(), b"- 1\n"])
async def test_broken_prices_are_named_and_kept(content: bytes, tmp_path: Path) -> None:
    overrides_file().write_bytes(content)
    async with running_worker([Step(text="still here")], tmp_path) as harness:
        assert (await harness.ask("hi")).outcome == "done"
        assert any("pricing.yml" in text for text in texts(harness))
    assert overrides_file().read_bytes() == content


@EACH_DAMAGE
async def test_a_damaged_journal_goes_on_with_what_is_readable(damage: str, tmp_path: Path) -> None:
    path = stored(ID, ("first", "one"), ("second", "two"), working_dir=str(tmp_path))
    kept = damaged(path, damage)
    async with running_worker([Step(text="on")], tmp_path, resume=path) as harness:
        harness.send(commands.Submit(text="go on"))
        await harness.next(events.TaskEnded, lambda ended: ended.outcome == "done")
    said = [text for text in texts(harness) if path.name in text or "not known" in text]
    assert said
    assert path.read_bytes().startswith(kept)
    assert "go on" in str([message.content for message in read_session(path).messages])


@EACH_DAMAGE
def test_a_damaged_session_hides_no_other(damage: str) -> None:
    broken = stored(ID, ("needle", "one"))
    stored("b" * 16, ("needle too", "two"))
    damaged(broken, damage)
    assert "b" * 16 in {row.id for row in list_sessions()}
    assert len(list_sessions()) == 2
    assert [hit.row.id for hit in search_sessions("needle too")] == ["b" * 16]


@EACH_DAMAGE
def test_a_damaged_index_is_made_anew(damage: str) -> None:
    stored(ID, ("needle", "one"))
    assert len(list_sessions()) == 1
    damaged(paths.cache_dir() / "sessions.sqlite3", damage)
    assert [row.id for row in list_sessions()] == [ID]
    assert len(search_sessions("needle")) == 1


@EACH_DAMAGE
async def test_a_damaged_ledger_keeps_its_lines_and_takes_new_ones(
    damage: str, tmp_path: Path
) -> None:
    async with running_worker([Step(text="one"), Step(text="two")], tmp_path) as harness:
        await harness.ask("hi")
        [file] = paths.billing_dir().glob("*.jsonl")
        kept = damaged(file, damage)
        await harness.ask("again")
    assert is_kept(file, kept)
    read = default_ledger(simulated=False).read()
    assert len(read.records) == 1
    assert bool(read.skipped_lines) == (damage != "empty")


@EACH_DAMAGE
def test_damaged_permissions_allow_nothing_and_are_set_aside(damage: str, tmp_path: Path) -> None:
    keep_rules(tmp_path, ["edit"], [])
    kept = damaged(paths.permissions_file(), damage)
    assert kept_rules(tmp_path, []) == frozenset()
    keep_rules(tmp_path, ["write"], [])
    assert kept_rules(tmp_path, []) == {"write"}
    assert is_kept(paths.permissions_file(), kept)


@EACH_DAMAGE
async def test_a_damaged_history_is_set_aside(damage: str) -> None:
    history = InputHistory(paths.history_file())
    history.add("a question that took an hour")
    await history.save()
    kept = damaged(paths.history_file(), damage)
    later = InputHistory(paths.history_file())
    told = await later.load()
    assert later.entries == ()
    assert ("It is set aside when you send" in told) == (damage != "empty")
    later.add("another")
    assert ("cmd_history.json.broken" in await later.save()) == (damage != "empty")
    assert is_kept(paths.history_file(), kept)
    again = InputHistory(paths.history_file())
    await again.load()
    assert again.entries == ("another",)


def test_a_damaged_draft_shows_what_is_readable() -> None:
    draft = Draft()
    draft.save(Unsent("half a thought, 半"))
    draft.release()
    paths.draft_file().write_bytes(paths.draft_file().read_bytes()[:-1])
    assert Draft().read().text.startswith("half a thought, ")


@EACH_DAMAGE
def test_a_damaged_trash_note_hides_no_other_and_keeps_its_file(
    damage: str, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    trash = ProjectTrash(project)
    item = put(trash, "lost", "what it held")
    put(trash, "other")
    [note] = [
        path
        for path in item.payload.parent.iterdir()
        if path != item.payload and path.name.startswith(item.payload.name)
    ]
    damaged(note, damage)
    contents = trash.contents()
    assert [found.original_path.name for found in contents.items] == ["other"]
    assert contents.unreadable == (note,)
    assert item.payload.read_text() == "what it held"


@pytest.fixture
def server() -> Iterator[DemoServer]:
    server = DemoServer(
        script=[Step(text="first answer " * 200), Step(text="second answer")], tokens_per_second=0
    )
    server.start()
    yield server
    server.stop()


def clacky(
    server: DemoServer, cwd: Path, *arguments: str, before: Callable[[], None]
) -> subprocess.CompletedProcess[str]:
    """One message without a screen, in a process that `before` has put in trouble."""
    return subprocess.run(
        [sys.executable, "-B", "-m", "clacky_tui", *arguments],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": ROOT,
            "CLACKY_API_KEY": "sk-trouble-0123456789",
            "CLACKY_BASE_URL": server.endpoint("anthropic").base_url,
            "CLACKY_MODEL": "claude-sonnet-4-5",
            "CLACKY_ANTHROPIC_FORMAT": "true",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=before,
    )


@pytest.mark.parametrize("limit_bytes", [0, 500, 3_000, 20_000])
def test_a_full_disk_is_said_once_and_keeps_what_was_written(
    limit_bytes: int, server: DemoServer, tmp_path: Path
) -> None:
    path = stored(ID, ("hello", "hi"), working_dir=str(tmp_path))
    before = path.read_bytes()

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))

    done = clacky(server, tmp_path, "-c", "-m", "go on", before=full)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert "first answer" in done.stdout
    assert path.read_bytes().startswith(before)
    assert done.stdout.count("is not being saved") == (limit_bytes < 20_000)
    # With room again, it goes on.
    done = clacky(server, tmp_path, "-c", "-m", "and on", before=lambda: None)
    assert "second answer" in done.stdout
    assert "and on" in str([message.content for message in read_session(path).messages])


def drop_superuser_rights() -> None:
    """Let permission bits count for root too, from the next exec on (capabilities(7))."""
    libc, pr_capbset_drop = ctypes.CDLL(None), 24
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if os.geteuid() == 0 and libc.prctl(pr_capbset_drop, capability, 0, 0, 0) != 0:
            raise OSError("root cannot give up its rights here")


@pytest.fixture
def as_somebody() -> Callable[[], None]:
    try:
        subprocess.run([sys.executable, "-c", ""], preexec_fn=drop_superuser_rights, check=True)
    except (subprocess.SubprocessError, OSError):
        pytest.skip("root, to whom every file is open, cannot give up its rights here")
    return drop_superuser_rights


def test_a_home_that_cannot_be_written_is_said_and_stops_nothing(
    server: DemoServer, as_somebody: Callable[[], None], tmp_path: Path, clacky_home: Path
) -> None:
    path = stored(ID, ("hello", "hi"), working_dir=str(tmp_path))
    path.chmod(0o400)
    before = path.read_bytes()
    folders = [clacky_home, *(p for p in clacky_home.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    try:
        done = clacky(server, tmp_path, "-c", "-m", "go on", before=as_somebody)
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "first answer" in done.stdout
    assert done.stdout.count("is not being saved") == 1
    assert done.stdout.count("missing from the ledger") == 1
    assert path.read_bytes() == before


def test_a_journal_that_may_not_be_read_is_named(
    server: DemoServer, as_somebody: Callable[[], None], tmp_path: Path
) -> None:
    path = stored(ID, ("hello", "hi"), name="Parser", working_dir=str(tmp_path))
    stored(
        "b" * 16, ("other", "one"), working_dir=str(tmp_path), at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    path.chmod(0o000)
    done = clacky(server, tmp_path, "-c", "-m", "go on", before=as_somebody)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    listed = clacky(server, tmp_path, "sessions", "list", before=as_somebody)
    assert "cannot be read" in listed.stdout + listed.stderr
    assert "bbbbbbbb" in listed.stdout


def test_a_configuration_that_may_not_be_read_is_named(
    server: DemoServer, as_somebody: Callable[[], None], tmp_path: Path, clacky_home: Path
) -> None:
    clacky_home.mkdir()
    paths.config_file().write_text(CONFIG)
    paths.config_file().chmod(0o000)
    done = clacky(server, tmp_path, "-m", "hello", before=as_somebody)
    assert done.returncode == 0, done.stderr
    assert "config.yml cannot be read" in done.stdout
