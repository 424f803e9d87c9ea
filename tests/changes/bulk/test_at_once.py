"""Few rows that nobody need be asked about: written in the request, in a fixed number of statements."""

from __future__ import annotations

import pytest

from ops import identity
from ops.changes import Invalid
from ops.changes.bulk import going_along
from ops.db import reset_statements, statements
from ops.policy import Forbidden
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


def test_p35_p36_ticked_rows_are_written_with_one_event_each(world: World, many: Many) -> None:
    """P35, P36: every row has its own event, and the change one about the whole."""
    many.plain(10)
    outcome = many.propose(world.ann, many.wish("plain", 1, 3, 5, after={"v": "new"}))
    assert outcome.state == "applied"
    assert many.results(outcome.change_id) == {"applied": 3}
    assert [row.v for row in world.sql("SELECT v FROM shop.plain ORDER BY id LIMIT 5")] == [
        "new", "two", "new", "v4", "new",
    ]  # fmt: skip
    events = world.events("row.updated")
    assert [(one.row_key, one.body["before"], one.body["after"]) for one in events] == [
        ("~1", {"v": "one"}, {"v": "new"}),
        ("~3", {"v": "v3"}, {"v": "new"}),
        ("~5", {"v": "v5"}, {"v": "new"}),
    ]
    assert {one.change_id for one in events} == {outcome.change_id}
    whole = world.events("change.applied")[0]
    assert whole.body["facts"]["rows"] == "3"


def test_rows_that_match_a_list(world: World, many: Many) -> None:
    many.plain(50)
    outcome = many.propose(world.ann, many.wish(listed="f.id.gt=40", after={"v": None}))
    assert outcome.state == "applied"
    assert world.one("SELECT count(*) FROM shop.plain WHERE v IS NULL") == 10


def test_the_number_of_statements_does_not_grow(world: World, many: Many) -> None:
    """100 rows with 100 events cost the same number of statements as two."""
    many.plain(200)
    with world.db.reading() as tx:
        identity.current_actor(tx, world.ann)  # a process reads the roles of a stamp once
    counts = []
    for keys in ((1, 2), tuple(range(3, 103))):
        reset_statements()
        assert many.propose(world.ann, many.wish("plain", *keys, after={"v": "x"})).state == "applied"
        counts.append(statements())
    assert counts[0] == counts[1] <= 10, counts


def test_rows_that_stand_so_already_have_no_event(world: World, many: Many) -> None:
    outcome = many.propose(world.ann, many.wish("plain", 1, 2, after={"v": "two"}))
    assert many.results(outcome.change_id) == {"applied": 1, "same": 1}
    assert len(world.events("row.updated")) == 1


def test_p30_the_same_form_again_gives_the_first_result(world: World, many: Many) -> None:
    """P30: sending it again changes nothing."""
    wish = many.wish("plain", 1, 2, after={"v": "x"})
    first, second = many.propose(world.ann, wish, "t"), many.propose(world.ann, wish, "t")
    assert second.repeated
    assert second.change_id == first.change_id
    assert len(world.events("row.updated")) == 2


def test_guilty_rows_are_found_and_the_others_written(world: World, many: Many) -> None:
    """A constraint, a trigger that speaks and one that swallows: each row says what is wrong with it."""
    world.sql("UPDATE shop.customer SET code = NULL")
    world.sql(
        "ALTER TABLE shop.customer ADD CONSTRAINT customer_thrift CHECK (id <> 3 OR credit_limit < 1500)"
    )
    outcome = many.propose(world.ann, many.wish("customer", 1, 2, 3, 4, after={"credit_limit": "2000"}))
    assert outcome.state == "applied"
    assert outcome.failure == "3 of 4 rows were written; 1 refused by the database."
    assert many.results(outcome.change_id) == {"applied": 3, "failed": 1}
    assert "thrift" in many.problems(outcome.change_id)["3"]
    assert len(world.events("row.updated")) == 3


def test_all_or_nothing_writes_nothing_where_one_cannot(world: World, many: Many) -> None:
    world.sql(
        "ALTER TABLE shop.customer ADD CONSTRAINT customer_thrift CHECK (id <> 3 OR credit_limit < 1500)"
    )
    wish = many.wish("customer", 1, 2, 3, after={"credit_limit": "2000"}, mode="whole")
    outcome = many.propose(world.ann, wish)
    assert outcome.state == "failed"
    assert many.results(outcome.change_id) == {"failed": 1, "stopped": 2}
    assert not world.events("row.updated")
    assert world.one("SELECT count(*) FROM shop.customer WHERE credit_limit = 2000") == 0
    assert many.propose(world.ann, wish).state == "failed"


@pytest.mark.parametrize(
    ("name", "says"), [("forbidden", "No such names here."), ("swallow", "turned the change")]
)
def test_triggers_that_refuse_or_swallow(world: World, many: Many, name: str, says: str) -> None:
    outcome = many.propose(world.ann, many.wish("customer", 1, 2, after={"name": name}))
    assert outcome.state == "failed"
    assert all(says in problem for problem in many.problems(outcome.change_id).values())


def test_p14_rows_out_of_sight_are_not_touched(world: World, many: Many) -> None:
    """P14, P15: a ticked row of another country is not there for Ann."""
    outcome = many.propose(world.ann, many.wish("customer", 1, 5, after={"small": "7"}))
    assert many.results(outcome.change_id) == {"applied": 1, "gone": 1}
    assert world.customer(5).small is None


def test_p14_a_row_may_not_be_written_out_of_sight(world: World, many: Many) -> None:
    """P14: what leaves the person's sight by the change is refused."""
    outcome = many.propose(world.ann, many.wish("customer", 1, 2, after={"country": "FR"}))
    assert outcome.state == "failed"
    assert world.customer(1).country == "DE"


@pytest.mark.parametrize("column", ["secret", "card", "changed", "twice"])
def test_p15_columns_that_are_not_the_persons(world: World, many: Many, column: str) -> None:
    """P15: hidden, masked, read-only and computed columns cannot be set; the refusal is in the trail."""
    with pytest.raises(Forbidden):
        many.propose(world.ann, many.wish("customer", 1, after={column: "1"}))
    assert world.events("change.submitted")[0].outcome == "refused"


def test_what_cannot_be_read_is_told_before_anything_happens(world: World, many: Many) -> None:
    with pytest.raises(Invalid) as error:
        many.propose(world.ann, many.wish("customer", 1, 2, after={"born": "the day before"}))
    assert list(error.value.fields) == ["born"]
    assert not world.sql("SELECT FROM ops.change_set")
    with pytest.raises(Invalid):
        many.propose(world.ann, many.wish("customer", 1, after={"id": "7"}))


def test_p31_rules_are_asked_about_rows_that_are_too_many_to_be_read(
    world: World, many: Many, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P31: with which of the rows they go is not known, so all of these wait."""
    monkeypatch.setattr(going_along, "MOST", 2)
    world.rule("lines", table_name="line", kinds=["delete"])
    out = many.propose(world.ann, many.wish("customer", 1, 2, 3, kind="delete"))
    assert many.work(out.change_id) == "in_review"
    assert many.results(out.change_id) == {"held": 3}
    assert world.one("SELECT count(*) FROM shop.customer WHERE id < 4") == 3


def test_deleting_takes_along_and_says_what_holds_rows_back(world: World, many: Many) -> None:
    """Cascades are recorded as the door does; a row that others hold back says so, the others go."""
    outcome = many.propose(world.max, many.wish("customer", 1, 2, 4, kind="delete"))
    assert many.results(outcome.change_id) == {"applied": 2, "failed": 1}
    assert "payout" in many.problems(outcome.change_id)["4"].lower()
    deleted = world.events("row.deleted")
    assert [one.row_key for one in deleted] == ["~1", "~2"]
    along = world.events("row.cascaded")
    assert {(one.body["facts"]["effect"], one.table_name) for one in along} == {
        ("delete", "orders"), ("delete", "line"), ("set null", "ticket"),
    }  # fmt: skip
    lines = [one for one in along if one.table_name == "line"]
    orders = {row.body["key"]: row.body["facts"]["with"] for row in along if row.table_name == "orders"}
    assert lines
    assert all(
        one.body["facts"]["with"] == orders["~" + one.body["key"][1:].split(",")[0]] for one in lines
    ), "each goes with the customer that was deleted"
