"""What lasts: the data directory, who may read it, what in it is damaged, and the room there is."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from shlex import quote

from clacky_tui import __version__, paths
from clacky_tui.billing.ledger import default_ledger
from clacky_tui.doctor.finding import Finding
from clacky_tui.files import PRIVATE_DIR_MODE, PRIVATE_FILE_MODE
from clacky_tui.i18n import phrase
from clacky_tui.paths import shorten_home

AREA = "disk"
LITTLE_BYTES = 200 * 1024 * 1024
OLDEST_PYTHON = (3, 11)
PACKAGES = ("textual", "rich", "pydantic", "httpx", "plotext", "PyYAML", "tomlkit")


def examine_disk() -> Iterator[Finding]:
    """The data directory and the sessions and ledger in it."""
    home = paths.data_dir()
    if not home.is_dir():
        yield _missing(home)
        yield _room(home)
        return
    yield _writable(home)
    yield from _modes(home)
    yield _room(home)
    yield from _sessions()
    yield _ledger()


def examine_versions() -> Iterator[Finding]:
    """Python, and the packages everything stands on."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        remedy = phrase("install Python 3.11 or later")
        yield Finding(
            "fail", "versions", "python", phrase("{version} is too old.", version=version), remedy
        )
    else:
        yield Finding("ok", "versions", "python", f"{version}, clacky {__version__}.")
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
    if missing:
        text = phrase("{missing} cannot be found.", missing=", ".join(missing))
        yield Finding("fail", "versions", "packages", text, phrase("install clacky-tui again"))
    else:
        yield Finding("ok", "versions", "packages", f"{', '.join(found)}.")


def _missing(home: Path) -> Finding:
    above = _nearest(home)
    if home.exists() or not os.access(above, os.W_OK | os.X_OK):
        text = phrase(
            "{home} is no folder and cannot be made one; nothing is saved.", home=shorten_home(home)
        )
        remedy = phrase("set CLACKY_HOME to a folder that you can write to, or unset it")
        return Finding("fail", AREA, "data directory", text, remedy)
    return Finding(
        "ok", AREA, "data directory", phrase("{home} is not there yet.", home=shorten_home(home))
    )


def _nearest(path: Path) -> Path:
    """`path`, or what is there of the way to it."""
    return next(each for each in (path, *path.parents) if each.exists())


def _writable(home: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"clacky")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        text = phrase(
            "{home} cannot be written ({strerror}); nothing is saved.",
            home=shorten_home(home),
            strerror=error.strerror,
        )
        remedy = f"chown -R $(id -un) {quote(str(home))} and chmod u+rwx {quote(str(home))}"
        return Finding("fail", AREA, "data directory", text, remedy)
    return Finding(
        "ok", AREA, "data directory", phrase("{home} can be written.", home=shorten_home(home))
    )


def _modes(home: Path) -> Iterator[Finding]:
    """Whether anybody else may read what is private."""
    folders = [home, paths.sessions_dir(), paths.billing_dir(), paths.trash_dir()]
    files = [paths.config_file(), paths.history_file(), paths.permissions_file()]
    files += [paths.trust_file(), paths.audit_log(), paths.preferences_file()]
    open_ones = [
        *(("700", path) for path in folders if _open_beyond(path, PRIVATE_DIR_MODE)),
        *(("600", path) for path in files if _open_beyond(path, PRIVATE_FILE_MODE)),
    ]
    for mode, path in open_ones:
        text = phrase("{path} can be read or written by others.", path=shorten_home(path))
        remedy = f"chmod {mode} {quote(str(path))}"
        has_keys = path == paths.config_file()
        yield Finding("fail" if has_keys else "warn", AREA, "modes", text, remedy)
    records = [
        path
        for folder in (paths.sessions_dir(), paths.billing_dir())
        for path in folder.glob("*.json*")
        if _open_beyond(path, PRIVATE_FILE_MODE)
    ]
    if records:
        text = phrase(
            "sessions and bills that others can read or write: {count}.", count=len(records)
        )
        remedy = (
            f"chmod -R go= {quote(str(paths.sessions_dir()))} {quote(str(paths.billing_dir()))}"
        )
        yield Finding("warn", AREA, "modes", text, remedy)
    if not open_ones and not records:
        yield Finding("ok", AREA, "modes", phrase("nobody else can read the private files."))


def _open_beyond(path: Path, mode: int) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & ~mode)
    except OSError:
        return False


def _room(home: Path) -> Finding:
    free = shutil.disk_usage(_nearest(home)).free
    text = phrase("{free:,.1f} GiB are free.", free=free / 1024**3)
    if free < LITTLE_BYTES:
        remedy = phrase("make room, for example with clacky trash empty")
        return Finding("fail" if free < LITTLE_BYTES // 20 else "warn", AREA, "room", text, remedy)
    return Finding("ok", AREA, "room", text)


def _sessions() -> Iterator[Finding]:
    from clacky_tui.sessions.store import list_sessions

    try:
        rows = list_sessions()
    except OSError as error:
        remedy = f"chmod -R u+rwX {quote(str(paths.sessions_dir()))}"
        text = phrase("they cannot be listed ({strerror}).", strerror=error.strerror)
        yield Finding("fail", AREA, "sessions", text, remedy)
        return
    sound = True
    for row in rows:
        why = row.broken or _damage(row.path)
        if not why:
            continue
        sound = False
        remedy = (
            f"clacky sessions delete {row.short_id}"
            if row.broken
            else phrase("nothing, it can be used")
        )
        yield Finding(
            "warn",
            AREA,
            "sessions",
            phrase("{path}: {why}.", path=shorten_home(row.path), why=why),
            remedy,
        )
    if sound:
        yield Finding(
            "ok", AREA, "sessions", phrase("{count}, none of them damaged.", count=len(rows))
        )


def _damage(journal: Path) -> str:
    """How many lines of a journal cannot be read; empty when all can."""
    from clacky_tui.sessions.records import read_lines

    if journal.suffix == ".json":
        return ""
    with journal.open("rb") as file:
        damaged = sum(line.record is None for line in read_lines(file))
    return phrase("damaged lines that are left out: {damaged}", damaged=damaged) if damaged else ""


def _ledger() -> Finding:
    read = default_ledger().read()
    if read.unreadable:
        names = ", ".join(shorten_home(path) for path in read.unreadable)
        remedy = f"chmod -R u+rwX {quote(str(paths.billing_dir()))}"
        return Finding(
            "fail", AREA, "ledger", phrase("{names} cannot be read.", names=names), remedy
        )
    if read.skipped_lines:
        text = phrase(
            "{skipped_lines} damaged lines are left out of every sum.",
            skipped_lines=read.skipped_lines,
        )
        remedy = phrase(
            "look for lines that are no JSON in {billing_dir}",
            billing_dir=shorten_home(paths.billing_dir()),
        )
        return Finding("warn", AREA, "ledger", text, remedy)
    return Finding(
        "ok", AREA, "ledger", phrase("{count:,} requests, none damaged.", count=len(read.records))
    )
