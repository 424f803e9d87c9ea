"""The demo wholesaler with its rules: deleting, and credit limits over 10,000, need a manager."""

from tests.web.shop_house import house, settings

__all__ = ["house", "settings"]
