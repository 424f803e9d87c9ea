"""The rules a process keeps: read once for each stamp of rights, which tells of rules as well."""

from __future__ import annotations

from sqlalchemy.orm import Session

from ops.approvals.rules import ApprovalRule, stored_rules

_MOST = 32  # stamps a process keeps: one, but for moments of change and for tests
_at_stamp: dict[str, list[ApprovalRule]] = {}


def rules_at(tx: Session, stamp: str | None) -> list[ApprovalRule]:
    """The enabled rules at that stamp, or as they are since, oldest first.

    `stamp` came with the person (`ops.person_now`); one that this process knows costs nothing, another one statement.
    Without one, where its row was lost, nothing would tell of other rules: then none are kept.
    """
    if stamp is None:
        return stored_rules(tx)
    found = _at_stamp.get(stamp)
    if found is None:
        if len(_at_stamp) >= _MOST:
            _at_stamp.clear()
        # Read after the stamp: these may be newer, and then nobody is told this stamp any more.
        found = _at_stamp[stamp] = stored_rules(tx)
    return found
