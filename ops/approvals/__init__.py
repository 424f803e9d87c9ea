"""Who must be asked: rules, the stages they ask for, and the decisions that fill the stages' seats.

Owns `ops.approval_rule`, `ops.stage` and `ops.decision`: which rules match a change, how equal stages merge,
whose turn it is and which seats count. Refuses to own what a decision leads to: writing is the door's.

Every matching rule counts, so adding one never weakens another. A rule that cannot be evaluated asks the
owner: in doubt, more people look, never fewer.
"""

from ops.approvals.decisions import (
    Decision,
    PlacedStage,
    close,
    current,
    decide,
    decisions_of,
    place,
    stages_of,
)
from ops.approvals.matching import (
    Proposed,
    Stage,
    asked_by_written,
    concerned,
    matching,
    merged,
    missing,
)
from ops.approvals.rules import (
    OWNER,
    ApprovalRule,
    declared_rules,
    rules_from_json,
    stored_rules,
)
from ops.approvals.trying import Answer, would_ask
from ops.approvals.waiting import WAITING, waiting_for

__all__ = [
    "OWNER",
    "WAITING",
    "Answer",
    "ApprovalRule",
    "Decision",
    "PlacedStage",
    "Proposed",
    "Stage",
    "asked_by_written",
    "close",
    "concerned",
    "current",
    "decide",
    "decisions_of",
    "declared_rules",
    "matching",
    "merged",
    "missing",
    "place",
    "rules_from_json",
    "stages_of",
    "stored_rules",
    "waiting_for",
    "would_ask",
]
