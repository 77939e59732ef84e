"""The answer every program streams: 2,000 tokens of Markdown with headings, lists, tables and code."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

TOKENS = 2_000
BYTES_PER_TOKEN = 4
PIECES_PER_SECOND = 120

_SECTION = """\
## Part {n}: how the order total is built

The total of an order starts from its lines. Each line knows its *price* and its quantity, and the
`subtotal` is the plain sum of both. A **discount** is taken off after tax, never before, because the
customer was promised a share of what they actually pay.

- read the order and its lines from the store
- sum the lines, then apply the tax of the country
- take the discount off what is left
    - a voucher counts once per order
    - a staff discount counts always

| step | input | result |
|------|------:|-------:|
| sum  | 3 lines | 41.50 |
| tax  | 41.50 | 49.39 |
| discount | 49.39 | 44.45 |

```python
def total(self) -> Decimal:
    taxed = self.subtotal * TAX
    return taxed - self.discount * taxed
```

> Rounding happens once, at the very end, and to the cent.

"""


def _build() -> str:
    text = ""
    for number in itertools.count(1):
        text += _SECTION.format(n=number)
        if len(text) >= TOKENS * BYTES_PER_TOKEN:
            return text[: TOKENS * BYTES_PER_TOKEN]
    raise AssertionError


ANSWER = _build()


def pieces(text: str) -> Iterator[str]:
    """`text` in pieces of about one token, as a provider would send it."""
    return iter(re.findall(r"\s*\S{1,5}|\s+", text))
