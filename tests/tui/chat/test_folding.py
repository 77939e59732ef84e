"""Tool calls that fold, cards, and code in colours."""

from __future__ import annotations

import pytest
from support.chat import ChatApp
from support.screens import settle

from clacky_tui.tui.chat import highlight
from clacky_tui.tui.chat.cards import card_text
from clacky_tui.tui.chat.markdown import is_honest, is_safe_link
from clacky_tui.tui.glyphs import UNICODE


async def test_three_reads_in_a_row_are_one_line_that_opens() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 20)) as pilot:
        chat = app.transcript
        for number in range(3):
            chat.add_tool(str(number), "Read", f"file{number}.py")
            chat.set_tool_running(str(number))
        await pilot.pause()
        assert [row.split() for row in app.rows()] == [["▸", "Read", "3", "files", "running"]]
        for number in range(3):
            chat.finish_tool(str(number), True, "9 lines", 0.2)
        await pilot.pause()
        assert [row.split() for row in app.rows()] == [["▸", "Read", "3", "files", "0.6s"]]
        chat.toggle_last()
        await pilot.pause()
        assert [row.split()[1:3] for row in app.rows()] == [
            ["Read", "3"],
            *(["Read", f"file{n}.py"] for n in range(3)),
        ]


async def test_a_read_that_failed_shows_although_its_run_is_folded() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 20)) as pilot:
        chat = app.transcript
        for number in range(4):
            chat.add_tool(str(number), "Read", f"file{number}.py")
            chat.finish_tool(str(number), number != 2, "no such file", 0.1, "gone")
        await pilot.pause()
        head, failed, output = app.rows()
        assert head.split()[:6] == ["▸", "Read", "4", "files", "✗", "1"]
        assert failed.split()[:3] == ["▾", "Read", "file2.py"]
        assert output.strip() == "gone"


async def test_text_between_reads_parts_them() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 20)) as pilot:
        chat = app.transcript
        for number in range(4):
            if number == 2:
                chat.append_text("And now the others.")
                chat.end_text()
            chat.add_tool(str(number), "Read", f"file{number}.py")
        await pilot.pause()
        assert sum("file" in row for row in app.rows()) == 4


async def test_reasoning_opens_to_all_that_was_thought() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.transcript.append_reasoning("first\nsecond\nthird\nfourth")
        app.transcript.end_text()
        await pilot.pause()
        assert app.rows() == ["  ▸ thought"]
        app.transcript.toggle_last()
        await pilot.pause()
        assert app.rows() == [
            "  ▾ thought",
            *(f"    {n}" for n in ["first", "second", "third", "fourth"]),
        ]


async def test_a_todo_card_opens_as_a_list_with_boxes() -> None:
    app = ChatApp()
    card = {
        "type": "todo",
        "todos": [
            {"id": 1, "task": "read", "status": "completed"},
            {"id": 2, "task": "write\x1b[2J", "status": "pending"},
        ],
    }
    async with app.run_test(size=(60, 20)) as pilot:
        app.transcript.add_tool("1", "Todo", "complete #1")
        app.transcript.finish_tool("1", True, "1/2 done", 0, "", card)
        app.transcript.toggle_last()
        await pilot.pause()
        assert app.rows()[1:] == ["    [x] #1 read", "    [ ] #2 write"]


@pytest.mark.parametrize(
    ("card", "text"),
    [
        (
            {
                "type": "search",
                "matches": [
                    {"file": "a.py", "line": 1, "text": "x = 1"},
                    {"file": "a.py", "line": 9, "text": "x = 2"},
                    {"file": "b.py", "line": 3, "text": "x"},
                ],
                "total_matches": 7,
            },
            "a.py\n  1: x = 1\n  9: x = 2\nb.py\n  3: x\n… 4 more",
        ),
        ({"type": "search", "matches": [{"file": "a.py"}], "total_matches": 1}, "a.py"),
        ({"type": "search", "matches": [], "total_matches": 0}, ""),
        (
            {
                "type": "file_list",
                "entries": [{"name": "src", "is_dir": True}, {"name": "x", "is_dir": False}],
                "total": 3,
            },
            "src/\nx\n… 1 more",
        ),
        (
            {"type": "web_search", "results": [{"title": "T", "url": "https://t"}], "total": 1},
            "1. T\n   https://t",
        ),
        ({"type": "file_read", "content_preview": "a\nb\nc", "lines_read": 9}, "a\nb\n… 7 more"),
        ({"type": "file_read", "content_preview": "a\nb", "lines_read": 2}, "a\nb"),
        ({"type": "terminal", "command": "ls"}, ""),
        ({"type": "todo", "todos": "broken"}, ""),
        (None, ""),
    ],
)
def test_a_card_reads_as_a_few_lines(card: dict[str, object] | None, text: str) -> None:
    assert card_text(card, UNICODE) == text


async def test_a_fence_gets_its_colours_also_over_several_lines() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.transcript.append_text(
            '```python\ndef f():\n    """Say\n    for all."""\n    return 1\n```\n'
        )
        app.transcript.end_text()
        await settle(pilot)
        assert app.rows() == [
            "    def f():",
            '        """Say',
            '        for all."""',
            "        return 1",
        ]
        canvas = app.transcript._canvas
        assert canvas is not None
        strips = app.screen._compositor.render_strips()
        styles = {s.text.strip(): s.style for strip in strips for s in strip if s.text.strip()}
        assert styles["def"] == styles["return"] == canvas.styles.accent
        assert styles['for all."""'] == canvas.styles.success


async def test_an_unknown_language_and_a_hostile_one_stay_plain() -> None:
    app = ChatApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.transcript.append_text("```no-such-language\nx = 1\n```\n\n```../../etc\nfor\n```\n")
        app.transcript.end_text()
        await settle(pilot)
        assert app.rows() == ["    x = 1", "    for"]


async def test_wide_code_is_cut_with_a_mark() -> None:
    app = ChatApp()
    async with app.run_test(size=(30, 20)) as pilot:
        app.transcript.append_text("```\n" + "x" * 80 + "\n" + "優" * 40 + "\n```\n")
        app.transcript.end_text()
        await pilot.pause()
        assert app.rows() == ["    " + "x" * 24 + "…", "    " + "優" * 12 + "…"]


def test_tokens_joined_are_the_text() -> None:
    highlight.load("python")
    text = "\n\ndef f():\r\n\treturn '''a\n"
    tokens = highlight.tokens_of("python", text)
    assert "".join(value for value, _ in tokens) == text
    lengths = [len(line) for line in text.splitlines(keepends=True)]
    parts = highlight.divided(tokens, lengths)
    assert ["".join(value for value, _ in part) for part in parts] == text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("shown", "url", "honest"),
    [
        ("the docs", "https://evil.example/x", True),
        ("https://bank.example", "https://bank.example/login", True),
        ("www.bank.example", "https://bank.example", True),
        ("https://bank.example", "https://evil.example", False),
        ("bank.example/login", "https://evil.example/login", False),
        ("a.b@bank.example", "mailto:a.b@bank.example", True),
    ],
)
def test_a_link_that_looks_like_another_address_is_not_honest(
    shown: str, url: str, honest: bool
) -> None:
    assert is_honest(shown, url) is honest


def test_only_harmless_addresses_are_links() -> None:
    assert is_safe_link("https://a.example/x?y=1")
    assert is_safe_link("file:///tmp/x")
    assert not is_safe_link("javascript:alert(1)")
    assert not is_safe_link("https://a.example/\x1b]52;")
    assert not is_safe_link("https://аpple.example")


async def test_a_dishonest_link_says_where_it_leads() -> None:
    app = ChatApp()
    async with app.run_test(size=(80, 20)) as pilot:
        app.transcript.append_text(
            "[https://bank.example](https://evil.example/x) and [docs](https://d.example)"
        )
        app.transcript.end_text()
        await pilot.pause()
        assert app.rows() == ["  https://bank.example (https://evil.example/x) and docs"]
        links = {s.style.link for strip in app.transcript._shown_strips for s in strip if s.style}
        assert links == {None, "https://evil.example/x", "https://d.example"}
