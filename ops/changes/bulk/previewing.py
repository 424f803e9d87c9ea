"""What a change of many rows would do, cheaply: how many rows, some of their differences, whom it asks, what fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import approvals
from ops.approvals import Circumstances, Proposed, Stage
from ops.approvals.each import matching_each
from ops.catalog import Catalog, key_text
from ops.changes import sentences, writing
from ops.changes.authorise import sees
from ops.changes.bulk import acting, each, going_along, wish
from ops.changes.bulk.freeze import columns_of, rows_of
from ops.changes.bulk.wish import Listed, Wish
from ops.changes.operation import fold
from ops.changes.validating import misfits
from ops.policy import View
from ops.records import patiently_counted
from ops.records.counting import UNKNOWN, Count
from ops.records.trying import PATIENCE, TooSlow, within

SHOWN = 5  # rows whose difference is shown
LOOKED_AT = 100  # rows that are judged


@dataclass(frozen=True, slots=True)
class Sample:
    """One row: what it is called, and for each column what stands there and what would."""

    key: str
    title: str
    lines: tuple[tuple[str, str | None, str | None], ...]
    problem: str | None = None


@dataclass(frozen=True)
class Preview:
    """`count` of the selection, the first rows, and of up to a hundred rows: whom they ask, how many stand so, fail."""

    count: Count
    samples: tuple[Sample, ...]
    looked_at: int
    same: int
    failing: Mapping[str, int]  # sentences, each with how many rows it is about
    asks: tuple[Stage, ...]
    too_slow: bool = False  # no index leads to the rows, and they were not found within the time a page takes


def preview(tx: Session, catalog: Catalog, seen: View, asked: Wish) -> Preview:
    """Look at the selection through the person's View; nothing is locked or kept. Raises Invalid for values.

    A list that no index serves is looked through as long as a page of it would be, and then given up.
    """
    wish.refuse(asked)
    wish.readable(tx, seen, asked.selection)
    asked = replace(asked, after=wish.written(tx, asked))
    try:
        rows = _found(tx, seen, asked)
    except TooSlow:
        return Preview(UNKNOWN, (), 0, 0, {}, tuple(acting.stages(asked.table, asked.act)), too_slow=True)
    live = [row for _, row in rows]
    made = _made(tx, seen, asked, live)
    failing = _failing(tx, catalog, seen, asked, live, made)
    shown = columns_of(seen, asked.kind, asked.touched)
    samples = tuple(
        _sample(seen, asked, title, row, new, shown, failing.get(place))
        for place, ((title, row), new) in enumerate(zip(rows, made, strict=True))
        if place < SHOWN
    )
    return Preview(
        count=_count(tx, seen, asked, len(rows)),
        samples=samples,
        looked_at=len(rows),
        same=sum(_same(asked, row, new) for row, new in zip(live, made, strict=True)),
        failing={text: list(failing.values()).count(text) for text in dict.fromkeys(failing.values())},
        asks=tuple(_asks(tx, asked, live, made)),
    )


def _found(tx: Session, seen: View, asked: Wish) -> list[tuple[str, writing.Row]]:
    if not isinstance(asked.selection, Listed):
        return _rows(tx, seen, asked)
    return within(tx, PATIENCE, lambda: _rows(tx, seen, asked))


def _rows(tx: Session, seen: View, asked: Wish) -> list[tuple[str, writing.Row]]:
    names = list(seen.table.columns)
    select = rows_of(seen, asked.selection, None).with_only_columns(
        seen.title(), *writing.expressions(seen.table, names, None), maintain_column_froms=True
    )
    theirs = None if asked.act is None else acting.allowed(seen, asked.kind, asked.act)
    if theirs is not None:  # an action is not even tried on rows that are not the person's to do it to
        select = select.where(theirs)
    found = tx.execute(select.limit(LOOKED_AT))
    return [(row[0], dict(zip(names, row[1:], strict=True))) for row in found]


def _count(tx: Session, seen: View, asked: Wish, found: int) -> Count:
    if found < LOOKED_AT or not isinstance(asked.selection, Listed):
        return Count(found if found < LOOKED_AT else len(asked.selection.told["rows"]))
    rows: sa.Select[Any] = rows_of(seen, asked.selection, None).with_only_columns(
        sa.literal_column("1"), maintain_column_froms=True
    )
    return patiently_counted(tx, rows.order_by(None))


def _made(tx: Session, seen: View, asked: Wish, live: Sequence[writing.Row]) -> list[each.Made]:
    if asked.each is None:
        return [asked.after] * len(live)
    return [one or {} for one in each.make(tx, seen, asked.each, live, [True] * len(live))]


def _same(asked: Wish, row: writing.Row, new: each.Made) -> bool:
    if asked.kind == "delete" or isinstance(new, str):
        return False
    return all(fold(row.get(name)) == fold(text) for name, text in new.items())


def _asks(tx: Session, asked: Wish, live: Sequence[writing.Row], made: Sequence[each.Made]) -> list[Stage]:
    changes, about = [], Circumstances(source=asked.source)
    for row, new in zip(live, made, strict=True):
        if isinstance(new, str) or _same(asked, row, new):
            continue
        gone = asked.kind == "delete"
        names = frozenset() if gone else frozenset(new)
        changes.append(Proposed(asked.kind, asked.table, row, None if gone else {**row, **new}, names))
    found = matching_each(tx, asked.table, changes, approvals.stored_rules(tx), about) if changes else []
    every = [*acting.stages(asked.table, asked.act), *(stage for stages in found for stage in stages)]
    return approvals.merged(every)


def _failing(
    tx: Session,
    catalog: Catalog,
    seen: View,
    asked: Wish,
    live: Sequence[writing.Row],
    made: Sequence[each.Made],
) -> dict[int, str]:
    """What is seen to stand in the way, by place: makers that say no, validators, rows that others hold back."""
    table = asked.table
    found = {place: new for place, new in enumerate(made) if isinstance(new, str)}
    if asked.kind == "delete":
        for place, source in going_along.stopped(tx, catalog, table, live).items():
            found[place] = str(sentences.used_by(table, source, lambda one: sees(seen.actor, one)))
        return found
    for place, (row, new) in enumerate(zip(live, made, strict=True)):
        if not isinstance(new, str) and (wrong := misfits(table, "update", row, new)):
            found[place] = " ".join(wrong.values())
    return found


def _sample(
    seen: View,
    asked: Wish,
    title: str,
    row: writing.Row,
    new: each.Made,
    shown: Sequence[str],
    problem: str | None,
) -> Sample:
    key = key_text([row[name] or "" for name in seen.table.key])
    if asked.kind == "delete" or isinstance(new, str):
        return Sample(key, title, (), problem)
    was = seen.redact({name: row[name] for name in shown if name in new})
    return Sample(
        key, title, tuple((name, was.get(name), new[name]) for name in shown if name in new), problem
    )
