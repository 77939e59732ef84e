"""A change to one file, worked out before it is made: what `edit` and `write` preview and then do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clacky_tui.files import write_atomic
from clacky_tui.tools.base import Preview, ToolContext
from clacky_tui.tools.file_access import os_refusal, remember_stamp
from clacky_tui.tools.line_diff import LineDiff
from clacky_tui.tools.refusal import refused
from clacky_tui.tools.text_encoding import Encoding


@dataclass(frozen=True, slots=True)
class FileChange:
    """The file's new bytes and how they differ from the old ones.

    `stale`: the file had changed on disk since the session last read it. `notes` are sentences for
    the model about how the change was fitted to the file.
    """

    path: Path
    content: bytes
    diff: LineDiff
    new_file: bool = False
    stale: bool = False
    notes: tuple[str, ...] = ()

    @property
    def preview(self) -> Preview:
        """The change as a person is asked about it."""
        return Preview(
            path=self.path,
            diff=self.diff.text,
            added_lines=self.diff.added_lines,
            removed_lines=self.diff.removed_lines,
            new_file=self.new_file,
        )

    def make(self, doing: str, context: ToolContext) -> None:
        """Write the file, whole or not at all; missing folders of a new one are made.

        Raises:
            ToolError: it cannot be written; `doing` is the verb of the sentence.
        """
        try:
            if self.new_file:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self.path, self.content)
            remember_stamp(self.path, context)
        except OSError as error:
            raise os_refusal(doing, self.path, error) from error


def check_new_text(text: str) -> None:
    """Refuse what a model sent as text and is none.

    Raises:
        ToolError: `text` holds half of a surrogate pair.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refused(
            "The new text holds half of a surrogate pair, which is not text.",
            hint="Send the character whole.",
        ) from None


def encoded(text: str, encoding: Encoding, path: Path) -> bytes:
    """`text` in the file's own encoding.

    Raises:
        ToolError: the encoding lacks a character.
    """
    try:
        return encoding.encode(text)
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise refused(
            f"{path} is {encoding.label}, which has no {character} (U+{ord(character):04X}).",
            hint="Use other characters, or convert the file to UTF-8 with iconv first.",
        ) from None
