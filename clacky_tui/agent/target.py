"""Which model answers: a configured one, or the embedded demo model when there is no key."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from clacky_tui.config.settings import ModelEntry
from clacky_tui.errors import ConfigError
from clacky_tui.providers.base import Endpoint, Provider
from clacky_tui.providers.demo.server import DemoServer
from clacky_tui.providers.factory import make_provider

DEMO_MODEL = "demo"
DEMO_PRICED_AS = "claude-sonnet-4-5"
"""Whose prices the demo model pretends to have."""


@dataclass(slots=True)
class Target:
    """A model ready to be asked. `close` ends its connections (and the demo server)."""

    provider: Provider
    model: str
    """As shown to a person and written to the ledger."""
    provider_name: str
    priced_as: str
    """The model whose price applies; the demo model borrows one."""
    demo_server: DemoServer | None = None

    @property
    def simulated(self) -> bool:
        return self.demo_server is not None

    async def close(self) -> None:
        await self.provider.aclose()
        if self.demo_server is not None:
            self.demo_server.stop()


def configured_target(entry: ModelEntry) -> Target:
    """The target of a configured model.

    Raises:
        ConfigError: the entry has no key or no address.
    """
    if not entry.api_key.get_secret_value():
        raise ConfigError(
            f"The model {entry.model} has no api_key.", hint="Add one in ~/.clacky/config.yml."
        )
    if not entry.base_url.startswith(("http://", "https://")):
        raise ConfigError(
            f"The model {entry.model} has no usable base_url ({entry.base_url or 'empty'}).",
            hint="Set base_url (or CLACKY_BASE_URL) to the provider's address, starting https://.",
        )
    host = urlsplit(entry.base_url).hostname or ""
    native = entry.anthropic_format or host == "api.anthropic.com"
    endpoint = Endpoint(
        wire="anthropic" if native else "openai_chat",
        base_url=entry.base_url,
        api_key=entry.api_key.get_secret_value(),
        model=entry.model,
    )
    return Target(make_provider(endpoint), entry.model, host, priced_as=entry.model)


def demo_target() -> Target:
    """Start the embedded demo model and aim at it."""
    server = DemoServer()
    server.start()
    provider = make_provider(server.endpoint())
    return Target(provider, DEMO_MODEL, "demo", priced_as=DEMO_PRICED_AS, demo_server=server)
