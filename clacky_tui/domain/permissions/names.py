"""File names that hold secrets, run later by themselves, or belong to the system."""

from __future__ import annotations

import re
import unicodedata
from fnmatch import fnmatchcase
from functools import lru_cache

SECRET_NAMES = (
    *(
        ".env",
        ".env[.~_-]*",
        "*.env",
        "*.env.*",
        ".envrc",
        "*.pem",
        "*.key",
        "*.p12",
        "*.pfx",
        "*.jks",
    ),
    *(
        "*.keystore",
        "*.kdbx",
        "*.ppk",
        "*.gpg",
        "*.tfstate",
        "*.tfstate.*",
        "*.tfvars",
        "wallet.dat",
    ),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "credentials", "credentials.*"),
    *("secrets", "secrets.*", "secret", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc"),
    *(".pypirc", ".htpasswd", "htpasswd", ".dockercfg", ".git-credentials", ".vault-token"),
    *(".ssh", ".aws", ".gnupg", ".kube", ".azure", "gcloud", "kubeconfig", ".*_history"),
)
"""File and folder names whose content may be secret, without regard to case."""

SECRET_PATHS = (
    "*/.clacky/config.yml",
    "*/.docker/config.json",
    "*/.git/config",
    "*/.git/modules/*/config",
)
"""Secret files whose name or folder alone would say too little."""

_SECRET_WORD = re.compile(
    r"(?:^|[._-])(?:secrets?|pass(?:word|wd|phrase)s?|credentials?|api[_-]?keys?|private[_-]?keys?"
    r"|(?:access|auth|api|bearer|refresh)?[_-]?tokens?|service[_-]?account)(?:[._-]|$)"
)
_SOURCE_CODE = re.compile(
    r"\.(?:py|pyi|js|jsx|mjs|cjs|ts|tsx|go|rs|rb|java|kt|swift|c|h|cc|cpp|hpp|cs|php|ex|exs|erl|scala"
    r"|lua|sh|bash|zsh|pl|r|html?|css|scss|vue|svelte|md|rst|sql|proto|ipynb|snap|erb|adoc)$"
)
"""A name such as ``token.py`` or ``password_reset.rb`` is code about secrets, not a secret."""

_STARTUP = (
    ".bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv"
    " .zprofile .zlogin .zlogout .inputrc .gitconfig .gitmodules .git .xinitrc .xprofile"
    " .envrc .husky autostart launchagents launchdaemons crontab"
)
STARTUP_NAMES = frozenset(_STARTUP.split())
"""Names whose content runs later by itself: edits of them always ask (spec 3.7)."""

_STARTUP_PATHS = ("*/.config/fish/*", "*/.config/systemd/*", "*/var/spool/cron/*")

SYSTEM_FOLDERS = (
    *("/etc", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/boot", "/dev", "/proc"),
    *("/sys", "/System", "/Library", "/var/log", "/private/etc"),
)
"""Folders of the host that no mode may write to (spec 3.5)."""

HARMLESS_DEVICES = frozenset(("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty"))


def is_secret_target(path: str) -> bool:
    """True for files that no mode may write: keys, cloud credentials, ``.env`` (spec 3.3)."""
    parts = [part.lower() for part in path.split("/")]
    in_secret_folder = any(folder in parts[:-1] for folder in (".ssh", ".aws"))
    is_env = any(part == ".env" or part.startswith(".env.") for part in parts)
    return in_secret_folder or is_env or parts[-1].endswith(".env")


@lru_cache(4096)
def secret_part(text: str) -> str:
    """The part of a path or command argument that looks secret; empty when none does."""
    if not text.isascii():
        text = _unaccented(text)
    for part in re.split(r"[/:=]", text):
        lower = part.lower()
        if any(fnmatchcase(lower, name) for name in SECRET_NAMES):
            return part
        if _SECRET_WORD.search(lower) and not _SOURCE_CODE.search(lower) and "." in lower:
            return part
    return text if any(fnmatchcase(f"/{text.lower()}", path) for path in SECRET_PATHS) else ""


def is_source(name: str) -> bool:
    """Whether a file of that name is source code rather than a place for secrets."""
    return bool(_SOURCE_CODE.search(name.lower())) and not secret_part(name)


def _unaccented(text: str) -> str:
    """`text` without what only looks different: wide letters, accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c))


def startup_part(path: str) -> str:
    """The part of `path` that makes its content run later by itself; empty when none does."""
    if any(fnmatchcase(path.lower(), pattern) for pattern in _STARTUP_PATHS):
        return path
    return next((part for part in path.split("/") if part.lower() in STARTUP_NAMES), "")


def within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or below it; both absolute and normal."""
    return bool(folder) and (path == folder or path.startswith(folder.rstrip("/") + "/"))


def in_system_folder(path: str) -> bool:
    """Whether writing to the absolute `path` changes the host."""
    return path not in HARMLESS_DEVICES and any(within(path, f) for f in SYSTEM_FOLDERS)
