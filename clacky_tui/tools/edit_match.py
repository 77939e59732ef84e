"""Where an edit applies: exact text first, then careful tolerance; preview and run share it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from clacky_tui.errors import ToolError
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.wording import counted, one_line

_ESCAPE = re.compile(r'\\(?:u(?![dD][89a-fA-F])([0-9a-fA-F]{4})|([ntrfbv"\\]))')
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "b": "\b", "v": "\v", '"': '"', "\\": "\\"}
_LISTED_PLACES = 8
_HINT = "Read the file again and copy the text exactly."

IndentTranslator = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """The file's new text, how many places changed, and what was tolerated ("" when exact)."""

    text: str
    replacements: int
    tolerance: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A reading of `old_string`. `lead` and `trail` are white space taken off its ends."""

    text: str
    lead: str = ""
    trail: str = ""
    unescaped: bool = False


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place to change: character offsets into the LF text, and what to put there."""

    start: int
    end: int
    replacement: str


def replace_text(
    text: str, old: str, new: str, *, replace_all: bool, file_name: str
) -> EditOutcome:
    """Replace `old` by `new`, literally, in `text`.

    Layers (spec/tools-skills.md 4.2): `old` as given, trimmed, unescaped, both; then windows of
    whole lines that are equal but for their indentation, with `new` indented to fit. CRLF and LF
    match each other; the file's own line ends stay.

    Raises:
        ToolError: `old` is empty, equals `new`, is not there, or is there more than once without
            `replace_all`; the message says what to try.
    """
    old, new = _to_lf(old), _to_lf(new)
    if not old:
        raise refused(
            "old_string is empty.", hint="Give the text to replace, or use write for a new file."
        )
    if old == new:
        raise refused("old_string and new_string are the same.", hint="Nothing to change; move on.")
    flat = _to_lf(text)
    spots, tolerance = _find(flat, old, new)
    if not spots:
        raise _not_found(flat, old, file_name)
    if len(spots) > 1 and not replace_all:
        raise _ambiguous(flat, spots, file_name)
    changed = _splice(text, flat, spots)
    if changed == text:
        raise refused(
            f"{file_name} already reads as new_string asks.", hint="Nothing to change; move on."
        )
    return EditOutcome(changed, len(spots), tolerance)


def unescape(text: str) -> str:
    r"""`text` with ``\n``, ``\t``, ``\"``, ``\\``, ``\u00e9`` and the like read as one character."""

    def character(found: re.Match[str]) -> str:
        code, letter = found.groups()
        return chr(int(code, 16)) if code else _ESCAPED[letter]

    return _ESCAPE.sub(character, text)


def _to_lf(text: str) -> str:
    return text.replace("\r\n", "\n")


def _find(text: str, old: str, new: str) -> tuple[list[_Spot], str]:
    for candidate in _candidates(old):
        spots = _literal_spots(text, candidate, new)
        if spots:
            return spots, _tolerance_words(candidate, indentation=False)
    lines = text.split("\n")
    keys = [line.lstrip() for line in lines]
    for candidate in _window_candidates(old):
        spots = _window_spots(lines, keys, candidate, new)
        if spots:
            return spots, _tolerance_words(candidate, indentation=True)
    return [], ""


def _candidates(old: str) -> Iterator[_Candidate]:
    seen: set[str] = set()
    plain = _to_lf(unescape(old))
    for candidate in (_Candidate(old), _trimmed(old), _Candidate(plain, unescaped=True)):
        if candidate.text and candidate.text not in seen:
            seen.add(candidate.text)
            yield candidate
    both = _trimmed(plain, unescaped=True)
    if both.text and both.text not in seen:
        yield both


def _trimmed(text: str, *, unescaped: bool = False) -> _Candidate:
    core = text.strip()
    start = text.index(core) if core else 0
    return _Candidate(core, text[:start], text[start + len(core) :], unescaped)


def _window_candidates(old: str) -> Iterator[_Candidate]:
    """As `_candidates`, but only blank lines are trimmed, so the first line keeps its indent."""
    for text, unescaped in ((old, False), (_to_lf(unescape(old)), True)):
        if not text.strip() or (unescaped and text == old):
            continue
        yield _Candidate(text, unescaped=unescaped)
        trimmed = _trimmed(text)
        blank, newline, indent = trimmed.lead.rpartition("\n")
        core = indent + trimmed.text
        if core != text:
            yield _Candidate(core, blank + newline, trimmed.trail, unescaped)


def _literal_spots(text: str, candidate: _Candidate, new: str) -> list[_Spot]:
    spots: list[_Spot] = []
    start = text.find(candidate.text)
    while start >= 0:
        end = start + len(candidate.text)
        if _fits_between_spaces(text, start, end, candidate):
            spots.append(_Spot(start, end, _fitted(text, start, end, candidate, new)))
            start = text.find(candidate.text, end)
        else:
            start = text.find(candidate.text, start + 1)
    return spots


def _fits_between_spaces(text: str, start: int, end: int, candidate: _Candidate) -> bool:
    """Where white space was trimmed off, the file has some too (or ends): never inside a word."""
    before = not candidate.lead or start == 0 or text[start - 1].isspace()
    after = not candidate.trail or end == len(text) or text[end].isspace()
    return before and after


def _fitted(text: str, start: int, end: int, candidate: _Candidate, new: str) -> str:
    """`new` for a literal match, with the tolerance the match needed applied to it as well."""
    if candidate.unescaped and not _ESCAPE.search(text[start:end]):
        new = _to_lf(unescape(new))
    if not (candidate.lead or candidate.trail):
        return new
    new = new.removeprefix(candidate.lead).removesuffix(candidate.trail)
    asked = candidate.lead.rpartition("\n")[2]
    found = text[text.rfind("\n", 0, start) + 1 : start]
    if found.strip() or found == asked:
        return new
    first, *rest = new.split("\n")
    translate = _indent_translator([(asked, found)])
    return "\n".join([first, *(_reindented(line, translate) for line in rest)])


def _window_spots(
    lines: list[str], keys: list[str], candidate: _Candidate, new: str
) -> list[_Spot]:
    wanted = candidate.text.split("\n")
    whole_lines = wanted[-1] == "" and len(wanted) > 1
    if whole_lines:
        wanted.pop()
    accepted = [(line.lstrip(), unescape(line).lstrip()) for line in wanted]
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)

    spots: list[_Spot] = []
    index, size, text_end = 0, len(wanted), offsets[-1] - 1
    while index + size <= len(lines):
        if not all(keys[index + k] in accepted[k] for k in range(size)):
            index += 1
            continue
        end = offsets[index + size] if whole_lines else offsets[index + size] - 1
        window = lines[index : index + size]
        replacement = _indented_like(window, wanted, candidate, new)
        if end > text_end:
            end, replacement = text_end, replacement.removesuffix("\n")
        spots.append(_Spot(offsets[index], end, replacement))
        index += size
    return spots


def _indented_like(window: list[str], wanted: list[str], candidate: _Candidate, new: str) -> str:
    needed_unescape = candidate.unescaped or any(
        real.lstrip() != asked.lstrip() for real, asked in zip(window, wanted, strict=True)
    )
    if needed_unescape and not any(_ESCAPE.search(line) for line in window):
        new = _to_lf(unescape(new))
    new = new.removeprefix(candidate.lead).removesuffix(candidate.trail)
    pairs = [
        (_indent(asked), _indent(real))
        for real, asked in zip(window, wanted, strict=True)
        if real.strip()
    ]
    translate = _indent_translator(pairs)
    return "\n".join(_reindented(line, translate) for line in new.split("\n"))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _reindented(line: str, translate: IndentTranslator) -> str:
    if not line.strip():
        return line
    indent = _indent(line)
    return translate(indent) + line[len(indent) :]


def _indent_translator(pairs: list[tuple[str, str]]) -> IndentTranslator:
    """How indents of `old_string` became indents of the file, also for indents not seen there."""
    exact: dict[str, str] = {}
    for asked, found in pairs:
        exact.setdefault(asked, found)
    unit = _unit(exact)

    def translate(indent: str) -> str:
        if indent in exact:
            return exact[indent]
        if unit is not None:
            (asked_unit, found_unit) = unit
            count, rest = divmod(len(indent), len(asked_unit))
            if not rest and indent == asked_unit * count:
                return found_unit * count
        inner = [asked for asked in exact if indent.startswith(asked)]
        if inner:
            longest = max(inner, key=len)
            return exact[longest] + indent[len(longest) :]
        outer = [asked for asked in exact if asked.startswith(indent)]
        return _dedented(indent, min(outer, key=len), exact) if outer else indent

    return translate


def _dedented(indent: str, asked: str, exact: dict[str, str]) -> str:
    found = exact[asked]
    if found.endswith(asked):
        return found[: len(found) - len(asked)] + indent
    if asked.endswith(found):
        return indent[len(asked) - len(found) :]
    return indent


def _unit(exact: dict[str, str]) -> tuple[str, str] | None:
    """One step of indentation on both sides, when tabs stand for spaces or the width differs."""
    steps = [(asked, found) for asked, found in exact.items() if asked or found]
    if not steps or any(not asked or not found for asked, found in steps):
        return None
    (asked, found), *others = sorted(steps, key=lambda step: len(step[0]))
    if len(set(asked)) > 1 or len(set(found)) > 1 or (asked[0] == found[0] and not others):
        return None
    shorter = min(len(asked), len(found))
    if len(asked) % shorter or len(found) % shorter:
        return None
    asked_unit, found_unit = asked[: len(asked) // shorter], found[: len(found) // shorter]
    for deeper_asked, deeper_found in others:
        count, rest = divmod(len(deeper_asked), len(asked_unit))
        if rest or deeper_asked != asked_unit * count or deeper_found != found_unit * count:
            return None
    return asked_unit, found_unit


def _splice(text: str, flat: str, spots: list[_Spot]) -> str:
    """The text with the replacements in it and its real line ends around them."""
    crlf = []
    if len(text) > len(flat):
        crlf = [found.start() - k for k, found in enumerate(re.finditer("\r\n", text))]
    line_end = "\r\n" if len(crlf) * 2 > flat.count("\n") else "\n"
    pieces: list[str] = []
    kept_to = 0
    for spot in spots:
        pieces.append(text[kept_to : spot.start + bisect_left(crlf, spot.start)])
        pieces.append(spot.replacement.replace("\n", line_end))
        kept_to = spot.end + bisect_left(crlf, spot.end)
    return "".join([*pieces, text[kept_to:]])


def _tolerance_words(candidate: _Candidate, *, indentation: bool) -> str:
    words = []
    if candidate.lead or candidate.trail:
        words.append("outer white space")
    if indentation:
        words.append("indentation")
    if candidate.unescaped:
        words.append("escapes")
    return " and ".join(words)


def _line_number(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _ambiguous(text: str, spots: list[_Spot], file_name: str) -> ToolError:
    numbers = [str(_line_number(text, spot.start)) for spot in spots[:_LISTED_PLACES]]
    more = ", …" if len(spots) > _LISTED_PLACES else ""
    return refused(
        f"old_string is in {file_name} {len(spots)} times (lines {', '.join(numbers)}{more}).",
        hint="Add surrounding lines until it is unique, or set replace_all.",
    )


def _not_found(text: str, old: str, file_name: str) -> ToolError:
    first = old.strip().split("\n")[0].strip()
    lines = text.split("\n")
    number = next((n for n, line in enumerate(lines, 1) if first and first in line), 0)
    if not number:
        return refused(f"old_string was not found in {file_name}.", hint=_HINT)
    start = max(number - 3, 0)
    around = "\n".join(lines[start : number + 2])
    return refused(
        f"old_string was not found in {file_name}, but its first line is on line {number}"
        f" ({one_line(first)[:80]}); white space or a later line differs."
        f" {counted(len(lines[start : number + 2]), 'line')} from line {start + 1}:\n{around}\n",
        hint=_HINT,
    )
