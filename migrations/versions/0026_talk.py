"""Baskets, discussions and files of changes."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for what is collected, said and attached."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0026_talk.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
