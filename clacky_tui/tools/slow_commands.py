"""Which commands are known to take long: test runners, builds, installs (spec 2.6)."""

from __future__ import annotations

import re

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
_SEPARATORS = re.compile(r"&&|\|\||[;|&\n]")
_ASSIGNMENT = re.compile(r"\w+=")


def is_slow(command: str) -> bool:
    """True when the head of any simple command in `command` is known to be slow."""
    return any(_starts_slow(part.split()) for part in _SEPARATORS.split(command))


def _starts_slow(words: list[str]) -> bool:
    while words and _ASSIGNMENT.match(words[0]):
        words = words[1:]
    if not words:
        return False
    head = (words[0].rpartition("/")[2], *words[1:])
    return any(head[: len(prefix)] == prefix for prefix in SLOW_PREFIXES)
