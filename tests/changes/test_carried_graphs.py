"""Tables that refer to each other in ways drawn by lot: whatever a change changes is in the trail, and no more."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ops.catalog import key_text, load
from ops.changes import Invalid, Operation
from tests.changes.company import World

TABLES = ("ta", "tb", "tc", "td")
COLUMNS = ("code", "b", "c")
ACTS = ("CASCADE", "CASCADE", "SET NULL", "SET DEFAULT")
ROWS = 5
Values = dict[str, str | None]


def _schema(lot: random.Random) -> str:
    """Four tables with a code of their own each; every other column refers to some code, codes to those before them."""
    made, linked = [], []
    for place, name in enumerate(TABLES):
        key = lot.choice(("id", "id", "id, b"))
        made.append(
            f"CREATE TABLE shop.{name} "
            f"(id int, code int UNIQUE DEFAULT NULL, b int DEFAULT 1, c int, PRIMARY KEY ({key}));"
        )
        targets = {"b": lot.choice(TABLES), "c": lot.choice(TABLES)}
        if place and lot.random() < 0.6:
            targets["code"] = TABLES[lot.randrange(place)]
        for column, target in targets.items():
            # Where a default becomes part of a key nobody knows under which one the row is then.
            acts = ACTS[:1] if column in key else ACTS
            linked.append(
                f"ALTER TABLE shop.{name} ADD FOREIGN KEY ({column}) REFERENCES shop.{target} (code) "
                f"ON DELETE {lot.choice(acts)} ON UPDATE {lot.choice(acts)};"
            )
        rows = (
            f"({n}, {n}, {lot.randint(1, ROWS)}, {lot.choice([*range(1, ROWS + 1), 'NULL'])})"
            for n in range(1, ROWS + 1)
        )
        made.append(f"INSERT INTO shop.{name} VALUES {', '.join(rows)};")
    return "".join(made + linked)


def _rows(world: World) -> dict[tuple[str, str], Values]:
    return {
        (name, str(row.id)): {"id": str(row.id), **{c: _text(getattr(row, c)) for c in COLUMNS}}
        for name in TABLES
        for row in world.sql(f"SELECT * FROM shop.{name}")
    }


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _differences(before: dict[Any, Values], after: dict[Any, Values]) -> dict[Any, Any]:
    """By row what became other: None where it is gone, else old and new by column."""
    found = {}
    for key, row in before.items():
        now = after.get(key)
        changed = None if now is None else {n: (row[n], now[n]) for n in row if row[n] != now[n]}
        if changed is None or changed:
            found[key] = changed
    return found


def _told(world: World, change_id: int) -> dict[Any, Any]:
    """The same by the trail: an event of the row itself, and one of what foreign keys did to it."""
    found: dict[Any, Any] = {}
    for one in world.events("row.updated", "row.deleted", "row.cascaded"):
        key = (one.table_name, one.row_key[1:].partition(",")[0])
        before, after = one.body["before"], one.body["after"]
        if one.change_id != change_id:
            continue
        if after is None:
            assert key not in found and set(before) == {"id", *COLUMNS}, (key, one.body)
            found[key] = None
            continue
        known = found.setdefault(key, {})
        for name, text in after.items():
            known[name] = (known.get(name, (before[name],))[0], text)
    return found


@pytest.mark.parametrize("seed", range(16))
def test_p35_the_trail_has_whatever_became_other(world: World, seed: int) -> None:
    """P35: over all levels, through several foreign keys at once, of rows that refer to themselves or in a ring."""
    lot = random.Random(seed)
    world.sql(_schema(lot))
    with world.db.reading() as tx:
        world.catalog = load(tx, schemas=("shop",), resources=[])
    for turn in range(4):
        before = _rows(world)
        if not before:
            return
        name, number = lot.choice(sorted(before))
        table, row = world.table(name), before[name, number]
        key = key_text([row[part] or "" for part in table.key])
        one = Operation("update", table, key, {"code": row["code"]}, {"code": str(100 + turn)})
        if turn % 2:
            one = Operation("delete", table, key, row)
        try:
            out = world.propose(world.ann, one)
        except Invalid:
            continue  # a default or a code that is not there: the database refuses it as a whole
        assert out.state == "applied"
        found = _told(world, out.change_id)
        assert found == _differences(before, _rows(world)), (turn, one.kind, name, key)
