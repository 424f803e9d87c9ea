"""The change that an address names, before anything is read of it."""

from __future__ import annotations

from flask import abort

from ops import changes, policy
from ops.policy import NotVisible, Permission
from ops.web.gate import actor


def id_of(ref: str) -> int:
    """1042 for CH-1042; any other text is answered with 404. Raises NotVisible for who may see no change at all."""
    change_id = changes.parse_reference(ref)
    if change_id is None or change_id > 2**63 - 1:
        abort(404)
    # Not 403: whoever may see no change at all need not learn which ones there are.
    if not policy.may(actor(), Permission.CHANGES_READ):
        raise NotVisible(ref)
    return change_id
