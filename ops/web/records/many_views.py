"""Many rows of a list at once: the form that the list's bar leads to."""

from __future__ import annotations

from werkzeug.wrappers import Response as Answer

from ops import policy
from ops.policy import Permission, View
from ops.web.declared import RECORD
from ops.web.gate import actor, needs, platform
from ops.web.records import many
from ops.web.records.views import bp


@bp.get("/many")
@needs(Permission.RECORDS_READ)
def many_form(table: str) -> Answer:
    """What shall be done to the chosen rows."""
    return many.opened(_seen(table))


@bp.post("/many")
@needs(Permission.RECORDS_READ, body=RECORD)
def many_step(table: str) -> Answer:
    """One more column, a preview, or the change itself."""
    return many.posted(_seen(table))


def _seen(table: str) -> View:
    catalog = platform().catalog
    return policy.view(actor(), catalog.table(table), catalog)
