"""The difference of two texts by lines, as a unified diff that is safe to show."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from clacky_tui.tools.wording import counted, visible

CONTEXT_LINES = 3
COMPARED_LINES_LIMIT = 6000
"""Changed regions with more lines than this (both sides) are shown as replaced whole."""

_NO_NEWLINE = "\n\\ No newline at end of file"
_Opcode = tuple[str, int, int, int, int]


@dataclass(frozen=True, slots=True)
class LineDiff:
    """A unified diff and what it adds and removes, in lines. `text` is empty without a change."""

    text: str
    added_lines: int
    removed_lines: int

    @property
    def summary(self) -> str:
        """Short words for a line's right-hand column: ``"+1 −1"``."""
        return f"+{self.added_lines} −{self.removed_lines}"


def diff_lines(old: str, new: str, label: str) -> LineDiff:
    """Compare two texts; control characters in the result are drawn as pictures.

    CRLF and LF count as the same line end. `label` stands in the two header lines.
    """
    before, after = _lines(old), _lines(new)
    head = _common_length(before, after)
    tail = _common_length(before[head:][::-1], after[head:][::-1])
    first = max(head - CONTEXT_LINES, 0)
    keep = max(tail - CONTEXT_LINES, 0)
    middle_before = before[first : len(before) - keep]
    middle_after = after[first : len(after) - keep]

    output: list[str] = []
    added = removed = 0
    for group in _groups(middle_before, middle_after, head - first, tail - keep):
        body: list[str] = []
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                body += [" " + line for line in middle_before[i1:i2]]
                continue
            body += ["-" + line for line in middle_before[i1:i2]]
            body += ["+" + line for line in middle_after[j1:j2]]
            removed += i2 - i1
            added += j2 - j1
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        output.append(f"@@ -{_range(first, i1, i2)} +{_range(first, j1, j2)} @@")
        output += body
    if not output:
        return LineDiff("", 0, 0)
    text = "\n".join([f"--- {label}", f"+++ {label}", *output])
    return LineDiff(visible(text), added, removed)


def shorten_diff(text: str, limit_lines: int, kept_lines: int) -> str:
    """`text`, or its first `kept_lines` and a note when it has more than `limit_lines`."""
    lines = text.split("\n")
    if len(lines) <= limit_lines:
        return text
    rest = counted(len(lines) - kept_lines, "more line")
    return "\n".join([*lines[:kept_lines], f"… {rest}"])


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1] == "":
        lines.pop()
    else:
        lines[-1] += _NO_NEWLINE
    return lines


def _common_length(before: Sequence[str], after: Sequence[str]) -> int:
    pairs = zip(before, after, strict=False)
    return next(
        (index for index, (a, b) in enumerate(pairs) if a != b), min(len(before), len(after))
    )


def _groups(
    before: list[str], after: list[str], context_head: int, context_tail: int
) -> list[list[_Opcode]]:
    if before == after:
        return []
    if len(before) + len(after) <= COMPARED_LINES_LIMIT:
        matcher = difflib.SequenceMatcher(None, before, after)
        return [list(group) for group in matcher.get_grouped_opcodes(CONTEXT_LINES)]
    end_before, end_after = len(before) - context_tail, len(after) - context_tail
    opcodes: list[_Opcode] = [
        ("equal", 0, context_head, 0, context_head),
        ("replace", context_head, end_before, context_head, end_after),
        ("equal", end_before, len(before), end_after, len(after)),
    ]
    return [opcodes]


def _range(offset: int, start: int, stop: int) -> str:
    count = stop - start
    first = offset + start + (1 if count else 0)
    return str(first) if count == 1 else f"{first},{count}"
