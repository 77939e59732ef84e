"""Translations: each sentence of the code has one, each fits, none is left over."""

from __future__ import annotations

import ast
import inspect
import string
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest

import clacky_tui
from clacky_tui.cli.commands import cli
from clacky_tui.i18n import (
    current_language,
    language_of_environment,
    load_catalogue,
    phrase,
    tr,
    tr_count,
    use_language,
)

PACKAGE = Path(clacky_tui.__file__).parent


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    use_language("en")


def sentences() -> dict[str, str]:
    """Every text that the code hands to `tr`, with the place it stands at."""
    found: dict[str, str] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                for text in _texts_of(node):
                    found.setdefault(text, f"{file.relative_to(PACKAGE)}:{node.lineno}")
    return found


SENTENCES = {
    "tr": (0,),
    "tr_noop": (0,),
    "phrase": (0,),
    "tr_count": (0, 1),
    "Binding": (2,),
    "edit_key": (2,),
    "Action": (1,),
    "Column": (0,),
}
"""Which arguments of which calls are shown, as they stand or through `tr` where they are drawn."""
SHOWN_KEYWORDS = ("description", "tooltip", "title")


def _texts_of(call: ast.Call) -> Iterator[str]:
    if isinstance(call.func, ast.Attribute) and call.func.attr == "line":
        yield from _words(call.args[1:2])  # the label that plain mode puts in front
    if not isinstance(call.func, ast.Name):
        return
    if call.func.id == "counted":
        singular, *plural = _words(call.args[1:3])
        yield from (f"{{n}} {noun}" for noun in (singular, *(plural or (f"{singular}s",))))
    if call.func.id not in SENTENCES:
        return
    candidates = [call.args[at] for at in SENTENCES[call.func.id] if at < len(call.args)]
    if not call.func.id.startswith("tr"):
        candidates += [each.value for each in call.keywords if each.arg in SHOWN_KEYWORDS]
    yield from _words(candidates)


def _words(nodes: Sequence[ast.expr]) -> Iterator[str]:
    """The texts among `nodes`, also those that a condition chooses between."""
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from _words((node.body, node.orelse))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def help_texts(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """Every text of `command`'s help, and of its subcommands', with where it is shown."""
    for text in (command.help, command.epilog):
        if text:
            yield inspect.cleandoc(text), path
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            yield parameter.help, f"{path} {parameter.opts[-1]}"
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None
            yield from help_texts(subcommand, f"{path} {name}")


def test_every_help_text_has_a_translation() -> None:
    catalogue = load_catalogue("zh")
    missing = [
        f"{place}: {text!r}" for text, place in help_texts(cli, "clacky") if text not in catalogue
    ]
    assert not missing


def placeholders(text: str) -> set[str]:
    """The names in `text`; ``{date.month}`` needs the same value as ``{date:%b}``."""
    names = (name for _, name, _, _ in string.Formatter().parse(text) if name)
    return {name.partition(".")[0] for name in names}


def test_every_translation_keeps_the_placeholders() -> None:
    wrong = [
        f"{english!r} -> {chinese!r}"
        for english, chinese in load_catalogue("zh").items()
        if placeholders(english) != placeholders(chinese)
    ]
    assert not wrong


def test_every_sentence_has_a_translation() -> None:
    catalogue = load_catalogue("zh")
    missing = [f"{place}: {text!r}" for text, place in sentences().items() if text not in catalogue]
    assert not missing


def test_a_sentence_is_translated_and_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tr("Chat") == "Chat"
    use_language("zh")
    assert current_language() == "zh"
    assert tr("Chat") == "对话"
    assert tr("nobody translated {this}", this="that") == "nobody translated that"
    assert tr_count("{n} apple", "{n} apples", 1_200) == "1,200 apples"


def test_a_phrase_is_english_until_it_is_told() -> None:
    how = phrase("reads")
    why = phrase("{how} outside the project: {path}", how=how, path="/etc/{x}")
    use_language("zh")
    assert why == "reads outside the project: /etc/{x}"
    assert f"{why}." == "reads outside the project: /etc/{x}."
    assert tr(why) == "读取项目之外：/etc/{x}"
    assert tr("asks: {reason}", reason=why) == "询问原因：读取项目之外：/etc/{x}"
    use_language("en")
    assert tr(why) == why


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE"}, "en"),
        ({"LC_ALL": "C", "LANG": "zh"}, "en"),
    ],
)
def test_the_environment_chooses(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], code: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language_of_environment() == code


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="none of en, zh"):
        use_language("xx")
