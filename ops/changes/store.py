"""The door's own rows: change sets, operations, makers, form tokens. Statements, no decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit, direct
from ops.actor import Actor
from ops.approvals import Stage, expires_in, placed, stage_rows
from ops.catalog import Catalog, UnknownTable, key_text
from ops.changes import acts, heads
from ops.changes.errors import Overtaken, SentBefore
from ops.changes.operation import Link, Operation, Outcome
from ops.changes.writing import Row
from ops.identity import same_rights


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One row of `ops.change_set` with its proposer's name, and its editor's: who made the revision as it stands."""

    id: int
    title: str
    reason: str
    source: str
    state: str
    revision: int
    digest: str
    proposer_id: int
    proposer: str
    failure: str | None
    created_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    heir_id: int | None = None
    apply_at: datetime | None = None
    expires_at: datetime | None = None
    editor_id: int | None = None
    editor: str | None = None
    undo_of: int | None = None
    ahead: bool = False  # the time it is to be applied at has not come
    late: bool = False  # the time by which it had to be applied is over

    @property
    def stands_for(self) -> int:
        """Whose rights count when it is applied: the proposer's, or their heir's once they have left."""
        return self.proposer_id if self.heir_id is None else self.heir_id


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds of a change beside its rows: not applied before `apply_at`; it takes back the change `undo_of`.

    `expires`: by a rule it waits for so many hours at most.
    """

    apply_at: datetime | None = None
    undo_of: int | None = None
    expires: int | None = None

    @property
    def facts(self) -> dict[str, str | None]:
        """For its events."""
        told = {
            "apply_at": self.apply_at.isoformat() if self.apply_at else None,
            "undo_of": f"CH-{self.undo_of}" if self.undo_of else None,
        }
        return {name: text for name, text in told.items() if text}


@dataclass(frozen=True, slots=True)
class Written:
    """What an operation left: the row's key and the columns as they are now (folded)."""

    key: tuple[str, ...] | None
    result: Row | None


_LINK = sa.text(
    "UPDATE ops.form_token SET change_id = :change_id WHERE person_id = :person_id AND token = :token"
)
_ADD = (
    "SELECT ops.write_change(%(title)s, %(reason)s, %(source)s, %(state)s, %(digest)s, %(person_id)s, %(token)s, "
    "CAST(%(operations)s AS jsonb), %(told)s, CAST(%(entries)s AS json), %(request_id)s)"
)
_ADD_WAITING = _ADD.replace("ops.write_change", "ops.write_proposal").replace(
    "%(request_id)s)", "%(request_id)s, CAST(%(stages)s AS jsonb), %(hours)s)"
)
_JUDGED = f"{_ADD}, ops.rights_of(%(person_id)s)"
_OUTCOME = "SELECT * FROM ops.outcome_of(%(id)s)"
_COME_TO = "SELECT ops.come_to(%(id)s, %(state)s, %(failure)s, %(final)s, CAST(%(results)s AS jsonb))"
_COLUMNS = (
    "c.id, c.title, c.reason, c.source, c.state, c.revision, c.digest, c.proposer_id, p.name, c.failure, "
    "c.created_at, c.submitted_at, c.finished_at, c.heir_id, c.apply_at, c.expires_at, c.editor_id, "
    "(SELECT e.name FROM ops.person e WHERE e.id = c.editor_id), c.undo_of, "
    "coalesce(c.apply_at > clock_timestamp(), false), coalesce(c.expires_at <= clock_timestamp(), false) "
    "FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id"
)
_ONE = f"SELECT {_COLUMNS} WHERE c.id = %(id)s"
_LOCKED = f"{_ONE} FOR UPDATE OF c"
_IS_BULK = """EXISTS (SELECT FROM ops.change_bulk b WHERE b.change_id = o.change_id) AS bulk,
    (SELECT to_jsonb(a) FROM ops.change_action a WHERE a.change_id = o.change_id) AS act"""
_OPERATIONS = f"SELECT o.*, {_IS_BULK} FROM ops.operation o WHERE change_id = %(id)s ORDER BY position"
_OPERATIONS_OF_MANY = (
    f"SELECT o.*, {_IS_BULK} FROM ops.operation o WHERE change_id = ANY(CAST(%(ids)s AS bigint[])) "
    "ORDER BY change_id, position"
)
_AHEAD = sa.text("SELECT coalesce(apply_at > clock_timestamp(), false) FROM ops.change_set WHERE id = :id")
_MAKER = (
    "SELECT EXISTS (SELECT FROM ops.change_party "
    "WHERE change_id = %(id)s AND person_id = %(person_id)s AND side = 'maker')"
)
_TERMS = sa.text(
    "UPDATE ops.change_set SET apply_at = :apply_at, undo_of = :undo_of, "
    "expires_at = clock_timestamp() + make_interval(hours => :expires) WHERE id = :id"
)


def link(tx: Session, person_id: int, token: str, change_id: int) -> None:
    """Remember what the form led to."""
    tx.execute(_LINK, {"person_id": person_id, "token": token, "change_id": change_id})


def add(
    tx: Session, actor: Actor, token: str, operations: Sequence[Operation],
    written: Sequence[Written] | None, entries: Sequence[audit.Entry], *,
    title: str, reason: str, source: str, state: str, digest: str, told: str, stages: Sequence[Stage] = (),
    person: Any = None,
) -> int:  # fmt: skip
    """Write the change set with its operations, maker, events and stages, take or link the token, leave word.

    All of it is one statement. The events' entries are about this change, whatever number they name. Returns its id.
    Raises SentBefore for a token that has led to a change already, and Overtaken where the rights and rules it was
    written by, those of the `person` (a row of `ops.person_now`), are others now: one may have come, or a role gone,
    while the row was waited for.
    """
    rows = [operation_row(position, one, written) for position, one in enumerate(operations)]
    values = {
        "title": title, "reason": reason, "source": source, "state": state, "digest": digest, "told": told,
        "person_id": actor.person_id, "token": token, "operations": json.dumps(rows),
        **audit.values(actor, entries),
    }  # fmt: skip
    if stages:
        values |= {"stages": json.dumps(stage_rows(stages)), "hours": expires_in(stages)}
    said = {name: None if value is None else str(value) for name, value in values.items()}
    text = _ADD_WAITING if stages else _JUDGED if person else _ADD
    change_id, *now = direct.texts(tx, text, said)[0]
    if change_id is None:
        raise SentBefore
    if person and not same_rights(person, now[0]):
        raise Overtaken
    return int(change_id)


def find(tx: Session, change_id: int, *, locked: bool = False) -> ChangeSet | None:
    """The change set, or None; `locked` holds it until the transaction ends."""
    rows = direct.rows(tx, _LOCKED if locked else _ONE, {"id": change_id})
    return ChangeSet(*rows[0]) if rows else None


def found(tx: Session, change_id: int, *, locked: bool = False) -> ChangeSet:
    """The change set that is known to be there. Raises LookupError."""
    change = find(tx, change_id, locked=locked)
    if change is None:
        raise LookupError(change_id)
    return change


def operations_of(tx: Session, catalog: Catalog, change_id: int) -> list[Operation]:
    """The operations in their order. Raises UnknownTable where a table is not in the catalog any more."""
    rows = direct.named_rows(tx, _OPERATIONS, {"id": change_id})
    found = heads.heads(tx, [change_id]) if any(row.bulk for row in rows) else {}
    return [operation_from(catalog, row, found) for row in rows]


def operations_by_change(tx: Session, catalog: Catalog, ids: Sequence[int]) -> dict[int, list[Operation]]:
    """The same for many changes, in one statement. Those with a table the catalog does not know are left out."""
    found: dict[int, list[Operation]] = {}
    lost: set[int] = set()
    rows = direct.named_rows(tx, _OPERATIONS_OF_MANY, {"ids": list(ids)}) if ids else []
    of_many = heads.heads(tx, sorted({row.change_id for row in rows if row.bulk}))
    for row in rows:
        try:
            found.setdefault(row.change_id, []).append(operation_from(catalog, row, of_many))
        except UnknownTable:
            lost.add(row.change_id)
    return {change_id: operations for change_id, operations in found.items() if change_id not in lost}


def operation_from(catalog: Catalog, row: Any, of_many: Mapping[int, heads.Head] | None = None) -> Operation:
    """An operation out of its row; `of_many`: the heads of changes of many rows. Raises UnknownTable."""
    head = (of_many or {}).get(row.change_id)
    act = acts.from_json(row.act)
    if head is not None:
        table = catalog.by_name(row.schema_name, row.table_name)
        return heads.Bulk(row.kind, table, None, {}, row.after or {}, row.table_digest, act=act, head=head)
    # A new row has a key once it is applied; the operation that was decided on had none.
    key = None if row.row_key is None else key_text(row.row_key)
    return Operation(
        kind=row.kind,
        table=catalog.by_name(row.schema_name, row.table_name),
        key=None if row.kind == "create" else key,
        made=key if row.kind == "create" else None,
        base=row.base or {},
        after=row.after or {},
        shape=row.table_digest,
        links={name: Link(**link) for name, link in (row.links or {}).items()},
        act=act,
    )


def is_ahead(tx: Session, change: ChangeSet) -> bool:
    """Whether its time has still not come, asked anew: it may have while one waited for a lock."""
    return change.ahead and bool(tx.scalar(_AHEAD, {"id": change.id}))


def is_maker(tx: Session, change_id: int, person_id: int) -> bool:
    """Whether the person had a hand in the change."""
    return bool(direct.rows(tx, _MAKER, {"id": change_id, "person_id": person_id})[0][0])


def set_state(
    tx: Session, change_id: int, state: str, *, final: bool, failure: str | None = None,
    written: Sequence[Written] | None = None,
) -> None:  # fmt: skip
    """Write a state that `states.walk` has allowed; with what each operation left, once it is applied."""
    left = None if written is None else json.dumps(results(written))
    values = {"id": change_id, "state": state, "failure": failure, "final": final, "results": left}
    direct.rows(tx, _COME_TO, values)


def results(written: Sequence[Written] | None) -> list[Mapping[str, object]] | None:
    """What operations left, as the statements take it that write it."""
    if written is None:
        return None
    return [
        {"position": n, "row_key": list(one.key) if one.key else None, "result": one.result}
        for n, one in enumerate(written)
    ]


def set_terms(tx: Session, change_id: int, terms: Terms) -> None:
    """Keep the terms of a new change, where it has any: most have none, and cost nothing."""
    if terms != Terms():
        tx.execute(_TERMS, {"id": change_id, **asdict(terms)})


def outcome(tx: Session, change_id: int, *, repeated: bool = False) -> Outcome:
    """What became of a change set so far."""
    return outcome_from(change_id, direct.one(tx, _OUTCOME, {"id": change_id}), repeated=repeated)


def outcome_from(change_id: int, row: Any, *, repeated: bool = False) -> Outcome:
    """The same out of a row that says it. Raises LookupError where there is no such change."""
    if row.state is None:
        raise LookupError(change_id)
    key = key_text(row.row_key) if row.row_key else None
    stages = tuple(placed(one).stage for one in row.stages or ())
    return Outcome(change_id, row.state, key, stages, row.failure, repeated)


def operation_row(position: int, one: Operation, written: Sequence[Written] | None) -> Mapping[str, object]:
    """An operation as a row of `ops.operation`."""
    left = written[position] if written else None
    key = left.key if left else (one.parts if one.key is not None else None)
    return {
        "position": position,
        "kind": one.kind,
        "schema_name": one.table.schema,
        "table_name": one.table.name,
        "table_digest": one.digest_of_table,
        "row_key": list(key) if key else None,
        "base": dict(one.base) or None,
        "after": dict(one.after) or None,
        "links": {name: asdict(link) for name, link in one.links.items()} or None,
        "result": left.result if left else None,
    }
