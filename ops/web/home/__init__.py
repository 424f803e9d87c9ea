"""My desk, the overview of tables, and whether this process is alive and ready.

Owns the pages `/`, `/tables/`, `/healthz` and `/readyz`. Refuses to own what it shows: that is asked of
`ops.changes`, `ops.notices` and the catalog.
"""

from ops.web.home.health import bp as health
from ops.web.home.views import bp

__all__ = ["bp", "health"]
