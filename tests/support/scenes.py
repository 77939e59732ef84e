"""Every tab, dialog, docked prompt and popup of the product, each told in one line."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from textual.events import Paste
from textual.pilot import Pilot

from clacky_tui import events, paths
from clacky_tui.billing.ledger import Ledger
from clacky_tui.billing.record import UsageRecord
from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.domain.usage import Usage
from clacky_tui.sessions import recycle_bin
from clacky_tui.sessions.store import list_sessions
from support.scene import (
    NOON,
    OPENED,
    SceneApp,
    cached_session,
    command_waits_for_approval,
    edit_waits_for_approval,
    edit_was_made,
    finished_answer,
    messages_wait,
    question_is_asked,
    reads_and_a_failure,
    time_machine_lists,
    time_machine_plans,
    time_machine_shows_lines,
    time_machine_was_used,
    trouble,
    trust_is_asked,
    work_in_the_background,
)
from support.shop_sessions import shop_sessions
from support.trash import shop_trash

Step = Callable[[SceneApp, Pilot[None]], Awaitable[None]]
SHOP_SESSION = "aaaa111111111111"


async def nothing(app: SceneApp, pilot: Pilot[None]) -> None:
    """Shows what is told, and no more."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of the product, taken at every size."""

    told: Callable[[], list[events.Event]]
    says: str
    """Stands on the screen at every size, in English."""
    keys: tuple[str, ...] = ()
    """Pressed once all is told, after `step`."""
    step: Step = nothing
    files: Callable[[], object] = object
    """Makes what is to lie in the home directory."""
    again: tuple[str, ...] = ()
    """Pressed at every size, for what a resize closes."""
    is_tab: bool = False
    """The main view of a tab: every size in every column."""


def opened() -> list[events.Event]:
    return [OPENED]


def on_the_demo_model() -> list[events.Event]:
    return [OPENED.model_copy(update={"simulated": True, "model": "demo"})]


def in_the_shop() -> list[events.Event]:
    return [OPENED.model_copy(update={"working_dir": str(shop())})]


def busy_session() -> list[events.Event]:
    return [*cached_session(), *work_in_the_background()]


# --- what lies on the disk -----------------------------------------------------------------------


def shop() -> Path:
    """A project in the home directory."""
    folder = Path.home() / "src/shop"
    for path in ("shop/orders.py", "shop/api/order_routes.py", "docs/订单.md", "order notes.txt"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x" * 1500)
    return folder


def sessions() -> None:
    shop_sessions(NOON)


def sessions_in_the_bin() -> None:
    shop_sessions(NOON)
    for row in list_sessions():
        if row.name in ("migrate to click", "fix orders"):
            note = recycle_bin.delete(row).with_name(recycle_bin.NOTE)
            written = json.loads(note.read_bytes())
            written["deleted_at"] = (NOON - timedelta(days=row.tasks)).isoformat()
            note.write_text(json.dumps(written))


def two_models() -> None:
    """Two configured models, one of them the default."""
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "models:\n"
        "  - {model: claude-sonnet-4-5, api_key: sk-first-0123456789, type: default,\n"
        "     base_url: 'https://api.anthropic.com', anthropic_format: true}\n"
        "  - {model: deepseek-chat, api_key: sk-second-0123456789, type: lite,\n"
        "     base_url: 'https://api.deepseek.com'}\n"
    )


def trash() -> None:
    shop_trash(Path.home(), NOON)


def ledger() -> None:
    """Three weeks of three models, one of them without a price."""
    ledger = Ledger(paths.billing_dir())
    for number in range(60):
        at = NOON - timedelta(hours=9 * number)
        model, cost = (
            ("local/qwen3", None)
            if number % 20 == 3
            else ("claude-sonnet-4-5", Decimal(1 + number * 7 % 11) / 8)
            if number % 3
            else ("deepseek-v4-flash", Decimal(2 + number % 5) / 64)
        )
        ledger.append(
            UsageRecord(
                id=f"{number:032x}",
                session_id="s",
                timestamp=at,
                model=model,
                provider="api.anthropic.com",
                project="/src/shop",
                usage=Usage(12_310 + 97 * number, 402_118, 8_012, 0, 9_120 - 31 * number),
                cost=cost,
                cost_source="unknown" if cost is None else "price",
            )
        )


# --- what keys alone do not reach ----------------------------------------------------------------


async def with_models(app: SceneApp, pilot: Pilot[None]) -> None:
    names = ("claude-sonnet-4-5", "claude-haiku-4-5", "house-model")
    entries = tuple(ModelEntry(model=name) for name in names)
    app._load = lambda: (Settings(models=entries), entries[0])


async def with_files(app: SceneApp, pilot: Pilot[None]) -> None:
    app._composer.set_working_dir(shop())


async def with_history(app: SceneApp, pilot: Pilot[None]) -> None:
    for text in (
        "explain how orders are priced",
        "fix the failing test in tests/test_orders.py",
        "优惠在税前还是税后？先看 orders.py",
        "fix the discount:\n- before tax\n- also for members, whose prices stand in another table",
    ):
        app._history.add(text)


async def with_attachments(app: SceneApp, pilot: Pilot[None]) -> None:
    await with_files(app, pilot)
    app._composer.attachments.attach("order notes.txt")
    app._composer.attachments.attach("docs/订单.md")
    app._composer.load_draft("what is in these?")


async def with_offer(app: SceneApp, pilot: Pilot[None]) -> None:
    app._composer.attachments.set_folder(shop())
    app._composer.attachments.offer("order notes.txt")


async def with_paste(app: SceneApp, pilot: Pilot[None]) -> None:
    await pilot.press(*"see", "space")
    app._composer.post_message(Paste("\n".join(f"line {n}" for n in range(500))))
    await pilot.pause()


async def with_suggestion(app: SceneApp, pilot: Pilot[None]) -> None:
    app._composer.ghost = "run the whole suite"


# --- the scenes ----------------------------------------------------------------------------------

SCENES = {
    # The chat.
    "welcome": Scene(opened, "/help"),
    "welcome-demo": Scene(on_the_demo_model, "/help"),
    "chat": Scene(edit_was_made, "41 tests pass", is_tab=True),
    "chat-answer": Scene(finished_answer, "done in 48s"),
    "chat-failure": Scene(reads_and_a_failure, "test_59 F"),
    "chat-trouble": Scene(trouble, "failed in 2.5s"),
    "chat-misses": Scene(cached_session, "done in 48s"),
    "chat-undone": Scene(time_machine_was_used, "task 11"),
    "reading": Scene(finished_answer, "k j move", ("alt+k", "k", "k")),
    "selecting": Scene(finished_answer, "y copy", ("alt+k", "k", "k", "k", "v", "down", "end")),
    "finding": Scene(finished_answer, "total", ("alt+s", *"total")),
    # Questions above the composer.
    "approve-edit": Scene(edit_waits_for_approval, "Edit shop/orders.py?"),
    "approve-command": Scene(command_waits_for_approval, "--force"),
    "approve-words": Scene(edit_waits_for_approval, "keep", ("tab", *"keep it")),
    "feedback": Scene(question_is_asked, "test_invoice"),
    "trust": Scene(trust_is_asked, "/src/shop"),
    "tasks": Scene(time_machine_lists, "esc close"),
    "undo-plan": Scene(time_machine_plans, "orders.py"),
    "undo-lines": Scene(time_machine_shows_lines, "orders.py"),
    "themes": Scene(opened, "hacker", (*"/theme", "enter")),
    # The composer.
    "menu": Scene(opened, "/help", ("/", "down")),
    "mention": Scene(opened, "orders.py", (*"look", "space", *"@ord"), with_files),
    "history": Scene(opened, "tests/test_orders.py", ("ctrl+r", *"or", "ctrl+r"), with_history),
    "attachments": Scene(opened, "order notes.txt", step=with_attachments),
    "offer": Scene(opened, "tab attaches it", step=with_offer),
    "paste": Scene(opened, "500 lines", ("ctrl+j", *"为什么"), with_paste),
    "paste-open": Scene(opened, "Pasted text 1", ("alt+p",), with_paste),
    "suggestion": Scene(opened, "run the whole suite", step=with_suggestion),
    "shell-line": Scene(opened, "git status", ("!", *"git", "space", *"status")),
    "queue": Scene(messages_wait, "git diff --stat"),
    # Over the screen.
    "help": Scene(opened, "Writing", ("f1",)),
    "own-keys": Scene(opened, "keymap.toml", (*"/keys", "enter")),
    "palette": Scene(opened, "theme", ("ctrl+p", "t"), with_models),
    "jump": Scene(busy_session, "a", again=("alt+g",)),
    "pick-model": Scene(
        busy_session, "claude-haiku-4-5", (*"/model", "enter", "down"), with_models
    ),
    "pick-reasoning": Scene(opened, "medium", (*"/reasoning", "enter")),
    "pick-mode": Scene(opened, "in use", (*"/mode", "enter")),
    "pick-directory": Scene(in_the_shop, "docs/", (*"/cd", "enter")),
    "todos": Scene(busy_session, "2 of 4 done", ("ctrl+t",)),
    "background": Scene(busy_session, "npm run dev", (*"/tasks", "enter")),
    "whole-output": Scene(reads_and_a_failure, "test_7", ("ctrl+o", "slash", *"_7", "enter")),
    "whole-diff": Scene(edit_waits_for_approval, "def total(self)", ("ctrl+o",)),
    "whole-code": Scene(finished_answer, "return self.subtotal", ("alt+k", "k", "k", "o")),
    # The other tabs.
    "billing": Scene(opened, "May 2026", ("alt+2",), files=ledger, is_tab=True),
    "billing-day": Scene(opened, "22 May", ("alt+2", "d"), files=ledger),
    "billing-year": Scene(opened, "2026", ("alt+2", "y"), files=ledger),
    "billing-records": Scene(opened, "58 requests", ("alt+2", "y", "enter"), files=ledger),
    "billing-sources": Scene(opened, "clacky supported", ("alt+2", "v"), files=ledger),
    "billing-what-if": Scene(cached_session, "What if", ("alt+2", "i"), files=ledger),
    "billing-session": Scene(opened, "What if", ("alt+2", *["tab"] * 4, "down", "i"), files=ledger),
    "billing-price": Scene(
        opened, "entry deepseek-v4-flash", ("alt+2", "down", "down", "p"), files=ledger
    ),
    "billing-agent": Scene(opened, "only clacky", ("alt+2", *["f"] * 2), files=ledger),
    "billing-custom": Scene(opened, "From and to", ("alt+2", "c"), files=ledger),
    "billing-empty": Scene(opened, "Billing", ("alt+2",)),
    "context": Scene(cached_session, "Cache", ("alt+3",), is_tab=True),
    "context-empty": Scene(opened, "Context", ("alt+3",)),
    "sessions": Scene(opened, "fix orders", ("alt+4", "down"), files=sessions, is_tab=True),
    "sessions-search": Scene(
        opened, "2 say 'test'", ("alt+4", "slash", *"test", "enter"), files=sessions
    ),
    "sessions-export": Scene(opened, "Write to", ("alt+4", "down", "z"), files=sessions),
    "sessions-delete": Scene(
        opened, "Move migrate to click", ("alt+4", "end", "up", "x"), files=sessions
    ),
    "sessions-new": Scene(opened, "none", ("alt+4", "n", "down", *"none", "enter"), files=sessions),
    "sessions-bin": Scene(opened, "migrate", ("alt+4", "b"), files=sessions_in_the_bin),
    "sessions-empty": Scene(opened, "No sessions", ("alt+4",)),
    "trash": Scene(opened, "totals.py", ("alt+5",), files=trash, is_tab=True),
    "trash-delete": Scene(opened, "y delete for good", ("alt+5", "down", "down", "x"), files=trash),
    "trash-empty": Scene(opened, "Trash", ("alt+5",)),
    "settings": Scene(opened, "claude-sonnet", ("alt+6", "1"), files=two_models, is_tab=True),
    "settings-empty": Scene(opened, "Settings", ("alt+6",)),
    "settings-screen": Scene(opened, "Theme", ("alt+6", "2", "down"), files=two_models),
    "settings-advanced": Scene(
        opened, "Settings", ("alt+6", "3", "down", "enter"), files=two_models
    ),
    "settings-about": Scene(opened, "0.1.0", ("alt+6", "4"), files=two_models),
    "settings-delete": Scene(opened, "claude-sonnet", ("alt+6", "1", "x"), files=two_models),
    "settings-provider": Scene(opened, "Provider", ("alt+6", "1", "n"), files=two_models),
    "settings-form": Scene(
        opened, "Model", ("alt+6", "1", "n", *"z.ai intern coding", "enter"), files=two_models
    ),
}
