# VERSION: 1
"""Prints the text of a .doc, .xls or .ppt: read_old_office.py FILE, with a program that can."""

import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = {
    ".doc": (["textutil", "-convert", "txt", "-stdout"], ["antiword"], ["catdoc"]),
    ".xls": (["xls2csv"],),
    ".ppt": (["catppt"],),
}


def main() -> None:
    """Print what the first program that succeeds says."""
    path = sys.argv[1]
    commands = PROGRAMS[Path(path).suffix.lower()]
    for program, *options in commands:
        if shutil.which(program) is None:
            continue
        done = subprocess.run([program, *options, path], capture_output=True, check=False)
        text = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode == 0 and text:
            print(text)
            return
    names = ", ".join(command[0] for command in commands)
    sys.exit(
        f"No program read the file. One of these is needed: {names}; or save it anew as OOXML."
    )


if __name__ == "__main__":
    main()
