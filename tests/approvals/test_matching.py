"""Rules to stages: every matching rule counts, none weakens another, doubt asks the owner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.approvals import OWNER, ApprovalRule, Ask, Place, Proposed, Stage, matching, merged, missing
from ops.db import statements
from tests.changes.company import World


def rule(name: str = "r", **given: object) -> ApprovalRule:
    values: dict = dict(given)
    place = Place(values.pop("schema", "shop"), values.pop("table", "orders"))
    ask = Ask(values.pop("role", "manager"), values.pop("needed", 1))
    return ApprovalRule(name, **{"places": (place,), "asks": (ask,), **values})


def asked(
    world: World,
    *rules: ApprovalRule,
    kind: str = "update",
    old=None,
    new=None,
    touched=("total",),
    table="orders",
):
    old = None if kind == "create" else {"id": "1", "customer_id": "1", "total": "5.00", **(old or {})}
    new = None if kind == "delete" else {"id": "1", "customer_id": "1", "total": "50.00", **(new or {})}
    change = Proposed(
        kind, world.table(table), old, new, frozenset() if kind == "delete" else frozenset(touched)
    )
    with world.db.reading() as tx:
        return [(s.role, s.needed, s.why) for s in matching(tx, [change], rules)]


def test_no_rule_asks_nobody_and_no_question(world: World) -> None:
    before = statements()
    assert asked(world) == []
    assert asked(world, rule(kinds=frozenset({"delete"}), condition="new.total > 1")) == []
    assert statements() - before <= 4  # two BEGINs and two COMMITs


def test_where_a_rule_looks(world: World) -> None:
    one = [("manager", 1, ("r",))]
    assert asked(world, rule()) == one
    assert asked(world, rule(schema="*", table="*")) == one
    assert asked(world, rule(table="line")) == []
    assert asked(world, rule(columns=frozenset({"customer_id"}))) == []
    assert asked(world, rule(columns=frozenset({"total", "customer_id"}))) == one
    assert asked(world, rule(columns=frozenset({"customer_id"})), kind="delete") == one
    assert asked(world, rule(kinds=frozenset({"create"}))) == []


def test_conditions_are_judged_by_postgresql_on_typed_values(world: World) -> None:
    one = [("manager", 1, ("r",))]
    assert asked(world, rule(condition="new.total > 10")) == one  # as numbers, not as texts
    assert asked(world, rule(condition="new.total > 9"), new={"total": "10.00"}) == one
    assert asked(world, rule(condition="new.total > 100")) == []
    assert asked(world, rule(condition="old.total < 10 and new.total > 10")) == one
    assert asked(world, rule(condition="new.total > 10"), new={"total": None}) == []
    assert asked(world, rule(condition="new.total > 10"), new={"total": "NaN"}) == one
    assert asked(world, rule(condition="old.total = 5"), kind="delete") == one
    assert asked(world, rule(condition="new.total > 1"), kind="delete") == []


def test_equal_stages_merge_to_the_most(world: World) -> None:
    found = asked(world, rule("a"), rule("b", needed=3), rule("c", role="owner"), rule("d", role="finance"))
    assert found == [("manager", 3, ("a", "b")), ("finance", 1, ("d",)), ("owner", 1, ("c",))]


@pytest.mark.parametrize(
    "condition",
    [
        "new.total >",
        "new.nothing = 1",
        "new.total > 'many'",
        "total > 1",
        "new.id > 'x'",
    ],
)
def test_a_rule_that_cannot_be_evaluated_asks_the_owner(world: World, condition: str) -> None:
    found = asked(world, rule("broken", condition=condition), rule("fine"))
    assert [(role, needed) for role, needed, _ in found] == [("manager", 1), (OWNER, 1)]
    assert "broken" in found[1][2][0]


def test_a_rule_about_a_column_the_table_lost_asks_the_owner(world: World) -> None:
    assert asked(world, rule("lost", columns=frozenset({"gone"})))[0][0] == OWNER


def test_a_rule_for_every_table_is_about_those_that_have_its_columns(world: World) -> None:
    everywhere = rule(schema="*", table="*", condition="new.total > 10")
    assert asked(world, everywhere) == [("manager", 1, ("r",))]
    assert asked(world, everywhere, table="plain", new={"v": "x"}, touched=("v",)) == []


def test_declared_rules_count_as_well(world: World) -> None:
    found = asked(
        world,
        rule("all", table="customer"),
        table="customer",
        new={"credit_limit": "20000"},
        touched=("credit_limit",),
    )
    assert found == [("manager", 1, ("all", "large credit"))]


stages = st.lists(
    st.builds(Stage, st.sampled_from(["manager", "finance", OWNER]), st.integers(1, 4), st.just(("r",))),
    max_size=6,
)


@given(stages, stages)
def test_more_rules_never_ask_fewer(some: list[Stage], more: list[Stage]) -> None:
    asked_before = {stage.role: stage.needed for stage in merged(some)}
    asked_after = {stage.role: stage.needed for stage in merged(some + more)}
    assert all(asked_after[role] >= needed for role, needed in asked_before.items())


@given(stages, stages)
def test_what_is_missing_fills_up_to_what_is_wanted(wanted: list[Stage], there: list[Stage]) -> None:
    wanted, there = merged(wanted), merged(there)
    total: dict[str, int] = {}
    for stage in [*there, *missing(wanted, there)]:
        total[stage.role] = total.get(stage.role, 0) + stage.needed
    assert all(total[stage.role] >= stage.needed for stage in wanted)
