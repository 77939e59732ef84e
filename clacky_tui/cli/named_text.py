"""The text of a file or an address that a person named on the command line."""

from __future__ import annotations

from pathlib import Path

from clacky_tui.errors import ConfigError
from clacky_tui.i18n import tr


def read_named(place: str) -> str:
    """What is at `place`, a path or an http(s) address; a private address is fine, it was named.

    Raises:
        ConfigError: it cannot be read, or is no text.
    """
    try:
        content = _fetch(place) if place.startswith(("http://", "https://")) else _read(place)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            tr("{place} cannot be read: {error}.", place=place, error=error),
            hint=tr("Check the path."),
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            tr("{place} is no text.", place=place), hint=tr("Name a JSON or YAML file.")
        ) from error


def _read(place: str) -> bytes:
    return Path(place).expanduser().read_bytes()


def _fetch(url: str) -> bytes:
    import asyncio
    from urllib.parse import urlsplit

    from clacky_tui.domain.web_settings import WebSettings
    from clacky_tui.errors import ToolError
    from clacky_tui.tools.web.download import Downloader

    host = urlsplit(url).hostname or ""
    named = WebSettings(allowed_hosts=(f"[{host}]" if ":" in host else host,))
    try:
        download = asyncio.run(Downloader().get(url, named, lambda kind, size: None))
    except ToolError as error:
        raise ConfigError(error.message, hint=tr("Check the address.")) from error
    if not download.ok:
        raise ConfigError(
            tr("{url} answers with status {status}.", url=url, status=download.status),
            hint=tr("Check the address."),
        )
    return download.body
