"""The states of a change set and every step between them. There is no other way to any state (P31)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

# submitted and applying are passed through within one transaction; nobody else ever sees them. Nor do they see draft
# and approved, but of a change of many rows, which a worker writes, and of one that waits for its time.
TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "withdrawn"}),
    "submitted": frozenset({"in_review", "approved", "withdrawn", "expired"}),
    "in_review": frozenset(
        {"in_review", "submitted", "approved", "sent_back", "rejected", "withdrawn", "expired"}
    ),
    "approved": frozenset({"applying", "in_review", "conflicted", "failed", "withdrawn", "expired"}),
    "applying": frozenset({"in_review", "applied", "conflicted", "failed"}),
    "sent_back": frozenset({"submitted", "withdrawn", "expired"}),
    "applied": frozenset(),
    "rejected": frozenset(),
    "withdrawn": frozenset(),
    "expired": frozenset(),
    "conflicted": frozenset({"submitted", "withdrawn"}),
    "failed": frozenset({"submitted", "approved", "withdrawn"}),
}
FINAL = frozenset(state for state, next_states in TRANSITIONS.items() if not next_states)
WITHDRAWABLE = frozenset(state for state, next_states in TRANSITIONS.items() if "withdrawn" in next_states)
STOPPED = frozenset({"conflicted", "failed"})
"""Nothing was written, and nobody is asked: it stays so unless its maker takes it up again."""
ENDED = FINAL | STOPPED
"""It goes no further by itself."""
OPEN = frozenset(TRANSITIONS) - ENDED - {"draft"}
"""It was asked for and is not at its end: somebody, a time or a worker is waited for."""
PENDING = OPEN - {"sent_back"}
"""It comes to its rows if nobody stops it; its maker has nothing to do for that."""
PENDING_MANY = PENDING - {"submitted"}
"""The same of changes of many rows, as index change_set_many has them."""
UNFINISHED = WITHDRAWABLE - {"draft"}
"""Something may still come of it, by itself or by its maker."""
INHERITED = WITHDRAWABLE - STOPPED
"""What goes to somebody's heir."""
EXPIRING = frozenset({"in_review", "sent_back", "approved"})
"""A term may be over in it, as index change_set_expires has them."""
REVISABLE = frozenset(state for state, next_states in TRANSITIONS.items() if "submitted" in next_states) - {
    "draft"
}


def _as_sql(states: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{one}'" for one in sorted(states)) + ")"


# The same for statements: state IN ('approved', ...).
OPEN_SQL, PENDING_SQL, PENDING_MANY_SQL = _as_sql(OPEN), _as_sql(PENDING), _as_sql(PENDING_MANY)
EXPIRING_SQL, NOT_WRITTEN_SQL = _as_sql(EXPIRING), _as_sql(ENDED - {"applied"})


class NoSuchStep(Exception):
    """A step the table does not have: an error in the program, caught before anything is written."""


def walk(*states: str) -> str:
    """Check every step from each state to the next and return the last; raises NoSuchStep."""
    for before, after in pairwise(states):
        if after not in TRANSITIONS[before]:
            raise NoSuchStep(f"a change set cannot go from {before} to {after}")
    return states[-1]
