"""Which header cell goes into which column: guessed by names and labels, remembered per person, table and header."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Table
from ops.imports.plan import Plan, Reading, plan_from
from ops.policy import View

MOST_REMEMBERED = 200  # of a person; the one not used for longest is forgotten

_RECALL = sa.text(
    """
    SELECT plan FROM ops.import_mapping
    WHERE person_id = :person_id AND schema_name = :schema AND table_name = :table AND header = :header
    """
)
_REMEMBER = sa.text(
    """
    INSERT INTO ops.import_mapping (person_id, schema_name, table_name, header, plan)
    VALUES (:person_id, :schema, :table, :header, CAST(:plan AS jsonb))
    ON CONFLICT (person_id, schema_name, table_name, header)
    DO UPDATE SET plan = excluded.plan, used_at = clock_timestamp()
    """
)
_FORGET = sa.text(
    """
    DELETE FROM ops.import_mapping WHERE ctid IN (
        SELECT ctid FROM ops.import_mapping WHERE person_id = :person_id
        ORDER BY used_at DESC, header OFFSET :most)
    """
)


def guess(seen: View, header: Sequence[str]) -> tuple[str | None, ...]:
    """For each header cell the column it most likely means, each column once; None where nothing is like it."""
    offered = settable(seen)
    by_name: dict[str, list[str]] = {}
    for name in offered:
        column = seen.table.columns[name]
        for said in {normal(name), normal(column.label or "")} - {""}:
            by_name.setdefault(said, []).append(name)
    taken: set[str] = set()
    found: list[str | None] = []
    for text in header:
        # The name to the letter first: `name` and `Name` may be two columns.
        names = [text] if text in offered else by_name.get(normal(text), [])
        fit = [name for name in names if name not in taken]
        chosen = fit[0] if len(fit) == 1 else None
        found.append(chosen)
        taken |= {chosen} if chosen else set()
    return tuple(found)


def settable(seen: View) -> list[str]:
    """The columns a file may fill: those the person may give a value in a new row or an old one, and the key."""
    may = (seen.settable("create") if seen.may("create") else frozenset()) | (
        seen.settable("edit") if seen.may("edit") else frozenset()
    )
    keys = {name for names in matchable(seen) for name in names}
    return [one.name for one in seen.columns if one.name in may or one.name in keys]


def matchable(seen: View) -> list[tuple[str, ...]]:
    """What can tell rows apart for this person: the key first, then unique indexes on columns they read in full."""
    found = [seen.table.key] if seen.table.key else []
    for index in seen.table.indexes:
        names = tuple(column.name for column in index.columns)
        if index.unique and not index.partial and None not in names and names not in found:
            found.append(names)  # type: ignore[arg-type]  # None is not among them
    return [names for names in found if all(seen.sees(name) for name in names)]


def match_for(seen: View, columns: Sequence[str | None]) -> tuple[str, ...]:
    """The first of `matchable` that the file holds whole; () where it holds none."""
    mapped = set(columns)
    return next((names for names in matchable(seen) if set(names) <= mapped), ())


def normal(text: str) -> str:
    """`Customer No.`, `customer_no` and `CUSTOMER-NO` alike: letters and digits, small, without their accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w]|_", "", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def header_digest(header: Sequence[str]) -> str:
    """What a file's header is known by."""
    said = json.dumps([text.strip() for text in header], ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()


def recall(tx: Session, actor: Actor, table: Table, header: Sequence[str]) -> Plan | None:
    """What the person chose last time for a file with this header; None where there was none."""
    found = tx.scalar(_RECALL, {**_place(actor, table), "header": header_digest(header)})
    return None if found is None else plan_from(found)


def remember(tx: Session, actor: Actor, table: Table, plan: Plan) -> None:
    """Keep it for the next file with this header."""
    values = {
        **_place(actor, table),
        "header": header_digest(plan.header),
        "plan": json.dumps(plan.to_json()),
    }
    tx.execute(_REMEMBER, values)
    tx.execute(_FORGET, {"person_id": actor.person_id, "most": MOST_REMEMBERED})


def applied(seen: View, remembered: Plan, plan: Plan) -> Plan:
    """The remembered choices on this file, as far as they still fit: how it is written is the file's own."""
    offered = set(settable(seen))
    columns = tuple(name if name in offered else None for name in remembered.columns)
    if len(columns) != len(plan.header):
        return plan
    old, new = remembered.reading, plan.reading
    reading = _habits(old, new)
    match = remembered.match if set(remembered.match) <= {name for name in columns if name} else ()
    if match and match not in matchable(seen):
        match = ()
    return replace(plan, reading=reading, columns=columns, match=match, mode=remembered.mode)


def _habits(old: Reading, new: Reading) -> Reading:
    return replace(
        new,
        decimal=new.decimal or old.decimal,
        thousands=new.thousands if new.decimal else old.thousands,
        dates=new.dates or old.dates,
        percent=new.percent or old.percent.replace("no", ""),
        zone=old.zone,
        nulls=old.nulls,
        empty=old.empty,
        apostrophe=old.apostrophe,
    )


def _place(actor: Actor, table: Table) -> dict[str, Any]:
    return {"person_id": actor.person_id, "schema": table.schema, "table": table.name}
