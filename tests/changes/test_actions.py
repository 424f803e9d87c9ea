"""Actions through the door: worked out from the row, written by the door alone, told once they are applied."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ops import catalog, policy
from ops.catalog import Refuse, Resource, Rule, action, later
from ops.changes import Conflict, Invalid, Operation, Outcome, acting, propose
from ops.changes.acting import Broken
from ops.policy import Forbidden, NotVisible
from ops.roles import Role, TableRule
from ops.roles.book import bound
from tests.changes.company import World


class Customers(Resource):
    table = "shop.customer"
    title = "{name}"
    hidden = ("secret",)
    readonly = ("changed", "status")
    rows = {"operator": "country = 'DE'"}
    rules = (Rule("Limits", columns=("credit_limit",), condition="new.credit_limit > 10000"),)

    @action("Raise", permission="credit.raise")
    def raise_limit(self, customer: Any, *, by: Decimal, why: str | None = None) -> Any:
        if customer["status"] == "done":
            raise Refuse("They have left.")
        later("erp.limit", customer=customer["id"], by=by)
        return {"credit_limit": customer["credit_limit"] + by, "status": "open"}

    @action("Close", approval=True)
    def close(self, customer: Any) -> Any:
        later("erp.closed", customer=customer["id"])
        return {"status": "done"}

    @action("Remind")
    def remind(self, customer: Any) -> None:
        later("mail.reminder", customer=customer["id"])

    @action("Open accounts")
    def open_accounts(self, *, names: str) -> Any:
        return [{"name": name} for name in names.split(",")]

    @action("Break")
    def broken(self, customer: Any, *, how: str) -> Any:
        return {"raise": lambda: customer["nothing"], "key": lambda: {"id": 9}, "odd": lambda: {"name": object()},
                "none": lambda: {"nothing": 1}, "list": lambda: [1], "twice": lambda: {"twice": 1}}[how]()  # fmt: skip


@pytest.fixture
def acts(world: World) -> World:
    with world.db.reading() as tx:
        world.catalog = catalog.load(tx, resources=[Customers])
    return world


def prepared(
    world: World, name: str, key: str | None = "~1", who: Any = None, **typed: str
) -> list[Operation]:
    table = world.table("customer")
    one = table.resource.actions[name]
    seen = policy.acting_view(who or world.ann, table, one, world.catalog)
    assert seen is not None
    with world.db.reading() as tx:
        return acting.prepare(tx, seen, one, key, acting.read(one, typed), typed)


def use(world: World, operations: list[Operation], who: Any = None, **said: Any) -> Outcome:
    return propose(world.db, world.catalog, who or world.ann, operations, source="action", title="T", **said)


def told(world: World) -> list[tuple[str, Any]]:
    rows = world.sql("SELECT kind, body FROM ops.outbox WHERE kind NOT LIKE 'change.%' ORDER BY id")
    return [(row.kind, row.body) for row in rows]


def test_it_is_applied_with_its_event_and_its_message_in_one_transaction(acts: World) -> None:
    operations = prepared(acts, "raise_limit", by="500.5", why="asked")
    (one,) = operations
    assert one.after == {"credit_limit": "1500.50", "status": "open"}, "as PostgreSQL writes it"
    assert not told(acts) and acts.customer().credit_limit == 1000, "worked out, and nothing done"
    out = use(acts, operations)
    assert out.state == "applied" and acts.customer().credit_limit == Decimal("1500.50")
    assert acts.customer().status == "open", "an action may set what the person could not edit"
    assert told(acts) == [("erp.limit", {"customer": "1", "by": "500.5", "change_id": str(out.change_id)})]
    (event,) = acts.events("row.updated")
    assert event.change_id == out.change_id and event.body["after"]["status"] == "open"
    (kept,) = acts.sql("SELECT * FROM ops.change_action")
    assert (kept.name, kept.label, kept.arguments) == (
        "raise_limit",
        "Raise",
        {"by": "500.5", "why": "asked"},
    )
    assert acts.one("SELECT source FROM ops.change_set") == "action"


def test_p30_the_same_form_twice_is_one_effect(acts: World) -> None:
    operations = prepared(acts, "raise_limit", by="5")
    first, second = use(acts, operations, token="t" * 22), use(acts, operations, token="t" * 22)
    assert first.change_id == second.change_id and second.repeated and len(told(acts)) == 1


def test_what_it_was_worked_out_from_has_moved(acts: World) -> None:
    operations = prepared(acts, "raise_limit", by="5")
    acts.sql("UPDATE shop.customer SET credit_limit = 7 WHERE id = 1")
    with pytest.raises(Conflict):
        use(acts, operations)
    assert not told(acts) and acts.customer().credit_limit == 7


def test_rules_look_at_what_it_does_and_the_message_waits_with_it(acts: World) -> None:
    out = use(acts, prepared(acts, "raise_limit", by="20000"))
    assert out.state == "in_review" and not told(acts) and acts.customer().credit_limit == 1000
    assert acts.decide(acts.bo, out.change_id).state == "applied"
    assert acts.customer().credit_limit == 21000 and [kind for kind, _ in told(acts)] == ["erp.limit"]


def test_one_that_always_asks(acts: World) -> None:
    out = use(acts, prepared(acts, "close"))
    assert out.state == "in_review" and [(s.role, s.why) for s in out.stages] == [
        ("manager", ("“Close” always asks",))
    ]
    assert acts.decide(acts.bo, out.change_id, "reject", comment="no").state == "rejected"
    assert not told(acts) and acts.customer().status == "new"


def test_p28_a_decision_is_bound_to_what_is_told_as_well(acts: World) -> None:
    """P28: the digest covers arguments and messages, so neither can be changed under a decision."""
    out = use(acts, prepared(acts, "close"))
    acts.sql('UPDATE ops.change_action SET messages = \'[{"kind": "evil", "body": {}}]\'')
    from ops.changes import Stale

    with pytest.raises(Stale):
        acts.decide(acts.bo, out.change_id)
    assert acts.customer().status == "new" and not told(acts)


def test_p16_rights_to_act_are_asked_again_when_it_is_applied(acts: World) -> None:
    out = use(acts, prepared(acts, "close"))
    acts.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    assert acts.decide(acts.bo, out.change_id).state == "failed"
    assert acts.customer().status == "new" and not told(acts)


def test_one_that_only_leaves_word_stands_in_the_history(acts: World) -> None:
    out = use(acts, prepared(acts, "remind"))
    assert out.state == "applied" and [kind for kind, _ in told(acts)] == ["mail.reminder"]
    (event,) = acts.events("row.updated")
    assert event.row_key == "~1" and event.change_id == out.change_id
    assert acts.customer().changed == 0, "the row itself was not written"


def test_one_on_no_row_makes_rows(acts: World) -> None:
    out = use(acts, prepared(acts, "open_accounts", None, names="A,B"))
    assert out.state == "applied" and len(acts.events("row.created")) == 2
    assert acts.one("SELECT count(*) FROM shop.customer WHERE name IN ('A', 'B')") == 2


def test_refused_with_a_sentence_and_broken_without_a_trace(
    acts: World, caplog: pytest.LogCaptureFixture
) -> None:
    acts.sql("UPDATE shop.customer SET status = 'done' WHERE id = 1")
    with pytest.raises(Refuse, match="They have left"):
        prepared(acts, "raise_limit", by="1")
    for how in ("raise", "key", "odd", "none", "list", "twice"):
        with pytest.raises(Broken, match="did not work"):
            prepared(acts, "broken", how=how)
    with pytest.raises(Invalid) as caught:
        prepared(acts, "raise_limit", by="much")
    assert caught.value.fields == {"by": "Enter a number, such as 1234.50."}
    with pytest.raises(Invalid) as caught:
        prepared(acts, "raise_limit")
    assert caught.value.fields == {"by": "A value is needed here."}


def test_p14_a_row_out_of_sight_does_not_exist_for_it(acts: World) -> None:
    for key in ("~5", "~999", "~x"):
        with pytest.raises(NotVisible):
            prepared(acts, "close", key)
    (one,) = prepared(acts, "close")
    with pytest.raises(Conflict):
        use(acts, [replace(one, key="~5")])


def test_p15_nothing_but_what_was_declared_is_done_in_its_name(acts: World) -> None:
    """P15: who forges an operation in an action's name gets no further than the action itself."""
    (one,) = prepared(acts, "close")
    assert one.act is not None
    for forged in (
        replace(one, act=replace(one.act, name="nothing")),
        replace(one, after={"id": "9"}, base={"id": "1"}),
        replace(one, after={"twice": "9"}, base={"twice": "1"}),
        replace(one, kind="delete"),
        replace(one, act=None),
    ):
        with pytest.raises((Forbidden, Invalid)):
            use(acts, [forged])
    assert acts.customer().status == "new"


def test_who_may(acts: World) -> None:
    """The verb, and the permission where one is asked for: of the same role (docs/decisions/0011)."""
    table = acts.table("customer")
    every = table.resource.actions
    may = lambda who: [name for name, one in every.items() if policy.may_act(who, table, one)]  # noqa: E731  # shorter than a function
    assert may(acts.ann) == list(every) and may(acts.oz) == list(every)
    assert may(acts.bo) == may(acts.cy) == may(acts.dee) == []
    rule = TableRule("clerk", "shop", "customer", frozenset({"see", "act"}), rows="country = 'FR'")
    other = TableRule("other", "shop", "customer", frozenset({"see"}))
    for deeds, names in ((frozenset({"credit.raise"}), list(every)), (frozenset(), list(every)[1:])):
        roles = [Role("clerk", "Clerk", deeds=deeds), Role("other", "O", deeds=frozenset({"credit.raise"}))]
        clerk = replace(
            acts.ann, roles=frozenset({"clerk", "other"}), book=bound("x", roles, [rule, other], None)
        )
        assert may(clerk) == names
    with pytest.raises(NotVisible):
        prepared(acts, "close", "~1", who=clerk)
    assert prepared(acts, "close", "~5", who=clerk)
