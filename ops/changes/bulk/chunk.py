"""One chunk of rows: locked, compared, judged and written by a handful of statements, with a result for each row.

First all at once. Where any row stands in the way the caller rolls back and comes again `carefully`: then halves
are tried until the guilty rows are found, and all others are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.approvals import Proposed, Stage, declared_rules, merged, missing
from ops.approvals.each import matching_each, reads
from ops.catalog import Table, parse_key
from ops.changes import apply, sentences
from ops.changes.authorise import sees
from ops.changes.bulk import acting, going_along, references, writing
from ops.changes.bulk.locking import Chunk, Going, Terms, hold, said
from ops.changes.bulk.targets import Result, Target
from ops.changes.cascades import Cascade
from ops.changes.errors import Invalid
from ops.changes.operation import Operation, fold
from ops.changes.validating import misfits
from ops.changes.values import problems
from ops.changes.writing import Row, Seen, key_of
from ops.words import t

SIZE = 500  # rows that one transaction locks
_NOW = "SET CONSTRAINTS ALL IMMEDIATE"


class InTheWay(Exception):
    """Some rows cannot be written, and it is known which; nothing of the attempt stays."""

    def __init__(self, results: Sequence[Result], further: Sequence[Stage] = ()) -> None:
        super().__init__(len(results))
        self.results = list(results)
        self.further = list(further)


def apply_chunk(
    tx: Session,
    terms: Terms,
    targets: Sequence[Target],
    *,
    carefully: bool,
    held: Mapping[int, Seen] | None = None,
) -> Chunk:
    """Write what can be written. `held` are rows the caller has locked already, by position.

    Unless `carefully`, raises InTheWay or the database's error where any row cannot be written as a whole: the
    transaction is spoilt then. Deadlocks and locks that cannot be had pass through always.
    """
    chunk = Chunk()
    going = hold(tx, terms, targets, chunk, held)
    going = _ask(tx, terms, going, chunk)
    going = references.within_sight(tx, terms, going, chunk)
    direct.tell(tx, _NOW)
    for group in _groups(going):
        if carefully:
            _carefully(tx, terms, group, chunk)
        else:
            _keep(chunk, group, _at_once(tx, terms, group))
    chunk.results.sort(key=lambda one: one.position)
    return chunk


def _ask(tx: Session, terms: Terms, going: list[Going], chunk: Chunk) -> list[Going]:
    """Hold back the rows about which rules ask somebody who has not agreed (design: section 6)."""
    table = terms.table
    touched = frozenset(name for one in going for name in one.after)
    declared = acting.stages(table, terms.act)
    kinds = sorted({one.target.kind for one in going})
    if not going or not (declared or reads(table, kinds, touched, terms.rules, terms.about)):
        return going
    changes = [
        Proposed(kind, table, old, new, names) for kind, old, new, names in (o.proposed for o in going)
    ]
    kept = []
    for one, asked in zip(going, matching_each(tx, table, changes, terms.rules, terms.about), strict=True):
        stages = merged([*asked, *declared])
        further = missing(stages, terms.agreed) if stages else []
        if further:
            chunk.further += stages
            chunk.results.append(_held(one, further))
        else:
            kept.append(one)
    return kept


def _held(one: Going, further: Sequence[Stage]) -> Result:
    why = "; ".join(dict.fromkeys(name for stage in further for name in stage.why))
    return Result(one.target.position, "held", t("bulk.held", why=why))


def _groups(going: Sequence[Going]) -> list[list[Going]]:
    """Rows that one statement can write: of one kind, touching the same columns."""
    groups: dict[tuple[str, tuple[str, ...]], list[Going]] = {}
    for one in going:
        groups.setdefault((one.target.kind, tuple(sorted(one.after))), []).append(one)
    return list(groups.values())


def _carefully(tx: Session, terms: Terms, group: list[Going], chunk: Chunk) -> None:
    if not group:
        return
    try:
        with tx.begin_nested():
            done = _write(tx, terms, group)
    except InTheWay as error:
        chunk.results += error.results
        chunk.further += error.further
        guilty = {one.position for one in error.results}
        _carefully(tx, terms, [one for one in group if one.target.position not in guilty], chunk)
    except (sa.exc.DBAPIError, _Unclear) as error:
        if not isinstance(error, _Unclear) and not sentences.about(error):
            raise
        if len(group) == 1:
            chunk.results.append(_failed(tx, terms, group[0], error))
            return
        half = len(group) // 2
        _carefully(tx, terms, group[:half], chunk)
        _carefully(tx, terms, group[half:], chunk)
    else:
        _keep(chunk, group, done)


def _failed(tx: Session, terms: Terms, one: Going, error: Exception) -> Result:
    invalid = sentences.explain(
        tx,
        terms.catalog,
        error,
        terms.table,
        one.target.kind,
        one.after,
        lambda table: sees(terms.actor, table),
    )
    return Result(one.target.position, "failed", said(terms.table, invalid))


def _at_once(tx: Session, terms: Terms, group: list[Going]) -> list[apply.Done]:
    try:
        return _write(tx, terms, group)
    except _Unclear:
        raise InTheWay([]) from None


def _write(tx: Session, terms: Terms, group: list[Going]) -> list[apply.Done]:
    """Write a group by one statement. Raises InTheWay for rows that did not come out as they must."""
    kind, table = group[0].target.kind, terms.table
    if kind == "delete":
        return _deleted(tx, terms, group)
    sight = terms.sight(kind)
    afters = [one.after for one in group]
    befores = [] if kind == "create" else [one.before or {} for one in group]
    together = going_along.found(tx, terms.catalog, table, befores, frozenset(group[0].after))
    if kind == "create":
        unfit = {n: wrong for n, after in enumerate(afters) if (wrong := _wrong(table, after))}
        if unfit:
            raise InTheWay([_unfit(table, group[n], wrong) for n, wrong in unfit.items()])
        rows = dict(enumerate(writing.insert_each(tx, table, afters, sight)))
        if len(rows) < len(group):
            raise InTheWay([_swallowed(group[0])]) if len(group) == 1 else _Unclear
    else:
        keys = [one.target.parts or () for one in group]
        alike = all(after is afters[0] for after in afters)
        rows = (
            writing.update(tx, table, keys, afters[0], sight)
            if alike
            else writing.update_each(tx, table, keys, afters, sight)
        )
    _refuse_lost(group, rows)
    if kind == "create":  # validators that wait for what the database fills in by itself
        made = {n: misfits(table, "create", None, seen.row, whole=True) for n, seen in rows.items()}
        if any(made.values()):
            raise InTheWay([_unfit(table, group[n], wrong) for n, wrong in made.items() if wrong])
    along = going_along.of_each(tx, terms.catalog, together, [rows[n].row for n in range(len(befores))])
    along = along or [Cascade()] * len(group)
    done = [_done(table, one, rows[n].row, along[n]) for n, one in enumerate(group)]
    _refuse_asked(tx, terms, group, done)
    return done


class _Unclear(Exception):
    """A trigger swallowed some of several new rows, and which cannot be told: halves will tell."""


def _deleted(tx: Session, terms: Terms, group: list[Going]) -> list[apply.Done]:
    table = terms.table
    rows = [one.before or {} for one in group]
    stopped = going_along.stopped(tx, terms.catalog, table, rows)
    if stopped:
        raise InTheWay([_used(terms, group[place], source) for place, source in sorted(stopped.items())])
    together = going_along.found(tx, terms.catalog, table, rows)
    gone = writing.delete(tx, table, [one.target.parts or () for one in group])
    if len(gone) < len(group):
        raise InTheWay([_swallowed(one) for place, one in enumerate(group) if place not in gone])
    along = going_along.of_each(tx, terms.catalog, together, [None] * len(rows))
    done = [
        apply.Done(_operation(table, one), one.before, None, one.key, went)
        for one, went in zip(group, along, strict=True)
    ]
    _refuse_asked(tx, terms, group, done)
    return done


def _refuse_lost(group: Sequence[Going], rows: Mapping[int, Seen]) -> None:
    """Raise for rows that a trigger swallowed, or that left the person's sight by what was written."""
    bad = []
    for place, one in enumerate(group):
        seen = rows.get(place)
        if seen is None:
            bad.append(_swallowed(one))
        elif not seen.in_sight:
            bad.append(Result(one.target.position, "failed", t("door.general.out_of_sight")))
    if bad:
        raise InTheWay(bad)


def _refuse_asked(tx: Session, terms: Terms, group: Sequence[Going], done: Sequence[apply.Done]) -> None:
    """Raise for rows that ask somebody now that they are written: by a trigger's value, by rows that went along."""
    if (
        not terms.rules
        and not declared_rules(terms.table)
        and not any(one.along != Cascade() for one in done)
    ):
        return
    held = [apply.Held(each.operation, one.before) for one, each in zip(group, done, strict=True)]
    if not missing(apply.asked_now(tx, held, done, terms.rules, terms.about), terms.agreed):
        return
    bad, further = [], []
    for one, judged, written in zip(group, held, done, strict=True):
        stages = apply.asked_now(tx, [judged], [written], terms.rules, terms.about)
        if asked := missing(stages, terms.agreed):
            bad.append(_held(one, asked))
            further += stages
    raise InTheWay(bad, further)


def _keep(chunk: Chunk, group: Sequence[Going], done: Sequence[apply.Done]) -> None:
    chunk.done += done
    for one, written in zip(group, done, strict=True):
        chunk.results.append(Result(one.target.position, "applied", None, _left(one, written)))


def _left(one: Going, written: apply.Done) -> Mapping[str, Any] | None:
    """What is kept of a row written: of a new one its key, and what came out other than it was given."""
    row = written.after
    if row is None:
        return None
    other = {
        name: fold(row[name])
        for name, text in one.after.items()
        if row[name] != text and fold(row[name]) != fold(text)
    }
    left: dict[str, Any] = {"values": other} if other else {}
    if one.target.kind == "create" and written.key is not None:
        left["key"] = list(parse_key(written.key, len(written.operation.table.key)))
    return left or None


def _done(table: Table, one: Going, row: Row, along: Cascade) -> apply.Done:
    return apply.Done(_operation(table, one), one.before, row, key_of(table, row), along)


def _operation(table: Table, one: Going) -> Operation:
    return Operation(one.target.kind, table, one.key, one.target.base, one.after)  # type: ignore[arg-type]  # - checked


def _swallowed(one: Going) -> Result:
    return Result(one.target.position, "failed", t("door.general.swallowed"))


def _wrong(table: Table, after: Mapping[str, str | None]) -> dict[str, str]:
    """What is seen wrong with a new row before the database is asked."""
    return problems(table, "create", after) or misfits(table, "create", None, after)


def _unfit(table: Table, one: Going, wrong: Mapping[str, str]) -> Result:
    return Result(one.target.position, "failed", said(table, Invalid(wrong)))


def _used(terms: Terms, one: Going, source: Table) -> Result:
    invalid = sentences.used_by(terms.table, source, lambda table: sees(terms.actor, table))
    return Result(one.target.position, "failed", str(invalid))
