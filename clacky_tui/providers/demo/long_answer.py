"""A Markdown answer of any length, the same for the same length: for trying out and measuring."""

from __future__ import annotations

import itertools
import re

from clacky_tui.providers.demo.prefix_cache import count_tokens

DEFAULT_TOKENS = 2000
MAX_TOKENS = 50_000

_ASKED = re.compile(r"(\d[\d,]*)\s*(tokens?|words?|词|字)", re.IGNORECASE)
_TOKENS_PER_WORD = 1.5
"""Of the paragraphs below: a word and its space are about six bytes, a token is four."""

_OPENING = """\
# A long answer

It is made up of a few blocks that return in turn, so that scrolling, wrapping and colours can be
judged on something that looks like real work.
"""

_BLOCKS = (
    """
## {n}. Where the time goes

A terminal shows what it is sent, and over a slow line the bytes are what you wait for. A screen that
is drawn again for every word costs thousands of bytes per word; one that sends only the cells that
changed costs a few. The reader sees no difference until the line is slow, and then sees nothing else.
""",
    """
### {n}. What to look at

- **Steady scrolling**: lines move up, they do not flicker
- *Wrapping*: a long line breaks between words, and `inline code` stays whole where it can
  - nested points keep their indent
  - wide characters such as 终端 and 一行 take two cells each
- Typing stays quick while this text is still arriving
""",
    """
### {n}. A piece of code

```python
def moving_average(values: list[float], width: int) -> list[float]:
    \"\"\"The mean of each `width` neighbours.\"\"\"
    sums = [sum(values[i : i + width]) for i in range(len(values) - width + 1)]
    return [total / width for total in sums]
```

The slice makes it quadratic in the width; for long windows keep a running sum instead.
""",
    """
### {n}. Some numbers

| step        |  first |   then | note                 |
|-------------|-------:|-------:|----------------------|
| connect     |  84 ms |   0 ms | kept open            |
| first token | 610 ms | 240 ms | the prefix is cached |
| per token   |   8 ms |   8 ms |                      |
""",
    """
> A quotation, for its bar at the side: the cheapest token is the one that is read from the cache,
> and the second cheapest is the one that was never sent.

1. Count what is sent
2. Keep what does not change in front
3. Count again
""",
)


def asked_length_tokens(request: str) -> int:
    """How long an answer `request` asks for, in tokens, within what the demo model will write."""
    asked = _ASKED.search(request)
    if asked is None:
        return DEFAULT_TOKENS
    number = int(asked[1].replace(",", ""))
    in_words = asked[2].lower().startswith("word")
    return min(round(number * _TOKENS_PER_WORD) if in_words else number, MAX_TOKENS)


def long_answer(length_tokens: int) -> str:
    """Markdown of at least `length_tokens`, ended after the block that reaches it."""
    text = _OPENING
    numbered = zip(itertools.count(1), itertools.cycle(_BLOCKS), strict=False)
    while count_tokens(text) < length_tokens:
        number, block = next(numbered)
        text += block.format(n=number)
    return text
