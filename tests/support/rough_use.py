"""What a rough person does to the app in a shell, wherever that shell is."""

from __future__ import annotations

from support.shell_screen import ShellScreen

PASTED = "\n".join(f"pasted line {number}" for number in range(1, 501))
STORM = [(60, 20), (132, 43), (41, 11), (20, 5), (200, 60), (80, 24), (79, 10), (120, 40)]


def paste_much(terminal: ShellScreen) -> None:
    """Paste 500 lines, and take them back."""
    terminal.paste(PASTED)
    terminal.wait_for("500 lines")
    terminal.press("ctrl+c")
    terminal.wait_until(lambda: "500 lines" not in terminal.text, "an empty composer")


def shake(terminal: ShellScreen) -> None:
    """Size after size while something is drawn, and at last the one it had."""
    size = terminal.screen.columns, terminal.screen.lines
    for columns, rows in [*STORM, size]:
        terminal.resize(columns, rows)
        terminal.settle(0.02)


def shake_while_it_writes(terminal: ShellScreen) -> None:
    """Shake it in the middle of an answer, and stop that."""
    terminal.type("write 3000 tokens")
    terminal.press("enter")
    terminal.wait_for("working")
    shake(terminal)
    terminal.wait_for("working")
    terminal.press("escape")
    terminal.wait_for("stopped in")
    terminal.wait_for("● idle")
