"""The same demo wholesaler as the pages of approvals have."""

from tests.web.approvals.conftest import house, settings

__all__ = ["house", "settings"]
