"""The columns that a change of many rows sets: what stood there and what is to be, by how often it comes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ops.changes import ChangeView, Difference, bulk
from ops.changes.heads import Head
from ops.web.judged import Judged, Text
from ops.web.page import formats
from ops.web.visible import marked


@dataclass(frozen=True, slots=True)
class Counts:
    """The most frequent values with their numbers of rows; `more`: rows with further ones."""

    told: Sequence[tuple[Text, int]] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is set. `own`: every row gets a value of its own, and `will` counts those that come again."""

    label: str
    will_be: Text
    own: bool
    was: Counts
    will: Counts


def columns_of(
    view: ChangeView, head: Head, was: Mapping[str, bulk.Values], will: Mapping[str, bulk.Values]
) -> list[Column]:
    """Each column once, in the order of the change."""
    found: dict[str, Column] = {}
    for one in view.operations:
        judged = Judged(one.table, formats())
        for difference in one.differences:
            found[difference.column] = _column(difference, head, judged, was, will)
    return list(found.values())


def _column(
    one: Difference,
    head: Head,
    judged: Judged,
    was: Mapping[str, bulk.Values],
    will: Mapping[str, bulk.Values],
) -> Column:
    before, after = was.get(one.column, _NONE), will.get(one.column, _NONE)
    if all(many == 1 for _, many in after.told):
        after = _NONE  # every row gets another value: the rows themselves tell more
    texts = [one.will_be, *(text for text, _ in before.told), *(text for text, _ in after.told)]
    said = [marked(text) for text in texts] if one.masked else judged.apart(one.column, texts)
    middle = 1 + len(before.told)
    return Column(
        one.label,
        said[0],
        head.after is None,
        _counts(before, said[1:middle]),
        _counts(after, said[middle:]),
    )


_NONE = bulk.Values((), 0)


def _counts(values: bulk.Values, said: Sequence[Text]) -> Counts:
    pairs = zip(said, values.told, strict=True)
    return Counts([(text, many) for text, (_, many) in pairs], values.others)
