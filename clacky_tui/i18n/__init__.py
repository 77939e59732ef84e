"""What a person reads, in their language. The English sentence is the key of its translation.

Code says `tr("Edit {path}?", path=path)`; `zh/*.toml` map the sentence, with its placeholders, to
Chinese. What has no translation stays English. Words for the model and for programs that read our
output are English always; a sentence that a model and a person both read is a `phrase`.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping

LANGUAGES = ("en", "zh")


class _Chosen:
    catalogue: Mapping[str, str] | None = None
    """None for English."""


def use_language(code: str) -> None:
    """Speak `code` from now on: "en", "zh", or "auto" for what the environment asks for.

    Raises:
        ValueError: there is no such language.
    """
    if code == "auto":
        code = language_of_environment()
    if code not in LANGUAGES:
        raise ValueError(f"{code!r} is none of {', '.join(LANGUAGES)}")
    _Chosen.catalogue = None if code == "en" else load_catalogue(code)


def language_of_environment() -> str:
    """ "zh" when the locale of messages is Chinese, else "en"."""
    import locale

    names = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "") or locale.getlocale()[0] or ""
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"


def current_language() -> str:
    """The language that `tr` speaks now."""
    return "en" if _Chosen.catalogue is None else "zh"


class Phrase(str):
    """An English sentence that knows how it was put together; made by `phrase`."""

    __slots__ = ("text", "values")

    text: str
    values: Mapping[str, object]


def phrase(text: str, /, **values: object) -> str:
    """`text` filled in with `values`, in English; `tr` says it, and phrases among `values`, anew."""
    said = Phrase(text.format(**values) if values else text)
    said.text, said.values = text, values
    return said


def tr(text: str, /, **values: object) -> str:
    """`text` in the chosen language, its ``{placeholders}`` filled in with `values`.

    Phrases, `text` itself or among its values, are said in that language as well. A translation that
    does not fit its values is never shown: then the English stands.
    """
    if isinstance(text, Phrase):
        values = {**text.values}
        text = text.text
    for name, value in values.items():
        if isinstance(value, Phrase):
            values[name] = tr(value)
    if _Chosen.catalogue is not None:
        translated = _Chosen.catalogue.get(text, text)
        try:
            return translated.format(**values) if values else translated
        except (KeyError, IndexError, ValueError):
            pass
    return text.format(**values) if values else text


def tr_noop(text: str, /) -> str:
    """`text` itself: a sentence declared before the language is known, shown through `tr` later."""
    return text


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """`one` where `count` is 1, else `many`, translated; ``{n}`` stands for the count."""
    return tr(one if count == 1 else many, n=f"{count:,}", **values)


@functools.cache
def load_catalogue(code: str) -> Mapping[str, str]:
    """Every translation of `code`, from the files of its folder."""
    import tomllib  # not before somebody needs more than English: a start is 10 ms shorter
    from importlib.resources import files

    folder = files(__name__) / code
    catalogue: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            catalogue |= tomllib.loads(file.read_text("utf-8"))
    return catalogue
