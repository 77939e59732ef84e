"""A YAML file somebody edits by hand, read so that no mistake in it is fatal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clacky_tui.i18n import tr


def read_yaml(file: Path, problems: list[str]) -> Any:
    """The document in `file`; None for none, or when it is broken, which is added to `problems`."""
    import yaml

    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        problems.append(
            tr("{file} cannot be read ({error}); it was ignored.", file=file, error=error)
        )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or tr("not valid YAML")
        problems.append(
            tr(
                "{file}{where}: {problem}; the file was ignored, mend it and restart.",
                file=file,
                where=where,
                problem=problem,
            )
        )
    except (ValueError, RecursionError) as error:
        # PyYAML's own name for impossible dates and numbers, and for thousands of open brackets.
        problems.append(
            tr(
                "{file}: {error}; the file was ignored, mend it and restart.",
                file=file,
                error=error,
            )
        )
    return None
