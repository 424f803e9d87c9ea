"""A form whose table the company changed since it was opened: shown again with what was typed, nothing saved (P47)."""

from __future__ import annotations

from flask import request

from ops import policy
from ops.policy import View
from ops.web.gate import actor, database, platform
from ops.web.records.editing import Trouble
from ops.words import t

FIELD = "shape"  # of the form: the digest of the table it was made for


def is_old(view: View) -> bool:
    """Whether the posted form was made for another shape of the table than the one we know."""
    return request.form.get(FIELD, view.table.digest) != view.table.digest


def again(view: View) -> View:
    """The table as it is now, for the same person. Raises UnknownTable, NotVisible where it is gone."""
    database()  # the reading of this request ends: the tables are read in a transaction of their own
    platform().refresh()
    return policy.view(actor(), platform().catalog.table(view.table.ref), platform().catalog)


def trouble(view: View) -> Trouble:
    """Why the form is shown again, what was changed, and what of the typed has no place any more."""
    names = [name[2:] for name, text in request.form.items() if name.startswith("v.") and text.strip()]
    lost = [name for name in names if not name.endswith("--null") and name not in view.table.columns]
    said = [*platform().moved(view.table.ref), t("moves.kept")]
    if lost:
        typed = (f"{name} ({request.form['v.' + name][:200]})" for name in lost)
        said.append(t("moves.lost", columns=", ".join(typed)))
    return Trouble(t("moves.not_saved", table=view.table.label), " ".join(said), 409, "warn")
