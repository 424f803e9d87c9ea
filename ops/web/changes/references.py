"""What the rows are called that a difference points at: a person judges a name, not a number."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from ops import records
from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey, key_text
from ops.changes import ChangeView, Difference, OperationView

Titles = Mapping[str, Mapping[str, str]]


def titles_of(tx: Session, catalog: Catalog, actor: Actor, view: ChangeView) -> Titles:
    """Titles of the rows that values of the change name, by table reference and key; one query per table."""
    wanted: dict[str, set[str]] = {}
    for operation in view.operations:
        for one in operation.differences:
            foreign = _foreign(operation, one)
            if foreign is None or catalog.target(foreign).key != foreign.target_columns:
                continue
            keys = {key_text([text]) for text in (one.was, one.will_be) if text is not None}
            wanted.setdefault(foreign.target_ref, set()).update(keys)
    return records.titles(tx, catalog, actor, wanted) if wanted else {}


def title_of(operation: OperationView, one: Difference, text: str | None, titles: Titles) -> str | None:
    """What the row is called that `text` names; None where it names none, or none the person may see."""
    foreign = _foreign(operation, one)
    if foreign is None or text is None:
        return None
    return titles.get(foreign.target_ref, {}).get(key_text([text]))


def _foreign(operation: OperationView, one: Difference) -> ForeignKey | None:
    if one.masked or one.linked:
        return None
    return next((f for f in operation.table.foreign_keys if f.columns == (one.column,)), None)
