"""Many rows that others point at: what foreign keys change with each of them is judged, told and held back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops.catalog import Resource, action, load
from ops.changes.acts import Act, settable
from ops.changes.bulk import Wish, going_along
from ops.changes.bulk.acting import spec
from ops.db import reset_statements, statements
from tests.changes.bulk.conftest import Many
from tests.changes.company import World

TABLES = """
CREATE TABLE shop.area (id int PRIMARY KEY, region text, no int, code text UNIQUE, UNIQUE (region, no));
CREATE TABLE shop.plot (
    id int PRIMARY KEY, region text, no int,
    CONSTRAINT plot_area FOREIGN KEY (region, no) REFERENCES shop.area (region, no) ON UPDATE CASCADE
);
CREATE TABLE shop.pin (
    id int PRIMARY KEY, code text CONSTRAINT pin_code REFERENCES shop.area (code) ON UPDATE SET NULL
);
INSERT INTO shop.area SELECT n, 'north', n, 'c' || n FROM generate_series(1, 150) n;
INSERT INTO shop.plot SELECT n, 'north', n FROM generate_series(1, 150) n;
INSERT INTO shop.pin SELECT n, 'c' || n FROM generate_series(1, 150) n;
"""


class Areas(Resource):
    table = "shop.area"

    @action("Recode", many=True)
    def recode(self, row: Any) -> Any:
        return {"code": row["code"].upper()}


@pytest.fixture
def many(world: World) -> Many:
    world.sql(TABLES)
    with world.db.reading() as tx:
        world.catalog = load(tx, schemas=("shop",), resources=[Areas])
    return Many(world)


def south(many: Many, *keys: int) -> Wish:
    return many.wish("area", *keys, after={"region": "south"})


def recode(many: Many, *keys: int) -> Wish:
    table = many.world.table("area")
    act = Act("recode", "Recode", {})
    columns = tuple(sorted(settable(table, "update")))
    return replace(many.wish("area", *keys), each=spec(act), columns=columns, source="action", title="Recode")


def told(world: World) -> list[tuple[str, str, Any, Any, str]]:
    return [
        (one.table_name, one.row_key, one.body["before"], one.body["after"], one.body["facts"]["with"])
        for one in world.events("row.cascaded")
    ]


def test_p35_each_row_that_changes_with_one_of_them_is_told(world: World, many: Many) -> None:
    """P35: with the row it refers to, of the same values for all rows as of values of their own."""
    out = many.propose(world.ann, south(many, 1, 2))
    assert many.results(out.change_id) == {"applied": 2}
    assert told(world) == [
        ("plot", "~1", {"region": "north"}, {"region": "south"}, "~1"),
        ("plot", "~2", {"region": "north"}, {"region": "south"}, "~2"),
    ]
    out = many.propose(world.ann, recode(many, 5, 6))
    assert many.results(out.change_id) == {"applied": 2}
    assert told(world)[2:] == [
        ("pin", "~5", {"code": "c5"}, {"code": None}, "~5"),
        ("pin", "~6", {"code": "c6"}, {"code": None}, "~6"),
    ]


@pytest.mark.parametrize("wish", [south, recode])
def test_p31_only_the_rows_with_which_such_rows_change_are_held_back(
    world: World, many: Many, wish: Any
) -> None:
    """P31: a rule of the other table asks about the rows that take one of its own along, a few or many."""
    world.rule("plots", table_name="plot", kinds=["update"], condition="old.id = 2 and new.region = 'south'")
    world.rule("pins", table_name="pin", kinds=["update"], condition="old.id = 2 and new.code is empty")
    out = many.propose(world.ann, wish(many, 1, 2, 3))
    assert many.work(out.change_id) == "in_review"
    assert many.results(out.change_id) == {"applied": 2, "held": 1}
    assert [row[1] for row in told(world)] == ["~1", "~3"]
    world.decide(world.bo, out.change_id)
    assert many.work(out.change_id) == "applied"
    assert {row[1] for row in told(world)} == {"~1", "~2", "~3"}


def test_p31_rules_are_asked_about_rows_that_are_too_many_to_be_read(
    world: World, many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P31: with which of the rows they change is not known, so all of these wait for the owner."""
    monkeypatch.setattr(going_along, "MOST", 2)
    world.rule("plots", table_name="plot", kinds=["update"], condition="old.id = 99")
    out = many.propose(world.ann, south(many, 1, 2, 3))
    assert many.work(out.change_id) == "in_review"
    assert many.results(out.change_id) == {"held": 3}
    assert world.one("SELECT role FROM ops.stage") == "owner"


def test_the_number_of_statements_does_not_grow(world: World, many: Many) -> None:
    """What changes with a hundred rows is found, and read again, by as many statements as of two."""
    assert many.propose(world.ann, south(many, 150)).state == "applied"
    counts = []
    for keys in ((1, 2), tuple(range(3, 103))):
        reset_statements()
        assert many.propose(world.ann, south(many, *keys)).state == "applied"
        counts.append(statements())
    assert counts[0] == counts[1] <= 12, counts


def test_many_more_are_written_by_a_worker(world: World, many: Many) -> None:
    """P35, P36: chunk after chunk, every row that changes with one of them is told."""
    out = many.propose(world.ann, many.wish("area", listed="f.id.gt=0", after={"region": "east"}))
    assert many.work(out.change_id) == "applied"
    assert len(told(world)) == 150
    assert all(key == by for _, key, _, _, by in told(world))


def test_p31_a_row_that_changes_with_two_of_them_holds_both_back(world: World, many: Many) -> None:
    """P31: and is told once, with both of its new values."""
    world.sql(
        "CREATE TABLE shop.way (id int PRIMARY KEY, region text, a int, b int,"
        " FOREIGN KEY (region, a) REFERENCES shop.area (region, no) ON UPDATE CASCADE);"
        "ALTER TABLE shop.way ADD there text, ADD FOREIGN KEY (there, b) REFERENCES shop.area (region, no)"
        " ON UPDATE CASCADE; INSERT INTO shop.way VALUES (1, 'north', 1, 2, 'north')"
    )
    with world.db.reading() as tx:
        world.catalog = load(tx, schemas=("shop",), resources=[Areas])
    world.rule("ways", table_name="way", kinds=["update"], columns=["there"])
    out = many.propose(world.ann, south(many, 1, 2, 3))
    assert many.work(out.change_id) == "in_review"
    assert many.results(out.change_id) == {"applied": 1, "held": 2}
    world.decide(world.bo, out.change_id)
    assert many.work(out.change_id) == "applied"
    assert [row for row in told(world) if row[0] == "way"] == [
        ("way", "~1", {"region": "north", "there": "north"}, {"region": "south", "there": "south"}, "~1")
    ]


@pytest.mark.parametrize("kind", ["update", "delete"])
def test_p31_where_it_cannot_be_told_which_of_them_is_meant_all_wait(
    world: World, many: Many, kind: Any
) -> None:
    """P31: rows may refer by other digits than those that stand there; then each of several may be the one."""
    world.sql(
        "CREATE TABLE shop.rate (id int PRIMARY KEY, a numeric, b int, UNIQUE (a, b));"
        "CREATE TABLE shop.use (id int PRIMARY KEY, a numeric, b int, FOREIGN KEY (a, b)"
        " REFERENCES shop.rate (a, b) ON UPDATE CASCADE ON DELETE CASCADE);"
        "INSERT INTO shop.rate VALUES (1, 1, 1), (2, 2.0, 2), (3, 3.0, 3);"
        "INSERT INTO shop.use VALUES (1, 2, 2), (2, 3.0, 3)"
    )
    with world.db.reading() as tx:
        world.catalog = load(tx, schemas=("shop",), resources=[])
    world.rule("uses", table_name="use", kinds=[kind], condition="old.id = 1")
    given = {"after": {"a": "9"}} if kind == "update" else {}
    out = many.propose(world.ann, many.wish("rate", 1, 2, 3, kind=kind, **given))
    assert many.work(out.change_id) == "in_review"
    assert many.results(out.change_id) == {"held": 3}
    world.decide(world.bo, out.change_id)
    assert many.work(out.change_id) == "applied"
    rows = [row for row in told(world) if row[0] == "use"]
    assert [row[1] for row in rows] == ["~1", "~2"]
    if kind == "update":
        assert [row[3] for row in rows] == [{"a": "9"}, {"a": "9"}]
