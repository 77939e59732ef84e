"""Cursor's stores, with the traps of spec/usage-sources.md 3.4."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from support.histories.truth import Call, Dice, Truth, iso

AGENT = "cursor-agent"


def write_chat(path: Path, meta: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    db.executescript(
        "CREATE TABLE meta(key TEXT, value TEXT); CREATE TABLE blobs(id TEXT, data BLOB);"
    )
    db.execute("INSERT INTO meta VALUES ('0', ?)", (json.dumps(meta).encode().hex(),))
    db.execute("INSERT INTO blobs VALUES ('ab', x'0a04')")
    db.commit()
    db.close()


def bubble(call: Call, identity: str, kind: int = 2) -> dict[str, Any]:
    return {
        "type": kind,
        "bubbleId": identity,
        "createdAt": iso(call.at),
        "tokenCount": {"inputTokens": call.input or 0, "outputTokens": call.output or 0},
        "modelInfo": {"modelName": call.model or "default"},
    }


def write_bubbles(path: Path, bubbles: dict[str, dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE IF NOT EXISTS cursorDiskKV(key TEXT UNIQUE, value BLOB)")
    db.execute("CREATE TABLE IF NOT EXISTS ItemTable(key TEXT UNIQUE, value BLOB)")
    db.execute("INSERT OR IGNORE INTO ItemTable VALUES ('cursorAuth/accessToken', 'secret')")
    rows = [(key, json.dumps(value)) for key, value in bubbles.items()]
    db.executemany("INSERT INTO cursorDiskKV VALUES (?, ?)", rows)
    db.commit()
    db.close()


def ide_store(home: Path) -> Path:
    return home / ".config" / "Cursor" / "User" / "globalStorage" / "state.vscdb"


def write(home: Path, seed: int) -> Truth:
    dice, truth = Dice(seed), Truth()
    for _ in range(5):
        session, model = dice.uuid(), dice.pick(("composer-2", "gpt-5.4"))
        at = dice.later()
        meta = {
            "agentId": session,
            "latestRootBlobId": "ab",
            "name": "fix tests",
            "mode": "default",
            "createdAt": round(at * 1000),
            "lastUsedModel": model,
        }
        write_chat(home / ".cursor" / "chats" / dice.name("w") / session / "store.db", meta)
        truth.add(Call(session, at, model, None, None, None, None, None, requests=0))
    bubbles: dict[str, dict[str, Any]] = {}
    for _ in range(3):
        composer = dice.uuid()
        bubbles[f"composerData:{composer}"] = {"composerId": composer, "createdAt": 1}
        for _ in range(dice.between(2, 5)):
            model = dice.pick((None, "claude-4.6-sonnet"))
            call = Call(
                session=composer,
                at=dice.later(),
                model=model,
                project=None,
                input=dice.between(1, 20_000),
                cache_read=None,
                cache_write=None,
                output=dice.between(1, 900),
            )
            truth.add(call)
            part = Call(composer, call.at - 1, model, None)  # not the last of its turn: no counts
            bubbles[f"bubbleId:{composer}:{dice.uuid()}"] = bubble(part, "p")
            bubbles[f"bubbleId:{composer}:{dice.uuid()}"] = bubble(call, "b")
    write_bubbles(ide_store(home), bubbles)
    return truth
