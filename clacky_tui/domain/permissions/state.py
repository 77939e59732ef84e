"""What is known while commands run one after another: the folder, and the variables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from clacky_tui.domain.permissions.options import Argument
from clacky_tui.domain.shell.syntax import (
    Arithmetic,
    Expansion,
    Literal,
    Script,
    SimpleCommand,
    Span,
    Substitution,
    Tilde,
    Variable,
    Word,
)
from clacky_tui.domain.verdict import Scope

COMBINATIONS_LIMIT = 64
"""So many combinations of variable values are looked at; above, a value counts as unknown."""

MATCHES_LIMIT = 500
"""A pattern that finds more files counts as one whose findings are unknown."""

_NOWHERE = Span(0, 0)
_GLOB = re.compile(r"[*?\[\]]")
_EXTENDED = re.compile(r"[\^#]")
_UNSPLITTABLE = re.compile(r"[^\s*?\[\]{}~\\]+")
_SAFE_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_SHELL_NAMES = (
    "path cdpath fpath manpath mailpath module_path fignore watch prompt psvar argv status pipestatus"
    " options commands functions aliases galiases saliases parameters modules histchars signals"
    " dirstack funcstack functrace historywords keymaps widgets mapfile builtins reswords patchars"
    " errnos sysparams langinfo termcap terminfo usergroups compstate auto_resume precmd preexec"
    " chpwd periodic http_proxy https_proxy all_proxy no_proxy ftp_proxy"
    " nameddirs userdirs jobstates history _"
)
_NAMES_WITH_MEANING = frozenset(_SHELL_NAMES.split())
_HOOK = re.compile(r"(?:zle|zsh|dis|comp)_|.*_functions$")
"""Lower-case variables that mean something to zsh (``path`` is ``PATH``) or to programs."""

HARMLESS_PARAMETERS = frozenset("?#$!") | frozenset(("RANDOM", "SECONDS", "LINENO"))
"""Parameters the shell sets itself, whose value is a number."""


def is_plain_name(name: str) -> bool:
    """Whether setting the variable `name` changes nothing but what ``$name`` stands for."""
    if not _SAFE_NAME.fullmatch(name) or _HOOK.match(name):
        return False
    return name not in _NAMES_WITH_MEANING


Values = tuple[Argument, ...] | None
"""What a variable may hold; None when the script set it to something unknown."""


@dataclass(frozen=True)
class State:
    """Possible working directories (absolute) and the variables the script itself has set."""

    folders: frozenset[str]
    variables: Mapping[str, Values] = field(default_factory=dict)

    def joined(self, other: State) -> State:
        """What is known when either this or `other` holds."""
        variables: dict[str, Values] = {}
        for name in self.variables.keys() & other.variables.keys():
            mine, theirs = self.variables[name], other.variables[name]
            variables[name] = (
                None if mine is None or theirs is None else tuple(dict.fromkeys((*mine, *theirs)))
            )
        return State(self.folders | other.folders, variables)

    def setting(self, name: str, values: Values) -> State:
        """With `name` set to one of `values`."""
        if values is not None and len(values) > COMBINATIONS_LIMIT:
            values = None
        return replace(self, variables={**self.variables, name: values})

    def without(self, names: Iterable[str]) -> State:
        """With nothing known about `names`."""
        gone = set(names)
        return replace(self, variables={k: v for k, v in self.variables.items() if k not in gone})

    def bindings(self, words: Iterable[Word]) -> Iterator[Mapping[str, Argument]]:
        """Every combination of values of the variables in `words` with known values."""
        names = dict.fromkeys(
            part.name for word in words for part in word.parts if isinstance(part, Variable)
        )
        known = {name: values for name in names if (values := self.variables.get(name))}
        count = 1
        for values in known.values():
            count *= len(values)
        if count > COMBINATIONS_LIMIT:
            known = {}
        for combination in itertools.product(*known.values()):
            yield dict(zip(known, combination, strict=True))


def resolve(word: Word, bindings: Mapping[str, Argument], state: State, scope: Scope) -> Argument:
    """`word` as its program receives it when variables hold `bindings`."""
    texts: list[str] = []
    patterns: list[str] = []
    unknown_from: int | None = None
    splits = False
    numbers = 0
    has_glob = word.has_glob
    extended = any(
        isinstance(part, Literal) and not part.quoted and _EXTENDED.search(part.text)
        for part in word.parts
    )
    for part in word.parts:
        known: str | None = None
        match part:
            case Literal(text, quoted):
                known = text
                patterns.append(escaped(text) if quoted else text)
            case Tilde(user):
                known = scope.home or "~"
                known = known if not user else f"~{user}"
                patterns.append(escaped(known))
            case Variable(name, quoted):
                held = _held(name, bindings, state, scope)
                if held is not None and held.is_number:
                    numbers += 1
                elif held is not None and (quoted or _UNSPLITTABLE.fullmatch(held.text or "")):
                    known = held.text
                    patterns.append(held.pattern or escaped(known or ""))
                    has_glob |= bool(held.pattern)
                elif held is not None and held.pattern and _unsplit_matches(held, state, scope):
                    known = held.text
                    patterns.append(held.pattern)
                    has_glob = True
                else:
                    splits |= not quoted and name not in HARMLESS_PARAMETERS
            case Substitution(is_process=True):
                known = "/dev/null"
            case Arithmetic():
                numbers += 1
            case Substitution(script=script) if counts(script):
                numbers += 1
            case Expansion(quoted=quoted) | Substitution(quoted=quoted):
                splits |= not quoted
        if known is None:
            unknown_from = len(texts) if unknown_from is None else unknown_from
        elif unknown_from is None:
            texts.append(known)
    text = "".join(texts)
    if unknown_from is not None:
        alone = numbers == 1 and not any(texts) and len(texts) == len(word.parts) - 1
        return Argument(
            None, word.span, prefix=text, splits=splits, extended=extended, is_number=alone
        )
    pattern = "".join(patterns) if has_glob else ""
    return Argument(text, word.span, pattern=pattern, extended=extended)


def counts(script: Script) -> bool:
    """Whether `script` surely prints one number: it ends in ``wc -l`` of what it is fed."""
    if len(script.lists) != 1 or len(script.lists[0].pipelines) != 1:
        return False
    last = script.lists[0].pipelines[0].commands[-1]
    if not isinstance(last, SimpleCommand) or last.assignments:
        return False
    return [word.value for word in last.words] in (["wc", "-l"], ["wc", "-c"], ["wc", "-w"])


def _held(
    name: str, bindings: Mapping[str, Argument], state: State, scope: Scope
) -> Argument | None:
    if name in bindings:
        return bindings[name]
    if name in state.variables:
        return None
    if name == "HOME" and scope.home:
        return Argument(scope.home, _NOWHERE)
    if name == "PPID":
        return Argument("$PPID", _NOWHERE)
    if name == "PWD" and len(state.folders) == 1:
        return Argument(next(iter(state.folders)), _NOWHERE)
    return None


def _unsplit_matches(held: Argument, state: State, scope: Scope) -> bool:
    """Whether every file the pattern finds now stays one word without quotes."""
    if scope.matching is None:
        return False
    found = [m for f in state.folders for m in scope.matching(join(escaped(f), held.pattern))]
    return len(found) <= MATCHES_LIMIT and all(_UNSPLITTABLE.fullmatch(name) for name in found)


def join(folder: str, path: str) -> str:
    """`path` as seen from `folder`, not simplified: ``..`` after a link must stay."""
    return path if path.startswith("/") else f"{folder.rstrip('/')}/{path}"


def escaped(text: str) -> str:
    """`text` as a shell pattern that finds only itself."""
    return _GLOB.sub(lambda found: f"[{found[0]}]" if found[0] != "]" else "]", text)
