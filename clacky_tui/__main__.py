"""Run the command line with ``python -m clacky_tui``."""

import sys

from clacky_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
