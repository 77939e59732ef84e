"""Programs that do more than read: what they do, and what allowing one for good would cover."""

from __future__ import annotations

from collections.abc import Mapping

from clacky_tui.i18n import phrase

_PRIVILEGE = phrase("runs with the rights of another user")
_DISK = phrase("overwrites a whole disk or partition")
_POWER = phrase("switches the computer off")

DENIED: Mapping[str, str] = {
    **dict.fromkeys(["sudo", "su", "doas", "pkexec", "runuser", "sudoedit", "visudo"], _PRIVILEGE),
    **dict.fromkeys(
        ["wipefs", "fdisk", "sfdisk", "sgdisk", "parted", "mkswap", "blkdiscard"], _DISK
    ),
    **dict.fromkeys(["shutdown", "reboot", "halt", "poweroff", "telinit"], _POWER),
}
"""Programs that no mode runs (spec 3.5), with what they do."""

SHELLS = frozenset(["sh", "bash", "zsh", "dash", "ash", "ksh", "fish", "busybox"])
INTERPRETERS = frozenset(
    [
        "python",
        "python2",
        "python3",
        "perl",
        "ruby",
        "node",
        "nodejs",
        "deno",
        "bun",
        "php",
        "lua",
        "Rscript",
        "osascript",
    ]
)
DOWNLOADERS = frozenset(
    ["curl", "wget", "fetch", "aria2c", "http", "https", "lwp-request", "nc", "ncat"]
)
EVALUATORS = frozenset(("eval", "source", ".", "exec", "xargs"))

WRAPPERS: Mapping[str, tuple[str, int]] = {
    "env": ("uCS", 0),
    "nice": ("n", 0),
    "timeout": ("sk", 1),
    "nohup": ("", 0),
    "time": ("fo", 0),
    "command": ("", 0),
    "builtin": ("", 0),
    "noglob": ("", 0),
    "exec": ("a", 0),
    "xargs": ("IEadLnPs", 0),
    "stdbuf": ("ioe", 0),
    "ionice": ("cnpu", 0),
    "setsid": ("", 0),
    "strace": ("eops", 0),
    "watch": ("n", 0),
    "unbuffer": ("", 0),
    "caffeinate": ("t", 0),
    "chronic": ("", 0),
    "flock": ("wE", 1),
    "chroot": ("", 1),
    "busybox": ("", 0),
    "parallel": ("jNn", 0),
    "entr": ("", 0),
}
"""Programs that run their words as a command: the letters of options with a value, and how many
operands come before the command."""

_OWN_CODE = (
    "pytest tox nox mypy ruff black isort flake8 pylint pyright pre-commit eslint prettier tsc jest"
    " vitest mocha ava playwright cypress webpack vite rollup rspec rake rubocop rails bundle make"
    " gmake cmake ctest ninja meson bazel gradle gradlew mvn ant sbt mix rebar3 phpunit dotnet"
    " xcodebuild swift stack cabal zig just task tsx ts-node nx turbo lerna gulp grunt coverage"
    " hatch pdm invoke sphinx-build mkdocs"
)
OWN_CODE = frozenset(_OWN_CODE.split())
"""Test runners, builders and linters: they run the project's own code or its plugins."""

WHYS: Mapping[str, str] = {
    **{name: phrase("{name} runs the project's own code", name=name) for name in _OWN_CODE.split()},
    **dict.fromkeys(
        [
            "npm",
            "npx",
            "yarn",
            "pnpm",
            "bunx",
            "uv",
            "uvx",
            "pip",
            "pip3",
            "pipx",
            "poetry",
            "conda",
            "cargo",
            "go",
            "gem",
            "composer",
            "brew",
            "apt",
            "apt-get",
            "dnf",
            "yum",
            "pacman",
            "apk",
            "snap",
        ],
        phrase("installs packages or runs their code"),
    ),
    **dict.fromkeys(
        ("env", "printenv", "set", "export", "declare", "typeset"),
        phrase("prints or changes the environment"),
    ),
    **dict.fromkeys(
        (
            "source",
            ".",
            "eval",
            "exec",
            "trap",
            "alias",
            "unalias",
            "hash",
            "enable",
            "shopt",
            "setopt",
            "unset",
            "bind",
        ),
        phrase("changes what later commands do"),
    ),
    **dict.fromkeys(
        ("docker", "podman", "docker-compose", "kubectl", "helm", "terraform", "vagrant"),
        phrase("works on containers or machines"),
    ),
    **dict.fromkeys(
        ("psql", "mysql", "sqlite3", "mongo", "mongosh", "redis-cli", "dropdb", "createdb"),
        phrase("works on a database"),
    ),
    **dict.fromkeys(
        ("ssh", "scp", "rsync", "sftp", "ftp", "telnet", "nc", "ncat", "socat"),
        phrase("talks to another machine"),
    ),
    **dict.fromkeys(
        ("curl", "wget", "fetch", "aria2c", "http", "https"), phrase("talks to the network")
    ),
    **dict.fromkeys(
        ("less", "more", "man", "vim", "vi", "nano", "emacs", "top", "htop"),
        phrase("opens an interactive program"),
    ),
    **dict.fromkeys(("kill", "pkill", "killall"), phrase("ends processes")),
    "ps": phrase("shows the processes of this computer"),
    "crontab": phrase("changes what runs later by itself"),
    "at": phrase("changes what runs later by itself"),
}
"""What the usual programs do, after their name."""

GENERAL: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        OWN_CODE
        - {
            "make",
            "gmake",
            "rake",
            "rails",
            "bundle",
            "just",
            "task",
            "bazel",
            "dotnet",
            "swift",
            "mix",
            "gradle",
            "gradlew",
            "mvn",
            "nx",
            "turbo",
            "hatch",
            "pdm",
            "invoke",
            "tsx",
            "ts-node",
        },
        frozenset(),
    ),
    "git": frozenset(["add", "commit", "fetch", "mv"]),
    "npm": frozenset(["test", "ci", "install", "run", "outdated", "ls", "audit"]),
    "yarn": frozenset(["test", "install", "build", "lint", "run", "outdated"]),
    "pnpm": frozenset(["test", "install", "build", "lint", "run", "outdated"]),
    "bun": frozenset(["test", "install", "run"]),
    "cargo": frozenset(
        ["build", "test", "check", "clippy", "fmt", "run", "doc", "bench", "tree", "metadata"]
    ),
    "go": frozenset(["build", "test", "vet", "run", "fmt", "list", "mod", "generate"]),
    "uv": frozenset(["sync", "lock", "tree"]),
    "poetry": frozenset(["install", "lock", "check", "show"]),
    "make": frozenset(["test", "check", "lint", "build", "all", "clean", "format", "fmt", "docs"]),
    "mvn": frozenset(["test", "compile", "package", "verify"]),
    "gradle": frozenset(["test", "build", "check", "assemble"]),
    "dotnet": frozenset(["build", "test", "restore", "format"]),
    "swift": frozenset(["build", "test"]),
    "mix": frozenset(["test", "compile", "format"]),
    "bundle": frozenset(("install", "check")),
    "docker": frozenset(["ps", "images", "logs", "build", "version", "info"]),
    "kubectl": frozenset(["get", "describe", "logs"]),
    "pip": frozenset(["list", "show", "freeze", "check"]),
    "mkdir": frozenset(),
    "touch": frozenset(),
    "gofmt": frozenset(),
    "rustfmt": frozenset(),
}
"""What may be allowed for good with any further arguments: by itself, or with these sub-commands."""

GIT_WHYS: Mapping[str, str] = {
    "push": phrase("git push changes the repository others see"),
    "reset": phrase("git reset can throw uncommitted work away"),
    "clean": phrase("git clean removes files git does not know"),
    "checkout": phrase("git checkout can throw uncommitted work away"),
    "restore": phrase("git restore throws uncommitted work away"),
    "rebase": phrase("git rebase rewrites commits"),
    "commit": phrase("git commit changes the repository and runs its hooks"),
    "config": phrase("git config may show secrets or change settings"),
    "fetch": phrase("git fetch talks to another machine"),
    "pull": phrase("git pull talks to another machine and changes files"),
    "clone": phrase("git clone talks to another machine"),
}
GIT_AWAY = frozenset(["push", "fetch", "pull", "clone", "ls-remote", "submodule", "send-email"])
"""Git commands that reach other machines."""

OUR_NAMES = ("clacky", "clacky-tui", "clacky_tui")
"""Our own process: never killed from inside."""
