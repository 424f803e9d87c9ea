"""Old uploads go, their rows after them; dry runs whose work was given up say so: called by the clock."""

from __future__ import annotations

import sqlalchemy as sa

from ops.imports import source
from ops.imports.runs import KEPT_DAYS
from ops.platform import Platform
from ops.words import t

PIECE_SECONDS = 3600.0  # an upload is written without a pause, or its sender is gone
_ROWS_A_ROUND = 20_000

_GIVEN_UP = sa.text(
    """
    UPDATE ops.import_run r
    SET state = 'failed', error = coalesce(r.error, :error), progress = NULL, finished_at = clock_timestamp()
    FROM ops.work w WHERE w.kind = 'import' AND w.subject = r.id::text || ':' || r.round AND w.state = 'failed'
      AND r.state IN ('waiting', 'running')
    """
)
_OLD = sa.text(
    """
    UPDATE ops.import_run n SET file = NULL FROM ops.import_run o WHERE n.id = o.id
      AND o.file IS NOT NULL AND o.state NOT IN ('waiting', 'running') AND o.progress IS NULL
      AND greatest(o.created_at, o.checked_at) < now() - make_interval(days => :days) RETURNING o.file
    """
)
_KNOWN = sa.text("SELECT file FROM ops.import_run WHERE file = ANY(CAST(:names AS text[]))")
# Rows of an earlier dry run, and of imports whose file is gone.
_ROWS = sa.text(
    """
    DELETE FROM ops.import_row WHERE ctid = ANY(ARRAY(
        SELECT w.ctid FROM (
            SELECT r.id, r.round, r.file FROM ops.import_run r
            WHERE r.round > 1 OR (r.round > 0 AND r.file IS NULL)
        ) run
        CROSS JOIN LATERAL (
            SELECT i.ctid FROM ops.import_row i
            WHERE i.run_id = run.id AND (i.round < run.round OR run.file IS NULL) LIMIT :limit
        ) w LIMIT :limit))
    """
)


def tidy(platform: Platform) -> None:
    """Delete uploads older than a week, broken pieces, files that no import knows, and rows nobody asks for."""
    spool = source.spool_of(platform.settings)
    with platform.db.transaction() as tx:
        tx.execute(_GIVEN_UP, {"error": t("imports.given_up")})
        old = tx.scalars(_OLD, {"days": KEPT_DAYS}).all()
        unknown = spool.unknown(PIECE_SECONDS, lambda names: tx.scalars(_KNOWN, {"names": names}))
        tx.execute(_ROWS, {"limit": _ROWS_A_ROUND})
    spool.clear({*old, *unknown}, PIECE_SECONDS)
