"""Asking for an export, and taking the wish back."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, work
from ops.actor import Actor
from ops.catalog import BadAddress, Table, parse_key
from ops.exports.errors import ExportError
from ops.exports.runs import show
from ops.identity import current_actor
from ops.platform import Platform
from ops.policy import Forbidden, view
from ops.records import BadFilter, from_query_string, refuse_bad_values
from ops.words import t

log = logging.getLogger(__name__)

LONGEST_LIST = 8000  # characters of a query string; a browser sends no more in an address
MOST_KEYS = 1000  # rows ticked one by one
MOST_WAITING = 20  # per person: one impatient finger must not fill the queue for everybody

_ADD = sa.text(
    """
    INSERT INTO ops.export_run (id, person_id, schema_name, table_name, query, format)
    VALUES (:id, :person_id, :schema, :table, CAST(:query AS jsonb), 'csv')
    ON CONFLICT (id) DO NOTHING RETURNING id
    """
)
_WAITING = sa.text(
    "SELECT count(*) FROM ops.export_run WHERE person_id = :person_id AND state IN ('waiting', 'running')"
)
_CANCEL = sa.text(
    """
    UPDATE ops.export_run SET state = 'cancelled', finished_at = clock_timestamp()
    WHERE id = :id AND person_id = :person_id AND state IN ('waiting', 'running') RETURNING id
    """
)


def request(
    platform: Platform, actor: Actor, ref: str, list_: str, token: str, keys: Sequence[str] = ()
) -> UUID:
    """Ask for the list `list_` (its query string) of table `ref` as CSV; return the run's id.

    With `keys` (in address form) only these rows of the list come, in its order: those that were ticked.
    The same form sent again (`token`) gives the same run (P30). Run, work and event stand in one transaction;
    Redis is rung after it and may be away. Raises UnknownTable, NotVisible (also for a column), Forbidden
    (written to the trail), ExportError for a list that cannot be read or too many at once.
    """
    table = platform.catalog.table(ref)
    run_id = run_id_of(actor, token)
    try:
        with platform.db.transaction() as tx:
            work_id = _request(platform, tx, actor, table, list_, run_id, list(dict.fromkeys(keys)))
    except Forbidden as error:
        with platform.db.transaction() as tx:
            audit.record(tx, actor, [_entry("export.requested", table.schema, table.name, run_id, "refused")])
        error.recorded = True
        raise
    if work_id is not None:
        work.dispatch(platform.redis, [work_id])
    return run_id


def cancel(platform: Platform, actor: Actor, run_id: UUID) -> bool:
    """End the person's own run; the worker stops within seconds. False where it was over.

    Raises NoSuchRun.
    """
    with platform.db.transaction() as tx:
        run = show(tx, actor, run_id)
        if tx.scalar(_CANCEL, {"id": run_id, "person_id": actor.person_id}) is None:
            return False
        work.cancel(tx, work.add(tx, "export", str(run_id)))
        audit.record(tx, actor, [_entry("export.cancelled", run.schema, run.table, run_id, "done")])
    return True


def run_id_of(actor: Actor, token: str) -> UUID:
    """The run's id is made of the form's token, so that the primary key refuses a second run of one form."""
    digest = hashlib.sha256(f"export\0{actor.person_id}\0{token}".encode()).digest()
    bits = int.from_bytes(digest[:16]) & ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=bits | 0x8 << 76 | 0x2 << 62)  # RFC 9562, 5.8: version 8, for uses of our own


def _request(
    platform: Platform, tx: Session, actor: Actor, table: Table, list_: str, run_id: UUID, keys: list[str]
) -> UUID | None:
    actor = current_actor(tx, actor)
    seen = view(actor, table, platform.catalog).for_export()
    if not seen.may("export"):
        raise Forbidden(t("exports.may_not", table=table.label))
    if len(list_) > LONGEST_LIST:
        raise ExportError(t("exports.list_too_long"))
    if not list_.isprintable():  # a query string has NUL, line ends and their like encoded
        raise ExportError(t("exports.list_unreadable"))
    if len(keys) > MOST_KEYS or not all(_is_key(table, key) for key in keys):
        raise ExportError(t("exports.list_unreadable"))
    try:
        # What cannot be read is refused before anybody waits for it.
        refuse_bad_values(tx, seen, from_query_string(seen, list_))
    except BadFilter as error:
        raise ExportError(str(error)) from error
    if int(tx.scalar(_WAITING, {"person_id": actor.person_id}) or 0) >= MOST_WAITING:
        raise ExportError(t("exports.too_many", count=MOST_WAITING))
    values = {
        "id": run_id,
        "person_id": actor.person_id,
        "schema": table.schema,
        "table": table.name,
        "query": json.dumps({"list": list_, **({"keys": keys} if keys else {})}),
    }
    if tx.scalar(_ADD, values) is None:
        return None  # this form was sent before: its run is the answer
    audit.record(
        tx,
        actor,
        [_entry("export.requested", table.schema, table.name, run_id, "done", **_told(list_, keys))],
    )
    return work.add(tx, "export", str(run_id))


def _told(list_: str, keys: Sequence[str]) -> dict[str, str]:
    """For the event: the list, and how many of its rows were ticked."""
    return {"list": list_, **({"ticked": str(len(keys))} if keys else {})}


def _is_key(table: Table, key: str) -> bool:
    try:
        parse_key(key, len(table.key))
    except BadAddress:
        return False
    return bool(table.key)


def _entry(action: str, schema: str, table: str, run_id: UUID, outcome: str, **facts: str) -> audit.Entry:
    return audit.Entry(
        action,
        "refused" if outcome == "refused" else "done",
        table=(schema, table),
        facts={"run": str(run_id), **facts},
    )
