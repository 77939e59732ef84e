"""The session's shells: one of the user's own kept warm, plain ones for background commands."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from clacky_tui.files import make_private_dir
from clacky_tui.tools.terminal.shell import Shell, ShellKind, ShellNotReady, rc_stamp

if TYPE_CHECKING:
    from clacky_tui.tools.terminal.command_run import CommandRun
    from clacky_tui.trash.shell import ShellGuard

READY_SECONDS = 10.0
STOP_SECONDS = 0.5
"""How long an idle shell is given to end before it is killed."""

SHELL_ENVIRONMENT = {
    "TERM": "xterm-256color",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "HISTFILE": "/dev/null",
    "HISTSIZE": "0",
    "SAVEHIST": "0",
}
_DROPPED = ("COLUMNS", "LINES", "BASH_ENV", "ENV", "PROMPT_COMMAND", "PS0", "PS1")
"""True of the person's terminal, not of ours, or meant for another kind of shell."""

_ZSH_FILES = (".zshenv", ".zprofile", ".zshrc", ".zlogin")
_BASH_FILES = (".bash_profile", ".bash_login", ".profile", ".bashrc")


class ShellPool:
    """Shells and running commands of one session. Used on the worker's loop only.

    Attributes:
        runs: the commands behind the handles, running or ended.
        guards: what keeps deleted files, by project.
        notice: why the user's own shell is not used, until somebody has told it.
    """

    def __init__(self, ready_seconds: float = READY_SECONDS) -> None:
        self.runs: dict[str, CommandRun] = {}
        self.guards: dict[Path, ShellGuard] = {}
        self.notice = ""
        self._ready_seconds = ready_seconds
        self._idle: Shell | None = None
        self._starting: asyncio.Task[Shell] | None = None
        self._own_shell_fails = False
        self._folder: Path | None = None
        self._shells: set[Shell] = set()
        self._watches: set[asyncio.Task[None]] = set()
        self._closed = False

    async def acquire(self, cwd: Path, guard_file: Path | None) -> Shell:
        """An interactive shell that is ready for a command, the user's own when it works.

        Raises:
            ShellNotReady: not even a plain bash can be started.
        """
        shell, self._idle = self._idle, None
        if shell is None and self._starting is not None:
            starting, self._starting = self._starting, None
            shell = await self._started(starting)
        if shell is not None:
            if shell.is_healthy and await _is_fresh(shell):
                return shell
            await self.discard(shell)
        return await self._started(asyncio.create_task(self._start_own(cwd, guard_file)))

    def warm(self, cwd: Path, guard_file: Path | None) -> None:
        """Start a shell for the next `acquire`, unless one is there or on its way."""
        if self._idle is None and self._starting is None and not self._closed:
            self._starting = asyncio.create_task(self._start_own(cwd, guard_file))

    async def release(self, shell: Shell) -> None:
        """Take back a shell whose command has ended. One is kept, when it is healthy."""
        if self._idle is None and not self._closed and shell.is_healthy:
            self._idle = shell
        else:
            await self.discard(shell)

    async def discard(self, shell: Shell, *, ask: bool = True) -> None:
        """End a shell with all it started."""
        await shell.stop(STOP_SECONDS, ask=ask)
        self._shells.discard(shell)

    async def dedicated(
        self, cwd: Path, env: Mapping[str, str] | None, guard_file: Path | None
    ) -> Shell:
        """A plain bash without rc files; `env` replaces this process's environment.

        Raises:
            ShellNotReady: it cannot be started.
        """
        starting = asyncio.create_task(self._start(_plain_bash(), cwd, env, guard_file))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            starting.add_done_callback(_close_unwanted)
            raise

    def watch(self, watching: Coroutine[None, None, None]) -> None:
        """Let `watching` run beside the calls, until it is done or the session closes."""
        task = asyncio.create_task(watching)
        self._watches.add(task)
        task.add_done_callback(self._watches.discard)

    async def environment(self, shell: Shell, cwd: Path) -> dict[str, str]:
        """What `Shell.environment` says; raises as it does."""
        assert self._folder is not None
        return await shell.environment(cwd, self._folder / f"{shell.pid}-environment")

    async def close(self) -> None:
        """End every shell and everything started from them; nothing can be started after."""
        self._closed = True
        for task in self._watches:
            task.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        shells, self._shells, self._idle = self._shells, set(), None
        await asyncio.gather(*(shell.stop(STOP_SECONDS) for shell in shells))
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _start_own(self, cwd: Path, guard_file: Path | None) -> Shell:
        """The user's shell; a plain bash once that has failed."""
        if not self._own_shell_fails:
            kind = await asyncio.to_thread(_own_shell)
            try:
                shell = await self._start(kind, cwd, None, guard_file)
            except ShellNotReady as error:
                self._own_shell_fails = True
                self.notice = f"{error}; look at its rc files. A plain bash is used instead."
            else:
                return shell
        return await self.dedicated(cwd, None, guard_file)

    async def _started(self, starting: asyncio.Task[Shell]) -> Shell:
        """The shell that `starting` brings; it is kept for another when this is cancelled."""
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            self._starting = starting
            raise

    async def _start(
        self, kind: ShellKind, cwd: Path, env: Mapping[str, str] | None, guard_file: Path | None
    ) -> Shell:
        if self._folder is None:
            self._folder = await asyncio.to_thread(_private_folder)
        if self._closed:
            raise ShellNotReady("The session is closed")
        shell = await Shell.start(
            kind,
            cwd,
            {**_environment(), **(env or {}), **SHELL_ENVIRONMENT},
            folder=self._folder,
            ready_seconds=self._ready_seconds,
            guard_file=guard_file,
        )
        self._shells.add(shell)
        return shell


def _close_unwanted(starting: asyncio.Task[Shell]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        starting.result().close()


async def _is_fresh(shell: Shell) -> bool:
    """False when one of its rc files changed since it was started."""
    return await asyncio.to_thread(rc_stamp, shell.kind.rc_files) == shell.rc_stamp


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _DROPPED}


def _own_shell() -> ShellKind:
    """The user's bash or zsh as a login shell, without its line editor; else a plain bash."""
    path = os.environ.get("SHELL", "")
    home = Path(os.environ.get("HOME") or Path.home())
    if not os.access(path, os.X_OK):
        return _plain_bash()
    match Path(path).name:
        case "bash":
            argv = (path, "--noediting", "--login", "-i")
            return ShellKind(argv, tuple(home / name for name in _BASH_FILES))
        case "zsh":
            files = tuple(Path(os.environ.get("ZDOTDIR") or home) / name for name in _ZSH_FILES)
            # Without any rc file zsh would ask its questions for new users.
            rcs = () if any(file.exists() for file in files) else ("-f",)
            return ShellKind((path, "-o", "no_zle", *rcs, "-l", "-i"), files)
        case _:
            return _plain_bash()


def _plain_bash() -> ShellKind:
    return ShellKind((shutil.which("bash") or "bash", "--noediting", "--noprofile", "--norc", "-i"))


def _private_folder() -> Path:
    """A new folder for this session's scripts; those of processes that are gone are removed."""
    parent = Path(tempfile.gettempdir()) / f"clacky-terminals-{os.getuid()}"
    make_private_dir(parent)
    for folder in parent.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdecimal() and not _is_running(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


def _is_running(pid: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
