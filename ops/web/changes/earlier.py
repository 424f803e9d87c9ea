"""What the revision one knows asked for, beside what is asked for now: whoever sent it back looks for that first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ops import policy
from ops.catalog import BadAddress, Catalog, parse_key
from ops.changes import ChangeView, Difference, OperationView
from ops.changes.revisions import Place, asked_before
from ops.web.gate import actor, tx
from ops.web.judged import Judged, Text
from ops.web.page import formats

_LONG = 500  # of a longer text only that it is another one is said


@dataclass(frozen=True, slots=True)
class Value:
    """A value asked for by that revision. `new`: it asked for none here; `long`: too long to stand there again."""

    text: Text = None
    new: bool = False
    long: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """That revision: values by the row's number and column where they differ, and by row what is left out since.

    `added`: rows that it did not ask about; `left`: how many it asked about that are out of the change now, told to
    whoever decided on it, for they saw all of it.
    """

    revision: int
    values: Mapping[tuple[int, str], Value]
    dropped: Mapping[int, Sequence[str]]
    added: frozenset[int]
    left: int


def of(view: ChangeView, catalog: Catalog) -> Earlier | None:
    """Against the revision the person decided on last, or else the one before; None where there is nothing to tell."""
    change = view.change
    if change.revision < 2 or change.state != "in_review" or view.head is not None:
        return None
    me = actor().person_id
    decided = [
        one.revision for one in view.decisions if one.person_id == me and one.revision < change.revision
    ]
    revision = max(decided, default=change.revision - 1)
    before = asked_before(tx(), change.id, revision)
    values: dict[tuple[int, str], Value] = {}
    dropped: dict[int, Sequence[str]] = {}
    added = set()
    alone = (
        len(view.operations) == len(before) == 1
    )  # rows that are to be made have no name to tell them apart
    for number, one in enumerate(view.operations, 1):
        if one.table.house or one.kind == "delete" or (one.kind == "create" and not alone):
            continue
        asked = before.get(_place(one))
        if asked is None:
            added.add(number)
            continue
        values |= {(number, name): value for name, value in _values(one, asked).items()}
        if alone_now := _dropped(one, asked, catalog):
            dropped[number] = alone_now
    left = len(before.keys() - {_place(one) for one in view.operations}) if decided else 0
    return Earlier(revision, values, dropped, frozenset(added), left)


def _place(one: OperationView) -> Place:
    parts: Sequence[str] = ()
    if one.key is not None:
        with suppress(BadAddress):  # of a table whose key is another one by now
            parts = parse_key(one.key, len(one.table.key))
    return one.table.schema, one.table.name, tuple(parts)


def _values(one: OperationView, asked: Mapping[str, str | None]) -> dict[str, Value]:
    """Of columns that the person reads in full."""
    told = {}
    for line in one.differences:
        if line.masked or line.linked:
            continue
        if line.column not in asked:
            told[line.column] = Value(new=True)
        elif asked[line.column] != line.will_be:
            told[line.column] = _value(one, line, asked[line.column])
    return told


def _value(one: OperationView, line: Difference, text: str | None) -> Value:
    if len(text or "") > _LONG:
        return Value(long=True)
    return Value(Judged(one.table, formats()).apart(line.column, (text, line.will_be))[0])


def _dropped(one: OperationView, asked: Mapping[str, str | None], catalog: Catalog) -> list[str]:
    """Columns that it asked for and that are left alone now, as far as the person reads them."""
    now = {line.column for line in one.differences}
    seen = policy.view(actor(), one.table, catalog)
    return [one.table.columns[name].label or name for name in asked if name not in now and seen.sees(name)]
