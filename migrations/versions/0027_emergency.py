"""Changes applied in an emergency, and who looked before they decided."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keep reviews of emergencies, and when people saw what they decide on."""
    connection = op.get_bind()
    text = (Path(__file__).parent / "0027_emergency.sql").read_text(encoding="utf-8")
    connection.execution_options(no_parameters=True).exec_driver_sql(text)


def downgrade() -> None:
    """Migrations only go forward; `ops uninstall` takes the schema away."""
    raise NotImplementedError("migrations only go forward; `ops uninstall` takes the schema away")
