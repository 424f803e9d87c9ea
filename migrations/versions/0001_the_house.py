"""The schema ops from nothing: people, sessions, work, changes, approvals, exports and the trail."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the first release, the trail's partitions and its guards."""
    connection = op.get_bind()
    for name in ("0001_tables.sql", "0001_trail.sql"):
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
