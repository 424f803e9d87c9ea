"""Who may do what: every permission with its sentence, every role with its permissions."""

from __future__ import annotations

from enum import Enum

from ops.actor import Actor
from ops.policy.refusal import Forbidden


class Permission(Enum):
    """What an endpoint, a button or a job can need: `area.verb`, and what it lets one do."""

    def __init__(self, value: str, sentence: str) -> None:
        self._value_ = value
        self.sentence = sentence

    RECORDS_READ = "records.read", "See tables and their rows."
    RECORDS_CREATE = "records.create", "Propose new rows."
    RECORDS_EDIT = "records.edit", "Propose corrections of rows."
    RECORDS_DELETE = "records.delete", "Propose that rows are deleted."
    EXPORTS_RUN = "exports.run", "Have a list made into a file, and download one's own files."
    CHANGES_READ = "changes.read", "See change sets on tables one may see."
    CHANGES_PROPOSE = "changes.propose", "Send changes in, and withdraw one's own."
    CHANGES_DECIDE = "changes.decide", "Approve, reject or send back what waits for one of one's roles."
    TRAIL_READ = "trail.read", "Read the audit trail of everybody."
    RULES_READ = "rules.read", "See the approval rules."
    RULES_EDIT = "rules.edit", "Propose changes of the approval rules."
    PEOPLE_READ = "people.read", "See people, their roles and where these come from."
    PEOPLE_EDIT = "people.edit", "Propose changes of other people's roles."
    JOBS_READ = "jobs.read", "See what runs in the background, and what failed."


_P = Permission
_READ = frozenset({_P.RECORDS_READ, _P.CHANGES_READ})

# Without a role one sees nothing. Roles add up; none takes anything away.
GRANTS: dict[str, frozenset[Permission]] = {
    "viewer": _READ,
    "operator": _READ
    | {_P.RECORDS_CREATE, _P.RECORDS_EDIT, _P.RECORDS_DELETE, _P.EXPORTS_RUN, _P.CHANGES_PROPOSE},
    "manager": _READ | {_P.CHANGES_DECIDE, _P.EXPORTS_RUN, _P.RULES_READ},
    "auditor": _READ | {_P.TRAIL_READ, _P.RULES_READ, _P.PEOPLE_READ, _P.JOBS_READ},
    "owner": frozenset(_P),
}
ROLES = tuple(GRANTS)


def may(actor: Actor, permission: Permission) -> bool:
    """Whether one of the person's roles grants it; unknown roles grant nothing."""
    return any(permission in GRANTS.get(role, ()) for role in actor.roles)


def require(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden, in words, unless the person may."""
    if not may(actor, permission):
        raise Forbidden(f"You may not do this. It needs: {permission.sentence}")
