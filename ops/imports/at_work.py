"""Which part of an import a claimed piece of work is, and what is said when it was given up."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.imports import dry_run, offering
from ops.platform import Platform
from ops.words import t
from ops.work import Buried, Claim

_BURY = sa.text(
    """
    UPDATE ops.import_run SET state = 'failed', error = :error, progress = NULL, finished_at = clock_timestamp()
    WHERE id = :id AND round = :round AND state IN ('waiting', 'running')
    """
)
_BURY_OFFER = sa.text(
    """
    WITH r AS (
        UPDATE ops.import_run SET error = :error, progress = NULL, finished_at = clock_timestamp()
        WHERE id = :id AND state = 'proposed' RETURNING change_id
    )
    UPDATE ops.change_set c SET state = 'failed', failure = :error, finished_at = clock_timestamp()
    FROM r WHERE c.id = r.change_id AND c.state = 'draft'
    """
)


def run(platform: Platform, claim: Claim, stop: Callable[[], bool] = lambda: False) -> None:
    """Do a claimed piece of work of kind "import": a dry run, or making a change of its rows.

    Raises Fenced where another holds it, Unavailable or Busy where the database is away.
    """
    if claim.subject.endswith(f":{offering.OFFER}"):
        offering.offer(platform, claim, stop)
    else:
        dry_run.run(platform, claim, stop)


def bury(tx: Session, buried: Buried) -> None:
    """The worker died every time it tried: the import, or the change it was to become, says so."""
    run_id, round_, *rest = buried.subject.split(":")
    values = {"id": UUID(run_id), "round": int(round_), "error": t("imports.given_up")}
    tx.execute(_BURY_OFFER if rest else _BURY, values)
