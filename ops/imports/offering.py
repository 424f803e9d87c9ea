"""From judged rows to one change set: a draft, its targets copied from the staged rows, then the door's own submit.

The draft is written in the request, so that the import knows its change at once; a worker copies the rows, twenty
thousand at a time, and goes on where one before it died: a target that is in already is left as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor
from ops.catalog import digests_now
from ops.changes import Invalid, bulk, reference, times
from ops.changes.heads import WHOLE
from ops.changes.values import sendable, too_long
from ops.identity import Disabled, current_actor
from ops.imports.asking import view_of
from ops.imports.errors import ImportRefused, Unfit
from ops.imports.runs import Run, by_id, rights, show
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible, View
from ops.words import t
from ops.work import Claim

log = logging.getLogger(__name__)

OFFER = "offer"  # the last part of such work's subject
PIECE = 20_000

_KEEP = sa.text(
    "UPDATE ops.import_run SET state = 'proposed', change_id = :change_id, progress = 'offer' WHERE id = :id"
)
_IMPORTER = sa.text(
    "UPDATE ops.change_party SET how = 'importer' WHERE change_id = :id AND person_id = :person"
)
_LAST = sa.text("SELECT coalesce(max(position), 0) FROM ops.change_target WHERE change_id = :change_id")
_COPY = sa.text(
    """
    INSERT INTO ops.change_target (change_id, position, kind, row_key, base, after)
    SELECT :change_id, position, CASE WHEN state = 'new' THEN 'create' ELSE 'update' END,
           CASE WHEN state = 'changed' THEN row_key END, CASE WHEN state = 'changed' THEN base END, after
    FROM ops.import_row
    WHERE run_id = :id AND round = :round AND state IN ('new', 'changed')
      AND position > :after AND position <= :upto
    ON CONFLICT DO NOTHING
    """
)
_DRAFT = sa.text("SELECT state = 'draft' FROM ops.change_set WHERE id = :id")
_DONE = sa.text(
    "UPDATE ops.import_run SET progress = NULL, error = NULL, finished_at = clock_timestamp() WHERE id = :id"
)
_WRONG = sa.text(
    "UPDATE ops.import_run SET progress = CASE WHEN :over THEN NULL ELSE progress END, error = :error WHERE id = :id"
)
_LOST = sa.text(
    """
    UPDATE ops.change_set SET state = 'failed', failure = :failure, finished_at = clock_timestamp()
    WHERE id = :id AND state = 'draft'
    """
)


@dataclass(frozen=True, slots=True)
class Offered:
    """The change that the rows of an import became."""

    change_id: int

    @property
    def reference(self) -> str:
        """`CH-1042`."""
        return reference(self.change_id)


def propose(
    platform: Platform, actor: Actor, run_id: UUID, *, reason: str, mode: str, token: str,
    apply_at: datetime | None = None,
) -> Offered:  # fmt: skip
    """Propose the new and changed rows of a checked import; a second time it is the same change (P30).

    `mode` is "chunks" or "whole" (small files only). `apply_at`: no row is written before. Raises NoSuchImport, Unfit,
    Invalid (the moment), ImportRefused, NotVisible, Forbidden.
    """
    with platform.db.transaction() as tx:
        actor = current_actor(tx, actor)
        run = show(tx, actor, run_id, held=True)
        if run.change_id is not None:
            return Offered(run.change_id)
        seen = view_of(platform, tx, actor, run)
        _refuse(platform, tx, run, seen, reason, mode)
        times.checked(apply_at, ())
        change_id = bulk.draft(tx, actor, token, _draft(run, seen, reason, mode, apply_at))
        tx.execute(_IMPORTER, {"id": change_id, "person": run.person_id})
        tx.execute(_KEEP, {"id": run.id, "change_id": change_id})
        facts = {"import": str(run.id), "rows": str(run.new + run.changed), "sha256": run.sha256}
        entry = audit.Entry(
            "import.proposed", table=(run.schema, run.table), change_id=change_id, reason=reason, facts=facts
        )
        audit.record(tx, actor, [entry])
        work_id = work.add(tx, "import", f"{run.id}:{run.round}:{OFFER}", max_attempts=20)
    work.dispatch(platform.redis, [work_id])
    return Offered(change_id)


def whole_fits(run: Run) -> bool:
    """Whether the rows may be written all or nothing."""
    return run.new + run.changed <= WHOLE


def _refuse(platform: Platform, tx: Session, run: Run, seen: View, reason: str, mode: str) -> None:
    if run.state != "checked":
        raise ImportRefused(t("imports.not_checked_yet"))
    if not run.new + run.changed:
        raise ImportRefused(t("imports.nothing_to_propose"))
    now = digests_now(tx, [seen.table]).get(seen.table.ref)
    if now != run.table_digest or now != seen.table.digest:  # first: other columns are other rights as well
        raise ImportRefused(f"{t('imports.moved_since')}. {t('imports.moved_since_body')}")
    if rights(seen, platform.db.engine.dialect) != run.rights:
        raise ImportRefused(f"{t('imports.other_rights')}. {t('imports.other_rights_body')}")
    wrong = {}
    if not reason:
        wrong["reason"] = t("imports.reason_needed")
    elif not sendable(reason):
        wrong["reason"] = t("door.nul")
    elif said := too_long(reason):
        wrong["reason"] = said
    if mode not in ("chunks", "whole") or (mode == "whole" and not whole_fits(run)):
        wrong["how"] = t("imports.whole_too_many", most=WHOLE)
    if wrong:
        raise Unfit(wrong)


def _draft(run: Run, seen: View, reason: str, mode: str, apply_at: datetime | None) -> bulk.Draft:
    kinds = [kind for kind, many in (("create", run.new), ("update", run.changed)) if many]
    mapped = tuple(run.plan.mapped)
    # Of rows that are there already, those they are found by stay.
    columns = mapped if run.new else tuple(name for name in mapped if name not in run.plan.match)
    title = t("imports.title_of", file=run.name, table=seen.table.label)
    return bulk.Draft(
        table=seen.table, kinds=tuple(kinds), columns=columns, after=None, mode=mode,
        selection={"import": str(run.id)}, title=title[:200], reason=reason, source="import", apply_at=apply_at,
    )  # fmt: skip


def offer(platform: Platform, claim: Claim, stop: Callable[[], bool]) -> None:
    """The worker: copy the rows into the draft and submit it. Raises Fenced, Unavailable, Busy."""
    run_id = UUID(claim.subject.partition(":")[0])
    with platform.db.transaction() as tx:
        work.keep(tx, claim)
        run = by_id(tx, run_id)
        if run is None or run.change_id is None:
            work.finish(tx, claim)
            return
        draft = bool(tx.scalar(_DRAFT, {"id": run.change_id}))
        last = int(tx.scalar(_LAST, {"change_id": run.change_id}) or 0)
    try:
        if draft and not _copied(platform, claim, run, last, stop):
            return
        _submit(platform, claim, run)
    except (Forbidden, NotVisible, Disabled) as error:
        log.warning("import %s: not submitted: %s", run_id, type(error).__name__)
        _lost(platform, claim, run, t("imports.no_longer"))
    except Invalid as error:  # a rule that came meanwhile lets it wait for less long than until its moment
        _lost(platform, claim, run, error.said)


def _copied(platform: Platform, claim: Claim, run: Run, last: int, stop: Callable[[], bool]) -> bool:
    """Copy the rows behind `last`; False where the work was given back."""
    assert run.change_id is not None
    while last < run.position:
        with platform.db.transaction() as tx:
            if stop():
                work.give_back(tx, claim)
                return False
            work.keep(tx, claim)  # first: raises Fenced, and then none of this is
            values = {
                "change_id": run.change_id, "id": run.id, "round": run.round,
                "after": last, "upto": last + PIECE,
            }  # fmt: skip
            tx.execute(_COPY, values)
        last += PIECE
    return True


def _submit(platform: Platform, claim: Claim, run: Run) -> None:
    assert run.change_id is not None
    with platform.db.reading() as tx:
        actor = current_actor(tx, Actor(run.person_id, "", source="worker", request_id=str(run.id)))
        view_of(platform, tx, actor, run)
    bulk.submit(platform.db, platform.catalog, actor, run.change_id, keep=lambda tx: work.keep(tx, claim))
    with platform.db.transaction() as tx:
        work.finish(tx, claim)
        tx.execute(_DONE, {"id": run.id})


def _lost(platform: Platform, claim: Claim, run: Run, text: str) -> None:
    with platform.db.transaction() as tx:
        work.fail(tx, claim, text, permanent=True)
        tx.execute(_LOST, {"id": run.change_id, "failure": text})
        tx.execute(_WRONG, {"id": run.id, "over": True, "error": text})
