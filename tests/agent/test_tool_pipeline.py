"""A batch of calls on its way: overlap and order, verdicts, rules that stick, masks, images, audit."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.worker import KEY, Harness, running_worker

from clacky_tui import commands, events, paths
from clacky_tui.agent import tool_run
from clacky_tui.agent.approvals import spans_in
from clacky_tui.agent.tool_run import NOBODY_THERE, ToolRunner
from clacky_tui.config.settings import Settings
from clacky_tui.domain.messages import ImagePart
from clacky_tui.domain.modes import PermissionMode
from clacky_tui.domain.redact import MASK
from clacky_tui.domain.shell.syntax import Span
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.tools.base import ToolContext, ToolResult

AUTO = PermissionMode.AUTO_APPROVE
SECRET = "ghp_" + "a1" * 18


def read(path: str) -> ScriptedCall:
    return ScriptedCall("file_reader", {"path": path})


def shell(command: str, **more: object) -> ScriptedCall:
    return ScriptedCall("terminal", {"command": command, **more})


def write(path: str, content: str = "new\n") -> ScriptedCall:
    return ScriptedCall("write", {"path": path, "content": content})


def batch(*calls: ScriptedCall) -> list[Step]:
    return [Step(tool_calls=calls), Step(text="Done.")]


def story(harness: Harness) -> list[str]:
    """Kind and call of every tool and approval event but live output, calls numbered by proposal."""
    told = [e for e in harness.events if e.kind.startswith(("tool.", "approval."))]
    ids = [event.call_id for event in told if isinstance(event, events.ToolProposed)]
    return [
        f"{event.kind.split('.')[1]} {ids.index(event.call_id) + 1}"  # type: ignore[union-attr]
        for event in told
        if event.kind != "tool.output"
    ]


def results(harness: Harness) -> list[str]:
    """Contents of the tool results in the last request, in order."""
    body = json.loads(harness.server.requests[-1].raw)
    return [
        part["content"] if isinstance(part["content"], str) else json.dumps(part["content"])
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part.get("type") == "tool_result"
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    for name in "abcdef":
        (project / f"{name}.txt").write_text(f"text of {name}\n")
    return project


def fifos(folder: Path, count: int) -> list[Path]:
    pipes = [folder / f"pipe{number}" for number in range(1, count + 1)]
    for pipe in pipes:
        os.mkfifo(pipe)
    return pipes


def writer_of(pipe: Path) -> int:
    """Open `pipe` for writing, waiting until somebody reads it."""
    for _ in range(3000):
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            assert error.errno == errno.ENXIO
            time.sleep(0.01)
    raise AssertionError(f"nobody reads {pipe}")


def say(writer: int, text: str) -> None:
    os.write(writer, text.encode())
    os.close(writer)


# --- overlap and order ---------------------------------------------------------------------------


async def test_reading_calls_overlap_and_their_results_keep_the_order(folder: Path) -> None:
    pipes = fifos(folder, 3)
    steps = batch(*(shell(f"cat {pipe.name}") for pipe in pipes), read("a.txt"))
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="read"))
        writers = [await asyncio.to_thread(writer_of, pipe) for pipe in pipes]  # all wait at once
        for number in (3, 2, 1):
            say(writers[number - 1], f"from pipe {number}\n")
        await harness.next(events.TaskEnded)
        contents = results(harness)
    assert story(harness) == [
        *(f"proposed {n}" for n in (1, 2, 3, 4)),
        *(f"started {n}" for n in (1, 2, 3, 4)),
        *(f"finished {n}" for n in (1, 2, 3, 4)),
    ]
    for content, words in zip(contents, ["pipe 1", "pipe 2", "pipe 3", "text of a"], strict=True):
        assert words in content
    outputs = {event.call_id: event.text for event in harness.all(events.ToolOutput)}
    finished = [event.call_id for event in harness.all(events.ToolFinished)]
    assert [outputs[call_id].strip() for call_id in finished[:3]] == [
        "from pipe 1",
        "from pipe 2",
        "from pipe 3",
    ]


async def test_at_most_four_run_at_once(folder: Path) -> None:
    pipes = fifos(folder, 5)
    async with running_worker(batch(*(shell(f"cat {p.name}") for p in pipes)), folder) as harness:
        harness.send(commands.Submit(text="read"))
        writers = [await asyncio.to_thread(writer_of, pipe) for pipe in pipes[:4]]
        with pytest.raises(OSError, match="No such device"):
            os.open(pipes[4], os.O_WRONLY | os.O_NONBLOCK)
        for writer in writers:
            say(writer, "x")
        say(await asyncio.to_thread(writer_of, pipes[4]), "last")
        await harness.next(events.TaskEnded)
        assert "last" in results(harness)[4]


async def test_anything_that_changes_something_is_a_barrier(folder: Path) -> None:
    steps = batch(read("a.txt"), read("b.txt"), write("c.txt"), read("c.txt"), read("d.txt"))
    async with running_worker(steps, folder, mode=AUTO) as harness:
        await harness.ask("go")
        contents = results(harness)
    assert story(harness) == [
        *("proposed 1", "proposed 2", "proposed 3"),
        *("started 1", "started 2", "finished 1", "finished 2"),
        *("preview 3", "started 3", "finished 3"),
        *("proposed 4", "proposed 5", "started 4", "started 5", "finished 4", "finished 5"),
    ]
    assert "new" in contents[3]


async def test_the_switch_turns_overlap_off(folder: Path) -> None:
    steps = batch(read("a.txt"), read("b.txt"))
    settings = Settings(parallel_tools=False)
    async with running_worker(steps, folder, settings=settings) as harness:
        await harness.ask("go")
    assert story(harness) == [
        *("proposed 1", "started 1", "finished 1"),
        *("proposed 2", "started 2", "finished 2"),
    ]


async def test_a_broken_call_between_reading_ones_keeps_its_place(folder: Path) -> None:
    steps = batch(read("a.txt"), ScriptedCall("teleport", {}), read("missing"), read("b.txt"))
    async with running_worker(steps, folder) as harness:
        await harness.ask("go")
        contents = results(harness)
    words = ["text of a", "teleport", "missing", "text of b"]
    assert all(word in content for word, content in zip(words, contents, strict=True))
    assert [done.ok for done in harness.all(events.ToolFinished)] == [True, False, False, True]


async def test_an_interrupt_gives_every_call_of_a_group_its_result(folder: Path) -> None:
    pipes = fifos(folder, 2)
    calls = (read("a.txt"), *(shell(f"cat {pipe.name}") for pipe in pipes), write("b.txt"))
    steps = [Step(tool_calls=calls), Step(text="Stopped.")]
    async with running_worker(steps, folder, mode=AUTO) as harness:
        harness.send(commands.Submit(text="go"))
        writers = [await asyncio.to_thread(writer_of, pipe) for pipe in pipes]
        await harness.next(events.ToolFinished)
        harness.send(commands.Interrupt())
        assert (await harness.next(events.TaskEnded)).outcome == "cancelled"
        await harness.ask("go on")
        contents = results(harness)
    for writer in writers:
        os.close(writer)
    assert [("interrupted" in content) for content in contents] == [False, True, True, True]
    assert [done.summary for done in harness.all(events.ToolFinished)][1:] == ["interrupted"] * 3
    assert (folder / "b.txt").read_text() == "text of b\n"


async def test_a_person_who_refuses_one_refuses_the_rest(folder: Path) -> None:
    steps = batch(read("a.txt"), write("b.txt"), read("c.txt"), write("d.txt"))
    async with running_worker(steps, folder) as harness:
        harness.send(commands.Submit(text="go"))
        await harness.approve("feedback", "leave b alone")
        await harness.next(events.TaskEnded)
        contents = results(harness)
    assert "text of a" in contents[0]
    assert all("leave b alone" in content for content in contents[1:])
    assert len(harness.all(events.ApprovalAsked)) == 1


# --- verdicts ------------------------------------------------------------------------------------


async def test_what_is_never_run_is_refused_unasked_and_the_next_call_goes_on(folder: Path) -> None:
    steps = batch(shell("sudo true"), read("a.txt"))
    async with running_worker(steps, folder) as harness:
        assert (await harness.ask("go")).outcome == "done"
        contents = results(harness)
    assert not harness.all(events.ApprovalAsked)
    assert '"action_performed": false' in contents[0]
    assert "text of a" in contents[1]
    assert any("sudo" in notice.text for notice in harness.all(events.Notice))


async def test_nobody_there_means_no_instead_of_waiting(folder: Path) -> None:
    steps = batch(write("/no-such-folder-anywhere/x.txt"), read("a.txt"))
    async with running_worker(steps, folder, attended=False) as harness:
        assert (await harness.ask("go")).outcome == "done"
        contents = results(harness)
    assert not harness.all(events.ApprovalAsked)
    assert "Not performed" in contents[0]
    assert "text of a" in contents[1]


async def test_nobody_there_answers_the_models_question(folder: Path) -> None:
    question = ScriptedCall("request_user_feedback", {"question": "Which one?"})
    async with running_worker(batch(question), folder, attended=False) as harness:
        assert (await harness.ask("go")).outcome == "done"
        assert NOBODY_THERE in results(harness)[0]


async def test_always_holds_in_the_next_session_of_this_project_only(
    folder: Path, tmp_path: Path
) -> None:
    async with running_worker(batch(write("a.txt")), folder) as harness:
        harness.send(commands.Submit(text="go"))
        asked = await harness.next(events.ApprovalAsked)
        assert asked.rule
        await harness.approve("yes_always")
        await harness.next(events.TaskEnded)
        assert harness.all(events.ApprovalGiven)[0].scope == "always"
    kept = json.loads(paths.permissions_file().read_text())
    assert list(kept) == [str(folder)]
    assert paths.permissions_file().stat().st_mode & 0o777 == 0o600
    async with running_worker(batch(write("b.txt")), folder) as harness:
        await harness.ask("go")
        assert not harness.all(events.ApprovalAsked)
    other = tmp_path / "other"
    other.mkdir()
    async with running_worker(batch(write("b.txt")), other) as harness:
        harness.send(commands.Submit(text="go"))
        await harness.approve("no")
        await harness.next(events.TaskEnded)


async def test_a_rule_file_that_is_broken_allows_nothing_and_is_set_aside(folder: Path) -> None:
    paths.data_dir().mkdir()
    damages = {"permissions.json.broken": "{", "permissions.json.broken-2": '["edits"]'}
    for name, text in damages.items():
        paths.permissions_file().write_text(text)
        async with running_worker(batch(write("a.txt", text), write("b.txt")), folder) as harness:
            harness.send(commands.Submit(text="go"))
            await harness.approve("yes_always")
            await harness.next(events.TaskEnded)
            told = [notice.text for notice in harness.all(events.Notice)]
            assert ["as if it held no permissions" in text for text in told] == [True, False]
            assert f"It is now {name}" in told[1]
        assert (paths.data_dir() / name).read_text() == text


async def test_a_rule_that_is_no_list_allows_nothing(folder: Path) -> None:
    paths.data_dir().mkdir()
    paths.permissions_file().write_text(json.dumps({str(folder): "edit"}))
    async with running_worker(batch(write("a.txt")), folder) as harness:
        harness.send(commands.Submit(text="go"))
        await harness.approve("no")
        await harness.next(events.TaskEnded)


async def test_the_question_names_the_dangerous_piece(folder: Path) -> None:
    async with running_worker(batch(shell("  ls; make all")), folder) as harness:
        harness.send(commands.Submit(text="go"))
        asked = await harness.next(events.ApprovalAsked)
        await harness.approve("no")
        await harness.next(events.TaskEnded)
    assert [asked.question[start:end] for start, end in asked.danger] == ["make all"]


@pytest.mark.parametrize(
    ("command", "piece"),
    [
        ("ls && rm -rf x", "rm -rf x"),
        ("echo rm\n  rm  -f x", "rm  -f x"),
        ("a\tb; sudo c", "sudo"),
    ],
)
def test_a_piece_of_the_command_is_found_in_the_line_that_shows_it(
    command: str, piece: str
) -> None:
    shown = "$ " + " \\n ".join(" ".join(line.split()) for line in command.splitlines())
    start = command.index(piece)
    ((at, end),) = spans_in(shown, command, (Span(start, start + len(piece)),))
    assert shown[at:end] == " ".join(piece.split())


def test_a_piece_that_does_not_show_is_left_out() -> None:
    assert spans_in("$ ls", "ls\x00", (Span(2, 3),)) == ()


async def test_a_verdict_is_about_the_real_file(folder: Path) -> None:
    (folder / "link").symlink_to("/etc")
    async with running_worker(batch(read("link/hostname")), folder) as harness:
        harness.send(commands.Submit(text="go"))
        asked = await harness.next(events.ApprovalAsked)
        await harness.approve("no")
        await harness.next(events.TaskEnded)
    assert "outside" in asked.reason


# --- secrets -------------------------------------------------------------------------------------


async def test_ordinary_source_reaches_the_model_exactly(folder: Path) -> None:
    source = "def login(token: str, password='hunter2'):\n    api_key = settings['api_key']\n"
    (folder / "login.py").write_text(source)
    async with running_worker(batch(read("login.py")), folder) as harness:
        await harness.ask("go")
        assert source.rstrip("\n") in results(harness)[0]


async def test_a_secret_file_is_masked_for_model_person_and_journal(folder: Path) -> None:
    (folder / ".env").write_text(f"DB_PASSWORD=correct-horse-battery\nGITHUB={SECRET}\n")
    async with running_worker(batch(read(".env")), folder, mode=PermissionMode.CONFIRM_SAFES) as h:
        h.send(commands.Submit(text="go"))
        await h.approve()
        await h.next(events.TaskEnded)
        sent = h.server.requests[-1].raw.decode()
    assert "DB_PASSWORD=corr" in sent
    everything = sent + "".join(envelope.model_dump_json() for envelope in h.envelopes)
    everything += "".join(file.read_text() for file in paths.sessions_dir().glob("*.jsonl"))
    for secret in ("correct-horse", SECRET):
        assert secret not in everything


async def test_the_toggle_lets_the_model_see_and_nobody_else(folder: Path) -> None:
    settings = Settings(send_unmasked_to_model=True)
    steps = batch(shell(f"echo {SECRET[:10]}''{SECRET[10:]}"))
    async with running_worker(steps, folder, settings=settings, mode=AUTO) as harness:
        await harness.ask("go")
        assert SECRET in results(harness)[0]
    assert SECRET not in "".join(envelope.model_dump_json() for envelope in harness.envelopes)


async def test_a_configured_key_never_comes_back_from_a_command(folder: Path) -> None:
    steps = batch(shell(f"echo {KEY[:9]}''{KEY[9:]}; echo done"))
    async with running_worker(steps, folder, mode=AUTO) as harness:
        await harness.ask("go")
        assert KEY not in harness.server.requests[-1].raw.decode()
        assert "masked" in results(harness)[0]
        assert "done" in results(harness)[0]


async def test_a_mask_is_never_written_over_the_secret_it_stands_for(folder: Path) -> None:
    async with running_worker(batch(write("a.txt", f"key = ghp_{MASK}\n")), folder) as harness:
        await harness.ask("go")
        assert "stands for a secret" in results(harness)[0]
    assert (folder / "a.txt").read_text() == "text of a\n"


# --- limits, images, audit -----------------------------------------------------------------------


class Stand:
    """Stands in for a tool of the registry."""

    verb = "Read"

    def __init__(self, result: ToolResult | None) -> None:
        self.name = "file_reader"
        self._result = result

    def subject(self, arguments: Mapping[str, Any], context: ToolContext) -> str:
        return str(arguments.get("path", ""))

    async def run(self, arguments: Mapping[str, Any], context: ToolContext) -> ToolResult:
        if self._result is None:
            await asyncio.Event().wait()
        assert self._result is not None
        return self._result


def stand_in(monkeypatch: pytest.MonkeyPatch, result: ToolResult | None) -> None:
    monkeypatch.setattr("clacky_tui.agent.tool_calls.get_tool", lambda name: Stand(result))


async def test_a_tool_that_hangs_ends_at_its_limit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, None)
    monkeypatch.setitem(tool_run.LIMITS_SECONDS, "file_reader", 0.05)  # type: ignore[arg-type]
    async with running_worker(batch(read("a.txt")), folder) as harness:
        assert (await harness.ask("go")).outcome == "done"
        assert "file_reader was stopped after 0.05 s" in results(harness)[0]


def test_every_tool_but_those_with_their_own_has_a_limit() -> None:
    from clacky_tui.tools.registry import TOOL_NAMES

    unlimited = set(TOOL_NAMES) - set(tool_run.LIMITS_SECONDS)
    assert unlimited == {"terminal", "request_user_feedback", "invoke_skill"}
    assert ToolRunner.__init__.__kwdefaults__["limits"] is tool_run.LIMITS_SECONDS


IMAGE = ImagePart("image/png", "aGVsbG8=")


async def test_images_follow_the_results_of_their_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, ToolResult("a picture", "1 image", images=(IMAGE,)))
    async with running_worker(batch(read("a.png"), read("b.png")), folder) as harness:
        await harness.ask("go")
        body = json.loads(harness.server.requests[-1].raw)
    parts = [part for m in body["messages"][-2:] for part in m["content"]]
    assert [part["type"] for part in parts if part["type"] != "tool_use"] == [
        *("tool_result", "tool_result", "text", "image", "text", "image")
    ]
    assert [p["text"] for p in parts if p["type"] == "text"] == ["[Image: a.png]", "[Image: b.png]"]
    (journal,) = paths.sessions_dir().glob("*.jsonl")
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    (kept,) = [r for r in rows if r["type"] == "message" and isinstance(r["content"], list)]
    assert kept["origin"] == "tool"
    assert kept["content"][1] == {"image": IMAGE.data, "media_type": "image/png"}


async def test_a_model_that_is_blind_is_told_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, ToolResult("a picture", "1 image", images=(IMAGE,)))
    monkeypatch.setattr("clacky_tui.agent.workbench.supports_vision", lambda model, url: False)
    async with running_worker(batch(read("a.png")), folder) as harness:
        await harness.ask("go")
        assert "sees no images; 1 left out" in results(harness)[0]
        assert IMAGE.data not in harness.server.requests[-1].raw.decode()


async def test_writes_edits_and_commands_are_in_the_audit_log(folder: Path) -> None:
    steps = batch(
        read("a.txt"),
        write("b.txt"),
        shell(f"echo token={SECRET}"),
        shell("sudo true"),
        shell("exit 3"),
    )
    async with running_worker(steps, folder, mode=AUTO) as harness:
        await harness.ask("go")
    rows = [json.loads(line) for line in paths.audit_log().read_text().splitlines()]
    assert [(row["tool"], row["outcome"]) for row in rows] == [
        ("write", "done"),
        ("terminal", "done"),
        ("terminal", "refused"),
        ("terminal", "failed"),
    ]
    assert rows[0]["summary"] == "b.txt"
    assert {row["project"] for row in rows} == {str(folder)}
    assert len({row["session"] for row in rows}) == 1
    assert SECRET not in paths.audit_log().read_text()
    assert paths.audit_log().stat().st_mode & 0o777 == 0o600
