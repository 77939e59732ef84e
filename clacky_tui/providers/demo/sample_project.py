"""A small project with one real bug, laid out in a folder of its own for the demo to fix.

It needs nothing but Python's standard library, so its tests run without a network.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

FOLDER_PREFIX = "clacky-demo-"
CODE_FILE = "orders.py"
TEST_FILE = "test_orders.py"
TEST_COMMAND = "python3 -m unittest -v"

WRONG_LINE = "return (self.subtotal * self.discount_percent).quantize(CENT)"
RIGHT_LINE = "return (self.subtotal * self.discount_percent / 100).quantize(CENT)"

_README = f"""# Orders

A few lines of a shop: what an order costs, and what a discount takes off.

- `{CODE_FILE}` has the prices, the discount and the total
- `{TEST_FILE}` has the tests; run them with `{TEST_COMMAND}`
"""

_CODE = f'''"""Orders of a small shop: lines with a price, a discount in percent, a total."""

from dataclasses import dataclass, field
from decimal import Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """So many pieces of one thing."""

    name: str
    unit_price: Decimal
    quantity: int = 1

    @property
    def price(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass
class Order:
    """What one customer buys at once."""

    lines: list = field(default_factory=list)
    discount_percent: Decimal = Decimal(0)

    @property
    def subtotal(self) -> Decimal:
        """The sum of all lines, before the discount."""
        return sum((line.price for line in self.lines), Decimal(0))

    @property
    def discount(self) -> Decimal:
        """What the customer saves, to the cent."""
        {WRONG_LINE}

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.subtotal - self.discount
'''

_TEST = '''"""What an order costs, with a discount and without."""

import unittest
from decimal import Decimal

from orders import Line, Order


class OrderTest(unittest.TestCase):
    def setUp(self):
        self.lines = [
            Line("coffee beans", Decimal("12.50"), quantity=2),
            Line("paper filters", Decimal("3.99")),
        ]

    def test_total_without_discount_is_the_sum_of_the_lines(self):
        self.assertEqual(Order(self.lines).total, Decimal("28.99"))

    def test_ten_percent_off_takes_a_tenth_off_the_total(self):
        order = Order(self.lines, discount_percent=Decimal(10))
        self.assertEqual(order.discount, Decimal("2.90"))
        self.assertEqual(order.total, Decimal("26.09"))

    def test_an_empty_order_costs_nothing(self):
        self.assertEqual(Order(discount_percent=Decimal(10)).total, Decimal("0.00"))


if __name__ == "__main__":
    unittest.main()
'''


def sample_project_of(path: str) -> Path | None:
    """The sample project that the absolute `path` lies in; None when it lies in none."""
    parent = Path(tempfile.gettempdir())
    if not Path(path).is_relative_to(parent):
        return None
    name = Path(path).relative_to(parent).parts[:1]
    return parent / name[0] if name and name[0].startswith(FOLDER_PREFIX) else None


def lay_out_sample_project(parent: Path | None = None) -> Path:
    """Write the project into a fresh folder only its owner can enter; returns that folder.

    Args:
        parent: where to make the folder; None takes the system's folder for temporary files.

    Raises:
        OSError: the folder cannot be made or written.
    """
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=parent))
    for name, content in (("README.md", _README), (CODE_FILE, _CODE), (TEST_FILE, _TEST)):
        (folder / name).write_text(content, encoding="utf-8")
    return folder
