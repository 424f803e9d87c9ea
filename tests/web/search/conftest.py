"""The demo wholesaler with its cast."""

from tests.web.groups.conftest import house, settings

__all__ = ["house", "settings"]
