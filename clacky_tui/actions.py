"""What a person can ask the app to do, in one list: every front end's commands and help read it."""

from __future__ import annotations

from collections.abc import Sequence
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
    run_with: str = ""
    """The action method for what may follow the name; empty when nothing may."""
    takes_line: bool = False
    """What may follow is the rest of the line, not one word."""
    argument: str = ""
    """What may follow the name, in capitals."""

    @property
    def usage(self) -> str:
        """How it is typed: ``/model NAME``."""
        return f"/{self.name} {self.argument}".rstrip()


ACTIONS = (
    Action("help", "keys and commands", "help", words=("?",)),
    Action("clear", "start a fresh session", "new_session"),
    Action("cost", "tokens and cost of this session", "show_cost"),
    Action("billing", "open the billing tab", "show_tab('billing')"),
    Action("context", "the model's window and the cache", "show_tab('context')"),
    Action("sessions", "earlier sessions: open, search, export", "show_tab('sessions')"),
    Action("trash", "deleted and overwritten files", "show_tab('trash')"),
    Action("settings", "models, screen, budgets, about", "show_tab('settings')"),
    Action("config", "the models: add, change, make default", "configure"),
    Action("chat", "open the chat tab", "show_tab('chat')"),
    Action(
        "undo",
        "go back to an earlier task, or forward again",
        "open_time_machine",
        aliases=("redo", "tasks-tree"),
    ),
    Action("compact", "compress the conversation now", "tell_worker('compact')"),
    Action("undo-compact", "take the last compression back", "tell_worker('undo_compression')"),
    Action("over-budget", "let this session go over its budgets", "tell_worker('lift_budgets')"),
    Action(
        "model",
        "switch the model; each with its price and latency",
        "pick_model",
        aliases=("models",),
        run_with="set_model",
        argument="NAME",
    ),
    Action(
        "benchmark", "ask every configured model a word, and time it", "tell_worker('test_models')"
    ),
    Action(
        "mode",
        "what runs without asking: confirm, free or auto",
        "pick_mode",
        run_with="set_mode",
        argument="NAME",
    ),
    Action(
        "reasoning",
        "how much the model thinks: off, low, medium or high",
        "pick_reasoning",
        run_with="set_reasoning_level",
        argument="LEVEL",
    ),
    Action(
        "cd",
        "work in another directory",
        "pick_directory",
        run_with="set_working_dir",
        takes_line=True,
        argument="PATH",
    ),
    Action(
        "rename",
        "give this session a name",
        "show_usage('rename')",
        run_with="rename_session",
        takes_line=True,
        argument="NAME",
    ),
    Action(
        "theme",
        "choose the colours; reload reads the files again",
        "choose_theme",
        run_with="set_theme",
        argument="NAME",
    ),
    Action(
        "currency",
        "show amounts in another currency, at a rate of your own",
        "show_currency",
        run_with="set_currency",
        takes_line=True,
        argument="CODE RATE",
    ),
    Action(
        "attach",
        "send a file along with the next message",
        "attach_help",
        run_with="attach",
        takes_line=True,
        argument="PATH",
    ),
    Action(
        "language",
        "choose the language: en or zh",
        "show_usage('language')",
        run_with="set_language",
        argument="en|zh",
    ),
    Action("todo", "every todo of this session", "show_todos"),
    Action("tasks", "commands that run in the background", "show_tasks"),
    Action(
        "kill",
        "stop a background command",
        "show_tasks",
        run_with="kill_task",
        argument="HANDLE",
    ),
    Action("keys", "every key, and how to change it", "show_keys"),
    Action("palette", "everything there is to do, found by typing", "command_palette"),
    Action("trust", "decide anew on this project's own commands", "tell_worker('ask_trust')"),
    Action(
        "copy",
        "copy the last answer; /copy code copies its last code",
        "copy",
        run_with="copy",
    ),
    Action("find", "search the chat", "find"),
    Action("exit", "save and leave", "leave", aliases=("quit",), words=("exit", "quit")),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """An action as it was typed; `argument` is empty when nothing followed its name."""

    action: Action
    argument: str = ""

    @property
    def method(self) -> tuple[str, tuple[str, ...]]:
        """The same for front ends without `run_action`: the method's name and its arguments."""
        if self.argument:
            return self.action.run_with, (self.argument,)
        name, _, argument = self.action.run.rstrip(")").partition("(")
        return name, (argument.strip("'"),) if argument else ()

    @property
    def call(self) -> str | tuple[str, str, tuple[object, ...]]:
        """What the app's `run_action` takes: the argument is handed over as it is, not parsed."""
        if self.argument:
            return ("", self.action.run_with, (self.argument,))
        return self.action.run


def find_action(text: str, actions: Sequence[Action] = ACTIONS) -> Wish | None:
    """The action that `text`, as submitted, stands for; None when it is a message.

    Only a slash (also the full-width one) and one word count, for some one more word or the rest of
    the line after it, so `/path/like/this` is a message.
    """
    typed = text.strip().replace("／", "/", 1)
    name, *rest = typed.split(maxsplit=1) or [""]
    name = name.lower()
    for action in actions:
        if name in action.words and not rest:
            return Wish(action)
        if name.startswith("/") and name[1:] in (action.name, *action.aliases):
            if not rest:
                return Wish(action)
            if action.run_with and _fits(rest[0], action):
                return Wish(action, rest[0])
    return None


def _fits(argument: str, action: Action) -> bool:
    """Whether it is one word, or one line where the action takes a line."""
    return "\n" not in argument if action.takes_line else len(argument.split()) == 1
