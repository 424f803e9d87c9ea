"""What PostgreSQL itself saw: triggers write down every row that was written, with its transaction, in their order.

Nothing of the product is asked. A transaction's effects carry one number, so that whose write a row was needs no
belief; and what happens to one change is in its true order: the number of an entry is drawn while its row is held.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ops.db import Database

BUSINESS = ("shop.customer", "shop.plain")
_TOLD = (*BUSINESS, "ops.change_set", "ops.decision", "ops.stage", "ops.emergency_review", "ops.event")
_LONG = "ARRAY['line', 'title', 'reason', 'comment', 'why', 'failure']"

_LOG = f"""
CREATE SCHEMA spy;
CREATE TABLE spy.log (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, xid text NOT NULL, what text NOT NULL,
                      body jsonb);
CREATE FUNCTION spy.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spy.log (xid, what, body) VALUES (pg_current_xact_id()::text, TG_ARGV[0], jsonb_build_object(
        'op', TG_OP, 'old', to_jsonb(OLD) - {_LONG}, 'new', to_jsonb(NEW) - {_LONG}));
    RETURN NULL;
END $$;
"""
_NOTE = "INSERT INTO spy.log (xid, what) VALUES (pg_current_xact_id()::text, :what)"


@dataclass(frozen=True)
class Entry:
    """One row written: `table`, "INSERT", "UPDATE" or "DELETE", and the row before and after as texts."""

    n: int
    xid: str
    table: str
    op: str
    old: dict[str, Any]
    new: dict[str, Any]

    @property
    def change_id(self) -> int | None:
        row = self.new or self.old
        found = row.get("id" if self.table == "ops.change_set" else "change_id")
        return None if found is None else int(found)


@dataclass(frozen=True)
class Deed:
    """All that one transaction wrote, and whether it was the tests' own hand."""

    xid: str
    entries: Sequence[Entry]
    mark: str | None

    def of(self, *tables: str) -> list[Entry]:
        return [one for one in self.entries if one.table in tables]

    @property
    def change_id(self) -> int | None:
        """The change it was about; none where it only left word of a refusal."""
        about = self.of("ops.change_set", "ops.decision", "ops.stage", "ops.emergency_review")
        found = {one.change_id for one in about}
        assert len(found) <= 1, f"one transaction went to several changes: {found}"
        return found.pop() if found else None


def install(db: Database) -> None:
    """Put the triggers on a database that is there for these tests alone."""
    with db.transaction() as tx:
        tx.connection().exec_driver_sql(_LOG)
        for table in _TOLD:
            when = "INSERT OR UPDATE OR DELETE" if table in BUSINESS else "INSERT OR UPDATE"
            tx.execute(
                sa.text(
                    f"CREATE TRIGGER zz_spy AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION spy.note('{table}')"
                )
            )


def marked(db: Database, text: str, mark: str = "other", **values: Any) -> int:
    """Run somebody else's SQL, and say in the log that it was: how many rows it wrote."""
    with db.transaction() as tx:
        tx.execute(sa.text(_NOTE), {"what": mark})
        return int(tx.execute(sa.text(text), values).rowcount)


def deeds(db: Database, after: int) -> tuple[list[Deed], int]:
    """The transactions that were committed since entry `after`, in the order of what they did to changes."""
    with db.reading() as tx:
        rows = tx.execute(
            sa.text("SELECT n, xid, what, body::text AS body FROM spy.log WHERE n > :n ORDER BY n"),
            {"n": after},
        ).all()
    found: dict[str, list[Entry]] = {}
    marks: dict[str, str] = {}
    for row in rows:
        entries = found.setdefault(row.xid, [])
        if row.body is None:
            marks[row.xid] = row.what
            continue
        body = json.loads(row.body, parse_float=str, parse_int=str)
        entries.append(Entry(row.n, row.xid, row.what, body["op"], body["old"] or {}, body["new"] or {}))
    made = [Deed(xid, entries, marks.get(xid)) for xid, entries in found.items()]
    return sorted(made, key=_begun), max((row.n for row in rows), default=after)


def _begun(deed: Deed) -> int:
    """Where it first held its change: a row of the company it may have waited for holding none."""
    held = deed.of("ops.change_set", "ops.decision", "ops.stage", "ops.emergency_review") or deed.entries
    return min((one.n for one in held), default=0)
