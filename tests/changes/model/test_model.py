"""P27-P33, P36: no walk over states, people and rules, alone or at the same time, comes to `applied` past a rule.

A longer walk: `OPS_TEST_MODEL=long .venv/bin/python -m pytest -s tests/changes/model` (about five minutes).
"""

from __future__ import annotations

import os
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.changes.company import World
from tests.changes.model.facts import ANN, BO, FIA, OZ, RULES
from tests.changes.model.house import House
from tests.changes.model.machine import Approvals

LONG = os.environ.get("OPS_TEST_MODEL") == "long"
# Making a failure smaller takes minutes, and threads may not do so again: the story is told with the error anyhow.
PHASES = (Phase.generate, Phase.shrink) if os.environ.get("OPS_TEST_SHRINK") else (Phase.generate,)
WALKS, STEPS = (200, 60) if LONG else (40, 40)


@pytest.mark.timeout(3600 if LONG else 900)
def test_p27_to_p33_no_path_to_applied_skips_a_rule(world: World) -> None:
    """Random walks with several people at once, judged after every step by an account of its own."""
    house, totals = House(world), Counter[str]()
    run_state_machine_as_test(
        lambda: Approvals(house, totals),
        settings=settings(
            max_examples=WALKS, stateful_step_count=STEPS, deadline=None, print_blob=True, database=None,
            phases=PHASES, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    sys.stdout.write("".join(f"{name}: {many}\n" for name, many in sorted(totals.items())))
    assert totals["approve applied"] and totals["at once"], "nothing happened"


def test_the_account_follows_a_story_that_is_known(world: World) -> None:
    """P27, P29, P31, P33: three stages, an undo, a conflict and its revision, an emergency: what a walk must see."""
    totals = Counter[str]()
    walk = Approvals(House(world), totals)
    walk.begins(rules=[RULES[1]], staged=True, asked=[(ANN, (0, 0, 0, True))], loans=[(FIA, BO)])
    walk.agree(which=0, after=9, between=None, what=0)
    walk.undo(who=ANN, which=0, mine=True)
    walk.propose(who=ANN, wish=(0, 1, 1, True), ahead=False, may=True)
    walk.agree(which=0, after=1, between="move", what=0)
    walk.revise(who=ANN, which=0, wish=(0, 1, 1, True), mine=True, same=True, old=False, ahead=False)
    walk.agree(which=0, after=2, between="falls", what=0)
    walk.propose(who=ANN, wish=(0, 2, 1, True), ahead=False, may=True)
    walk.emergency(who=ANN, which=0, mine=True, closes=False)
    walk.crowd(which=0, many=4, delays=[0, 0, 0, 0])
    walk.teardown()
    for name in (
        "applied past 3 stages", "propose applied", "approve conflicted", "revise in_review", "emergency applied",
        "a lent seat",
    ):  # fmt: skip
        assert totals[name], (name, walk.story)


@pytest.mark.parametrize("put_first", [True, False])
def test_of_a_rule_put_and_dropped_at_once_the_last_one_counts(world: World, *, put_first: bool) -> None:
    """P31: in whichever order the two are listed, what follows is judged by the rules that stand."""
    walk = Approvals(House(world), Counter[str]())
    walk.begins(rules=[], staged=False, asked=[], loans=[])
    everything = RULES.index(next(one for one in RULES if one.name == "everything"))
    acts = [walk.turned(kind, everything, back=False) for kind in ("rule", "unrule")]
    for act in acts if put_first else reversed(acts):
        act()
    walk.settle(acts[::-1] if put_first else acts)
    walk.propose(who=OZ, wish=(1, 0, 0, True), ahead=False, may=True)
    assert [one.state for one in walk.account.changes.values()] == ["applied" if put_first else "in_review"]
