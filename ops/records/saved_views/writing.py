"""Making, changing, sharing, pinning and removing views. What others see of it stands in the trail.

A private view is like the order of somebody's desk: nothing is written about it. Sharing one, changing or
removing a shared one, and ending its sharing are events, in the transaction that does it (P36).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import Actor
from ops.catalog import Table
from ops.identity import current_actor
from ops.policy import Forbidden
from ops.records.saved_views.errors import ChangedMeanwhile, NameTaken, NoSuchView, TooManyViews
from ops.records.saved_views.model import MOST_OF_A_PERSON, MOST_PINS, SavedView, may_change, may_share
from ops.records.saved_views.reading import mine
from ops.words import t


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a view is to be called and whom it is shared with; `list` and `looks` as in SavedView."""

    name: str
    role: str | None = None
    list: str = ""
    looks: str = ""


_PERSON = sa.text("SELECT id FROM ops.person WHERE id = :person FOR NO KEY UPDATE")
_MANY = sa.text("SELECT count(*) FROM ops.saved_view WHERE owner_id = :person")
_CREATE = sa.text(
    """
    INSERT INTO ops.saved_view (owner_id, schema_name, table_name, name, role, list, looks, form_token, changed_by)
    VALUES (:person, :schema, :table, :name, :role, :list, :looks, :token, :person)
    ON CONFLICT DO NOTHING RETURNING id
    """
)
_MADE = sa.text("SELECT id FROM ops.saved_view WHERE owner_id = :person AND form_token = :token")
_HOLD = sa.text("SELECT edition FROM ops.saved_view WHERE id = :view FOR UPDATE")
_NAMED = sa.text(
    """
    SELECT EXISTS (SELECT FROM ops.saved_view v JOIN ops.saved_view o ON o.id = :view
        WHERE v.owner_id = o.owner_id AND v.schema_name = o.schema_name AND v.table_name = o.table_name
        AND v.name = :name AND v.id <> o.id)
    """
)
_CHANGE = sa.text(
    """
    UPDATE ops.saved_view SET name = :name, role = :role, list = :list, looks = :looks,
        edition = edition + 1, changed_at = now(), changed_by = :person WHERE id = :view
    """
)
_REMOVE = sa.text("DELETE FROM ops.saved_view WHERE id = :view")
_PINS = sa.text("SELECT count(*) FROM ops.view_pin WHERE person_id = :person AND view_id <> :view")
_PIN = sa.text("INSERT INTO ops.view_pin (person_id, view_id) VALUES (:person, :view) ON CONFLICT DO NOTHING")
_UNPIN = sa.text("DELETE FROM ops.view_pin WHERE person_id = :person AND view_id = :view")
_OPEN = sa.text(
    """
    INSERT INTO ops.view_default (person_id, schema_name, table_name, view_id)
    VALUES (:person, :schema, :table, :view)
    ON CONFLICT (person_id, schema_name, table_name) DO UPDATE SET view_id = excluded.view_id
    """
)
_OPEN_PLAIN = sa.text("DELETE FROM ops.view_default WHERE person_id = :person AND view_id = :view")


def create(tx: Session, actor: Actor, table: Table, wanted: Wanted, token: str) -> int:
    """Make a view and return its number; the same form sent again (`token`) gives the same one (P30).

    That the person sees the table, and that list and looks can be read, is the caller's to know. Raises Forbidden
    (a role they may not share with), NameTaken, TooManyViews.
    """
    actor = current_actor(tx, actor)
    _check_sharing(actor, None, wanted.role)
    tx.execute(_PERSON, {"person": actor.person_id})
    said = {"person": actor.person_id, "schema": table.schema, "table": table.name, "token": token}
    made = tx.scalar(_MADE, said)
    if made is not None:
        return int(made)
    if int(tx.scalar(_MANY, said) or 0) >= MOST_OF_A_PERSON:
        raise TooManyViews(MOST_OF_A_PERSON)
    values = {"name": wanted.name, "role": wanted.role, "list": wanted.list, "looks": wanted.looks}
    made = tx.scalar(_CREATE, {**said, **values})
    if made is None:
        raise NameTaken(wanted.name)
    if wanted.role is not None:
        one = SavedView(
            int(made), table.schema, table.name, wanted.name, wanted.role, wanted.list, wanted.looks, 1,
            actor.person_id or 0, actor.name,
        )  # fmt: skip
        audit.record(tx, actor, [_entry("view.shared", one)])
    return int(made)


def replace_list(tx: Session, actor: Actor, view_id: int, list_: str, looks: str, edition: int) -> SavedView:
    """Save another list under the view's name. Raises NoSuchView, ChangedMeanwhile."""
    actor = current_actor(tx, actor)
    one = _held(tx, actor, view_id, edition)
    _change(tx, actor, one, Wanted(one.name, one.role, list_, looks))
    return one


def describe(tx: Session, actor: Actor, view_id: int, name: str, role: str | None, edition: int) -> SavedView:
    """Give the view another name, share it, or end that. Raises NoSuchView, ChangedMeanwhile, NameTaken, Forbidden."""
    actor = current_actor(tx, actor)
    one = _held(tx, actor, view_id, edition)
    _check_sharing(actor, one.role, role)
    if tx.scalar(_NAMED, {"view": view_id, "name": name}):
        raise NameTaken(name)
    _change(tx, actor, one, Wanted(name, role, one.list, one.looks))
    return one


def remove(tx: Session, actor: Actor, view_id: int) -> SavedView:
    """Delete the view, with everybody's pins of it. Raises NoSuchView."""
    actor = current_actor(tx, actor)
    one = _held(tx, actor, view_id, None)
    tx.execute(_REMOVE, {"view": view_id})
    if one.role is not None:
        audit.record(tx, actor, [_entry("view.removed", one)])
    return one


def pin(tx: Session, actor: Actor, view_id: int, on: bool) -> SavedView:
    """Put the view on the person's rail, or take it off. Raises NoSuchView, TooManyViews."""
    one = _seen(tx, actor, view_id)
    said = {"person": actor.person_id, "view": view_id}
    if not on:
        tx.execute(_UNPIN, said)
        return one
    tx.execute(_PERSON, {"person": actor.person_id})
    if int(tx.scalar(_PINS, said) or 0) >= MOST_PINS:
        raise TooManyViews(MOST_PINS)
    tx.execute(_PIN, said)
    return one


def open_with(tx: Session, actor: Actor, view_id: int, on: bool) -> SavedView:
    """Let the person's list of the view's table open with it, or as the table itself. Raises NoSuchView."""
    one = _seen(tx, actor, view_id)
    said = {"person": actor.person_id, "view": view_id}
    if on:
        tx.execute(_OPEN, {**said, "schema": one.schema, "table": one.table})
    else:
        tx.execute(_OPEN_PLAIN, said)
    return one


def _seen(tx: Session, actor: Actor, view_id: int) -> SavedView:
    one = mine(tx, current_actor(tx, actor)).get(view_id)
    if one is None:
        raise NoSuchView(view_id)
    return one


def _held(tx: Session, actor: Actor, view_id: int, edition: int | None) -> SavedView:
    """The view, locked, as it is now; `edition`: the one the person saw."""
    now = tx.scalar(_HOLD, {"view": view_id})
    one = mine(tx, actor).get(view_id)
    if now is None or one is None or not may_change(actor, one):
        raise NoSuchView(view_id)
    if edition is not None and now != edition:
        raise ChangedMeanwhile(view_id)
    return one


def _check_sharing(actor: Actor, before: str | None, role: str | None) -> None:
    """Who leaves the sharing as it is needs no role for it: a lost role must not keep one from renaming."""
    if role is not None and role != before and not may_share(actor, role):
        raise Forbidden(t("views.may_not_share", role=role))


def _change(tx: Session, actor: Actor, one: SavedView, wanted: Wanted) -> None:
    values = {"name": wanted.name, "role": wanted.role, "list": wanted.list, "looks": wanted.looks}
    tx.execute(_CHANGE, {"view": one.id, "person": actor.person_id, **values})
    new = replace(one, name=wanted.name, role=wanted.role, list=wanted.list, looks=wanted.looks)
    entries = []
    if one.role is not None and wanted.role != one.role:
        entries.append(_entry("view.unshared", one))
    if wanted.role is not None and wanted.role != one.role:
        entries.append(_entry("view.shared", new))
    elif wanted.role is not None and new != one:
        entries.append(_entry("view.changed", new))
    audit.record(tx, actor, entries)


def _entry(action: str, one: SavedView) -> audit.Entry:
    facts = {"view": str(one.id), "name": one.name, "role": one.role, "list": one.list}
    if one.looks:
        facts["looks"] = one.looks
    return audit.Entry(action, table=(one.schema, one.table), facts=facts)
