"""Emergencies: past those who are asked, past nothing else, never quietly; and the review that stays open (P33)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ops import changes, outbox
from ops.approvals import Asked
from ops.changes import Invalid, Operation, Outcome, Stale, Unproved, bulk, emergency, lapse
from ops.changes.bulk import Ticked, Wish
from ops.notices import HANDLERS
from ops.policy import Forbidden, NotVisible, Permission, may
from tests.changes.company import World

WHY = "The shop is shut until this is right"


@pytest.fixture
def night(world: World) -> World:
    """Ann may: the company has given her a role of its own for it."""
    world.sql(
        "INSERT INTO ops.role (name, label, permissions) VALUES ('firefighter', 'Firefighter', '{changes.emergency}')"
    )
    world.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'firefighter', 'hand')")
    return world


def use(world: World, out: Outcome, actor: Any = None, **said: Any) -> Outcome:
    digest = world.one("SELECT digest FROM ops.change_set WHERE id = :id", id=out.change_id)
    given = {"digest": digest, "reason": WHY, "proved": True, **said}
    return emergency.apply_now(world.db, world.catalog, actor or world.ann, out.change_id, **given)


def close(
    world: World, out: Outcome, actor: Any, finding: str = "justified", comment: str = "I rang her"
) -> Any:
    return emergency.close(world.db, world.catalog, actor, out.change_id, finding=finding, comment=comment)


def state(world: World, out: Outcome) -> str:
    return str(world.one("SELECT state FROM ops.change_set WHERE id = :id", id=out.change_id))


def reviews(world: World) -> int:
    return int(world.one("SELECT count(*) FROM ops.emergency_review"))


def unexplained(world: World) -> int:
    """Applied changes with an open stage of their revision and no emergency."""
    return int(
        world.one(
            "SELECT count(*) FROM ops.change_set c WHERE c.state = 'applied' AND EXISTS ("
            "SELECT FROM ops.stage s WHERE s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL) "
            "AND NOT EXISTS (SELECT FROM ops.emergency_review r WHERE r.change_id = c.id AND r.revision = c.revision)"
        )
    )


def test_its_maker_applies_it_now_and_a_review_stays_open(night: World) -> None:
    """P29, P31, P33, P36: the row's own event too, and who had been asked."""
    out = night.large()
    done = use(night, out)
    assert (done.state, night.customer().credit_limit) == ("applied", 20000)
    events = night.events("change.emergency", "row.updated", "change.applied")
    assert [one.action for one in events] == ["change.emergency", "row.updated", "change.applied"]
    assert events[0].body["reason"] == WHY and events[0].body["facts"]["asked"] == "1 × manager"
    with night.db.reading() as tx:
        review = emergency.of(tx, out.change_id)
    assert review is not None and review.closed_at is None
    assert (review.opener, review.asked, review.reason) == ("Ann", (Asked(1, "manager"),), WHY)
    assert unexplained(night) == 0
    shown = night.show(night.bo, out.change_id)
    assert not shown.stages[0].closed and not shown.may_decide


def test_nobody_has_the_permission_until_the_company_gives_it(world: World) -> None:
    """P13, P33: neither the maker nor an owner who is one."""
    for who in (world.ann, world.oz):
        assert not may(who, Permission.CHANGES_EMERGENCY)
        out = world.large(who, key=1 if who is world.ann else 2)
        with pytest.raises(Forbidden, match="permission of its own"):
            use(world, out, who)
        assert state(world, out) == "in_review"
    assert len([one for one in world.events("change.emergency") if one.outcome == "refused"]) == 2
    assert reviews(world) == 0


def test_only_who_made_it(night: World) -> None:
    """P27, P33: who is asked decides, as always; who may not see it learns nothing."""
    night.sql(
        "INSERT INTO ops.person_role (person_id, role, origin) SELECT id, 'firefighter', 'hand' FROM ops.person "
        "WHERE id IN (2, 3, 4)"
    )
    out = night.large()
    for who in (night.bo, night.cy):
        with pytest.raises(Forbidden, match="Only who asked"):
            use(night, out, who)
    with pytest.raises(NotVisible):
        use(night, out, night.dee)
    assert state(night, out) == "in_review"


def test_it_needs_a_reason_and_a_proof_of_who_it_is(night: World) -> None:
    """P11, P33."""
    out = night.large()
    for bad in ("", "  \n ", "x" * 2001, "nul\x00"):
        with pytest.raises(Invalid) as error:
            use(night, out, reason=bad)
        assert set(error.value.fields) == {"reason"}
    with pytest.raises(Unproved):
        use(night, out, proved=False)
    assert (state(night, out), night.customer().credit_limit, reviews(night)) == ("in_review", 1000, 0)


def test_never_rights_nor_rules(night: World) -> None:
    """P33: who could do that could give themselves anything."""
    night.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (5, 'firefighter', 'hand')")
    table = night.catalog.by_name("ops", "person_role")
    out = night.propose(
        night.oz, Operation("create", table, None, {}, {"person_id": "4", "role": "viewer"}), reason="now"
    )
    assert out.state == "in_review"
    with pytest.raises(Forbidden, match="Another owner"):
        use(night, out, night.oz)
    assert state(night, out) == "in_review" and lapse(night.db, night.catalog) == 0


def test_never_many_rows(night: World) -> None:
    """P33: refused in words."""
    wish = Wish(
        night.table("customer"), "update", Ticked(("~1", "~2")), {"credit_limit": "30000.00"}, "chunks", "Many", "",
    )  # fmt: skip
    out = bulk.propose_bulk(night.db, night.catalog, night.ann, wish, token="m" * 22)
    assert out.state == "in_review"
    with pytest.raises(Forbidden, match="many rows"):
        use(night, out)
    assert state(night, out) == "in_review"


def test_everything_else_is_looked_at_as_at_any_apply(night: World) -> None:
    """P16, P29, P33: the row moved, the database refuses, the right is gone: nothing is written, and it waits on."""
    out = night.large()
    night.sql("UPDATE shop.customer SET credit_limit = 7 WHERE id = 1")
    moved = use(night, out)
    assert moved.state == "in_review" and moved.failure
    out = night.large(to="60000.00", key=2)
    refused = use(night, out)
    assert refused.state == "in_review" and refused.failure
    assert [one.outcome for one in night.events("change.emergency")] == ["failed", "failed"]
    assert (night.customer().credit_limit, night.customer(2).credit_limit, reviews(night)) == (7, 1000, 0)
    out = night.large(key=3)
    night.sql("DELETE FROM ops.person_role WHERE person_id = 1 AND role = 'operator'")
    night.sql("INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'viewer', 'hand')")
    with pytest.raises(Forbidden):
        use(night, out)
    assert (state(night, out), night.customer(3).credit_limit) == ("in_review", 1000)
    assert night.decide(night.bo, out.change_id).state == "failed", "nor by those who are asked"


def test_people_whom_the_row_asks_only_now_are_asked_first(night: World) -> None:
    """P29, P33: nobody is passed over unnamed; then it can be used with them in sight."""
    out = night.large()
    night.rule("also owners", table_name="customer", role="owner")
    assert use(night, out).state == "in_review"
    assert (night.customer().credit_limit, reviews(night)) == (1000, 0)
    assert [stage.role for stage in night.show(night.ann, out.change_id).stages] == ["manager", "owner"]
    assert use(night, out).state == "applied"
    assert night.events("change.emergency")[-1].body["facts"]["asked"] == "1 × manager; 1 × owner"


def test_it_is_bound_to_what_was_on_the_screen_and_to_waiting(night: World) -> None:
    """P28, P31, P33."""
    out = night.large()
    with pytest.raises(Stale):
        use(night, out, digest="0" * 64)
    changes.withdraw(night.db, night.catalog, night.ann, out.change_id)
    with pytest.raises(Stale):
        use(night, out)
    over = night.large(key=2)
    night.sql(
        "UPDATE ops.change_set SET expires_at = now() - interval '1 second' WHERE id = :id", id=over.change_id
    )
    with pytest.raises(Stale):
        use(night, over)
    assert night.customer(2).credit_limit == 1000


def test_a_form_sent_twice_applies_once(night: World) -> None:
    """P30: at the same moment as a decision, too: one of them finds it done."""
    out = night.large()
    assert use(night, out, token="t" * 22).state == "applied"
    again = use(night, out, token="t" * 22)
    assert again.repeated and again.state == "applied"
    other = night.large(key=2)
    found: list[str] = []

    def run(work: Any) -> None:
        try:
            found.append(work().state)
        except Stale:
            found.append("stale")

    threads = [
        threading.Thread(target=run, args=(work,))
        for work in (lambda: use(night, other), lambda: night.decide(night.bo, other.change_id))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    assert sorted(found) == ["applied", "stale"]
    assert len(night.events("row.updated")) == 2 and unexplained(night) == 0


def test_everybody_concerned_hears_of_it_at_once_and_then_every_day(night: World) -> None:
    """P33: the bell."""
    out = night.large()
    while outbox.drain(night.db, HANDLERS):
        pass
    use(night, out)
    while outbox.drain(night.db, HANDLERS):
        pass

    def told() -> set[int]:
        rows = night.sql(
            "SELECT DISTINCT person_id FROM ops.notice WHERE kind = 'emergencies' AND read_at IS NULL"
        )
        return {row.person_id for row in rows}

    assert told() == {2, 3, 5, 6}, (
        "managers, the auditor, the owner; not who did it, not who has nothing to do with it"
    )
    assert night.one("SELECT count(*) FROM ops.notice WHERE kind = 'asks' AND read_at IS NULL") == 0
    night.sql("UPDATE ops.notice SET read_at = now()")
    with night.db.transaction() as tx:
        assert emergency.remind(tx) == 0, "not before a day is over"
    night.sql("UPDATE ops.emergency_review SET remind_at = now()")
    with night.db.transaction() as tx:
        assert emergency.remind(tx) == 1 and emergency.remind(tx) == 0
    while outbox.drain(night.db, HANDLERS):
        pass
    assert told() == {2, 3, 5, 6}
    close(night, out, night.bo)
    while outbox.drain(night.db, HANDLERS):
        pass
    assert 1 in told(), "who used it hears that it is closed"
    night.sql("UPDATE ops.emergency_review SET remind_at = now()")
    with night.db.transaction() as tx:
        assert emergency.remind(tx) == 0


def test_somebody_who_could_have_decided_closes_it_once(night: World) -> None:
    """P27, P33: not its maker, not who was not asked, not without a word."""
    out = night.large()
    use(night, out)
    with pytest.raises(Forbidden, match="had a hand"):
        close(night, out, night.ann)
    for who in (night.cy, night.oz):
        with pytest.raises(Forbidden):
            close(night, out, who)
    with pytest.raises(NotVisible):
        close(night, out, night.dee)
    for finding, comment in (("", "x"), ("maybe", "x"), ("not", " ")):
        with pytest.raises(Invalid):
            close(night, out, night.bo, finding, comment)
    review = close(night, out, night.bo, "not", "It could have waited")
    assert (review.finding, review.closer, review.comment) == ("not", "Bo", "It could have waited")
    with pytest.raises(Stale):
        close(night, out, night.max)
    told = night.events("change.emergency_closed")[-1]
    assert told.body["facts"]["finding"] == "not" and told.body["reason"] == "It could have waited"
    assert night.customer().credit_limit == 20000, "undoing is a change of its own"


def test_who_said_yes_before_is_not_who_reviews(night: World) -> None:
    """P32, P33: of two who are asked one agreed; the other closes it."""
    night.rule("two of them", table_name="customer", needed=2)
    out = night.large()
    night.decide(night.bo, out.change_id)
    assert use(night, out).state == "applied"
    assert night.events("change.emergency")[-1].body["facts"]["agreed"] == "Bo"
    with pytest.raises(Forbidden, match="had your say"):
        close(night, out, night.bo)
    assert close(night, out, night.max).closer == "Max"


def test_the_database_holds_that_its_user_does_not_close_it(night: World) -> None:
    """P33: whatever the code says."""
    out = night.large()
    use(night, out)
    with pytest.raises(Exception, match="emergency_review"):
        night.sql(
            "UPDATE ops.emergency_review SET closed_at = now(), closed_by = opened_by, finding = 'justified', "
            "comment = 'x'"
        )


def test_lists_show_it_to_who_sees_the_row_alone(night: World) -> None:
    """P14."""
    out = night.large()
    use(night, out)
    with night.db.reading() as tx:
        page = emergency.listed(tx, night.catalog, night.bo)
        assert [review.reference for review, _ in page.rows] == [out.reference]
        assert [r.change_id for r, _ in emergency.open_reviews(tx, night.catalog, night.bo)] == [
            out.change_id
        ]
        hidden = emergency.listed(tx, night.catalog, night.dee)
        assert not hidden.rows and hidden.unseen == 1
    close(night, out, night.bo)
    with night.db.reading() as tx:
        assert not emergency.listed(tx, night.catalog, night.bo, only_open=True).rows
