"""The door on databases nobody here wrote: a row of every writable table is edited and approved."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ops import catalog, changes, policy
from ops.actor import Actor
from ops.catalog import Table, key_text
from ops.changes import Invalid, Operation
from ops.db import Database

ANN = Actor(1, "Ann", frozenset({"operator"}), request_id="r")
BO = Actor(2, "Bo", frozenset({"manager"}), request_id="r")


def _edit(db: Database, seen: policy.View) -> Operation | None:
    table: Table = seen.table
    free = [
        c.name
        for c in seen.columns
        if c.name in changes.settable(seen, "update") and c.column.category == "text"
    ]
    fixed = {name for foreign in table.foreign_keys for name in foreign.columns}
    names = [name for name in free if name not in fixed]
    if not names:
        return None
    with db.reading() as tx:
        row = tx.execute(seen.select(*(seen.text(n) for n in (*table.key, *names))).limit(1)).first()
    if row is None:
        return None
    column, was = names[0], row[len(table.key)]
    return Operation(
        "update", table, key_text(row[: len(table.key)]), {column: was}, {column: (was or "x")[:-1] + "Z"}
    )


@pytest.mark.parametrize("name", ["northwind", "pagila"])
def test_every_table_that_can_be_written_is_edited(make_database, name: str) -> None:
    db = Database(make_database(name), application_name="countersign tests")
    with db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'i', 'a', 'Ann'), (2, 'i', 'b', 'Bo')"
            )
        )
        tx.execute(
            sa.text("INSERT INTO ops.person_role VALUES (1, 'operator', 'hand'), (2, 'manager', 'hand')")
        )
        tx.execute(sa.text("INSERT INTO ops.approval_rule (name, kinds) VALUES ('all', '{update}')"))
    with db.reading() as tx:
        loaded = catalog.load(tx, schemas=None, resources=[])
    applied, refused = [], {}
    for table in loaded:
        seen = policy.view(ANN, table, loaded)
        operation = _edit(db, seen) if table.writable else None
        if operation is None:
            continue
        try:
            out = changes.propose(db, loaded, ANN, [operation])
        except Invalid as error:
            refused[table.ref] = str(error)
            continue
        with db.reading() as tx:
            view = changes.show(tx, loaded, BO, out.change_id)
        done = changes.decide(db, loaded, BO, out.change_id, verdict="approve", digest=view.digest)
        if done.state == "applied":
            applied.append(table.ref)
        else:
            refused[table.ref] = done.failure or done.state
    with db.reading() as tx:
        told = set(tx.scalars(sa.text("SELECT table_name FROM ops.event WHERE action = 'row.updated'")))
    db.close()
    assert {loaded.table(ref).name for ref in applied} == told
    assert len(applied) >= 8, (applied, refused)
    assert refused == {}
