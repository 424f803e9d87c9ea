"""Old files go, runs whose work was given up say so: called by the clock."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.exports.runs import KEPT_DAYS
from ops.platform import Platform
from ops.spool import at
from ops.words import t
from ops.work import Buried

PIECE_SECONDS = 3600.0  # a writer writes every few seconds, or it is dead

_BURY = sa.text(
    """
    UPDATE ops.export_run SET state = 'failed', error = :error, finished_at = clock_timestamp()
    WHERE id = :id AND state IN ('waiting', 'running')
    """
)
_GIVEN_UP = sa.text(
    """
    UPDATE ops.export_run r
    SET state = 'failed', error = coalesce(r.error, :error), finished_at = clock_timestamp()
    FROM ops.work w WHERE w.kind = 'export' AND w.subject = r.id::text AND w.state = 'failed'
      AND r.state IN ('waiting', 'running')
    """
)
_OLD = sa.text(
    """
    UPDATE ops.export_run n SET file = NULL FROM ops.export_run o WHERE n.id = o.id
      AND o.file IS NOT NULL AND o.finished_at < now() - make_interval(days => :days) RETURNING o.file
    """
)
_KNOWN = sa.text("SELECT file FROM ops.export_run WHERE file = ANY(CAST(:names AS text[]))")


def bury(tx: Session, buried: Buried) -> None:
    """The worker died every time it tried this run: it is failed, and says so."""
    tx.execute(_BURY, {"id": UUID(buried.subject), "error": t("exports.given_up")})


def tidy(platform: Platform) -> None:
    """Delete files older than a week, broken pieces, and files that no run knows (their worker died)."""
    spool = at(platform.settings.spool)
    with platform.db.transaction() as tx:
        tx.execute(_GIVEN_UP, {"error": t("exports.given_up")})
        old = tx.scalars(_OLD, {"days": KEPT_DAYS}).all()
        unknown = spool.unknown(PIECE_SECONDS, lambda names: tx.scalars(_KNOWN, {"names": names}))
    spool.clear({*old, *unknown}, PIECE_SECONDS)
