"""The bars plotext draws, and the geometry that colours them."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from clacky_tui.tui.billing.chart import bar_capacity, draw_bars

amounts = st.lists(
    st.just(Decimal(0)) | st.decimals(min_value=Decimal("0.000001"), max_value=10**6, places=6),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)  # the first chart imports plotext
@given(amounts, st.integers(70, 200), st.integers(1, 20))
def test_every_cost_has_a_bar_and_nothing_has_none(
    values: list[Decimal], width: int, height: int
) -> None:
    chart = draw_bars(tuple(values), width, height)
    assert len(chart.lines) == height
    assert {cell_len(line) for line in chart.lines} == {
        chart.axis_cells + len(values) * chart.step_cells
    }
    assert len(chart.lines[0]) <= width
    for index, value in enumerate(values):
        start = chart.first_cell(index)
        assert chart.bar_at(start) == index
        column = "".join(line[start] for line in chart.lines)
        assert bool(column.strip()) == (value > 0)
        assert column.strip() == column.lstrip()  # bars stand on the ground, without gaps


def test_heights_follow_the_costs_to_an_eighth_of_a_row() -> None:
    chart = draw_bars(tuple(map(Decimal, ("4", "2", "0.5", "0"))), 40, 4)
    assert [line[chart.axis_cells :].rstrip() for line in chart.lines] == [
        "███████",
        "███████",
        "███████ ███████",
        "███████ ███████ ▄▄▄▄▄▄▄",
    ]


def test_a_cell_belongs_to_the_part_that_has_its_middle() -> None:
    chart = draw_bars((Decimal(4),), 40, 4)
    parts = tuple(map(Decimal, ("1.6", "0", "1.3", "1.1")))
    assert [chart.part_at(parts, row) for row in range(4)] == [0, 0, 2, 3]
    tiny = (Decimal("0.01"), Decimal(0))
    assert chart.part_at(tiny, 0) == 0


@pytest.mark.parametrize(
    ("largest", "labels"),
    [
        ("2.2", ["2.40", "1.60", "0.80"]),
        ("0.18", ["0.18", "0.12", "0.06"]),
        ("0.0003", ["0.0003", "0.0002", "0.0001"]),
        ("4100", ["4800", "3200", "1600"]),
        ("0", ["0.00012", "0.00008", "0.00004"]),
    ],
)
def test_the_axis_has_round_figures(largest: str, labels: list[str]) -> None:
    chart = draw_bars((Decimal(largest),), 80, 6)
    assert [line.split("┤")[0].strip() for line in chart.lines[::2]] == labels


def test_the_most_bars_that_fit_do_fit() -> None:
    count = bar_capacity(80)
    chart = draw_bars((Decimal("9999.5"),) * count, 80, 6)
    assert len(chart.lines[0]) <= 80


def test_plotext_is_imported_with_the_first_chart_not_with_the_tab() -> None:
    code = (
        "import sys; import clacky_tui.tui.billing.pane; print('plotext' in sys.modules)\n"
        "from decimal import Decimal; from clacky_tui.tui.billing.chart import draw_bars\n"
        "draw_bars((Decimal(1),), 80, 6); print('plotext' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == ["False", "True"]
