"""Which commands are known to take long, and which to be over at once (spec 2.6)."""

from __future__ import annotations

from clacky_tui.domain.shell.parse import ShellSyntaxError, simple_commands

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
READ_CHARACTERS = 10_000
"""A longer command is not looked into: reading it would hold up the event loop."""


def is_slow(command: str) -> bool:
    """True when the head of any simple command in `command` is known to be slow."""
    return any(_starts_with(words, SLOW_PREFIXES) for words in _simple_commands(command))


def is_quick(command: str) -> bool:
    """True when every simple command in `command` is over at once, so that nothing can wait."""
    commands = _simple_commands(command)
    return bool(commands) and all(words[0] in QUICK_PROGRAMS for words in commands)


def _starts_with(words: tuple[str | None, ...], prefixes: tuple[tuple[str, ...], ...]) -> bool:
    return any(words[: len(prefix)] == prefix for prefix in prefixes)


def _simple_commands(command: str) -> list[tuple[str | None, ...]]:
    """The words of each simple command, the program without its folder; a word that depends on an
    expansion is None. Empty when the command is very long or cannot be read.
    """
    if len(command) > READ_CHARACTERS:
        return []
    try:
        commands = simple_commands(command)
    except ShellSyntaxError:
        return []
    words = [[word.value for word in simple.words] for simple in commands if simple.words]
    return [((program or "").rpartition("/")[2], *rest) for program, *rest in words]
