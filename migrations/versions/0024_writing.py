"""Functions that a save asks: the shape of a table, and who posts a form where that is known already."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the functions."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0024_writing.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
