"""The conversations the demo model can hold, chosen by what the person typed last.

Every scenario is a function of the exchange alone: the same request gets the same answer, a retry
included. They write their text from what the tools really returned, also when that is a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from clacky_tui.providers.demo.conversation import Conversation
from clacky_tui.providers.demo.exchange import FEEDBACK_TOOL, Exchange, Outcome, read_exchange
from clacky_tui.providers.demo.explain_project import explain_project
from clacky_tui.providers.demo.fix_test import fix_failing_test
from clacky_tui.providers.demo.long_answer import asked_length_tokens, long_answer
from clacky_tui.providers.demo.script import ScriptedCall, Turn

_CHINESE = re.compile("[\u4e00-\u9fff]")

_INTRODUCTION = """\
I am the built-in demo model: a script, not an AI. The tools I call are real, and so is what they \
change; the costs shown are simulated. I can show you:

- **fix the failing test in the sample project**: reading, a to-do list, an edit, a test run
- **explain this project**: what is in your working directory
- **list files**: a command
- **ask me a question**: how a question to you looks
- **write 2000 tokens**: a long answer

For a real model, add a key: by `/config`, in `~/.clacky/config.yml`, or as `CLACKY_API_KEY` with \
`CLACKY_BASE_URL` and `CLACKY_MODEL` before you start."""

_INTRODUCTION_CHINESE = """\
我是内置的演示模型：一段脚本，不是真正的 AI。我调用的工具是真的，改动也是真的；显示的费用只是模拟。可以试试：

- **修复示例项目里失败的测试**：读文件、待办、修改、运行测试
- **解释这个项目**：看看当前目录里有什么
- **列出文件**：运行一条命令
- **问我一个问题**：看看模型怎样向你提问
- **写 2000 tokens**：一段很长的回答

要用真正的模型，请输入 `/config` 添加密钥（保存在 `~/.clacky/config.yml`），或者在启动前设置 \
`CLACKY_API_KEY`、`CLACKY_BASE_URL` 和 `CLACKY_MODEL`。"""


@dataclass(frozen=True, slots=True)
class _Scenario:
    pattern: re.Pattern[str]
    play: Callable[[Exchange], Turn]
    tools: frozenset[str] = frozenset()
    """Without these the scenario cannot be played."""


def respond(conversation: Conversation, lay_out_sample: Callable[[], Path]) -> Turn:
    """What the demo model says next in `conversation`."""
    exchange = read_exchange(conversation, lay_out_sample)
    if exchange.answers_question and not exchange.batches:
        return Turn(f"Thank you. You answered: **{exchange.request.strip()}**")
    for scenario in _SCENARIOS:
        if scenario.pattern.search(exchange.request):
            missing = scenario.tools - conversation.tool_names
            if missing:
                return Turn(f"I would need these tools for that: {', '.join(sorted(missing))}.")
            return scenario.play(exchange)
    chinese = _CHINESE.search(exchange.request) is not None
    return Turn(_INTRODUCTION_CHINESE if chinese else _INTRODUCTION)


def _write_at_length(exchange: Exchange) -> Turn:
    return Turn(long_answer(asked_length_tokens(exchange.request)))


def _ask(exchange: Exchange) -> Turn:
    if exchange.batches:
        outcome = exchange.batches[-1][-1]
        return Turn(f"I asked, and this came back: {outcome.problem or outcome.result}")
    question = {
        "question": "Which part of the program would you like to see next?",
        "context": "I am the demo model, so I can only show what I have been scripted for.",
        "options": ["An edit with its diff", "A command and its output", "A long answer"],
    }
    return Turn(
        "Here is a question; answer with a number or in your own words.",
        tool_calls=(ScriptedCall(FEEDBACK_TOOL, question),),
    )


def _list_files(exchange: Exchange) -> Turn:
    if not exchange.batches:
        call = ScriptedCall("terminal", {"command": "ls -la"})
        return Turn("I'll list the working directory.", tool_calls=(call,))
    outcome = exchange.batches[-1][-1]
    return Turn(_command_summary(outcome))


def _command_summary(outcome: Outcome) -> str:
    if outcome.refused:
        told = f" You said: {outcome.feedback}" if outcome.feedback else ""
        return f"Nothing was run, as you refused the command.{told}"
    if outcome.problem:
        return f"The command could not be run: {outcome.problem}"
    entries = re.findall(r"^[-dlbcps][-rwxsStT]{9}", outcome.result.replace("\\n", "\n"), re.M)
    folders = sum(entry.startswith("d") for entry in entries)
    return (
        f"`ls -la` listed {len(entries)} entries, {folders} of them folders (`.` and `..` included). "
        "Open the entry above to see them."
    )


_SCENARIOS = (
    _Scenario(
        re.compile(r"fix.*\btests?\b|修复.*(测试|示例)|示例项目", re.I | re.S),
        fix_failing_test,
        frozenset({"file_reader", "edit", "terminal", "todo_manager"}),
    ),
    _Scenario(
        re.compile(
            r"(explain|describe|what is) (this|the) (project|code|folder|repo)|解释.*项目", re.I
        ),
        explain_project,
        frozenset({"glob", "file_reader"}),
    ),
    _Scenario(
        re.compile(r"(write|stream)\D{0,20}\d[\d,]*\s*(tokens?|words?|词|字)|long answer", re.I),
        _write_at_length,
    ),
    _Scenario(re.compile(r"写\D{0,10}\d+|长(的)?(回答|文)", re.I), _write_at_length),
    _Scenario(
        re.compile(r"ask me (a|some)? ?questions?|问我", re.I), _ask, frozenset({FEEDBACK_TOOL})
    ),
    _Scenario(
        re.compile(r"run a command|list (the |my |all )?files|运行.*命令|列出.*文件", re.I),
        _list_files,
        frozenset({"terminal"}),
    ),
)
