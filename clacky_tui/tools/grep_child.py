"""`grep_search` as a process of its own: an evil pattern can be killed there.

``python -m clacky_tui.tools.grep_child [RIPGREP COMMAND]`` reads one request as JSON from stdin and
writes one outcome as JSON to stdout. ripgrep starts before the rest is imported.
"""

from __future__ import annotations

import sys

from clacky_tui.tools.rg_prefilter import RgPrefilter


def main() -> None:
    """Start ripgrep if there is a command for it, and search."""
    prefilter = None
    if len(sys.argv) > 1:
        try:
            prefilter = RgPrefilter(sys.argv[1:])
        except OSError:
            prefilter = None
    from clacky_tui.tools.grep_search import answer

    answer(prefilter)


if __name__ == "__main__":
    main()
