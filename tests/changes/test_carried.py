"""Editing what others point at: rows that a foreign key changes with it (ON UPDATE) are judged, told and shown."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

from ops.catalog import Resource, load
from ops.changes import Invalid, Operation, carried, cascades, undo, undoing, writing
from ops.changes.rehearsing import Rows
from ops.db import reset_statements, statements
from tests.changes.company import Customers, World
from tests.changes.test_rehearsal import shown, worked

TABLES = """
CREATE TABLE shop.depot (id int PRIMARY KEY, code text NOT NULL UNIQUE, name text);
CREATE TABLE shop.shelf (
    depot text REFERENCES shop.depot (code) ON UPDATE CASCADE, no int, note text, PRIMARY KEY (depot, no)
);
CREATE TABLE shop.box (
    id int PRIMARY KEY, depot text, no int, FOREIGN KEY (depot, no) REFERENCES shop.shelf ON UPDATE CASCADE
);
CREATE TABLE shop.driver (id int PRIMARY KEY, depot text REFERENCES shop.depot (code) ON UPDATE SET NULL);
CREATE TABLE shop.van (
    id int PRIMARY KEY, depot text DEFAULT 'main' REFERENCES shop.depot (code) ON UPDATE SET DEFAULT
);
CREATE TABLE shop.permit (id int PRIMARY KEY, depot text REFERENCES shop.depot (code));
CREATE TABLE shop.unit (
    id int PRIMARY KEY, code text UNIQUE, up text CONSTRAINT unit_up REFERENCES shop.unit (code) ON UPDATE CASCADE
);
INSERT INTO shop.depot VALUES (1, 'a', 'Adler'), (2, 'b', 'Berg'), (3, 'main', 'Main'), (4, 'd', 'Dorf');
INSERT INTO shop.shelf VALUES ('a', 1, 'x'), ('a', 2, 'y'), ('b', 1, 'z');
INSERT INTO shop.box VALUES (1, 'a', 1), (2, 'b', 1);
INSERT INTO shop.driver VALUES (1, 'a'), (2, 'b');
INSERT INTO shop.van VALUES (1, 'a'), (2, 'b');
INSERT INTO shop.permit VALUES (1, 'd');
INSERT INTO shop.unit VALUES (1, 'r', 'r'), (2, 's', 'r'), (3, 't', 's');
"""


def _load(world: World, *resources: type[Resource]) -> None:
    with world.db.reading() as tx:
        world.catalog = load(tx, schemas=("shop",), resources=[Customers, *resources])


@pytest.fixture
def depots(world: World) -> World:
    world.sql(TABLES)
    _load(world)
    return world


def _code(world: World, key: int = 1, was: str = "a", to: str = "q") -> Operation:
    return world.edit(f"~{key}", {"code": was}, {"code": to}, "depot")


def _told(world: World) -> dict[tuple[str, str], tuple[str, object, object]]:
    """Table and key of each row that went along: its effect, before and after."""
    return {
        (one.table_name, one.row_key): (one.body["facts"]["effect"], one.body["before"], one.body["after"])
        for one in world.events("row.cascaded")
    }


def test_p35_rows_that_change_with_an_edit_are_in_the_trail(depots: World) -> None:
    """P35: each with its old and new values, over two levels, and under its new key."""
    assert depots.propose(depots.ann, _code(depots)).state == "applied"
    assert _told(depots) == {
        ("shelf", "~q,1"): ("update", {"depot": "a"}, {"depot": "q"}),
        ("shelf", "~q,2"): ("update", {"depot": "a"}, {"depot": "q"}),
        ("box", "~1"): ("update", {"depot": "a"}, {"depot": "q"}),
        ("driver", "~1"): ("set null", {"depot": "a"}, {"depot": None}),
        ("van", "~1"): ("set default", {"depot": "a"}, {"depot": "main"}),
    }
    shelves = [one.body for one in depots.events("row.cascaded") if one.table_name == "shelf"]
    assert [one["key_before"] for one in shelves] == ["~a,1", "~a,2"]
    assert {one["facts"]["with"] for one in shelves} == {"~1"}
    assert depots.sql("SELECT depot, no FROM shop.box ORDER BY id") == [("q", 1), ("b", 1)]


@pytest.mark.parametrize("posted", [False, True])
@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("shelf", ""),
        ("shelf", "new.depot = 'q' and old.depot = 'a' and new.note = 'y'"),
        ("box", "new.depot = 'q'"),
        ("driver", "new.depot is empty"),
        ("van", "new.depot = 'main'"),
    ],
)
def test_p31_rules_of_the_tables_that_change_with_it_are_asked(
    depots: World, table: str, condition: str, posted: bool
) -> None:
    """P31: an edit that changes rows of others asks whom an edit of theirs would ask, by their old and new values."""
    depots.posted = posted
    depots.rule("theirs", table_name=table, kinds=["update"], columns=["depot"], condition=condition)
    out = depots.propose(depots.ann, _code(depots))
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["manager"])
    assert depots.one("SELECT code FROM shop.depot WHERE id = 1") == "a" and not _told(depots)
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    assert len(_told(depots)) == 5
    depots.sql("DELETE FROM shop.driver; DELETE FROM shop.van; DELETE FROM shop.box; DELETE FROM shop.shelf")
    assert depots.propose(depots.ann, _code(depots, 1, "q", "p")).state == "applied", "nothing goes along"


def test_p31_a_rule_that_came_meanwhile_is_asked_as_it_is_applied(depots: World) -> None:
    """P29, P31: approved for what was edited alone, it waits again for whom the rows that change with it ask."""
    depots.rule("depots", table_name="depot", kinds=["update"])
    out = depots.propose(depots.ann, _code(depots))
    assert [one.why for one in out.stages] == [("depots",)]
    depots.rule("vans", table_name="van", kinds=["update"], role="owner")
    again = depots.decide(depots.bo, out.change_id)
    assert again.state == "in_review" and [one.role for one in again.stages][-1] == "owner"
    assert depots.one("SELECT code FROM shop.depot WHERE id = 1") == "a"
    assert depots.decide(depots.oz, out.change_id).state == "applied"


def test_p31_several_rows_of_one_change(depots: World) -> None:
    """P31: of a basket too, and a rule about the second row's children holds all of it."""
    depots.rule("theirs", table_name="driver", kinds=["update"], condition="old.id = 2")
    out = depots.propose(depots.ann, _code(depots), _code(depots, 2, "b", "c"))
    assert out.state == "in_review"
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    assert ("driver", "~2") in _told(depots) and ("shelf", "~c,1") in _told(depots)


def test_a_row_that_changes_with_another_and_by_itself(depots: World) -> None:
    """In one change: it is found under the key it has by then, and each of its events tells its own part."""
    note = Operation("update", depots.table("shelf"), "~a,1", {"note": "x"}, {"note": "new"})
    out = depots.propose(depots.ann, _code(depots), note)
    assert out.state == "applied"
    (written,) = [one.body for one in depots.events("row.updated") if one.table_name == "shelf"]
    assert (written["key"], written["before"], written["after"]) == ("~q,1", {"note": "x"}, {"note": "new"})
    back = undo(depots.db, depots.catalog, depots.ann, out.change_id)
    assert back.state == "applied"
    assert depots.sql("SELECT depot, note FROM shop.shelf WHERE no = 1 ORDER BY depot")[0] == ("a", "x")
    gone = Operation("delete", depots.table("shelf"), "~a,2", {"depot": "a", "no": "2", "note": "y"})
    assert depots.propose(depots.ann, _code(depots), gone).state == "applied"
    assert depots.events("row.deleted")[0].body["before"]["depot"] == "q"


def test_an_edit_of_other_columns_pays_nothing(depots: World) -> None:
    """Neither does one of a table that nobody points at so: the same statements, whoever posts."""
    depots.posted = True
    assert depots.propose(depots.ann, depots.edit("~2", {"v": "two"}, {"v": "2"}, "plain")).state == "applied"
    counts = []
    for one in (
        depots.edit("~1", {"v": "one"}, {"v": "more"}, "plain"),
        depots.edit("~1", {"name": "Adler"}, {"name": "Amsel"}, "depot"),
    ):
        reset_statements()
        assert depots.propose(depots.ann, one).state == "applied"
        counts.append(statements())
    assert counts[0] == counts[1], counts


def test_a_table_that_points_at_itself(depots: World) -> None:
    """The row's own reference to itself is told as well; a second level has nothing that changes."""
    unit = depots.edit("~1", {"code": "r"}, {"code": "rr"}, "unit")
    assert depots.propose(depots.ann, unit).state == "applied"
    assert _told(depots) == {
        ("unit", "~1"): ("update", {"up": "r"}, {"up": "rr"}),
        ("unit", "~2"): ("update", {"up": "r"}, {"up": "rr"}),
    }
    both = depots.edit("~1", {"code": "rr", "up": "rr"}, {"code": "r", "up": "r"}, "unit")
    assert depots.propose(depots.ann, both).state == "applied"
    assert [one.row_key for one in depots.events("row.cascaded")][2:] == ["~2"], "its own it wrote itself"


def test_what_triggers_of_those_rows_do_is_told_and_judged(depots: World) -> None:
    """P31: the rules are asked about the rows as they came out, not as the foreign key alone would make them."""
    depots.sql(
        "CREATE FUNCTION shop.noted() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN new.note := 'moved'; IF new.no = 2 THEN new.depot := old.depot; END IF; RETURN new; END $$"
    )
    depots.sql("CREATE TRIGGER noted BEFORE UPDATE ON shop.shelf FOR EACH ROW EXECUTE FUNCTION shop.noted()")
    depots.sql("DELETE FROM shop.shelf WHERE depot = 'a' AND no = 2")
    depots.rule(
        "notes", table_name="shelf", kinds=["update"], columns=["note"], condition="new.note = 'moved'"
    )
    out = depots.propose(depots.ann, _code(depots))
    assert out.state == "in_review"
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    assert _told(depots)["shelf", "~q,1"] == (
        "update", {"depot": "a", "note": "x"}, {"depot": "q", "note": "moved"},
    )  # fmt: skip


@pytest.mark.parametrize("posted", [False, True])
def test_p31_where_a_trigger_edits_what_others_point_at(depots: World, posted: bool) -> None:
    """P31: nobody read the rows beforehand, so a rule without a condition asks its people, one with it the owner."""
    depots.posted = posted
    depots.sql(
        "CREATE FUNCTION shop.coded() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN new.code := lower(left(new.name, 3)); RETURN new; END $$"
    )
    depots.sql("CREATE TRIGGER coded BEFORE UPDATE ON shop.depot FOR EACH ROW EXECUTE FUNCTION shop.coded()")
    depots.rule("boxes", table_name="box", kinds=["update"])
    depots.rule("drivers", table_name="driver", kinds=["update"], condition="old.id = 99")
    named = depots.edit("~1", {"name": "Adler"}, {"name": "Amsel"}, "depot")
    out = depots.propose(depots.ann, named)
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["manager", "owner"])
    depots.decide(depots.bo, out.change_id)
    assert depots.decide(depots.oz, out.change_id).state == "applied"
    (more,) = depots.events("cascade.more")
    assert more.body["facts"] == {"listed": "0"}


def test_p31_generated_columns_move_with_the_others(depots: World) -> None:
    """P31: what is pointed at may be worked out of what is edited; where it came out as it was nothing is told."""
    depots.sql(
        "CREATE TABLE shop.tag "
        "(id int PRIMARY KEY, raw text, slug text GENERATED ALWAYS AS (lower(raw)) STORED UNIQUE);"
        "CREATE TABLE shop.tagged (id int PRIMARY KEY, slug text REFERENCES shop.tag (slug) ON UPDATE CASCADE);"
        "INSERT INTO shop.tag VALUES (1, 'Old'); INSERT INTO shop.tagged VALUES (1, 'old')"
    )
    _load(depots)
    depots.rule("tagged", table_name="tagged", kinds=["update"])
    assert (
        depots.propose(depots.ann, depots.edit("~1", {"raw": "Old"}, {"raw": "OLD"}, "tag")).state
        == "applied"
    )
    assert not _told(depots)
    out = depots.propose(depots.ann, depots.edit("~1", {"raw": "OLD"}, {"raw": "New"}, "tag"))
    assert out.state == "in_review"
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    assert _told(depots)["tagged", "~1"] == ("update", {"slug": "old"}, {"slug": "new"})


def test_p31_rules_are_asked_about_rows_that_are_too_many_to_be_read(
    depots: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P31: beyond the bound a rule without a condition asks its people, one with it the owner."""
    monkeypatch.setattr(cascades, "MOST", 1)
    depots.rule("boxes", table_name="box", kinds=["update"])
    depots.rule("drivers", table_name="driver", kinds=["update"], condition="old.id = 99")
    out = depots.propose(depots.ann, _code(depots))
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["manager", "owner"])
    depots.decide(depots.bo, out.change_id)
    assert depots.decide(depots.oz, out.change_id).state == "applied"
    (more,) = depots.events("cascade.more")
    assert more.body["facts"] == {"listed": "1"} and len(_told(depots)) == 1


def test_a_change_that_waits_shows_what_will_change_with_it(depots: World) -> None:
    depots.rule("depots", table_name="depot", kinds=["update"])
    out = depots.propose(depots.ann, _code(depots))
    (shown,) = depots.show(depots.bo, out.change_id).operations
    assert sorted((a.label, a.effect, a.count) for a in shown.also) == [
        ("Box", "update", 1), ("Driver", "set null", 1), ("Shelf", "update", 2), ("Van", "set default", 1),
    ]  # fmt: skip
    assert not shown.others
    named = depots.propose(depots.ann, depots.edit("~2", {"name": "Berg"}, {"name": "Burg"}, "depot"))
    (plain,) = depots.show(depots.bo, named.change_id).operations
    assert not plain.also and not plain.others


class ShelvesInPart(Resource):
    table = "shop.shelf"
    rows = {"manager": "no > 1"}


class VansOfNobody(Resource):
    table = "shop.van"
    hidden = ("depot",)


class DriversUntouched(Resource):
    table = "shop.driver"
    readonly = ("depot",)


def test_p14_what_changes_with_it_is_counted_in_sight_alone(depots: World) -> None:
    """P14: Bo sees one of two shelves and no van's depot; the proposer writes none of them, the foreign keys do."""
    _load(depots, ShelvesInPart, VansOfNobody, DriversUntouched)
    depots.rule("vans", table_name="van", kinds=["update"])
    out = depots.propose(depots.ann, _code(depots))
    assert out.state == "in_review", "a rule is asked about what nobody here sees"
    (shown,) = depots.show(depots.bo, out.change_id).operations
    assert sorted((a.label, a.effect, a.count) for a in shown.also) == [
        ("Driver", "set null", 1), ("Shelf", "update", 1),
    ]  # fmt: skip
    assert shown.others
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    assert len(_told(depots)) == 5


def test_what_other_rows_forbid_asks_nobody(depots: World) -> None:
    """An edit that cannot be is refused when it is proposed; one that is equal where they point can be."""
    depots.rule("depots", table_name="depot", kinds=["update"])
    with pytest.raises(Invalid) as caught:
        depots.propose(depots.ann, _code(depots, 4, "d", "e"))
    assert "still refer to this" in str(caught.value)
    assert depots.sql("SELECT FROM ops.change_set") == []
    depots.sql("CREATE TABLE shop.rate (id int PRIMARY KEY, factor numeric UNIQUE)")
    depots.sql("CREATE TABLE shop.rated (id int PRIMARY KEY, factor numeric REFERENCES shop.rate (factor))")
    depots.sql("INSERT INTO shop.rate VALUES (1, 1.0); INSERT INTO shop.rated VALUES (1, 1)")
    _load(depots)
    depots.rule("rates", table_name="rate", kinds=["update"])
    same = depots.propose(depots.ann, depots.edit("~1", {"factor": "1.0"}, {"factor": "1.00"}, "rate"))
    assert same.state == "in_review"
    assert depots.decide(depots.bo, same.change_id).state == "applied"


def test_undo_asks_again_and_says_what_does_not_come_back(depots: World) -> None:
    """P31: the inverse changes the rows of others as well, and they are led back; a lost reference is not."""
    first = depots.propose(depots.ann, _code(depots))
    with depots.db.reading() as tx:
        found = undoing(tx, depots.catalog, depots.ann, first.change_id)
    assert any("do not get it back" in one for one in found.also)
    depots.rule("shelves", table_name="shelf", kinds=["update"])
    back = undo(depots.db, depots.catalog, depots.ann, first.change_id)
    assert back.state == "in_review"
    assert depots.decide(depots.bo, back.change_id).state == "applied"
    assert depots.one("SELECT count(*) FROM shop.shelf WHERE depot = 'a'") == 2
    assert depots.one("SELECT depot FROM shop.driver WHERE id = 1") is None


def test_a_deletion_that_empties_references_others_point_at(depots: World) -> None:
    """P31: what a deletion leaves behind without a reference may be pointed at itself: that level is told too."""
    depots.sql(
        "CREATE TABLE shop.seat (id int PRIMARY KEY, ticket int UNIQUE REFERENCES shop.ticket ON DELETE SET NULL);"
        "CREATE TABLE shop.guest (id int PRIMARY KEY, ticket int REFERENCES shop.seat (ticket) ON UPDATE CASCADE);"
        "INSERT INTO shop.seat VALUES (1, 1); INSERT INTO shop.guest VALUES (1, 1)"
    )
    _load(depots)
    depots.rule("guests", table_name="guest", kinds=["update"], condition="new.ticket is empty")
    out = depots.propose(depots.ann, depots.delete("~1", depots.ann, "ticket"))
    assert out.state == "in_review"
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    assert _told(depots) == {
        ("seat", "~1"): ("set null", {"ticket": "1"}, {"ticket": None}),
        ("guest", "~1"): ("update", {"ticket": "1"}, {"ticket": None}),
    }


def test_rules_judge_the_default_that_a_reference_falls_back_to(depots: World) -> None:
    """P31: after a deletion as after an edit; nobody knows it before it is there."""
    depots.sql(
        "CREATE TABLE shop.note (id int PRIMARY KEY, depot int DEFAULT 3 REFERENCES shop.depot ON DELETE SET DEFAULT,"
        " other int REFERENCES shop.depot ON DELETE SET NULL); INSERT INTO shop.note VALUES (1, 4, 4)"
    )
    depots.sql("DELETE FROM shop.permit")
    _load(depots)
    depots.rule(
        "notes", table_name="note", kinds=["update"], condition="new.depot = 3 and new.other is empty"
    )
    out = depots.propose(depots.ann, depots.delete("~4", depots.ann, "depot"))
    assert out.state == "in_review"
    assert depots.decide(depots.bo, out.change_id).state == "applied"
    ((effect, before, after),) = _told(depots).values()
    assert (before, after) == ({"depot": "4", "other": "4"}, {"depot": "3", "other": None}), effect


def test_a_rehearsal_tells_what_changes_with_it(depots: World) -> None:
    """And nothing of it twice: what foreign keys change is not counted as changed elsewhere."""
    depots.rule("depots", table_name="depot", kinds=["update"])
    out = depots.propose(depots.ann, _code(depots))
    assert worked(depots, out).outcome == "applies"
    found = shown(depots, "bo", out)
    assert found is not None and not found.elsewhere
    assert set(found.along) == {
        Rows("Box", "update", 1), Rows("Driver", "set null", 1), Rows("Shelf", "update", 2),
        Rows("Van", "set default", 1),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["update", "delete"])
def test_p31_a_long_text_that_a_rule_reads_asks_the_owner(depots: World, kind: str) -> None:
    """P31: of rows that go along long texts are kept by their digests, in which no word is found."""
    depots.sql("UPDATE shop.shelf SET note = 'fragile' || repeat('.', 9000) WHERE depot = 'a' AND no = 1")
    depots.sql("ALTER TABLE shop.shelf DROP CONSTRAINT shelf_depot_fkey")
    depots.sql(
        "ALTER TABLE shop.shelf ADD FOREIGN KEY (depot) REFERENCES shop.depot (code) "
        "ON UPDATE CASCADE ON DELETE CASCADE; DELETE FROM shop.box; DELETE FROM shop.driver; DELETE FROM shop.van"
    )
    _load(depots)
    depots.rule("fragile", table_name="shelf", kinds=[kind], condition="old.note contains 'fragile'")
    one = _code(depots) if kind == "update" else depots.delete("~1", depots.ann, "depot")
    out = depots.propose(depots.ann, one)
    assert (out.state, [one.role for one in out.stages]) == ("in_review", ["owner"])
    assert depots.decide(depots.oz, out.change_id).state == "applied"


@pytest.mark.parametrize("kind", ["update", "delete"])
def test_p43_rows_that_only_foreign_keys_may_write_are_read_all_the_same(depots: World, kind: str) -> None:
    """P43: the database role that may read a table and not write it cannot lock its rows; it need not."""
    depots.sql("DELETE FROM shop.box; DELETE FROM shop.shelf")
    clerk = f"clerk_{kind}_{os.getpid()}"  # roles are the whole server's
    depots.sql(
        f"CREATE ROLE {clerk}; GRANT USAGE ON SCHEMA shop, ops TO {clerk};"
        f"GRANT SELECT, UPDATE, DELETE ON shop.depot TO {clerk};"
        f"GRANT SELECT ON ALL TABLES IN SCHEMA shop TO {clerk};"
        "ALTER TABLE shop.driver DROP CONSTRAINT driver_depot_fkey, ADD FOREIGN KEY (depot)"
        " REFERENCES shop.depot (code) ON UPDATE CASCADE ON DELETE CASCADE; DELETE FROM shop.van"
    )
    try:
        with depots.db.transaction() as tx:
            tx.execute(sa.text(f"SET LOCAL ROLE {clerk}"))
            known = load(tx, schemas=("shop",), resources=[Customers])
            table = known.by_name("shop", "depot")
            row = {"id": "1", "code": "a", "name": "Adler"}
            start = cascades.Start(table, row, frozenset({"code"}) if kind == "update" else None)
            found = cascades.along(tx, known, [start], locked=True)
            assert [(one.table.name, one.key) for one in found.rows] == [("driver", "~1")]
            if kind == "update":
                written = writing.update(tx, table, ["1"], {"code": "q"}).row
                (one,) = carried.settled(tx, known, found, [start], [written]).rows
                assert one.after is not None and one.after["depot"] == "q"
    finally:
        depots.sql(f"DROP OWNED BY {clerk}; DROP ROLE {clerk}")
