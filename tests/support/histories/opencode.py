"""OpenCode's three generations of stores, with the traps of spec/usage-sources.md 3.10."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

from support.histories.lines import Line
from support.histories.truth import Call, Dice, Truth

AGENT = "opencode"
MODELS = (("anthropic", "claude-sonnet-4-5"), ("openai", "gpt-5.4"))
OLD_TABLES = """
CREATE TABLE session(id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT,
    title TEXT, cost REAL, tokens_input INTEGER, time_created INTEGER);
CREATE TABLE message(id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);
CREATE TABLE part(id TEXT PRIMARY KEY, message_id TEXT, data TEXT);
"""
NEW_TABLES = """
CREATE TABLE session_v2(id TEXT PRIMARY KEY, fork_session_id TEXT, fork_boundary TEXT,
    directory TEXT, model TEXT, cost REAL, tokens_input INTEGER);
CREATE TABLE session_message(id TEXT PRIMARY KEY, session_id TEXT, type TEXT, seq INTEGER,
    time_created INTEGER, data TEXT);
"""


def message(call: Call, provider: str, *, with_total: bool = True) -> Line:
    """A reply as the files and the first database keep it; reasoning lies on top of output."""
    assert call.output is not None
    reasoning = call.reasoning or 0
    tokens: Line = {
        "input": call.input,
        "output": call.output - reasoning,
        "reasoning": reasoning,
        "cache": {"read": call.cache_read, "write": call.cache_write},
    }
    if with_total:
        parts = (call.input, call.output, call.cache_read, call.cache_write)
        tokens["total"] = sum(filter(None, parts))
    created = round(call.at * 1000)
    return {
        "role": "assistant",
        "modelID": call.model,
        "providerID": provider,
        "cost": float(call.usd or 0),
        "tokens": tokens,
        "time": {"created": created, "completed": created + 8_000},
        "path": {"cwd": call.project, "root": call.project},
        "agent": "build",
    }


def new_message(call: Call, provider: str) -> Line:
    """The same as the second database keeps it."""
    old = message(call, provider)
    return {
        "model": {"id": old["modelID"], "providerID": provider},
        "tokens": old["tokens"],
        "cost": old["cost"],
        "time": old["time"],
    }


def database(home: Path, *tables: str) -> sqlite3.Connection:
    folder = home / ".local" / "share" / "opencode"
    folder.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(folder / "opencode.db", isolation_level=None)
    for table in tables:
        db.executescript(table)
    return db


def add_old(db: sqlite3.Connection, identity: str, session: str, data: Line) -> None:
    row = (identity, session, data["time"]["created"], json.dumps(data))
    db.execute("INSERT INTO message VALUES (?, ?, ?, ?)", row)


def add_new(db: sqlite3.Connection, identity: str, session: str, data: Line) -> None:
    row = (identity, session, "assistant", 1, data["time"]["created"], json.dumps(data))
    db.execute("INSERT INTO session_message VALUES (?, ?, ?, ?, ?, ?)", row)


def write_file(home: Path, session: str, identity: str, data: Line) -> Path:
    folder = home / ".local/share/opencode/storage/message" / session
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{identity}.json"
    path.write_text(json.dumps({**data, "id": identity, "sessionID": session}, indent=2))
    return path


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    db = database(home, OLD_TABLES, NEW_TABLES)
    for number in range(6):
        session, project = f"ses_{number}{dice.name('')}", f"/home/dev/src/p{number % 2}"
        db.execute(
            "INSERT INTO session VALUES (?, 'p', NULL, ?, 't', 9.9, 99999, 1)", (session, project)
        )
        db.execute(
            "INSERT INTO session_v2 VALUES (?, NULL, NULL, ?, '{}', 9.9, 99999)", (session, project)
        )
        said = []
        for step in range(dice.between(3, 8)):
            provider, _ = chosen = dice.pick(MODELS)
            call = truth.add(_call(dice, session, project, chosen[1]))
            said.append((call, provider))
            identity = f"msg_{number}_{step}"
            data = message(call, provider, with_total=dice.chance(0.7))
            user = {**data, "role": "user", "tokens": None}
            begun = message(Call(session, call.at + 1, call.model, project), provider)
            match number % 3:
                case 0:
                    write_file(home, session, identity, data)
                    write_file(home, session, identity + "u", user)
                    if number == 3:  # migrated: in the database too
                        add_old(db, identity, session, data)
                case 1:
                    add_old(db, identity, session, data)
                    add_old(db, identity + "u", session, user)
                    add_old(db, identity + "b", session, begun)
                    if number == 4:  # migrated once more, the old rows stay
                        add_new(db, identity, session, new_message(call, provider))
                case _:
                    add_new(db, identity, session, new_message(call, provider))
        if number in (1, 2):
            _fork(db, dice, truth, said, session, project, new=number == 2)
    db.close()
    return truth


def _call(dice: Dice, session: str, project: str, model: str) -> Call:
    reasoning = dice.below(200)
    return Call(
        session=session,
        at=dice.later(),
        model=model,
        project=project,
        input=dice.between(1, 900),
        cache_read=dice.between(0, 50_000),
        cache_write=dice.between(0, 900),
        output=dice.between(5, 900) + reasoning,
        reasoning=reasoning,
        usd=str(Decimal(dice.between(1, 90_000)).scaleb(-6)) if dice.chance(0.7) else None,
    )


def _fork(
    db: sqlite3.Connection,
    dice: Dice,
    truth: Truth,
    said: list[tuple[Call, str]],
    session: str,
    project: str,
    *,
    new: bool,
) -> None:
    """The messages so far under new ids, and one of its own."""
    fork = f"ses_9{dice.name('')}"
    if new:
        row = (fork, session, project)
        db.execute("INSERT INTO session_v2 VALUES (?, ?, NULL, ?, '{}', 9.9, 9)", row)
    else:
        row = (fork, session, project)
        db.execute("INSERT INTO session VALUES (?, 'p', ?, ?, 't', 9.9, 9, 1)", row)
    own = truth.add(_call(dice, fork, project, MODELS[0][1]))
    for call, provider in [*said, (own, MODELS[0][0])]:
        if new:
            add_new(db, dice.name("msg_"), fork, new_message(call, provider))
        else:
            add_old(db, dice.name("msg_"), fork, message(call, provider))
