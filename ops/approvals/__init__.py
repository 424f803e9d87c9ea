"""Who must be asked: rules, the stages they ask for, and the decisions that fill the stages' seats.

Owns `ops.approval_rule`, `ops.stage` and `ops.decision`: which rules match a change, how equal stages merge,
whose turn it is and which seats count. Refuses to own what a decision leads to: writing is the door's.

Every matching rule counts, so adding one never weakens another. A rule that cannot be evaluated asks the
owner: in doubt, more people look, never fewer.
"""

from ops.approvals.called import Asked, in_turn
from ops.approvals.decisions import (
    Decision,
    PlacedStage,
    closes,
    current,
    decisions_of,
    names_of,
    place,
    placed,
    reopen,
    seat_row,
    stage_rows,
    stages_of,
    yeses,
)
from ops.approvals.kept import rules_at
from ops.approvals.matching import Proposed, asked_by_unread, asked_by_written, concerned, matching
from ops.approvals.places import EVERYWHERE, NoPlace, Place, parse_place
from ops.approvals.rules import (
    UNKNOWN,
    ApprovalRule,
    Ask,
    Circumstances,
    asks_from_json,
    asks_to_json,
    declared_rules,
    rule_from_json,
    rules_from_json,
    stored_rules,
)
from ops.approvals.seats import Seat, seat_of
from ops.approvals.stages import OWNER, Stage, expires_in, merged, missing
from ops.approvals.trying import Answer, Remembered, would_ask
from ops.approvals.waiting import waiting_for

__all__ = [
    "EVERYWHERE",
    "OWNER",
    "UNKNOWN",
    "Answer",
    "ApprovalRule",
    "Ask",
    "Asked",
    "Circumstances",
    "Decision",
    "NoPlace",
    "Place",
    "PlacedStage",
    "Proposed",
    "Remembered",
    "Seat",
    "Stage",
    "asked_by_unread",
    "asked_by_written",
    "asks_from_json",
    "asks_to_json",
    "closes",
    "concerned",
    "current",
    "decisions_of",
    "declared_rules",
    "expires_in",
    "in_turn",
    "matching",
    "merged",
    "missing",
    "names_of",
    "parse_place",
    "place",
    "placed",
    "reopen",
    "rule_from_json",
    "rules_at",
    "rules_from_json",
    "seat_of",
    "seat_row",
    "stage_rows",
    "stages_of",
    "stored_rules",
    "waiting_for",
    "would_ask",
    "yeses",
]
