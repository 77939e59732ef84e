"""What a person can ask the app to do, in one list: slash menu, palette and help read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Action:
    """One command. `run` names the app's action method without its `action_` prefix."""

    name: str
    """Typed after a slash."""
    description: str
    run: str
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Words that run it without a slash, typed alone."""


ACTIONS = (
    Action("help", "keys and commands", "help", words=("?",)),
    Action("clear", "start a fresh session", "new_session"),
    Action("cost", "tokens and cost of this session", "show_cost"),
    Action("billing", "open the billing tab", "show_tab('billing')"),
    Action("chat", "open the chat tab", "show_tab('chat')"),
    Action("mode", "switch between asking and running unasked", "toggle_mode"),
    Action("exit", "save and leave", "leave", aliases=("quit",), words=("exit", "quit")),
)


def find_action(text: str) -> Action | None:
    """The action that `text`, as submitted, stands for; None when it is a message.

    Only a slash (also the full-width one) and one word count, so `/path/like/this` is a message.
    """
    typed = text.strip().lower().replace("／", "/", 1)
    for action in ACTIONS:
        if typed in action.words:
            return action
        if typed.startswith("/") and typed[1:] in (action.name, *action.aliases):
            return action
    return None
