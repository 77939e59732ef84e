"""The keys of the composer, in one table: help, README and the person's own keymap read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComposerKey:
    """`keys` as Textual names them, the one that every terminal sends first."""

    name: str
    """What the keymap file calls it."""
    keys: tuple[str, ...]
    meaning: str


COMPOSER_KEYS = (
    ComposerKey("send", ("enter",), "send; with the command menu open, run the chosen command"),
    ComposerKey("steer", ("ctrl+s", "ctrl+enter"), "send into the running task"),
    ComposerKey("newline", ("ctrl+j", "shift+enter", "alt+enter"), "new line"),
    ComposerKey("older", ("up",), "the row above; on the first one, an earlier message"),
    ComposerKey("newer", ("down",), "the row below; on the last one, a later message"),
    ComposerKey("complete", ("tab",), "complete the command; when empty, list the commands"),
    ComposerKey("back", ("escape",), "close the menu; stop; when idle, go back to an earlier task"),
    ComposerKey("leave-when-empty", ("ctrl+d",), "save and leave, when nothing is typed"),
    ComposerKey("left", ("left", "ctrl+b"), "one character left"),
    ComposerKey("right", ("right", "ctrl+f"), "one character right"),
    ComposerKey("word-left", ("ctrl+left", "alt+b"), "one word left"),
    ComposerKey("word-right", ("ctrl+right", "alt+f"), "one word right"),
    ComposerKey("line-start", ("home", "ctrl+a"), "beginning of the line"),
    ComposerKey("line-end", ("end", "ctrl+e"), "end of the line"),
    ComposerKey("select-left", ("shift+left",), "select to the left"),
    ComposerKey("select-right", ("shift+right",), "select to the right"),
    ComposerKey("select-up", ("shift+up",), "select upwards"),
    ComposerKey("select-down", ("shift+down",), "select downwards"),
    ComposerKey("select-line-start", ("shift+home",), "select to the beginning of the line"),
    ComposerKey("select-line-end", ("shift+end",), "select to the end of the line"),
    ComposerKey("delete-left", ("backspace",), "delete to the left, a folded paste at once"),
    ComposerKey("delete-right", ("delete",), "delete to the right"),
    ComposerKey(
        "delete-word-left", ("ctrl+w", "alt+backspace", "ctrl+backspace"), "delete a word leftwards"
    ),
    ComposerKey("delete-word-right", ("alt+d", "alt+delete"), "delete a word rightwards"),
    ComposerKey("delete-line-start", ("ctrl+u",), "delete to the beginning of the line"),
    ComposerKey("delete-line-end", ("ctrl+k",), "delete to the end of the line"),
    ComposerKey("copy", ("ctrl+shift+c", "super+c", "ctrl+insert"), "copy the selection"),
    ComposerKey("cut", ("ctrl+x",), "cut the selection, or the line"),
    ComposerKey("paste", ("ctrl+v",), "paste"),
    ComposerKey("undo-typing", ("ctrl+underscore",), "undo the last edit"),
    ComposerKey("redo-typing", ("ctrl+y",), "do it again"),
)
