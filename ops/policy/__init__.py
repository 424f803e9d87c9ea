"""Who may: permissions as one enum, grants on one screen, and the View through which business data is read.

Owns the answer to "may this person?" for verbs, tables, rows and columns. A table or row one may not see does
not exist (NotVisible); a hidden column never leaves; a masked one leaves as its mask and cannot be filtered,
sorted or searched. Refuses to own: who somebody is (`ops.identity`) and writing (`ops.changes`).
"""

from ops.policy.acting import acting_view, actions_of, may_act
from ops.policy.grants import GRANTS, ROLES, may, require, stamp
from ops.policy.looking import looking_as
from ops.policy.masking import mask, masked
from ops.policy.refusal import Forbidden, Masked, NotVisible
from ops.policy.suggesting import Suggestion, suggested, suggestions
from ops.policy.view import View, ViewColumn, limited_views, sees, view
from ops.policy.why import why
from ops.policy.why_reason import Reason
from ops.roles import Permission

__all__ = [
    "GRANTS",
    "ROLES",
    "Forbidden",
    "Masked",
    "NotVisible",
    "Permission",
    "Reason",
    "Suggestion",
    "View",
    "ViewColumn",
    "acting_view",
    "actions_of",
    "limited_views",
    "looking_as",
    "mask",
    "masked",
    "may",
    "may_act",
    "require",
    "sees",
    "stamp",
    "suggested",
    "suggestions",
    "view",
    "why",
]
