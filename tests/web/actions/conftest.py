"""The demo wholesaler with its actions."""

from tests.web.shop_house import house, settings

__all__ = ["house", "settings"]
