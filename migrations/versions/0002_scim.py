"""People and groups told by SCIM, its tokens, and who switched a person off."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add SCIM's tables, the origin of a role it gives, and rights of the trail's later partitions."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0002_scim.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
