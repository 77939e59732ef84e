"""The keys of the app itself; those of its parts stand with the parts."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from clacky_tui.tui.navigation import TABS

APP_KEYS: list[BindingType] = [
    Binding("ctrl+c", "interrupt", "stop, clear, then leave", priority=True),
    Binding("shift+tab", "toggle_mode", "ask before edits, or run unasked", priority=True),
    Binding("alt+up", "take_back_queued", "write on the newest waiting message"),
    Binding("alt+down", "remove_queued", "remove the newest waiting message"),
    Binding("ctrl+o", "view_output", "the last output, diff or summary, whole"),
    Binding("alt+o", "toggle_output", "open or close it in the chat", priority=True),
    Binding(
        "ctrl+up,alt+k",
        "read_entry(-1)",
        "read, copy and open by entry",
        id="read-entry-above",
        priority=True,
    ),
    Binding(
        "ctrl+down,alt+j",
        "read_entry(1)",
        "the same, downwards",
        id="read-entry-below",
        priority=True,
    ),
    Binding("alt+s", "find", "search the chat", priority=True),
    Binding("f9", "toggle_mouse", "leave the terminal its mouse, or take it"),
    *(
        Binding(
            f"alt+{number},f{number + 1}",
            f"show_tab('{name}')",
            f"{name} tab",
            key_display=f"alt+{number}, f{number + 1}",
            priority=True,
        )
        for number, (name, _) in enumerate(TABS, start=1)
    ),
    Binding("ctrl+pagedown", "next_tab(1)", "next tab", id="next-tab", key_display="ctrl+pgdn"),
    Binding(
        "ctrl+pageup", "next_tab(-1)", "tab before", id="previous-tab", key_display="ctrl+pgup"
    ),
    Binding("pageup", "scroll_chat(-1)", "scroll the chat up", id="scroll-up"),
    Binding("pagedown", "scroll_chat(1)", "scroll the chat down", id="scroll-down"),
    Binding("ctrl+home", "scroll_home", "first line of the chat"),
    Binding("ctrl+end", "scroll_end", "last line of the chat"),
    Binding("ctrl+l", "redraw", "draw the screen anew"),
    Binding("ctrl+p", "command_palette", "command palette", priority=True),
    Binding("f1", "help", "this help"),
    Binding("ctrl+q", "leave", "save and leave", priority=True),
    Binding(
        "ctrl+right_square_bracket,alt+g",
        "jump",
        "go to any part of the screen",
        key_display="ctrl+], alt+g",
        priority=True,
    ),
    Binding("ctrl+t", "show_todos", "every todo"),
    Binding("ctrl+z", "suspend_process", "back to the shell, fg returns", priority=True),
]
