"""The tasks of a session as a tree."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.domain.task_tree import ROOT, TaskTree
from clacky_tui.errors import ClackyError

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def grown(*parents: int) -> TaskTree:
    """A tree whose tasks 1, 2, ... have these parents; the last one is active."""
    tree = TaskTree()
    for parent in parents:
        tree = tree.switch(parent).begin(f"message after {parent}", NOW)
    return tree


def test_a_new_task_is_a_child_of_the_active_one() -> None:
    tree = grown(0, 1)
    assert (tree.active, tree.newest, tree.parent(2), tree.parent(1)) == (2, 2, 1, ROOT)


def test_work_after_an_undo_is_a_branch_with_a_new_id() -> None:
    tree = grown(0, 1)
    tree = tree.switch(tree.undo_target()).begin("another way", NOW)
    assert tree.active == 3
    assert tree.children(1) == (2, 3)
    assert tree.ancestors(3) == (1, ROOT)


def test_the_first_task_can_be_undone_and_the_start_cannot() -> None:
    tree = grown(0)
    assert tree.undo_target() == ROOT
    with pytest.raises(ClackyError, match="no task to undo"):
        tree.switch(ROOT).undo_target()


@pytest.mark.parametrize("task_id", [-1, 3])
def test_an_unknown_task_is_refused_with_the_choice_there_is(task_id: int) -> None:
    with pytest.raises(ClackyError, match="from 1 to 2"):
        grown(0, 1).switch(task_id)


def test_an_abandoned_branch_stays_hidden_from_the_model_also_at_the_tip() -> None:
    tree = grown(0, 1, 1, 3)
    assert tree.active == tree.newest == 4
    assert tree.visible() == {ROOT, 1, 3, 4}


def test_the_menu_tells_past_future_and_aside_by_ancestry() -> None:
    tree = grown(0, 1, 1, 3).switch(2)
    assert [row.text for row in tree.rows()] == [
        "  Task 1: message after 0 ⎇",
        "→ Task 2: message after 1",
        "· Task 3: message after 1",
        "· Task 4: message after 3",
    ]
    assert [row.status for row in tree.switch(1).rows()] == ["current", *["future"] * 3]
    assert [row.task.id for row in tree.rows(limit=2)] == [3, 4]


def test_a_long_first_message_is_cut_to_sixty_characters_on_one_line() -> None:
    (row,) = TaskTree().begin("fix\nthe  " + "x" * 90, NOW).rows()
    assert row.task.summary == "fix the " + "x" * 49 + "..."


def test_the_end_of_a_task_is_noted() -> None:
    later = NOW + timedelta(minutes=2)
    tree = grown(0, 1).end(1, later)
    assert tree.task(1).ended_at == later
    assert tree.task(2).ended_at is None


def test_directions() -> None:
    tree = grown(0, 1, 1)
    assert [tree.direction(task) for task in (0, 1, 2)] == ["undo", "undo", "branch"]
    assert tree.switch(1).direction(3) == "redo"


@given(st.lists(st.integers(0, 30), max_size=30), st.integers(0, 30))
def test_a_tree_survives_json(choices: list[int], active: int) -> None:
    tree = TaskTree()
    for choice in choices:
        tree = tree.switch(choice % (tree.newest + 1)).begin(f"é {choice}", NOW)
    tree = tree.switch(active % (tree.newest + 1))
    assert TaskTree.from_fields(json.loads(json.dumps(tree.to_fields()))) == tree
    assert {row.task.id for row in tree.rows(99) if row.status in ("past", "current")} == (
        tree.visible() - {ROOT}
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"active": 1, "tasks": []},
        {"active": 0, "tasks": [{"id": 1}]},
        {"active": 0, "tasks": None},
        {
            "active": 0,
            "tasks": [
                {"id": 1, "parent": 1, "summary": "", "started_at": str(NOW), "ended_at": None}
            ],
        },
    ],
)
def test_a_tree_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ClackyError, match="task list"):
        TaskTree.from_fields(fields)
