"""Offboarding: off at once, open things to the heir, makers for ever, each step in the trail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from ops import changes, identity
from ops.identity.switching import disable
from ops.notices import HANDLERS
from ops.offboarding import CannotLeave, Left, offboard, preview
from ops.outbox import drain
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World
from tests.changes.conftest import ops_url, world

__all__ = ["ops_url", "world"]
ANN, BO, DEE, OZ, MAX = 1, 2, 4, 5, 6


def leave(world: World, person: int, to: int | None, reason: str | None = "left") -> Left:
    with world.db.transaction() as tx:
        return offboard(tx, world.oz, person, to=to, reason=reason)


def run(world: World, person: int, state: str) -> str:
    run_id = str(uuid4())
    world.sql(
        "INSERT INTO ops.export_run (id, person_id, schema_name, table_name, query, format, state) "
        "VALUES (:id, :person, 'shop', 'plain', '{}', 'csv', :state)",
        id=run_id, person=person, state=state,
    )  # fmt: skip
    return run_id


def test_open_changes_go_to_the_heir_whose_rights_count(world: World) -> None:
    """P16, P27: the leaver stays a maker; the heir is one more and cannot approve; applied with the heir's rights."""
    out = world.large()
    with world.db.reading() as tx:
        shown = [(one.kind, one.name, one.fate) for one in preview(tx, world.oz, ANN, to=MAX)]
    assert shown == [("change", f"CH-{out.change_id}", "goes")]
    left = leave(world, ANN, MAX)
    assert left.switched_off and [one.fate for one in left.belongings] == ["goes"]
    parties = world.sql("SELECT person_id, side, how FROM ops.change_party ORDER BY person_id")
    assert [tuple(row) for row in parties] == [(ANN, "maker", "proposer"), (MAX, "maker", "heir")]
    with pytest.raises(Forbidden):
        world.decide(world.max, out.change_id)
    with pytest.raises(psycopg.errors.UniqueViolation):
        try:
            world.sql(
                "INSERT INTO ops.change_party VALUES (:id, :max, 'decider', 'approver')",
                id=out.change_id,
                max=MAX,
            )
        except sa.exc.IntegrityError as error:
            raise error.orig from error  # type: ignore[misc]  # it has one
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert world.customer().credit_limit == 20000


def test_without_an_heir_nothing_runs_in_the_leavers_name(world: World) -> None:
    """P9, P16: nobody stands for it: it fails, and says so."""
    out = world.large()
    left = leave(world, ANN, None)
    assert [(one.fate, one.kind) for one in left.belongings] == [("stays", "change")]
    assert world.decide(world.bo, out.change_id).state == "failed"
    assert world.customer().credit_limit == 1000


def test_the_heir_may_withdraw_and_finds_it_among_their_own(world: World) -> None:
    out = world.large()
    with pytest.raises(Forbidden):
        changes.withdraw(world.db, world.catalog, world.max, out.change_id)
    leave(world, ANN, MAX)
    with world.db.reading() as tx:
        assert [row.id for row in changes.mine(tx, world.catalog, world.max).rows] == [out.change_id]
        assert changes.show(tx, world.catalog, world.max, out.change_id).may_withdraw
    assert changes.withdraw(world.db, world.catalog, world.max, out.change_id).state == "withdrawn"


def test_a_decider_becomes_no_maker(world: World) -> None:
    """P27: who has decided on it cannot inherit it; it stays, and the page says why."""
    world.rule(
        "two look", table_name="customer", condition="new.credit_limit > 10000", role="manager", needed=2
    )
    out = world.large()
    world.decide(world.max, out.change_id)
    left = leave(world, ANN, MAX)
    assert [(one.fate, one.obstacle) for one in left.belongings] == [("stays", "decided")]
    assert world.one("SELECT heir_id FROM ops.change_set") is None
    assert (
        [one.fate for one in leave(world, ANN, OZ).belongings] == ["goes"]
        if world.oz.person_id != OZ
        else True
    )


def test_what_was_inherited_goes_on_to_the_next_heir(world: World) -> None:
    out = world.large()
    leave(world, ANN, MAX)
    left = leave(world, MAX, DEE)
    assert [one.name for one in left.belongings] == [f"CH-{out.change_id}"]
    makers = world.sql("SELECT person_id FROM ops.change_party WHERE side = 'maker' ORDER BY 1")
    assert [row.person_id for row in makers] == [ANN, DEE, MAX]
    assert world.one("SELECT heir_id FROM ops.change_set") == DEE
    assert not leave(world, ANN, BO).belongings


def test_over_is_over(world: World) -> None:
    """P31: what is final is nobody's to inherit."""
    out = world.large()
    world.decide(world.bo, out.change_id, "reject", comment="no")
    assert not leave(world, ANN, MAX).belongings


def test_exports_that_wait_go_and_those_that_run_end(world: World) -> None:
    waits, runs, done = run(world, ANN, "waiting"), run(world, ANN, "running"), run(world, ANN, "done")
    left = leave(world, ANN, MAX)
    assert sorted((one.kind, one.fate) for one in left.belongings) == [("export", "ends"), ("export", "goes")]
    now = {str(row.id): (row.person_id, row.state) for row in world.sql("SELECT * FROM ops.export_run")}
    assert now == {waits: (MAX, "waiting"), runs: (ANN, "cancelled"), done: (ANN, "done")}
    assert world.one("SELECT state FROM ops.work WHERE subject = :id", id=runs) == "cancelled"


def test_sessions_and_rights_end_with_it(world: World) -> None:
    """P9, P12."""
    world.sql("INSERT INTO ops.session (id, person_id, expires_at) VALUES ('x', 1, now() + interval '1 day')")
    leave(world, ANN, None)
    assert not world.sql("SELECT 1 FROM ops.session")
    with world.db.reading() as tx, pytest.raises(identity.Disabled):
        identity.current_actor(tx, world.ann)
    assert world.one("SELECT disabled_by FROM ops.person WHERE id = 1") == "hand"


def test_who_was_off_already_can_be_given_an_heir(world: World) -> None:
    """P9: SCIM switched them off; the owner hands over later."""
    out = world.large()
    with world.db.transaction() as tx:
        disable(tx, world.oz, ANN, by="scim")
    left = leave(world, ANN, MAX)
    assert not left.switched_off and [one.name for one in left.belongings] == [f"CH-{out.change_id}"]
    assert world.one("SELECT disabled_by FROM ops.person WHERE id = 1") == "hand"


def test_who_may_not_and_what_cannot_be(world: World) -> None:
    """P17: only who may change people; nobody themselves; no heir who is off or not there."""
    for actor in (world.bo, world.cy, world.dee):
        with world.db.transaction() as tx, pytest.raises(Forbidden):
            offboard(tx, actor, ANN, to=MAX)
        with world.db.reading() as tx, pytest.raises(Forbidden):
            preview(tx, actor, ANN)
    world.sql("UPDATE ops.person SET disabled_at = now() WHERE id = 6")
    for person, to, why in (
        (OZ, None, "self"), (ANN, ANN, "heir_is_leaver"), (99, None, "nobody"), (ANN, 99, "no_heir"),
        (ANN, MAX, "heir_off"),
    ):  # fmt: skip
        with world.db.transaction() as tx, pytest.raises(CannotLeave) as caught:
            offboard(tx, world.oz, person, to=to)
        assert caught.value.reason == why
    stale = replace(world.bo, roles=frozenset({"owner"}))
    with world.db.transaction() as tx, pytest.raises(Forbidden):
        offboard(tx, stale, ANN)
    assert world.one("SELECT disabled_at FROM ops.person WHERE id = 1") is None


def test_the_trail_tells_it_and_the_heir_hears_of_it(world: World) -> None:
    """P35, P36: who, to whom, what became of each."""
    out = world.large()
    leave(world, ANN, MAX)
    actions = [event.action for event in world.events()]
    assert actions == ["change.submitted", "people.disabled", "change.handed_over", "people.offboarded"]
    facts = world.events("people.offboarded")[0].body["facts"]
    assert facts["to"] == str(MAX) and facts["goes"] == f"change CH-{out.change_id}"
    assert world.events("people.offboarded")[0].body["reason"] == "left"
    drain(world.db, HANDLERS)
    texts = [row.text for row in world.sql("SELECT text FROM ops.notice WHERE person_id = 6")]
    assert any(text.startswith("Ann has left: 1 open") for text in texts)


def test_deciding_and_inheriting_at_the_same_moment(world: World) -> None:
    """P27, P30: the heir is maker or decider, never both; nobody waits for ever."""

    def decides(change_id: int) -> str:
        try:
            return world.decide(world.max, change_id).state
        except Forbidden:
            return "refused"

    for key in (1, 2, 3, 4, 6, 7):
        out = world.large(key=key)
        with ThreadPoolExecutor(2) as pool:
            decided = pool.submit(decides, out.change_id)
            left = pool.submit(leave, world, ANN, MAX).result()
        sides = world.sql(
            "SELECT side FROM ops.change_party WHERE change_id = :id AND person_id = 6", id=out.change_id
        )
        inherits = any(one.fate == "goes" for one in left.belongings)
        assert (decided.result(), [row.side for row in sides]) in (
            ("applied", ["decider"]), ("failed", ["decider"]), ("refused", ["maker"]),
        )  # fmt: skip
        assert inherits == (decided.result() == "refused")
        world.sql("UPDATE ops.person SET disabled_at = NULL, disabled_by = NULL WHERE id = 1")


def test_p14_an_heir_is_shown_no_row_that_is_not_theirs_to_see(world: World) -> None:
    """P14: to inherit a change shows nothing; of a row the heir sees, it does. They may withdraw either."""
    french, german = world.large(world.max, key=2), world.large(world.max, key=1)
    world.sql("UPDATE shop.customer SET country = 'FR' WHERE id = 2")
    leave(world, MAX, ANN)
    with world.db.reading() as tx:
        with pytest.raises(NotVisible):
            changes.show(tx, world.catalog, world.ann, french.change_id)
        assert changes.show(tx, world.catalog, world.ann, german.change_id).may_withdraw
    assert changes.withdraw(world.db, world.catalog, world.ann, french.change_id).state == "withdrawn"


def test_lent_seats_end_with_who_lends_or_sits(world: World) -> None:
    """Neither is anybody's to inherit; both are told before it is done, and stand in the trail."""
    world.sql(
        "INSERT INTO ops.delegation (from_person, to_person, starts_at, ends_at, reason) VALUES "
        "(1, 2, now(), now() + interval '1 day', 'x'), (6, 1, now(), now() + interval '1 day', 'x'), "
        "(6, 2, now(), now() + interval '1 day', 'x')"
    )
    with world.db.reading() as tx:
        told = [one for one in preview(tx, world.oz, ANN, to=MAX) if one.kind == "delegation"]
    assert [(one.name, one.fate) for one in told] == [("Bo", "ends"), ("Max", "ends")]
    leave(world, ANN, MAX)
    assert world.one("SELECT count(*) FROM ops.delegation WHERE ended_at IS NULL") == 1
    assert len(world.events("delegation.ended")) == 2
