"""Which commands are known to take long, and which to be over at once (spec 2.6)."""

from __future__ import annotations

import contextlib
import re
import shlex

_PREFIXES = """
bundle install|bundle update|bundle exec rspec|rspec|rake test|rails test
npm install|npm ci|npm test|npm run build|npm run test|npm run dev
yarn install|yarn build|yarn test|yarn dev|pnpm install|pnpm build|pnpm test|pnpm dev
pytest|pip install|pip3 install|python -m pip install|python3 -m pip install
python -m pytest|python3 -m pytest|python setup.py|python3 setup.py
uv sync|uv run pytest|uv pip install|poetry install|tox|nox
cargo build|cargo test|cargo install|cargo bench|go build|go test|go install|go mod tidy
mvn test|mvn package|mvn install|gradle build|gradle test|gradle assemble|gradle bootRun
dotnet build|dotnet test|dotnet restore|mix test|mix deps.get|composer install|composer update
xcodebuild|swift test|make|gmake|cmake --build|cmake -B
docker build|docker-compose build|docker compose build|terraform plan|terraform apply
helm install|helm upgrade|kubectl apply|ansible-playbook|vagrant up
"""
SLOW_PREFIXES = tuple(
    tuple(prefix.split()) for line in _PREFIXES.split("\n") for prefix in line.split("|") if prefix
)
_QUICK = """
ls cd pwd cat echo head tail wc which whoami date uname env clear history ps mkdir touch rm mv cp
"""
QUICK_PROGRAMS = frozenset(_QUICK.split())
LOOKED_AT_CHARACTERS = 4000
_ASSIGNMENT = re.compile(r"\w+=")


def is_slow(command: str) -> bool:
    """True when the head of any simple command in `command` is known to be slow."""
    return any(_starts_with(words, SLOW_PREFIXES) for words in _simple_commands(command))


def is_quick(command: str) -> bool:
    """True when every simple command in `command` is over at once, so that nothing can wait."""
    commands = _simple_commands(command)
    return bool(commands) and all(words[0] in QUICK_PROGRAMS for words in commands)


def _starts_with(words: list[str], prefixes: tuple[tuple[str, ...], ...]) -> bool:
    return any(tuple(words[: len(prefix)]) == prefix for prefix in prefixes)


def _simple_commands(command: str) -> list[list[str]]:
    """The words of each simple command, assignments and folders of the program taken off.

    Only the start of a long command is looked at, and what precedes a quote that is left open.
    """
    lexer = shlex.shlex(command[:LOOKED_AT_CHARACTERS], posix=True, punctuation_chars=";&|()<>\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    with contextlib.suppress(ValueError):
        for token in lexer:
            if set(token) <= set(";&|()\n"):
                commands.append([])
            elif commands[-1] or not _ASSIGNMENT.match(token):
                commands[-1].append(token if commands[-1] else token.rpartition("/")[2])
    return [words for words in commands if words]
