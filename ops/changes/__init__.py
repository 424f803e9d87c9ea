"""The one door: every write to the company's tables passes here, whole or not at all.

Owns `ops.change_set`, `ops.operation`, `ops.revision`, `ops.change_party` and `ops.form_token`: propose, revise,
decide, withdraw, apply now or at a time, retry, expire, undo, show, list. One transaction each: authorise, lock,
compare, validate, ask the rules, write, audit.
Refuses to own who may (`ops.policy`), which rules match (`ops.approvals`) and what the trail looks like
(`ops.audit`). `writing` is the only module of the product that changes a row of the company.
"""

from ops.changes.ahead import Ahead, asks_ahead, asks_ahead_of_many
from ops.changes.also_open import AlsoOpen, also_open, also_open_of_many
from ops.changes.arrays import array_items, array_text
from ops.changes.asking import asks
from ops.changes.authorise import settable
from ops.changes.awaiting import Place, WaitingPage, parse_place, place_of, waiting
from ops.changes.decide import decide
from ops.changes.errors import Conflict, ConflictField, Invalid, Reshaped, Stale, Unproved
from ops.changes.expire import expire
from ops.changes.lapsing import lapse
from ops.changes.lists import ChangePage, ChangeRow, concerning, everything, mine, to_decide
from ops.changes.of_rights import OpenChange, Provenance, lapses_at, open_changes, provenance
from ops.changes.operation import (
    Link,
    Operation,
    Outcome,
    base_of,
    changed,
    fold,
    parse_reference,
    reference,
)
from ops.changes.pending import Pending, pending, pending_item, pending_of
from ops.changes.propose import propose
from ops.changes.rebase import Row, Side, Taken, taken_up
from ops.changes.replay import Replay, Stopped, replay
from ops.changes.retry import retry
from ops.changes.revise import revise
from ops.changes.revisions import Superseded, superseded
from ops.changes.show import ChangeView, Difference, OperationView, StageView, preview, show
from ops.changes.states import FINAL, OPEN, TRANSITIONS, UNFINISHED
from ops.changes.store import ChangeSet
from ops.changes.taken_along import Also, Followers, followers
from ops.changes.undo import Undoing, undo, undoing
from ops.changes.withdraw import withdraw

__all__ = [
    "FINAL",
    "OPEN",
    "TRANSITIONS",
    "UNFINISHED",
    "Ahead",
    "Also",
    "AlsoOpen",
    "ChangePage",
    "ChangeRow",
    "ChangeSet",
    "ChangeView",
    "Conflict",
    "ConflictField",
    "Difference",
    "Followers",
    "Invalid",
    "Link",
    "OpenChange",
    "Operation",
    "OperationView",
    "Outcome",
    "Pending",
    "Place",
    "Provenance",
    "Replay",
    "Reshaped",
    "Row",
    "Side",
    "StageView",
    "Stale",
    "Stopped",
    "Superseded",
    "Taken",
    "Undoing",
    "Unproved",
    "WaitingPage",
    "also_open",
    "also_open_of_many",
    "array_items",
    "array_text",
    "asks",
    "asks_ahead",
    "asks_ahead_of_many",
    "base_of",
    "changed",
    "concerning",
    "decide",
    "everything",
    "expire",
    "fold",
    "followers",
    "lapse",
    "lapses_at",
    "mine",
    "open_changes",
    "parse_place",
    "parse_reference",
    "pending",
    "pending_item",
    "pending_of",
    "place_of",
    "preview",
    "propose",
    "provenance",
    "reference",
    "replay",
    "retry",
    "revise",
    "settable",
    "show",
    "superseded",
    "taken_up",
    "to_decide",
    "undo",
    "undoing",
    "waiting",
    "withdraw",
]
