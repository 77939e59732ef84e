"""What a list of sessions shows of one: name, place, sums; gathered record by record.

The reader and the search index both feed it; the index keeps it between runs, so a session that grew
is read on from where it ended.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from clacky_tui.domain.money import EXACT, is_plausible_cost
from clacky_tui.domain.usage import Usage
from clacky_tui.sessions.records import Record, event_of, number, word

TOKEN_CLASSES = tuple(f.name for f in dataclasses.fields(Usage))


@dataclass(slots=True)
class Totals:
    """Sums over model requests. `cost` in USD covers those with a known price."""

    usage: Usage = field(default_factory=Usage)
    cost: Decimal = Decimal(0)
    requests: int = 0
    unpriced: int = 0

    @property
    def known_cost(self) -> Decimal | None:
        """`cost`, None when no request has a known price."""
        return None if self.requests and self.requests == self.unpriced else self.cost

    def add(self, values: Mapping[str, Any]) -> None:
        """Add `tokens`, `cost`, `requests` and `unpriced` of a record; nonsense counts as unknown."""
        requests = number(values.get("requests", 1))
        unpriced = number(values.get("unpriced", 0))
        cost = cost_of(values.get("cost"))
        self.usage += usage_of(values.get("tokens"))
        self.requests += requests
        self.unpriced += requests if cost is None else min(unpriced, requests)
        self.cost = EXACT.add(self.cost, cost or Decimal(0))

    def to_json(self) -> dict[str, Any]:
        tokens = dataclasses.asdict(self.usage)
        sums = {"requests": self.requests, "unpriced": self.unpriced}
        return {"tokens": tokens, "cost": format(self.cost, "f"), **sums}


@dataclass(slots=True)
class Facts:
    """Times are ISO 8601 as written in the records."""

    id: str = ""
    name: str = ""
    pinned: bool = False
    created_at: str = ""
    updated_at: str = ""
    working_dir: str = ""
    model: str = ""
    mode: str = ""
    simulated: bool = False
    source: str = "manual"
    tasks: int = 0
    active_task: int = 0
    last_tasks: list[int] = field(default_factory=list)
    """The tasks that none goes on from."""
    real: Totals = field(default_factory=Totals)
    pretended: Totals = field(default_factory=Totals)
    """The demo model's requests, which never mix with those that were paid for."""

    @property
    def totals(self) -> Totals:
        """The sums that count: what was paid for, if anything was."""
        return self.pretended if self.only_pretended else self.real

    @property
    def branches(self) -> int:
        """Ends of the session's history: more than one after going back and on another way."""
        return len(self.last_tasks)

    @property
    def only_pretended(self) -> bool:
        """Whether every cost of the session is pretended."""
        return not self.real.requests and (self.simulated or self.pretended.requests > 0)

    def take(self, record: Record) -> None:
        """Learn from the next record of the session."""
        match record["type"]:
            case "event":
                self._take_event(record, event_of(record))
            case "meta":
                self._take_meta(record)

    def _take_meta(self, record: Record) -> None:
        self.name = word(record.get("name")) or self.name
        if isinstance(pinned := record.get("pinned"), bool):
            self.pinned = pinned
        self.created_at = word(record.get("created_at")) or self.created_at
        self.source = word(record.get("source")) or self.source
        if isinstance(earlier := record.get("earlier"), dict):
            self.tasks += number(earlier.get("tasks"))
            (self.pretended if self.simulated else self.real).add(earlier)
        if isinstance(tree := record.get("time_machine"), dict):
            self._take_tree(tree)

    def _take_tree(self, tree: Mapping[str, Any]) -> None:
        """The history of an imported session; its keys are texts, as JSON has them."""
        parents = tree.get("task_parents")
        known = parents if isinstance(parents, dict) else {}
        gone_on = {number(parent) for parent in known.values()}
        tasks = (int(task) for task in known if str(task).isdecimal())
        self.last_tasks = [task for task in tasks if task and task not in gone_on]
        self.active_task = number(tree.get("active_task_id"))

    def _begin_task(self, task: int) -> None:
        self.tasks += 1
        if self.active_task in self.last_tasks:
            self.last_tasks.remove(self.active_task)
        self.last_tasks.append(task)
        self.active_task = task

    def _take_event(self, record: Record, event: Mapping[str, Any]) -> None:
        self.id = self.id or word(record.get("session_id"))
        self.updated_at = word(record.get("ts")) or self.updated_at
        self.created_at = self.created_at or self.updated_at
        match event.get("kind"):
            case "session.opened":
                self.name = word(event.get("name")) or self.name
                self.working_dir = word(event.get("working_dir")) or self.working_dir
                self.model = word(event.get("model")) or self.model
                self.mode = word(event.get("mode")) or self.mode
                self.simulated = event.get("simulated") is True
            case "session.titled":
                self.name = word(event.get("name")) or self.name
            case "working_dir.changed":
                self.working_dir = word(event.get("path")) or self.working_dir
            case "mode.changed":
                self.mode = word(event.get("mode")) or self.mode
            case "model.changed":
                self.model = word(event.get("model")) or self.model
                self.simulated = event.get("simulated") is True
            case "task.started":
                self._begin_task(number(record.get("task_id")))
            case "task.switched" if event.get("restore") != "files":
                self.active_task = number(event.get("to_task"))
            case "usage.recorded":
                sums = self.pretended if event.get("simulated") is True else self.real
                sums.add({"tokens": event.get("tokens"), "cost": event.get("cost")})

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values, for `from_json`."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return plain | {"real": self.real.to_json(), "pretended": self.pretended.to_json()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Facts:
        """What `to_json` gave."""
        facts = cls(**{k: v for k, v in values.items() if k not in ("real", "pretended")})
        facts.real.add(values["real"])
        facts.pretended.add(values["pretended"])
        return facts


def usage_of(tokens: Any) -> Usage:
    """Token counts of a record; none where they are missing or impossible."""
    if not isinstance(tokens, dict):
        return Usage()
    try:
        return Usage(**{name: number(tokens.get(name)) for name in TOKEN_CLASSES})
    except ValueError:
        return Usage()


def cost_of(value: Any) -> Decimal | None:
    """A cost in USD as a record has it (text or a number); None where it is unknown or impossible."""
    if value is None or isinstance(value, bool):
        return None
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return None
    return cost if is_plausible_cost(cost) else None
