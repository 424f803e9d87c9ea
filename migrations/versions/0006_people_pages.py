"""Indexes that the pages about people are read by."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes that lists of people, sessions and sign-ins are read by."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0006_people_pages.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
