"""Puts off `ssl`, which asyncio imports whether or not anybody is going to encrypt."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Late(ModuleType):
    """Stands for a module that is imported when something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def import_asyncio() -> None:
    """Import asyncio, and have it import `ssl` with the first encrypted connection of its own.

    Saves 4 MB, and the time in which a person cannot yet use the app. Only asyncio is told: who imports
    `ssl` afterwards gets it. Without effect where asyncio is there already.
    """
    if "asyncio" in sys.modules or "ssl" in sys.modules:
        return
    names = ("ssl", "asyncio.sslproto")
    sys.modules.update((name, _Late(name)) for name in names)
    try:
        import_module("asyncio")
    finally:
        for name in names:
            del sys.modules[name]
