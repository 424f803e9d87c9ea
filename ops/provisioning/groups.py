"""SCIM groups and who is in them; each write brings the roles of everyone it touches up to date, at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from scim2_models import (
    InvalidValueException,
    ListResponse,
    PatchOp,
    Path,
    SearchRequest,
    TooManyException,
)
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.provisioning.filters import groups_where
from ops.provisioning.members import members_of, steps_of
from ops.provisioning.models import MAX_RESULTS, MAX_SHOWN, MAX_TEXT, POLICY, Group
from ops.provisioning.people import REASON, Source
from ops.provisioning.resources import (
    checked_id,
    checked_version,
    difference,
    listed,
    meta,
    missing,
    window,
)
from ops.provisioning.rights import bring
from ops.provisioning.tables import GROUPS

_KEY: Any = Path[Group]("displayName").resolve()
_NAMED = 200  # members an event names; beyond, their number
_INSERT = sa.text(
    """
    INSERT INTO ops.scim_group (display_name, display_key, external_id)
    VALUES (:display_name, :display_key, :external_id) RETURNING id::text
    """
)
_UPDATE = sa.text(
    """
    UPDATE ops.scim_group SET display_name = :display_name, display_key = :display_key,
        external_id = :external_id, version = version + 1, modified_at = now() WHERE id = CAST(:id AS uuid)
    """
)
_MOVE_ON = sa.text(
    "UPDATE ops.scim_group SET version = version + 1, modified_at = now() WHERE id = CAST(:id AS uuid)"
)
_LOCK = sa.text("SELECT 1 FROM ops.scim_group WHERE id = CAST(:id AS uuid) FOR UPDATE")
_DELETE = sa.text("DELETE FROM ops.scim_group WHERE id = CAST(:id AS uuid)")
_ADD = sa.text(
    """
    INSERT INTO ops.scim_member (group_id, user_id)
    SELECT CAST(:id AS uuid), u.id FROM ops.scim_user u WHERE u.id = ANY(CAST(:users AS uuid[]))
    ON CONFLICT DO NOTHING RETURNING user_id::text
    """
)
_REMOVE = sa.text(
    "DELETE FROM ops.scim_member WHERE group_id = CAST(:id AS uuid) AND user_id = ANY(CAST(:users AS uuid[])) "
    "RETURNING user_id::text"
)
_KEEP_ONLY = sa.text(
    "DELETE FROM ops.scim_member WHERE group_id = CAST(:id AS uuid) "
    "AND user_id <> ALL(CAST(:users AS uuid[])) RETURNING user_id::text"
)
_KNOWN = sa.text("SELECT id::text FROM ops.scim_user WHERE id = ANY(CAST(:users AS uuid[]))")
_PEOPLE = sa.text(
    "SELECT person_id FROM ops.scim_user WHERE id = ANY(CAST(:users AS uuid[])) AND person_id IS NOT NULL"
)
_MEMBERS_OF = sa.text(
    "SELECT group_id::text AS group_id, user_id::text AS user_id FROM ops.scim_member "
    "WHERE group_id = ANY(CAST(:groups AS uuid[])) ORDER BY group_id, user_id LIMIT :most"
)
_SELECT = sa.select(
    sa.cast(GROUPS.c.id, sa.Text).label("id"), GROUPS.c.display_name, GROUPS.c.external_id,
    GROUPS.c.version, GROUPS.c.created_at, GROUPS.c.modified_at,
)  # fmt: skip


def get(tx: Session, source: Source, group_id: str, *, members: bool = True) -> Group:
    """One group, with its members unless nobody wants them. Raises NotFoundException."""
    return _with_members(tx, source, [_row(tx, group_id)], members)[0]


def page(
    tx: Session, source: Source, query: SearchRequest[Any], *, members: bool = True
) -> ListResponse[Any]:
    """One page of the groups that a filter finds. Raises InvalidFilterException, TooManyException."""
    where = groups_where(query.filter) if query.filter else sa.true()
    total = tx.execute(sa.select(sa.func.count()).select_from(GROUPS).where(where)).scalar_one()
    offset, limit = window(query, MAX_RESULTS)
    rows = tx.execute(_SELECT.where(where).order_by(GROUPS.c.position).offset(offset).limit(limit)).all()
    found = _with_members(tx, source, rows if limit else [], members)
    return listed(Group, total, offset, found)


def create(tx: Session, actor: Actor, source: Source, group: Group) -> Group:
    """Make a group with its members. Raises InvalidValueException for a member that is no user."""
    values, wanted = _stored(group), members_of(group)
    group_id = str(tx.execute(_INSERT, values).scalar_one())
    added = _added(tx, group_id, wanted)
    _told(tx, actor, "created", group_id, None, group, added, ())
    return get(tx, source, group_id)


def replace(
    tx: Session, actor: Actor, source: Source, group_id: str, group: Group, version: str | None = None
) -> Group:
    """Let a group be as told, members too. Raises NotFoundException, PreconditionFailedException."""
    before = _locked(tx, source, group_id, version)
    group.replace(before)
    return _write(tx, actor, source, before, group, "replaced")


def patch(
    tx: Session, actor: Actor, source: Source, group_id: str, operations: PatchOp[Any],
    version: str | None = None,
) -> Group | None:  # fmt: skip
    """Apply the operations, all or none.

    Members put in or taken out one by one, as providers do it, never load the others: None is returned then.
    """
    steps = steps_of(operations)
    before = _locked(tx, source, group_id, version, members=steps is None)
    if steps is None:
        group = before.model_copy(deep=True)
        if not operations.patch(group, scim_policy=POLICY):
            return before
        return _write(tx, actor, source, before, group, "patched")
    added: set[str] = set()
    removed: set[str] = set()
    for adding, users in steps:
        touched = set(_added(tx, group_id, users) if adding else tx.scalars(_REMOVE, _key(group_id, users)))
        added, removed = (added | touched, removed) if adding else (added, removed | touched)
    if added or removed:
        tx.execute(_MOVE_ON, {"id": group_id})
        _told(tx, actor, "patched", group_id, before, before, added, removed)
    return None


def delete(tx: Session, actor: Actor, source: Source, group_id: str, version: str | None = None) -> None:
    """Take a group away, and what it gave. Raises NotFoundException."""
    before = _locked(tx, source, group_id, version)
    tx.execute(_DELETE, {"id": group_id})
    _told(tx, actor, "deleted", group_id, before, None, (), members_of(before))


def _write(
    tx: Session, actor: Actor, source: Source, before: Group, group: Group, how: str
) -> Group:  # fmt: skip
    group_id, wanted = str(before.id), members_of(group)
    tx.execute(_UPDATE, {**_stored(group), "id": group_id})
    removed = tx.scalars(_KEEP_ONLY, _key(group_id, wanted)).all()
    added = _added(tx, group_id, wanted)
    renamed = (before.display_name, before.external_id) != (group.display_name, group.external_id)
    _told(tx, actor, how, group_id, before, group, added, removed, also=wanted if renamed else ())
    return get(tx, source, group_id)


def _added(tx: Session, group_id: str, users: Collection[str]) -> list[str]:
    added = list(tx.scalars(_ADD, _key(group_id, users))) if users else []
    if len(added) < len(users):
        strangers = set(users) - set(tx.scalars(_KNOWN, {"users": list(users)}))
        if strangers:
            raise InvalidValueException(detail=f"members: there is no user {min(strangers)}")
    return added


def _key(group_id: str, users: Collection[str]) -> dict[str, Any]:
    return {"id": group_id, "users": list(users)}


def _locked(
    tx: Session, source: Source, group_id: str, version: str | None, *, members: bool = True
) -> Group:  # fmt: skip
    if tx.execute(_LOCK, {"id": checked_id(group_id)}).first() is None:
        raise missing("group", group_id)
    row = _row(tx, group_id)
    checked_version(row.version, version)
    return _with_members(tx, source, [row], members)[0]


def _row(tx: Session, group_id: str) -> Any:
    row = tx.execute(_SELECT.where(GROUPS.c.id == checked_id(group_id))).one_or_none()
    if row is None:
        raise missing("group", group_id)
    return row


def _with_members(tx: Session, source: Source, rows: Any, members: bool) -> list[Group]:
    inside: dict[str, list[dict[str, str]]] = {row.id: [] for row in rows}
    if members and rows:
        found = tx.execute(_MEMBERS_OF, {"groups": list(inside), "most": MAX_SHOWN + 1}).all()
        if len(found) > MAX_SHOWN:
            raise TooManyException(
                detail="Too many members for one answer: ask with excludedAttributes=members"
            )
        for one in found:
            reference = f"{source.base}/Users/{one.user_id}"
            inside[one.group_id].append({"value": one.user_id, "$ref": reference, "type": "User"})
    return [
        Group.model_validate(
            {
                "id": row.id,
                "displayName": row.display_name,
                "externalId": row.external_id,
                "members": inside[row.id] or None,
                "meta": meta(source.base, "Group", row),
            }
        )
        for row in rows
    ]


def _stored(group: Group) -> dict[str, Any]:
    name = group.display_name or ""
    for text in (name, group.external_id or ""):
        if len(text) > MAX_TEXT or "\x00" in text:
            raise InvalidValueException(detail=f"A value has at most {MAX_TEXT} characters, and no U+0000")
    if not name.strip():
        raise InvalidValueException(detail="displayName must not be empty")
    return {
        "display_name": name,
        "display_key": _KEY.comparable(name),
        "external_id": group.external_id,
    }


def _told(
    tx: Session, actor: Actor, how: str, group_id: str, before: Group | None, after: Group | None,
    added: Collection[str], removed: Collection[str], also: Collection[str] = (),
) -> None:  # fmt: skip
    """Write the event, then what it means for everyone it touches."""
    was, now = difference(before, after)
    name = (after or before or Group()).display_name
    facts = {"how": how, "group": group_id, "name": name, "added": _list(added), "removed": _list(removed)}
    record(tx, actor, [Entry("groups.provisioned", before=was, after=now, facts=facts)])
    bring(tx, actor, _people(tx, added), REASON)
    bring(tx, actor, _people(tx, removed), REASON, lost=_names(before))
    # Under another name those who stay are out of the old group, and in the new one.
    bring(tx, actor, _people(tx, set(also) - set(added)), REASON, lost=_names(before) - _names(after))


def _people(tx: Session, users: Collection[str]) -> Sequence[int]:
    return tx.scalars(_PEOPLE, {"users": sorted(users)}).all() if users else ()


def _names(group: Group | None) -> set[str]:
    return {name for name in (group.display_name, group.external_id) if name} if group else set()


def _list(users: Collection[str]) -> str | None:
    if not users:
        return None
    named = sorted(users)[:_NAMED]
    return ",".join(named) + (f" and {len(users) - _NAMED} more" if len(users) > _NAMED else "")
