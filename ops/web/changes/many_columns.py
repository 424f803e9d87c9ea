"""The columns that a change of many rows sets: what stood there and what is to be, by how often it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ops.changes import ChangeView, bulk
from ops.changes.heads import Head
from ops.web.visible import marked


@dataclass(frozen=True, slots=True)
class Counts:
    """The most frequent values with their numbers of rows; `more`: rows with further ones."""

    told: Sequence[tuple[Markup | str | None, int]] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is set. `own`: every row gets a value of its own, and `will` counts those that come again."""

    label: str
    will_be: Markup | str | None
    own: bool
    was: Counts
    will: Counts


def columns_of(
    view: ChangeView, head: Head, was: Mapping[str, bulk.Values], will: Mapping[str, bulk.Values]
) -> list[Column]:
    """Each column once, in the order of the change."""
    found: dict[str, Column] = {}
    for one in view.operations:
        for difference in one.differences:
            name = difference.column
            found[name] = Column(
                difference.label, marked(difference.will_be), head.after is None, _counts(was.get(name)),
                _counts(will.get(name), again=True),
            )  # fmt: skip
    return list(found.values())


def _counts(values: bulk.Values | None, *, again: bool = False) -> Counts:
    """`again`: nothing where every row has another value, for then the rows themselves tell more."""
    if values is None or (again and all(many == 1 for _, many in values.told)):
        return Counts()
    return Counts([(marked(text), many) for text, many in values.told], values.others)
