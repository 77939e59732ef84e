"""What a provider is handed cannot be changed by anybody: its cache hangs on every byte."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from support.worker import running_worker

from clacky_tui.domain import messages
from clacky_tui.domain.messages import ImagePart, Message, Origin, TextPart, ToolCall
from clacky_tui.providers import base
from clacky_tui.providers.demo.script import ScriptedCall, Step
from clacky_tui.tools.schema import tool_schemas

HANDED = [
    Message("assistant", "hi", Origin.MODEL, tool_calls=(ToolCall("1", "glob", "{}"),)),
    Message("user", (TextPart("see"), ImagePart("image/png", "aGk=")), Origin.USER),
    ToolCall("1", "glob", "{}"),
    TextPart("text"),
    ImagePart("image/png", "aGk="),
    base.CachePlan(),
    base.ModelRequest("prompt", (), tool_schemas(), 100),
]


@pytest.mark.parametrize("value", HANDED, ids=lambda value: type(value).__name__)
def test_no_field_of_it_can_be_set(value: Any) -> None:
    for field in dataclasses.fields(value):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, None)
        assert not isinstance(getattr(value, field.name), list | set | bytearray)


def test_every_message_type_is_frozen() -> None:
    types = [kind for kind in vars(messages).values() if dataclasses.is_dataclass(kind)]
    assert len(types) >= 5
    for kind in types:
        assert kind.__dataclass_params__.frozen, kind  # type: ignore[union-attr]


@pytest.mark.parametrize("schema", tool_schemas(), ids=lambda schema: schema.name)
def test_tool_schemas_refuse_changes_at_every_depth(schema: messages.ToolSchema) -> None:
    def refuse(value: Any) -> None:
        if isinstance(value, dict):
            with pytest.raises(TypeError):
                value["added"] = 1
            with pytest.raises(TypeError):
                value.clear()
            for inner in value.values():
                refuse(inner)
        else:
            assert not isinstance(value, list | set)

    before = json.dumps(schema.parameters)
    refuse(schema.parameters)
    assert json.dumps(schema.parameters) == before


async def test_the_history_gives_away_no_handle_on_itself(tmp_path: Path) -> None:
    look = Step(tool_calls=(ScriptedCall("glob", {"pattern": "*"}),))
    async with running_worker([look, Step(text="end")], tmp_path) as harness:
        await harness.ask("look")
        history = harness.worker._session.history
        handed = (history.messages, history.for_request())
        await harness.ask("and again")
        for earlier in handed:
            assert isinstance(earlier, tuple)
            assert history.messages[: len(earlier)] == earlier
            assert len(history.messages) > len(earlier)
