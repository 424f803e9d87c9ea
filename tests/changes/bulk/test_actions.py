"""An action on many rows: its own values for each row, a sentence where there are none, word left of those written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ops import catalog
from ops.catalog import Refuse, Resource, action, later
from ops.changes import Invalid
from ops.changes.acts import Act, settable
from ops.changes.bulk import Wish
from ops.changes.bulk.acting import spec
from ops.policy import Forbidden
from tests.changes.bulk.conftest import Many
from tests.changes.company import World


class Plain(Resource):
    table = "shop.plain"

    @action("Shout", many=True)
    def shout(self, row: Any, *, end: str) -> Any:
        if row["id"] % 10 == 0:
            raise Refuse("Tens are quiet.")
        later("voice.heard", row=row["id"], said=row["v"])
        return {"v": row["v"].upper() + end}

    @action("Ask first", many=True, approval=True)
    def ask(self, row: Any) -> Any:
        return {"v": "asked"}


@pytest.fixture
def many(world: World) -> Many:
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, resources=[Plain])
    return Many(world)


def wish(many: Many, name: str, *keys: int, **arguments: str) -> Wish:
    table = many.world.table("plain")
    act = Act(name, table.resource.actions[name].label, arguments)
    columns = tuple(sorted(settable(table, "update")))
    return replace(many.wish("plain", *keys), each=spec(act), columns=columns, source="action", title="Shout")


def told(world: World) -> list[str]:
    return [
        row.body["row"]
        for row in world.sql("SELECT body FROM ops.outbox WHERE kind = 'voice.heard' ORDER BY id")
    ]


def test_few_rows_are_done_at_once(world: World, many: Many) -> None:
    many.plain(12)
    out = many.propose(world.ann, wish(many, "shout", 3, 4, 10, end="!"))
    assert many.results(out.change_id) == {"applied": 2, "failed": 1}
    assert many.problems(out.change_id) == {"10": "Tens are quiet."}
    assert [row.v for row in world.sql("SELECT v FROM shop.plain WHERE id IN (3, 4, 10) ORDER BY id")] == [
        "V3!",
        "V4!",
        "v10",
    ]
    assert told(world) == ["3", "4"] and world.one("SELECT source FROM ops.change_set") == "action"
    assert world.one("SELECT arguments FROM ops.change_action") == {"end": "!"}


def test_many_rows_are_done_by_a_worker_and_told_once(world: World, many: Many) -> None:
    many.plain(1200)
    out = many.propose(world.ann, wish(many, "shout", end="?"))
    assert out.state == "draft" and not told(world)
    assert many.work(out.change_id) == "applied"
    assert many.results(out.change_id) == {"applied": 1080, "failed": 120}
    assert len(told(world)) == len(set(told(world))) == 1080
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'V' || id || '?'") == 1078


def test_one_that_always_asks_does_so_for_many(world: World, many: Many) -> None:
    many.plain(300)
    for rows in ((3, 4), ()):
        out = many.propose(world.ann, wish(many, "ask", *rows))
        state = out.state if out.state == "in_review" else many.work(out.change_id)
        assert state == "in_review" and not world.one("SELECT count(*) FROM shop.plain WHERE v = 'asked'")
    assert world.decide(world.bo, out.change_id).state == "approved"
    assert many.work(out.change_id) == "applied"
    assert world.one("SELECT count(*) FROM shop.plain WHERE v = 'asked'") == 300


def test_who_may_not_act_may_not_act_on_many(world: World, many: Many) -> None:
    for who in (world.bo, world.cy):
        with pytest.raises(Forbidden):
            many.propose(who, wish(many, "shout", 3, end="!"))
    with pytest.raises(Invalid):
        many.propose(world.ann, replace(wish(many, "shout", 3, end="!"), columns=("id",)))
