"""Hooks as they are written in `config.yml` and in a project's `.clacky/hooks.yml`.

Both hold a mapping of event to a list of `{matcher?, command, block?, timeout?}`
(spec/tools-skills.md 5.6). What cannot be used is left out and said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clacky_tui.i18n import tr

HookEvent = Literal[
    "before_tool_use", "after_tool_use", "on_tool_error", "on_start", "on_iteration", "on_complete"
]
HOOK_EVENTS: tuple[HookEvent, ...] = get_args(HookEvent)


class ShellHook(BaseModel):
    """One command. `matcher` names tools, ``a|b`` for several and ``*`` for all."""

    model_config = ConfigDict(frozen=True)

    command: str = Field(min_length=1)
    matcher: str = "*"
    block: bool = False
    """True waits for it and lets it deny; False starts it and goes on."""
    timeout: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    """Seconds until it is killed; a blocking one denies then."""

    def matches(self, tool: str) -> bool:
        """Whether it is for this tool; events without a tool match every hook."""
        names = [name.strip() for name in self.matcher.split("|")]
        return not tool or "*" in names or tool in names


ShellHooks = Mapping[HookEvent, tuple[ShellHook, ...]]


def read_hooks(section: Any, where: str, problems: list[str]) -> ShellHooks:
    """The hooks of a YAML `section`; `where` it stands is named in what is added to `problems`."""
    if section is None:
        return {}
    if not isinstance(section, dict):
        problems.append(
            tr(
                "{where}: hooks must be a mapping of event to a list; they were ignored.",
                where=where,
            )
        )
        return {}
    hooks: dict[HookEvent, tuple[ShellHook, ...]] = {}
    known = {str(event): event for event in HOOK_EVENTS}
    for name, rows in section.items():
        event = known.get(str(name).removeprefix(":"))
        if event is None:
            problems.append(
                tr(
                    "{where}: there is no hook event {name!r}; known: {HOOK_EVENTS}.",
                    where=where,
                    name=name,
                    HOOK_EVENTS=", ".join(HOOK_EVENTS),
                )
            )
            continue
        kept = _rows(rows, tr("{where}: hook {event}", where=where, event=event), problems)
        if kept:
            hooks[event] = kept
    return hooks


def joined_hooks(first: ShellHooks, second: ShellHooks) -> ShellHooks:
    """The hooks of both, those of `first` in front."""
    return {
        event: (*first.get(event, ()), *second.get(event, ()))
        for event in HOOK_EVENTS
        if event in first or event in second
    }


def _rows(rows: Any, where: str, problems: list[str]) -> tuple[ShellHook, ...]:
    kept: list[ShellHook] = []
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], start=1):
        try:
            kept.append(ShellHook.model_validate(row))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            field = ".".join(map(str, first["loc"])) or "it"
            problems.append(
                tr(
                    "{where} {number} was left out: {field}: {first}.",
                    where=where,
                    number=number,
                    field=field,
                    first=first["msg"],
                )
            )
    return tuple(kept)
