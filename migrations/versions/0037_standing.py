"""What a write was judged by is compared again as it is written: roles, rules, and who has which of them."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the functions, and let the stamp move whatever replays the rows."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0037_standing.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
