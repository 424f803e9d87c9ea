"""The demo wholesaler with its cast, and a second owner: the same town as for the pages about people."""

from tests.web.people.conftest import house, settings

__all__ = ["house", "settings"]
