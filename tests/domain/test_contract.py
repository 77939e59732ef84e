"""The contract between worker and front ends."""

from __future__ import annotations

import typing
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from clacky_tui import commands, events

EVENT_TYPES = typing.get_args(typing.get_args(events.Event)[0])
COMMAND_TYPES = typing.get_args(typing.get_args(commands.Command)[0])


def test_every_event_type_is_in_the_union() -> None:
    defined = {
        value
        for value in vars(events).values()
        if isinstance(value, type) and "kind" in getattr(value, "model_fields", {})
    }
    assert defined == set(EVENT_TYPES)


def test_every_command_type_is_in_the_union() -> None:
    defined = {
        value
        for value in vars(commands).values()
        if isinstance(value, type) and "kind" in getattr(value, "model_fields", {})
    }
    assert defined == set(COMMAND_TYPES)


def test_kinds_are_unique() -> None:
    for types in (EVENT_TYPES, COMMAND_TYPES):
        kinds = [kind.model_fields["kind"].default for kind in types]
        assert len(kinds) == len(set(kinds))


def test_an_envelope_survives_json_and_ignores_fields_of_later_versions() -> None:
    envelope = events.Envelope(
        seq=7,
        ts=datetime.now(UTC),
        session_id="s",
        event=events.ToolFinished(
            call_id="c", name="edit", ok=True, summary="+1 −1", duration_seconds=0.5
        ),
    )
    text = envelope.model_dump_json()
    assert events.ENVELOPE.validate_json(text) == envelope
    later = text[:-1] + ',"added_later":1}'
    assert events.ENVELOPE.validate_json(later) == envelope


def test_events_cannot_be_changed() -> None:
    event = events.TextDelta(text="a")
    with pytest.raises(ValidationError):
        event.text = "b"  # type: ignore[misc]


def test_costs_keep_every_digit_through_json() -> None:
    event = events.BudgetWarned.model_validate(
        {"scope": "day", "unit": "usd", "spent": "0.0000036251", "limit": "5"}
    )
    again = events.BudgetWarned.model_validate_json(event.model_dump_json())
    assert str(again.spent) == "0.0000036251"


def test_a_misspelt_command_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        commands.COMMAND.validate_json('{"kind": "submit", "text": "hi", "txet": "ho"}')
