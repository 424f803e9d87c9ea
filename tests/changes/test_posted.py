"""An edit as a page posts it: rights and rules came with BEGIN, and the form's token is taken as the row is written."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from ops import direct
from ops.changes import Operation
from ops.db import Database
from ops.identity import keep_known
from tests.changes import company
from tests.changes.company import World
from tests.changes.test_decide import together

THERE, BACK = ({"v": "one"}, {"v": "uno"}), ({"v": "uno"}, {"v": "one"})


@pytest.fixture
def world(db: Database) -> World:
    return replace(company.world_of(db), posted=True)


def edit(world: World, base: dict[str, str | None], after: dict[str, str | None]) -> Operation:
    return world.edit("~1", base, after, table="plain")


def heard(world: World) -> list[str]:
    """The statements of the door from here on, each by its first words."""
    said: list[str] = []
    direct.on_statement(world.db.engine, lambda text: said.append(" ".join(text.split()[:2])))
    return said


def test_it_is_two_statements_between_begin_and_commit(world: World) -> None:
    world.propose(world.ann, edit(world, *THERE))  # a process reads rights and rules of a stamp once
    said = heard(world)
    assert world.propose(world.ann, edit(world, *BACK)).state == "applied"
    begin, _who, *door = said
    assert begin.startswith("BEGIN") and door == [
        'UPDATE "shop"."plain"',
        "SELECT ops.write_change(%(title)s,",
    ]


def test_p30_sent_again_it_gives_the_first_result_though_the_row_is_as_it_was(world: World) -> None:
    """P30: the edit could be written once more, and is undone, for its token is taken; its events with it."""
    first = world.propose(world.ann, edit(world, *THERE), token="t")
    world.propose(world.max, edit(world, *BACK))
    again = world.propose(world.ann, edit(world, *THERE), token="t")
    assert (again.change_id, again.repeated, again.state) == (first.change_id, True, "applied")
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "one"
    assert len(world.events("row.updated")) == 2 == world.one("SELECT count(*) FROM ops.change_set")


def test_p30_sent_again_it_gives_the_first_result_whatever_has_changed_since(world: World) -> None:
    """P30: rights were taken, or the database refuses such values by now."""
    first = world.propose(world.ann, edit(world, *THERE), token="t")
    world.propose(world.max, edit(world, *BACK))
    world.sql("ALTER TABLE shop.plain ADD CONSTRAINT no_uno CHECK (v <> 'uno')")
    assert world.propose(world.ann, edit(world, *THERE), token="t").change_id == first.change_id
    world.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    again = world.propose(world.ann, edit(world, *THERE), token="t")
    assert (again.change_id, again.repeated) == (first.change_id, True)


def test_p30_forms_of_one_token_about_two_rows_at_once_have_one_effect(world: World) -> None:
    """P30: nothing but the token holds the second one back."""
    both = [world.edit(f"~{n}", {"v": was}, {"v": "x"}, table="plain") for n, was in ((1, "one"), (2, "two"))]
    found = together([lambda one=one: world.propose(world.ann, one, token="t").change_id for one in both])
    assert len(set(found)) == 1
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'x'") == 1 == len(world.events("row.updated"))


def test_a_rule_made_meanwhile_is_asked(world: World) -> None:
    """P16, P31: rules in memory are those of the stamp that came with BEGIN."""
    assert world.propose(world.ann, edit(world, *THERE)).state == "applied"
    world.rule("notes", table_name="plain", role="manager")
    assert world.propose(world.ann, edit(world, *BACK)).state == "in_review"
    world.sql("UPDATE ops.approval_rule SET enabled = false")
    assert world.propose(world.ann, edit(world, *BACK)).state == "applied"
    world.sql("TRUNCATE ops.approval_rule")
    assert world.propose(world.ann, edit(world, *THERE)).state == "applied"


def test_p16_rights_that_came_long_ago_are_read_again(world: World) -> None:
    """P16: whoever was held up for a second is asked who they are today."""
    said = heard(world)
    who = sa.text("SELECT * FROM ops.person_now WHERE id = 1")
    with world.db.ahead() as tx:
        row: Any = tx.execute(who).one()
        keep_known(tx, row)
    time.sleep(1.05)
    late = replace(world, posted=False)
    assert late.propose(world.ann, edit(world, *THERE)).state == "applied"
    assert "SELECT *" in said[2:], "the form's token was taken first, and with it the rights"


def test_without_a_stamp_no_rules_are_kept(world: World) -> None:
    """P31: where the row of the stamp is lost, as after a restore of some tables, nothing tells of a new rule."""
    world.sql("DELETE FROM ops.rights")
    assert world.propose(world.ann, edit(world, *THERE)).state == "applied"
    world.rule("notes", table_name="plain", role="manager")
    assert world.propose(world.ann, edit(world, *BACK)).state == "in_review"


@pytest.mark.parametrize("posted", [True, False])
def test_a_rule_that_comes_while_the_row_is_waited_for_is_asked(world: World, *, posted: bool) -> None:
    """P16, P31: whoever holds the row makes the rule as well; the edit is written after both, and not past the rule."""
    world = replace(world, posted=posted)
    world.propose(world.ann, edit(world, *THERE))
    done: list[Any] = []
    back = threading.Thread(target=lambda: done.append(world.propose(world.ann, edit(world, *BACK))))
    world.rule_while_it_waits(
        back, "shop.plain WHERE id = 1", "'notes', '{shop.plain}', '[{\"role\": \"manager\"}]'"
    )
    assert done[0].state == "in_review" and world.one("SELECT v FROM shop.plain WHERE id = 1") == "uno"
    assert len(world.events("row.updated")) == 1
