"""No path to applied skips a state; what is final stays so (P31)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.changes.states import FINAL, TRANSITIONS, NoSuchStep, walk


def test_final_states_lead_nowhere() -> None:
    assert {"applied", "rejected", "withdrawn", "expired"} == FINAL
    for state in FINAL:
        for other in TRANSITIONS:
            with pytest.raises(NoSuchStep):
                walk(state, other)


def test_applied_is_only_reached_through_submitted_approved_and_applying() -> None:
    before = [state for state, following in TRANSITIONS.items() if "applied" in following]
    assert before == ["applying"]
    assert [state for state, following in TRANSITIONS.items() if "applying" in following] == ["approved"]
    assert {s for s, following in TRANSITIONS.items() if "approved" in following} == {
        "submitted",
        "in_review",
        "failed",  # tried again, with the approvals it has
    }


@given(st.lists(st.sampled_from(sorted(TRANSITIONS)), min_size=1, max_size=8))
def test_every_walk_that_ends_in_applied_went_all_the_way(states: list[str]) -> None:
    try:
        walk("draft", *states)
    except NoSuchStep:
        return
    if "applied" in states:
        assert states[-1] == "applied"
        assert states.index("submitted") < states.index("approved") < states.index("applying")


def test_the_database_knows_the_same_states(world) -> None:
    text = world.one(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'change_set_state_check'"
    )
    assert all(f"'{state}'" in text for state in TRANSITIONS)
    assert text.count("::text") >= len(TRANSITIONS)
