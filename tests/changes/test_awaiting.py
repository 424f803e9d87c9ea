"""What waits for a person comes in the order in which it is due, page by page, and one finds one's place again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ops import changes
from ops.changes import Place, parse_place
from tests.changes.company import World


def propose(world: World, number: int) -> int:
    edit = world.edit(
        f"~{1 + number % 2}", {"v": "one two"[4 * (number % 2) :][:3]}, {"v": f"{number}"}, "plain"
    )
    return world.propose(world.ann, edit, token=f"token {number}").change_id


def listed(world: World, size: int = 50) -> list[int]:
    found, before = list[int](), None
    with world.db.reading() as tx:
        while True:
            page = changes.waiting(tx, world.catalog, world.bo, before=before, size=size)
            found += [row.id for row in page.rows]
            if page.next is None:
                return found
            before = parse_place(page.next.text)
            assert before == page.next


def test_what_is_due_soonest_comes_first_on_every_page(world: World) -> None:
    """Of what is due at one moment, or never, the newest; no change is missed and none comes twice (P31)."""
    world.rule("soon", table_name="plain", stages=[{"role": "manager", "needed": 1, "due": 24}])
    soon = [propose(world, n) for n in range(3)]
    world.sql(
        "UPDATE ops.approval_rule SET stages = :stages", stages='[{"role": "manager", "needed": 1, "due": 1}]'
    )
    sooner = [propose(world, n) for n in range(3, 5)]
    world.sql("UPDATE ops.approval_rule SET stages = :stages", stages='[{"role": "manager", "needed": 1}]')
    never = [propose(world, n) for n in range(5, 8)]
    world.sql("UPDATE ops.stage SET due_at = date_trunc('hour', due_at)")
    expected = [*sooner[::-1], *soon[::-1], *never[::-1]]
    assert listed(world) == expected
    for size in (1, 2, 3, 5):
        assert listed(world, size) == expected
    world.sql("UPDATE ops.stage SET due_at = now() - interval '1 day' WHERE change_id = :id", id=never[0])
    assert listed(world, 2)[0] == never[0], "what is late comes first, wherever it stood"


def test_one_finds_ones_place_again_after_deciding(world: World) -> None:
    """Also where it is the turn of others by then, and of a stage that is due at another time."""
    stages = [{"role": "manager", "needed": 1, "due": 2}, {"role": "owner", "needed": 1, "due": 200}]
    world.rule("two", table_name="plain", stages=stages)
    one, other = propose(world, 0), propose(world, 1)
    assert listed(world) == [one, other]
    with world.db.reading() as tx:
        place = changes.place_of(tx, world.bo, one)
    world.decide(world.bo, one)
    assert world.sql("SELECT asked FROM ops.turn WHERE change_id = :id", id=one) == [("owner",)]
    with world.db.reading() as tx:
        assert changes.place_of(tx, world.bo, one) == place
        assert place.due_at is not None and place.due_at < datetime.now(UTC) + timedelta(hours=3)
        page = changes.waiting(tx, world.catalog, world.bo, before=place)
        assert [row.id for row in page.rows] == [other]
        of_oz = changes.place_of(tx, world.oz, one).due_at
        assert of_oz is not None and of_oz > datetime.now(UTC) + timedelta(hours=190)
        assert changes.place_of(tx, world.bo, 999_999) == Place(None, 999_999)


@pytest.mark.parametrize(
    "text", ["", ".", "x", "1.", ".1", "1.2.3", "-1", "1.-2", "9" * 19, "9" * 18 + ".1", "1." + "9" * 19, "٣"]
)
def test_what_is_no_place_is_none(text: str) -> None:
    assert parse_place(text) is None


def test_a_place_is_said_and_read_to_the_microsecond() -> None:
    for place in (Place(None, 7), Place(datetime(2026, 11, 21, 9, 30, 1, 123457, UTC), 1042)):
        assert parse_place(place.text) == place
    assert Place(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 3).text == "1000000.3"
    late = Place(datetime(9999, 1, 1, tzinfo=UTC), 1)
    assert parse_place(late.text) is None or parse_place(late.text) == late
