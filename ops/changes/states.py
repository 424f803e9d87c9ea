"""The states of a change set and every step between them. There is no other way to any state (P31)."""

from __future__ import annotations

from itertools import pairwise

# draft, submitted, approved and applying are passed through within one transaction; nobody else ever sees
# them.
TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "withdrawn"}),
    "submitted": frozenset({"in_review", "approved", "withdrawn", "expired"}),
    "in_review": frozenset({"in_review", "approved", "sent_back", "rejected", "withdrawn", "expired"}),
    "approved": frozenset({"applying", "in_review", "conflicted", "failed"}),
    "applying": frozenset({"in_review", "applied", "conflicted", "failed"}),
    "sent_back": frozenset({"submitted", "withdrawn", "expired"}),
    "applied": frozenset(),
    "rejected": frozenset(),
    "withdrawn": frozenset(),
    "expired": frozenset(),
    "conflicted": frozenset(),
    "failed": frozenset(),
}
FINAL = frozenset(state for state, next_states in TRANSITIONS.items() if not next_states)
WITHDRAWABLE = frozenset(state for state, next_states in TRANSITIONS.items() if "withdrawn" in next_states)


class NoSuchStep(Exception):
    """A step the table does not have: an error in the program, caught before anything is written."""


def walk(*states: str) -> str:
    """Check every step from each state to the next and return the last; raises NoSuchStep."""
    for before, after in pairwise(states):
        if after not in TRANSITIONS[before]:
            raise NoSuchStep(f"a change set cannot go from {before} to {after}")
    return states[-1]
