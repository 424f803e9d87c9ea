"""What was asked and said about a change stays as it was written, whoever speaks SQL."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Refuse to rewrite parties, stages, decisions, revisions and reviews, and to delete changes."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0028_agreed_stays.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
