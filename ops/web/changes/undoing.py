"""What undoing a change would do, as its page shows it: each row now and then, and who would be asked."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops import changes
from ops.actor import Actor
from ops.catalog import Catalog
from ops.changes import Undoing
from ops.web.changes.shown import ShownOperation, previewed
from ops.web.role_words import asked_words


@dataclass(frozen=True, slots=True)
class Page:
    """What templates/changes/undo.html shows."""

    found: Undoing
    reference: str
    title: str
    operations: list[ShownOperation]
    asks: str


def page(tx: Session, catalog: Catalog, actor: Actor, found: Undoing) -> Page:
    """The page of an undo that can be asked for."""
    views = changes.preview(tx, catalog, actor, found.operations)
    stages = changes.asks(tx, catalog, actor, found.operations)
    return Page(
        found,
        changes.reference(found.change.id),
        found.change.title,
        [previewed(number, one, len(views) > 1, catalog) for number, one in enumerate(views, 1)],
        asked_words(stages),
    )
