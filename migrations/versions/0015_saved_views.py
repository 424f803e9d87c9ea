"""Lists people keep under a name, alone or with a role; their pins and defaults."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add saved views, what stands on whose rail, and with which view a list opens."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0015_saved_views.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
