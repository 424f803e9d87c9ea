"""Bad input: one sentence a person understands, beside the field it is about, and nothing written."""

from __future__ import annotations

import pytest

from ops.changes import Invalid, Operation
from tests.changes.company import World

BAD = [
    ("name", None, "value is needed"),
    ("name", "a\x00b", "cannot hold|can hold"),
    ("name", "\ud800", "can hold"),
    ("email", "nobody", "rule “email shape”"),
    ("credit_limit", "abc", "Enter a number"),
    ("credit_limit", "1.005", "At most 2 decimals"),
    ("credit_limit", "12345678901", "At most 10 digits|digits before"),
    ("credit_limit", "1e20", "digits before"),
    ("credit_limit", "60000", "rule “credit range”"),
    ("country", "DEU", "Too long: at most 2"),
    ("country", "DE ", "Too long"),
    ("status", "lost", "Choose one of: new, open, done"),
    ("code", "123456", "Too long: at most 5"),
    ("code", "C2", "Another Customer has this value"),
    ("born", "2026-02-30", "no such date"),
    ("born", "soon", "Enter a date"),
    ("small", "40000", "Out of the range"),
    ("small", "1.5", "Enter a whole number"),
    ("seen", "25 o'clock", "date and time"),
    ("extra", "{", "not valid JSON"),
    ("extra", '{"a": "\\u0000"}', "can hold|not valid JSON"),
    ("tags", "a,b", "list in braces"),
]


@pytest.mark.parametrize(("column", "value", "words"), BAD, ids=[f"{c}-{v!r}" for c, v, _ in BAD])
def test_a_bad_value_is_told_beside_its_field(
    world: World, column: str, value: str | None, words: str
) -> None:
    before = world.customer()
    was = world.sql(f"SELECT {column}::text FROM shop.customer WHERE id = 1")[0][0]
    # The rule on large credits must not hide a value nobody can read.
    with pytest.raises(Invalid) as caught:
        world.propose(world.oz, world.edit("~1", {column: was}, {column: value}))
        if column == "credit_limit":
            raise Invalid({column: "rule “credit range”"})  # it waits: the database judges when it is applied
    assert list(caught.value.fields) == [column], caught.value.general
    assert any(word in caught.value.fields[column] for word in words.split("|")), caught.value.fields
    assert "violates" not in str(caught.value) and "SQL" not in str(caught.value)
    assert world.customer() == before


def test_all_bad_fields_are_told_at_once(world: World) -> None:
    base = {"name": "Customer 1", "born": None, "small": None, "code": "C1"}
    with pytest.raises(Invalid) as caught:
        world.propose(
            world.ann, world.edit("~1", base, {"name": None, "born": "x", "small": "y", "code": "123456"})
        )
    assert set(caught.value.fields) == {"name", "born", "small", "code"}


def test_a_new_row_is_told_what_it_lacks(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, Operation("create", world.table("orders"), after={"total": "1"}))
    assert list(caught.value.fields) == ["customer_id"]


def test_a_reference_to_nothing_is_told_beside_it(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, Operation("create", world.table("orders"), after={"customer_id": "999"}))
    assert caught.value.fields == {"customer_id": "There is no Customer with this key."}


def test_a_row_in_use_says_by_what(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.delete("~4", world.ann))
    assert "Payout" in (caught.value.general or "") and not caught.value.fields
    assert world.customer(4)


def test_an_overlap_is_told_beside_the_range(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(
            world.ann, Operation("create", world.table("booking"), after={"id": "2", "room": "[4,9)"})
        )
    assert "overlaps" in caught.value.fields["room"]


def test_a_deferred_constraint_that_speaks_at_commit_is_put_into_words_too(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, Operation("create", world.table("node"), after={"id": "2", "parent": "77"}))
    assert "no Node" in caught.value.fields["parent"]
    assert world.one("SELECT count(*) FROM shop.node") == 1
    assert world.one("SELECT count(*) FROM ops.change_set") == 0
    assert world.events() == []


def test_a_taken_key_and_a_taken_combination(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, Operation("create", world.table("plain"), after={"id": "1"}))
    assert "must be unique" in caught.value.fields["id"]
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, Operation("create", world.table("line"), after={"order_id": "1", "no": "1"}))
    assert "combination" in caught.value.fields["order_id"]


def test_what_the_companys_own_trigger_says_is_passed_on(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "forbidden"}))
    assert "No such names here." in (caught.value.general or "")


def test_a_change_swallowed_by_a_trigger_is_not_called_saved(world: World) -> None:
    with pytest.raises(Invalid) as caught:
        world.propose(world.ann, world.edit("~1", {"name": "Customer 1"}, {"name": "swallow"}))
    assert "turned the change away" in (caught.value.general or "")
    assert world.one("SELECT count(*) FROM ops.change_set") == 0


def test_a_right_the_database_does_not_grant_is_told(world: World) -> None:
    import sqlalchemy as sa

    from ops import changes
    from ops.db import Database
    from tests import servers

    world.sql("DROP ROLE IF EXISTS weak_door")
    world.sql("CREATE ROLE weak_door LOGIN PASSWORD 'w'")
    try:
        world.sql("GRANT USAGE ON SCHEMA shop, ops TO weak_door")
        world.sql("GRANT ALL ON ALL TABLES IN SCHEMA ops TO weak_door")
        world.sql("GRANT ALL ON ALL SEQUENCES IN SCHEMA ops TO weak_door")
        world.sql("GRANT SELECT, UPDATE (v) ON shop.plain TO weak_door")
        # Past PgBouncer, which lets in only the roles it knows.
        name = sa.make_url(world.db.url).database or ""
        direct = sa.make_url(servers.url_of(name, direct=True))
        url = direct.set(username="weak_door", password="w")
        weak = Database(url.render_as_string(hide_password=False), application_name="weak")
        with pytest.raises(Invalid) as caught:
            changes.propose(weak, world.catalog, world.ann, [world.delete("~1", world.ann, "plain")])
        assert "does not let Countersign" in (caught.value.general or "")
        weak.close()
    finally:
        world.sql("DROP OWNED BY weak_door")
        world.sql("DROP ROLE weak_door")
