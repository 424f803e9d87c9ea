"""What is said about a change: by who sees it, kept as it was said, told to those it is about."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ops import notices, outbox
from ops.actor import Actor
from ops.changes import Invalid, mentions, onlookers, talk
from ops.changes.hanging import hanging
from ops.changes.mentions import Mentions
from ops.policy import NotVisible
from tests.changes.company import World


@pytest.fixture
def change(world: World) -> int:
    """Ann asks for a credit limit that needs a manager."""
    out = world.propose(
        world.ann, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "20000.00"})
    )
    assert out.state == "in_review"
    return out.change_id


def say(world: World, actor: Actor, change: int, text: str, token: str = "s" * 22) -> Mentions:
    return talk.say(world.db, world.catalog, actor, change, text, token=token)


def told(world: World) -> dict[str, list[str]]:
    while outbox.drain(world.db, notices.HANDLERS):
        pass
    found: dict[str, list[str]] = {}
    for row in world.sql(
        "SELECT n.kind, p.name FROM ops.notice n JOIN ops.person p ON p.id = n.person_id "
        "WHERE n.kind IN ('mentions', 'comments') ORDER BY p.name"
    ):
        found.setdefault(row.kind, []).append(row.name)
    return found


def test_what_is_said_stays_as_it_was_said(world: World, change: int) -> None:
    """P36: also the trail has it; P30: the same form says it once."""
    say(world, world.bo, change, "Why so much?\r\n<b>CH-1</b>")
    say(world, world.bo, change, "Why so much?\r\n<b>CH-1</b>")
    with world.db.reading() as tx:
        (one,) = hanging(tx, change).comments
    assert (one.person, one.revision, one.text) == ("Bo", 1, "Why so much?\n<b>CH-1</b>")
    assert world.one("SELECT count(*) FROM ops.event WHERE action = 'change.commented'") == 1
    for statement in ("UPDATE ops.change_comment SET text = 'x'", "DELETE FROM ops.change_comment"):
        with pytest.raises(sa.exc.DBAPIError, match="stays as it was said"):
            world.sql(statement)
    assert world.decide(world.bo, change).state == "applied"  # who said something may still decide


def test_p14_nobody_talks_about_what_they_do_not_see(world: World, change: int) -> None:
    with pytest.raises(NotVisible):
        say(world, world.dee, change, "hello")
    world.sql("UPDATE shop.customer SET country = 'FR' WHERE id = 1")
    with pytest.raises(NotVisible):
        say(world, Actor(6, "Max", frozenset({"operator"})), 999999, "hello")
    assert world.one("SELECT count(*) FROM ops.change_comment") == 0


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4001, "a\x00b"])
def test_what_cannot_be_kept_is_refused(world: World, change: int, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        say(world, world.bo, change, text)
    assert caught.value.fields


def test_names_are_found_among_those_who_see_the_change(world: World, change: int) -> None:
    """P14: of Dee, who sees nothing, the same is said as of nobody."""
    world.sql("UPDATE ops.person SET name = 'Bo Castellan' WHERE id = 2")
    world.sql("UPDATE ops.person SET name = 'Max Castellan' WHERE id = 6")
    text = "@Bo Castellan look, @max; not a@oz.example, @Dee nor @Zed. And @CY!"
    with world.db.reading() as tx:
        found = mentions.mentions(tx, world.catalog, change, text)
    assert [one.name for one in found.people] == ["Bo Castellan", "Max Castellan", "Cy"]
    assert (found.unknown, found.several) == (("Dee", "Zed"), ())


def test_who_could_be_several_is_said(world: World, change: int) -> None:
    world.sql("UPDATE ops.person SET name = 'Bo Castellan' WHERE id = 2")
    world.sql("UPDATE ops.person SET name = 'Bo Ek' WHERE id = 6")
    named = say(world, world.ann, change, "@bo and @Bo Ek")
    assert ([one.name for one in named.people], named.several) == (["Bo Ek"], ("bo",))
    with world.db.reading() as tx:
        assert mentions.begins(tx, world.catalog, change, "bo") == ["Bo Castellan", "Bo Ek"]
        assert mentions.begins(tx, world.catalog, change, "ek") == ["Bo Ek"]
        assert mentions.begins(tx, world.catalog, change, "%") == []
        assert mentions.begins(tx, world.catalog, change, "dee") == []


def test_looking_for_names_takes_no_longer_than_a_page_may(
    world: World, change: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P24: whoever could not be asked about in time is nobody here."""
    monkeypatch.setattr(onlookers, "SECONDS", 0)
    with world.db.reading() as tx:
        assert mentions.begins(tx, world.catalog, change, "bo") == []
        assert mentions.mentions(tx, world.catalog, change, "@Bo").unknown == ("Bo",)


def test_those_named_and_those_involved_are_told_once(world: World, change: int) -> None:
    say(world, world.bo, change, "@Oz what do you say? SECRET-4711")
    assert told(world) == {"mentions": ["Oz"], "comments": ["Ann"]}
    say(world, world.oz, change, "fine", "t" * 22)
    assert told(world) == {"mentions": ["Oz"], "comments": ["Ann", "Ann", "Bo"]}
    assert world.one("SELECT count(*) FROM ops.notice WHERE text LIKE '%SECRET%'") == 0
    world.sql("UPDATE ops.outbox SET done_at = NULL WHERE kind = 'change.commented'")
    assert told(world) == {"mentions": ["Oz"], "comments": ["Ann", "Ann", "Bo"]}


def test_nobody_is_told_of_what_they_said_themselves(world: World, change: int) -> None:
    say(world, world.ann, change, "@Ann remember")
    assert told(world) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("hello @Bo Cas", (7, "Bo Cas")), ("no sign", (7, "")), ("a@b.c", (5, "")), ("@x\n@y z", (4, "y z"))],
)
def test_the_last_name_asked_for(text: str, expected: Any) -> None:
    assert mentions.last_asked(text) == expected
