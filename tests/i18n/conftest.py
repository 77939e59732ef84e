"""What the tests of the screens in Chinese share with those of the screens."""

from tui.conftest import home

__all__ = ["home"]
