"""SCIM users: made, read, paged, replaced, patched, deleted; each write settles the person behind it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from scim2_models import (
    InvalidValueException,
    ListResponse,
    PatchOp,
    Path,
    SearchRequest,
    UniquenessException,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.audit import Entry, record
from ops.provisioning.filters import users_where
from ops.provisioning.models import MAX_RESOURCE, MAX_RESULTS, MAX_TEXT, POLICY, Person, User
from ops.provisioning.people import Settled, Source, leave, settle
from ops.provisioning.resources import (
    checked_id,
    checked_version,
    difference,
    listed,
    meta,
    missing,
    window,
)
from ops.provisioning.tables import GROUPS, MEMBERS, USERS

_KEY: Any = Path[Person]("userName").resolve()  # type: ignore[valid-type]  # made at run time
_OURS = ("schemas", "id", "meta", "groups", "userName", "externalId")  # columns, or made anew
_INSERT = sa.text(
    """
    INSERT INTO ops.scim_user (user_name, user_key, external_id, active, resource)
    VALUES (:user_name, :user_key, :external_id, :active, CAST(:resource AS jsonb))
    ON CONFLICT (user_key) DO NOTHING RETURNING id::text
    """
)
_UPDATE = sa.text(
    """
    UPDATE ops.scim_user SET user_name = :user_name, user_key = :user_key, external_id = :external_id,
        active = :active, resource = CAST(:resource AS jsonb), version = version + 1, modified_at = now()
    WHERE id = CAST(:id AS uuid)
    """
)
_LOCK = sa.text("SELECT 1 FROM ops.scim_user WHERE id = CAST(:id AS uuid) FOR NO KEY UPDATE")
_DELETE = sa.text("DELETE FROM ops.scim_user WHERE id = CAST(:id AS uuid)")
_GROUPS = (
    sa.select(
        sa.func.coalesce(
            sa.func.jsonb_agg(sa.func.jsonb_build_array(GROUPS.c.id, GROUPS.c.display_name)),
            sa.cast(sa.literal("[]"), JSONB),
        )
    )
    .select_from(MEMBERS.join(GROUPS, GROUPS.c.id == MEMBERS.c.group_id))
    .where(MEMBERS.c.user_id == USERS.c.id)
    .scalar_subquery()
)
_SELECT = sa.select(
    sa.cast(USERS.c.id, sa.Text).label("id"), USERS.c.user_name, USERS.c.external_id, USERS.c.active,
    USERS.c.resource, USERS.c.person_id, USERS.c.version, USERS.c.created_at, USERS.c.modified_at,
    _GROUPS.label("groups"),
)  # fmt: skip


def get(tx: Session, source: Source, user_id: str) -> User:
    """One user. Raises NotFoundException."""
    return _user(source, _row(tx, user_id))


def page(tx: Session, source: Source, query: SearchRequest[Any]) -> ListResponse[Any]:
    """One page of the users that a filter finds, in the order in which they were made.

    Two statements, and no more rows than a page has, however many users there are. Raises
    InvalidFilterException.
    """
    where = users_where(query.filter) if query.filter else sa.true()
    total = tx.execute(sa.select(sa.func.count()).select_from(USERS).where(where)).scalar_one()
    offset, limit = window(query, MAX_RESULTS)
    rows = tx.execute(_SELECT.where(where).order_by(USERS.c.position).offset(offset).limit(limit))
    found = [_user(source, row) for row in rows] if limit else []
    return listed(Person, total, offset, found)


def create(tx: Session, actor: Actor, source: Source, user: User) -> User:
    """Make a user and, where their subject is known, the person. Raises UniquenessException, ProviderAway."""
    user.active = user.active is not False
    values = _stored(user, user.active)
    user_id = tx.scalar(_INSERT, values)
    if user_id is None:
        raise UniquenessException(detail="There is a user of this userName already")
    settled = _settled(tx, actor, source, user_id, None, user, user.active)
    made = get(tx, source, user_id)
    _tell(tx, actor, "created", user_id, settled, None, made)
    return made


def replace(
    tx: Session, actor: Actor, source: Source, user_id: str, user: User, version: str | None = None
) -> User:
    """Let a user be as told, whole. Raises NotFoundException, PreconditionFailedException and as `create`."""
    row = _locked(tx, user_id, version)
    user.replace(_user(source, row))
    if user.active is None:  # a form of words without it switches nobody on
        user.active = row.active
    return _write(tx, actor, source, row, user, "replaced")


def patch(
    tx: Session, actor: Actor, source: Source, user_id: str, operations: PatchOp[Any],
    version: str | None = None,
) -> User:  # fmt: skip
    """Apply the operations, all or none. Raises as `replace`, and SCIMException for one that cannot be."""
    row = _locked(tx, user_id, version)
    user = _user(source, row)
    if not operations.patch(user, scim_policy=POLICY):
        return user
    return _write(tx, actor, source, row, user, "patched")


def delete(tx: Session, actor: Actor, source: Source, user_id: str, version: str | None = None) -> None:
    """Take a user away: the person is switched off, their history stays. Raises NotFoundException."""
    row = _locked(tx, user_id, version)
    gone = _user(source, row)
    tx.execute(_DELETE, {"id": user_id})
    if row.person_id is not None:
        leave(tx, actor, row.person_id)
    _tell(tx, actor, "deleted", user_id, Settled(row.person_id), gone, None)


def _write(tx: Session, actor: Actor, source: Source, row: Any, user: User, how: str) -> User:
    before = _user(source, row)
    # Taking the attribute away says nothing: it switches nobody on or off.
    active = row.active if user.active is None else user.active
    try:
        tx.execute(_UPDATE, {**_stored(user, active), "id": row.id})
    except IntegrityError as error:
        raise UniquenessException(detail="There is a user of this userName already") from error
    settled = _settled(tx, actor, source, row.id, row.person_id, user, active)
    after = get(tx, source, row.id)
    _tell(tx, actor, how, row.id, settled, before, after)
    return after


def _settled(
    tx: Session, actor: Actor, source: Source, user_id: str, bound_to: int | None, user: User, active: bool
) -> Settled:
    try:
        return settle(tx, actor, source, user_id, bound_to, user, active=active)
    except IntegrityError as error:
        raise UniquenessException(detail=f"There is a user of this {source.subject} already") from error


def _locked(tx: Session, user_id: str, version: str | None) -> Any:
    if tx.execute(_LOCK, {"id": checked_id(user_id)}).first() is None:
        raise missing("user", user_id)
    row = _row(tx, user_id)
    checked_version(row.version, version)
    return row


def _row(tx: Session, user_id: str) -> Any:
    row = tx.execute(_SELECT.where(USERS.c.id == checked_id(user_id))).one_or_none()
    if row is None:
        raise missing("user", user_id)
    return row


def _user(source: Source, row: Any) -> User:
    told = {
        **row.resource,
        "id": row.id,
        "userName": row.user_name,
        "externalId": row.external_id,
        "groups": [
            {"value": group, "$ref": f"{source.base}/Groups/{group}", "display": name, "type": "direct"}
            for group, name in sorted(row.groups)
        ]
        or None,
        "meta": meta(source.base, "User", row),
    }
    return Person.model_validate(told, scim_policy=POLICY)


def _stored(user: User, active: bool) -> dict[str, Any]:
    rest = {name: value for name, value in user.model_dump().items() if name not in _OURS}
    if not (user.user_name or "").strip():
        raise InvalidValueException(detail="userName must not be empty")
    resource = json.dumps(rest)
    for text in _texts([rest, user.user_name, user.external_id]):
        if len(text) > MAX_TEXT or "\x00" in text:
            raise InvalidValueException(detail=f"A value has at most {MAX_TEXT} characters, and no U+0000")
    if len(resource) > MAX_RESOURCE:
        raise InvalidValueException(detail=f"A user has at most {MAX_RESOURCE} characters")
    return {
        "user_name": user.user_name,
        "user_key": _KEY.comparable(user.user_name),
        "external_id": user.external_id,
        "active": active,
        "resource": resource,
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]


def _tell(
    tx: Session, actor: Actor, how: str, user_id: str, settled: Settled, before: User | None, after: User | None
) -> None:  # fmt: skip
    was, now = difference(before, after)
    person = str(settled.person_id) if settled.person_id is not None else None
    facts = {"how": how, "user": user_id, "person": person, "made": "yes" if settled.made else None}
    record(tx, actor, [Entry("people.provisioned", before=was, after=now, facts=facts)])
