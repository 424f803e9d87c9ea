"""Revising: a further revision with everything begun anew, and nobody on both sides. Rebasing after a conflict."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from ops import changes
from ops.actor import Actor
from ops.changes import Conflict, Invalid, Operation, Outcome, Stale
from ops.policy import Forbidden, NotVisible
from tests.changes.company import World


def head(world: World, out: Outcome) -> Any:
    return world.sql("SELECT * FROM ops.change_set WHERE id = :id", id=out.change_id)[0]


def revise(
    world: World, actor: Actor, out: Outcome, after: Mapping[str, str | None], *,
    base: Mapping[str, str | None] | None = None, digest: str | None = None, **said: Any,
) -> Outcome:  # fmt: skip
    """Ask for `after` instead, from a page that shows the row as it is now."""
    now = {name: None if v is None else str(v) for name, v in world.customer()._mapping.items()}
    shown = {name: now[name] for name in after} if base is None else base
    return changes.revise(
        world.db, world.catalog, actor, out.change_id, [world.edit("~1", shown, after)],
        reason=said.pop("reason", "better"), digest=digest or head(world, out).digest, **said,
    )  # fmt: skip


def test_a_revision_begins_anew_and_keeps_what_was(world: World) -> None:
    """P28, P35, P36: new digest, new stages, one more event; the first revision stays readable."""
    out = world.large()
    old = head(world, out)
    world.decide(world.bo, out.change_id, "send_back", comment="less")
    done = revise(world, world.ann, out, {"credit_limit": "15000.00"})
    new = head(world, out)
    assert (done.state, new.revision, new.reason, new.editor_id) == ("in_review", 2, "better", None)
    assert new.digest != old.digest and world.customer().credit_limit == 1000
    with world.db.reading() as tx:
        (first,) = changes.superseded(tx, out.change_id)
    assert (first.revision, first.state, first.maker, first.revised_by) == (1, "sent_back", "Ann", "Ann")
    kept = world.one("SELECT operations -> 0 -> 'after' FROM ops.revision")
    assert kept == {"credit_limit": "20000.00"}
    event = world.events("change.revised")[0]
    assert event.body["facts"]["revision"] == "2" and event.body["after"] == {"credit_limit": "15000.00"}
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert world.customer().credit_limit == 15000


def test_p28_a_yes_to_an_earlier_revision_never_counts(world: World) -> None:
    """And who said it is asked again."""
    world.rule("two", table_name="customer", columns=["credit_limit"], needed=2)
    out = world.large()
    assert world.decide(world.bo, out.change_id).state == "in_review"
    revise(world, world.ann, out, {"credit_limit": "30000.00"})
    view = world.show(world.bo, out.change_id)
    assert view.may_decide and view.stages[0].got == 0
    assert world.decide(world.max, out.change_id).state == "in_review"
    assert world.customer().credit_limit == 1000
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_p28_a_decision_on_the_old_revision_is_refused(world: World) -> None:
    out = world.large()
    old = head(world, out).digest
    revise(world, world.ann, out, {"credit_limit": "40000.00"})
    with pytest.raises(Stale):
        world.decide(world.bo, out.change_id, digest=old)
    assert head(world, out).state == "in_review"


def test_p27_who_decided_any_revision_cannot_edit_it(world: World) -> None:
    """Nobody stands on both sides: by code, and by the primary key of ops.change_party."""
    world.rule("two", table_name="customer", columns=["credit_limit"], needed=2)
    out = world.large()
    world.decide(world.max, out.change_id)
    for _ in range(2):
        with pytest.raises(Forbidden) as caught:
            revise(world, world.max, out, {"credit_limit": "11000.00"})
        assert "both sides" in str(caught.value)
        revise(world, world.ann, out, {"credit_limit": "12000.00"})
    refused = world.events("change.revised")
    assert [e.outcome for e in refused] == ["refused", "done", "refused", "done"]
    with (
        psycopg.connect(world.db.url, autocommit=True) as direct,
        pytest.raises(psycopg.errors.UniqueViolation),
    ):
        direct.execute(f"INSERT INTO ops.change_party VALUES ({out.change_id}, 6, 'maker', 'editor')")


def test_p27_an_editor_is_a_maker_from_then_on(world: World) -> None:
    out = world.large()
    done = revise(world, world.max, out, {"credit_limit": "25000.00"})
    assert done.state == "in_review" and head(world, out).editor_id == 6
    with pytest.raises(Forbidden) as caught:
        world.decide(world.max, out.change_id)
    assert "somebody else" in str(caught.value)
    revise(world, world.ann, out, {"credit_limit": "26000.00"})
    with pytest.raises(Forbidden):
        world.decide(world.max, out.change_id)
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_p16_an_editors_rights_count_when_it_is_applied_and_so_do_the_proposers(world: World) -> None:
    out = world.large()
    revise(world, world.max, out, {"credit_limit": "25000.00"})
    world.sql("DELETE FROM ops.person_role WHERE person_id = 6 AND role = 'operator'")
    assert world.decide(world.bo, out.change_id).state == "failed"
    assert "Max" in head(world, out).failure and world.customer().credit_limit == 1000


def test_who_may_not_make_the_change_may_not_revise_it(world: World) -> None:
    """P14, P15, P27: a manager who cannot edit, a stranger, a column that is not theirs."""
    out = world.large()
    for actor in (world.bo, world.cy):
        with pytest.raises(Forbidden):
            revise(world, actor, out, {"credit_limit": "12000.00"})
    with pytest.raises(NotVisible):
        revise(world, world.dee, out, {"credit_limit": "12000.00"})
    with pytest.raises(Forbidden):
        revise(world, world.ann, out, {"changed": "7"})
    assert head(world, out).revision == 1


def test_two_who_revise_the_same_revision_do_not_overwrite_each_other(world: World) -> None:
    """P28: the second is told, with what it is now."""
    out = world.large()
    seen = head(world, out).digest
    said: list[str] = []

    def revises(actor: Actor, to: str) -> None:
        try:
            said.append(revise(world, actor, out, {"credit_limit": to}, digest=seen).state)
        except Stale:
            said.append("stale")

    both = [
        threading.Thread(target=revises, args=one) for one in ((world.ann, "11000"), (world.max, "12000"))
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(said) == ["in_review", "stale"] and head(world, out).revision == 2


def test_p30_the_same_form_sent_again_makes_one_revision(world: World) -> None:
    out = world.large()
    digest = head(world, out).digest
    for repeated in (False, True):
        done = revise(world, world.ann, out, {"credit_limit": "12000.00"}, digest=digest, token="r" * 22)
        assert (done.repeated, head(world, out).revision) == (repeated, 2)


def test_what_nobody_is_asked_about_any_more_is_applied(world: World) -> None:
    """P31: submitted, approved, applying, applied; with its row's event."""
    out = world.large()
    assert revise(world, world.ann, out, {"credit_limit": "9000.00"}).state == "applied"
    assert world.customer().credit_limit == 9000
    assert [e.action for e in world.events()] == ["change.submitted", "change.revised", "row.updated"]
    with pytest.raises(Stale):
        revise(world, world.ann, out, {"credit_limit": "8000.00"})


def test_a_refused_value_is_told_beside_its_field_and_the_revision_stays(world: World) -> None:
    out = world.large()
    for after in ({"credit_limit": "many"}, {"email": "no sign in it"}):
        with pytest.raises(Invalid) as caught:
            revise(world, world.ann, out, after)
        assert set(caught.value.fields) == set(after)
    with pytest.raises(Invalid):
        revise(world, world.ann, out, {"credit_limit": "1000.00"})
    assert (head(world, out).revision, head(world, out).state) == (1, "in_review")


def test_after_a_conflict_it_is_rebased_on_the_row_as_it_is_now(world: World) -> None:
    """P29: three values side by side; what came meanwhile is only overwritten by who has seen it."""
    out = world.large()
    world.sql("UPDATE shop.customer SET credit_limit = 1234 WHERE id = 1")
    assert world.decide(world.bo, out.change_id).state == "conflicted"
    with world.db.reading() as tx:
        taken = changes.taken_up(tx, world.catalog, world.ann, out.change_id)
    side = next(one for one in taken.rows[0].sides if one.column.name == "credit_limit")
    assert (side.original, side.proposed, side.now, side.moved) == ("1000.00", "20000.00", "1234.00", True)
    with pytest.raises(Conflict):
        revise(world, world.ann, out, {"credit_limit": "20000.00"}, base={"credit_limit": "1000.00"})
    done = revise(world, world.ann, out, {"credit_limit": "20000.00"})
    assert done.state == "in_review" and head(world, out).failure is None
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_what_failed_is_revised_to_what_the_database_allows(world: World) -> None:
    out = world.large(to="60000.00")
    assert world.decide(world.bo, out.change_id).state == "failed"
    assert revise(world, world.ann, out, {"credit_limit": "45000.00"}).state == "in_review"
    assert world.decide(world.bo, out.change_id).state == "applied"


def test_p31_what_is_final_is_not_revised(world: World) -> None:
    for end in ("reject", "withdraw", "expire"):
        out = world.large()
        if end == "reject":
            world.decide(world.bo, out.change_id, "reject", comment="no")
        elif end == "withdraw":
            changes.withdraw(world.db, world.catalog, world.ann, out.change_id)
        else:
            world.sql("UPDATE ops.change_set SET expires_at = now() WHERE id = :id", id=out.change_id)
            changes.expire(world.db, None)
        with pytest.raises(Stale):
            revise(world, world.ann, out, {"credit_limit": "12000.00"})


def test_several_rows_of_several_tables_are_revised_together(world: World) -> None:
    one = world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "20000.00"})
    two = Operation("create", world.table("plain"), after={"id": "7", "v": "seven"})
    out = world.propose(world.ann, one, two)
    again = [
        world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "21000.00"}),
        Operation("create", world.table("plain"), after={"id": "8", "v": "eight"}),
    ]
    changes.revise(
        world.db, world.catalog, world.ann, out.change_id, again, reason="", digest=head(world, out).digest
    )
    assert world.decide(world.bo, out.change_id).state == "applied"
    assert world.customer().credit_limit == 21000
    assert [r.id for r in world.sql("SELECT id FROM shop.plain WHERE id > 2")] == [8]


def test_rights_and_many_rows_are_not_revised_by_hand(world: World) -> None:
    mapping = Operation(
        "create",
        world.catalog.by_name("ops", "group_role"),
        after={"iss": "i", "group_name": "g", "role": "viewer"},
    )
    out = world.propose(world.oz, mapping, reason="so")
    with pytest.raises(Forbidden) as caught:
        changes.revise(
            world.db,
            world.catalog,
            world.oz,
            out.change_id,
            [mapping],
            reason="",
            digest=head(world, out).digest,
        )
    assert "own pages" in str(caught.value)
