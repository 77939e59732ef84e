"""Which model answers: a configured one, or the embedded demo model when there is no key."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clacky_tui.config.settings import ModelEntry, Settings
from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr
from clacky_tui.providers.base import Endpoint, Provider
from clacky_tui.providers.factory import make_endpoint, make_provider
from clacky_tui.providers.presets import fallback_model

if TYPE_CHECKING:
    from clacky_tui.providers.demo.server import DemoServer

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
        ConfigError: the entry has no key, no address, or a wire format nobody speaks.
    """
    host = _host(entry.base_url)
    if not host:
        raise ConfigError(
            tr(
                "The model {model} has no usable base_url ({base_url}).",
                model=entry.model,
                base_url=entry.base_url or "empty",
            ),
            hint=tr(
                "Set base_url (or CLACKY_BASE_URL) to the provider's address, starting https://."
            ),
        )
    endpoint = _endpoint(entry)
    if not endpoint.api_key and endpoint.aws is None:
        raise ConfigError(
            tr("The model {model} has no api_key.", model=entry.model),
            hint=tr("Add one in ~/.clacky/config.yml."),
        )
    return Target(make_provider(endpoint), entry.model, host, priced_as=entry.model)


def second_address_target(entry: ModelEntry) -> Target | None:
    """The configured model at its `fallback_base_url`, asked as at the first; None without one.

    Raises:
        ConfigError: the address cannot be used.
    """
    address = entry.fallback_base_url
    if not address:
        return None
    host = _host(address)
    if not host:
        raise ConfigError(
            tr(
                "The model {model} has no usable fallback_base_url ({address}).",
                model=entry.model,
                address=address,
            ),
            hint=tr("Write it in full, starting https://, or take it out of config.yml."),
        )
    # Wire and name as at the first address: the presets may not know the second one.
    first = _endpoint(entry)
    moved = entry.model_copy(update={"base_url": address, "wire": first.wire})
    endpoint = replace(_endpoint(moved), model=first.model)
    return Target(make_provider(endpoint), entry.model, host, priced_as=entry.model)


def _endpoint(entry: ModelEntry) -> Endpoint:
    return make_endpoint(
        entry.model,
        entry.base_url,
        entry.api_key.get_secret_value(),
        anthropic_format=entry.anthropic_format,
        wire=entry.wire,
        region=entry.region,
        streams=entry.stream,
        environ=os.environ,
    )


def _host(base_url: str) -> str:
    """The host of an address that requests can go to; empty when it is none."""
    try:
        parts = urlsplit(base_url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:  # brackets of an IPv6 address that has none
        return ""


def stand_in_target(entry: ModelEntry, settings: Settings) -> Target | None:
    """The target that stands in for `entry` while its model fails; None when nobody names one.

    The entry's own `fallback_model` goes before the presets'. A configured model of that name is taken
    as it is, any other name is a model at the same address with the same key.
    """
    name = entry.fallback_model or fallback_model(entry.model, entry.base_url)
    if not name or name.lower() == entry.model.lower():
        return None
    configured = (known for known in settings.models if known.model.lower() == name.lower())
    stand_in = next(configured, entry.model_copy(update={"model": name}))
    try:
        return configured_target(stand_in)
    except ConfigError:
        # Named but not usable: the failure of the model itself is what the person has to hear of.
        return None


def demo_target() -> Target:
    """Start the embedded demo model and aim at it."""
    from clacky_tui.providers.demo.server import DemoServer

    server = DemoServer()
    server.start()
    provider = make_provider(server.endpoint())
    return Target(provider, DEMO_MODEL, "demo", priced_as=DEMO_PRICED_AS, demo_server=server)
