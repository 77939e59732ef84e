"""One scripted session per wire, pinned to the byte: a reordered key is a diff to look at.

A line of a golden file is one request body, as the number of leading characters it shares with the
one before and the rest. So a file shows what each request added, and where a cache mark moved. After
a change that is meant, write the files anew with ``CLACKY_WRITE_GOLDEN=1`` and read their diff.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from clacky_tui.agent.cache_marks import CachePlanner
from clacky_tui.agent.history import History
from clacky_tui.agent.prompt import build_system_prompt
from clacky_tui.domain.messages import ImagePart, Message, Origin, Part, TextPart, ToolCall
from clacky_tui.providers import anthropic, bedrock, openai_chat, openai_responses
from clacky_tui.providers.base import Endpoint, ModelRequest
from clacky_tui.providers.openai_responses import pack_reasoning
from clacky_tui.providers.wire_json import encode_body
from clacky_tui.tools.schema import tool_schemas

GOLDEN = Path(__file__).with_name("golden")
WRITING = os.environ.get("CLACKY_WRITE_GOLDEN") == "1"

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@dataclass(frozen=True)
class Scene:
    """A golden session: whom it talks to, and how that one signs its reasoning."""

    name: str
    endpoint: Endpoint
    signature: str = "ErUBCkYIBxgCKkDXsignature"

    def body(self, request: ModelRequest) -> bytes:
        match self.endpoint.wire:
            case "anthropic":
                return encode_body(anthropic.build_body(request, self.endpoint))
            case "openai_chat":
                return encode_body(openai_chat.build_body(request, self.endpoint))
            case "openai_responses":
                return encode_body(openai_responses.build_body(request, self.endpoint))
            case "bedrock":
                return encode_body(bedrock.build_body(request, self.endpoint))


SCENES = (
    Scene(
        "anthropic", Endpoint("anthropic", "https://api.anthropic.com", "key", "claude-sonnet-4-6")
    ),
    Scene("openai_chat", Endpoint("openai_chat", "https://api.openai.com/v1", "key", "gpt-5.5")),
    Scene(
        "openai_chat_deepseek",
        Endpoint("openai_chat", "https://api.deepseek.com", "key", "deepseek-v4-pro"),
        signature="",
    ),
    Scene(
        "openai_responses",
        Endpoint("openai_responses", "https://api.openai.com/v1", "key", "gpt-5.5"),
        signature=pack_reasoning("gpt-5.5", [(0, "gAAAAABencrypted")]),
    ),
    Scene(
        "bedrock",
        Endpoint(
            "bedrock",
            "https://bedrock-runtime.ap-northeast-1.amazonaws.com",
            "ABSKkey",
            "jp.anthropic.claude-sonnet-4-6",
        ),
    ),
)
EACH_SCENE = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


class Session:
    """Plays a session the way the agent does and keeps what it would send."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self._scene = scene
        self._history = History()
        self._planner = CachePlanner()
        self._system = build_system_prompt(folder)
        self._at = datetime(2026, 5, 22, 14, tzinfo=UTC)
        self._calls = 0

    def say(self, content: str | tuple[Part, ...], origin: Origin = Origin.USER) -> None:
        self._history.append(Message("user", content, origin, task_id=1, created_at=self._at))

    def reply(
        self, text: str, *calls: tuple[str, str], reasoning: str = ""
    ) -> tuple[ToolCall, ...]:
        """The model's answer; calls are (tool, arguments as it wrote them)."""
        made = []
        for name, arguments in calls:
            self._calls += 1
            made.append(ToolCall(f"call_{self._calls:02}", name, arguments))
        signature = self._scene.signature if reasoning else ""
        self._history.append(
            Message(
                "assistant", text, Origin.MODEL, tuple(made), "", reasoning, signature, task_id=1
            )
        )
        return tuple(made)

    def result(self, call: ToolCall, content: str | tuple[Part, ...]) -> None:
        self._history.append(Message("tool", content, Origin.TOOL, tool_call_id=call.id))

    def send(self) -> bytes:
        messages = self._history.for_request()
        self._at += timedelta(seconds=20)
        route = self._scene.endpoint.model
        plan = self._planner.plan(messages, route, self._at, None)
        self._planner.sent(messages, plan, route, self._at, answered=True)
        request = ModelRequest(
            system=self._system,
            messages=messages,
            tools=tool_schemas(),
            max_output_tokens=16_384,
            cache=plan,
            reasoning_level="medium",
            session_id="0198c0de-0000-7000-8000-000000000001",
        )
        return self._scene.body(request)


def play(scene: Scene, folder: Path) -> Iterator[bytes]:
    """The request bodies of the session, in order."""
    session = Session(scene, folder)
    session.say("[Session context: Today is 2026-05-22, Friday. OS: Linux]", Origin.SESSION_CONTEXT)
    session.say("The tests of the wörd counter fail. 请修复 🙂")
    yield session.send()

    found, searched = session.reply(
        "I'll look around first.",
        ("glob", '{"pattern": "**/*.py"}'),
        ("grep", '{"pattern": "def count", "path": "."}'),
        reasoning="Find the files, then the function.",
    )
    session.result(found, "src/words.py\ntests/test_words.py")
    session.result(searched, "src/words.py:3:def count(text):")
    yield session.send()

    read, tests = session.reply(
        "",
        ("file_reader", '{"path": "src/words.py"}'),
        ("file_reader", '{"path": "tests/test_words.py"}'),
    )
    session.result(read, 'def count(text):\n    return len(text.split(" "))\n')
    session.result(tests, 'def test_tabs():\n    assert count("a\\tb") == 2\n')
    yield session.send()

    [failed] = session.reply(
        "Only blanks split; tabs do not.",
        ("edit", '{"path": "src/words.py", "old_string": "split(\' \')", "new_string": "split()"}'),
        reasoning="split() without an argument takes every white space.",
    )
    session.result(failed, '{"error": "old_string was not found in src/words.py"}')
    yield session.send()

    [edited] = session.reply(
        "",
        (
            "edit",
            '{"path":"src/words.py","old_string":"split(\\" \\")","new_string":"split()"}',
        ),
    )
    session.result(edited, "Changed 1 place in src/words.py")
    yield session.send()

    [tested] = session.reply("", ("terminal", '{"command": "pytest -q"}'))
    session.result(tested, "..\n2 passed in 0.01s\n[exit 0]")
    yield session.send()

    session.reply("Fixed: `count` now splits at any white space (src/words.py:4).")
    session.say((TextPart("Now make it look like this"), ImagePart("image/png", PIXEL)))
    yield session.send()

    looked, _ = session.reply(
        "I start with the layout.",
        ("terminal", '{"command": "ls -R"}'),
        ("write", '{"path": "page.html", "content": "<p>"}'),
        reasoning="The picture shows one red dot.",
    )
    session.result(looked, "src tests")  # and here the person interrupts
    session.say("Stop. First read everything.")
    yield session.send()

    wide = session.reply(
        "Everything at once.",
        *(("file_reader", f'{{"path": "src/part_{number:02}.py"}}') for number in range(12)),
        reasoning="Twelve files.",
    )
    for number, call in enumerate(wide):
        session.result(call, f"# part {number}\n")
    yield session.send()

    [broken] = session.reply("", ("write", '{"path": "page.html", "content": "half'))
    session.result(broken, '{"error": "The arguments are no valid JSON."}')
    session.say("[The last call was cut off; use smaller arguments.]", Origin.NOTICE)
    yield session.send()

    planned, seen = session.reply(
        "",
        ("todo_manager", '{"action": "add", "tasks": ["page", "style"]}'),
        ("file_reader", '{"path": "dot.png"}'),
    )
    session.result(planned, "1. page\n2. style")
    session.result(seen, (TextPart("dot.png, 1x1"), ImagePart("image/png", PIXEL)))
    yield session.send()

    [undone] = session.reply("", ("undo_task", "{}"), reasoning="Better to go back.")
    session.result(undone, "")
    yield session.send()

    session.reply("Back to where we were. Shall I go on with the page?")
    session.say("yes")
    yield session.send()


def shared_length(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def recorded(path: Path) -> list[str]:
    """The bodies that a golden file holds."""
    bodies: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        entry = json.loads(line)
        before = bodies[-1] if bodies else ""
        bodies.append(before[: entry["kept"]] + entry["rest"])
    return bodies


def record(path: Path, bodies: list[str]) -> None:
    lines = []
    for before, body in pairwise(["", *bodies]):
        kept = shared_length(before, body)
        entry = {"kept": kept, "rest": body[kept:]}
        lines.append(json.dumps(entry, ensure_ascii=False) + "\n")
    path.write_text("".join(lines), "utf-8")


@EACH_SCENE
def test_every_request_is_what_it_was(scene: Scene, tmp_path: Path) -> None:
    path = GOLDEN / f"{scene.name}.jsonl"
    bodies = [body.decode() for body in play(scene, tmp_path)]
    assert len(bodies) == 13
    if WRITING:
        record(path, bodies)
    for number, (body, golden) in enumerate(zip(bodies, recorded(path), strict=True), start=1):
        if body != golden:
            at = shared_length(body, golden)
            pytest.fail(
                f"request {number} differs from character {at} on\n"
                f"golden: {golden[max(0, at - 80) : at + 120]}\n"
                f"   now: {body[max(0, at - 80) : at + 120]}"
            )


MARK = re.compile(rb',"cache_control":\{[^}]*\}|,\{"cachePoint":\{[^}]*\}\}')


@EACH_SCENE
def test_every_request_continues_the_one_before(scene: Scene, tmp_path: Path) -> None:
    """Marks aside, what was sent stays as it was to the byte, and only grows at its end."""
    bodies = [MARK.sub(b"", body) for body in play(scene, tmp_path)]
    for before, body in pairwise(bodies):
        # The brackets that close the conversation move on with its end.
        open_ended = before.rstrip(b"]}")
        assert body.startswith(open_ended)
        assert len(body) > len(before)


@EACH_SCENE
def test_the_same_session_gives_the_same_bytes_again(scene: Scene, tmp_path: Path) -> None:
    assert list(play(scene, tmp_path)) == list(play(scene, tmp_path))


@EACH_SCENE
def test_marks_are_at_most_four_and_go_only_where_they_are_understood(
    scene: Scene, tmp_path: Path
) -> None:
    marked = scene.endpoint.wire in ("anthropic", "bedrock")
    for body in play(scene, tmp_path):
        count = len(MARK.findall(body))
        assert 2 <= count <= 4 if marked else count == 0
