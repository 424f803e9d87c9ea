"""The demo wholesaler as an application, with its cast."""

from tests.web.shop_house import house, settings

__all__ = ["house", "settings"]
