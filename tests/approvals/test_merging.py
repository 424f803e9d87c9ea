"""Stages of many rules become one list: nothing any rule asks for is lost, and each rule's own order is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ops.approvals import OWNER, Stage, expires_in, merged, missing
from ops.approvals.stages import chained

ROLES = ("manager", "finance", "legal", OWNER)
hours = st.none() | st.integers(1, 100)


@st.composite
def stage(draw: st.DrawFn) -> Stage:
    people = draw(st.just(frozenset()) | st.frozensets(st.integers(1, 4), min_size=1, max_size=3))
    due = draw(hours)
    escalates = due is not None and draw(st.booleans())
    return Stage(
        "" if people else draw(st.sampled_from(ROLES)), draw(st.integers(1, 4)), (draw(st.sampled_from("ab")),), people,
        due, draw(hours), due if escalates else None, draw(st.sampled_from(ROLES)) if escalates else None,
        expires=draw(hours),
    )  # fmt: skip


rule = st.lists(stage(), min_size=1, max_size=4).map(chained)
rules = st.lists(rule, max_size=5)


def of(rules: list[list[Stage]]) -> list[Stage]:
    return merged([one for stages in rules for one in stages])


@given(rules, rule)
def test_adding_a_rule_weakens_nothing(some: list[list[Stage]], further: list[Stage]) -> None:
    """P31: everybody who was asked still is, as many, no later, and nobody else may step in sooner."""
    before, after = of(some), {one.who: one for one in of([*some, further])}
    for one in before:
        now = after[one.who]
        assert now.needed >= one.needed
        assert set(one.why) <= set(now.why)
        for was, is_ in ((one.due, now.due), (one.remind, now.remind), (one.expires, now.expires)):
            assert was is None or (is_ is not None and is_ <= was)
        if now.escalate is not None:
            assert now.escalate_to == one.escalate_to
            assert one.escalate is not None
            assert now.escalate >= one.escalate
    assert (expires_in(before) or 10**6) >= (expires_in(list(after.values())) or 10**6)
    assert missing(before, list(after.values())) == []


@given(rules)
def test_a_rule_is_in_it_once_and_merging_again_changes_nothing(some: list[list[Stage]]) -> None:
    found = of(some)
    assert len({one.who for one in found}) == len(found)
    assert {one.who for one in found} == {one.who for stages in some for one in stages}
    assert merged(found) == found
    assert of([*some, *some]) == found


@given(rules)
def test_in_parts_and_at_once_ask_the_same(some: list[list[Stage]]) -> None:
    """Rows of many are judged a block at a time: what they ask together does not depend on the blocks."""
    parts = merged([*of(some[:2]), *of(some[2:])])
    assert {(one.who, one.needed, one.due, one.escalate, one.expires) for one in parts} == {
        (one.who, one.needed, one.due, one.escalate, one.expires) for one in of(some)
    }


@given(rule, rules)
def test_the_first_rule_keeps_its_order_and_the_owner_is_last(
    first: list[Stage], others: list[list[Stage]]
) -> None:
    found = [one.who for one in of([first, *others])]
    if all(one.role != OWNER for stages in (first, *others) for one in stages):
        alone = [one.who for one in first]
        agree = all(
            not (set(other.after) & set(alone)) or (other.who in alone and set(other.after) & set(alone)
            <= {w for one in first if one.who == other.who for w in one.after})
            for stages in others
            for other in stages
        )  # fmt: skip
        if agree:
            assert [who for who in found if who in alone] == alone
    owners = [place for place, (role, _) in enumerate(found) if role == OWNER]
    assert not owners or owners == [len(found) - 1]


def test_two_rules_that_share_a_stage_keep_both_orders() -> None:
    one = chained([Stage("manager", 1, ("a",)), Stage("legal", 1, ("a",))])
    other = chained([Stage("finance", 2, ("b",)), Stage("manager", 2, ("b",)), Stage(OWNER, 1, ("b",))])
    assert [(s.role, s.needed) for s in of([one, other])] == [
        ("finance", 2), ("manager", 2), ("legal", 1), (OWNER, 1),
    ]  # fmt: skip


def test_rules_that_contradict_each_other_keep_the_first_ones_order() -> None:
    one = chained([Stage("manager", 1, ("a",)), Stage("legal", 1, ("a",))])
    other = chained([Stage("legal", 1, ("b",)), Stage("manager", 1, ("b",))])
    assert [s.role for s in of([one, other])] == ["manager", "legal"]


def test_escalation_needs_every_rule_that_asks() -> None:
    waits = Stage("manager", 1, ("a",), due=1, escalate=1, escalate_to="legal")
    assert of([[waits], [Stage("manager", 1, ("b",))]])[0].escalate_to is None
    longer = Stage("manager", 1, ("b",), due=9, escalate=9, escalate_to="legal")
    both = of([[waits], [longer]])[0]
    assert (both.due, both.escalate, both.escalate_to) == (1, 9, "legal")


def test_the_same_asked_twice_by_one_rule_needs_both() -> None:
    found = chained([Stage("manager", 1, ("a",)), Stage("legal", 1, ("a",)), Stage("manager", 1, ("a",))])
    assert [(s.role, s.needed) for s in found] == [("manager", 2), ("legal", 1)]
