"""The page of the settings, read-only: each value, where it came from, and what is weak.

Owns `/settings/`. Refuses to change anything: settings come from the environment, and a secret is never shown.
"""

from ops.web.settings.views import bp

__all__ = ["bp"]
