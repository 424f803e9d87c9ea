"""A change as somebody may know of it: its operations, and their views of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import Catalog, UnknownTable
from ops.changes import store
from ops.changes.deciding import views_of
from ops.changes.operation import Operation, reference
from ops.changes.store import ChangeSet
from ops.policy import NotVisible, View


class Known(NamedTuple):
    """What was found. Whether its rows are theirs to see is still to be asked."""

    change: ChangeSet
    operations: Sequence[Operation]
    views: Sequence[View]


def known(tx: Session, catalog: Catalog, actor: Actor, change_id: int) -> Known:
    """The change, if it is there and each of its tables exists for the person. Raises NotVisible."""
    change = store.find(tx, change_id)
    if change is None:
        raise NotVisible(reference(change_id))
    try:
        operations = store.operations_of(tx, catalog, change_id)
    except UnknownTable as error:
        raise NotVisible(reference(change_id)) from error
    return Known(change, operations, views_of(actor, operations, catalog))
