"""What a table's own validators say of new values: run by the door, so that nothing that writes goes round them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from ops.catalog import Column, Table, Validator
from ops.catalog.texts import value_of
from ops.changes.apply import Done, Held
from ops.changes.errors import Invalid
from ops.conditions import well_formed
from ops.words import t

log = logging.getLogger(__name__)
Row = Mapping[str, str | None]


def misfits(
    table: Table, kind: str, before: Row | None, after: Row, *, whole: bool = False
) -> dict[str, str]:
    """A sentence by column for each validator that turns the row away; {} where all let it pass.

    `before` is the row as it is (None: a new one), `after` the columns that are set. Validators none of whose columns
    are touched are not asked. Of a new row those wait whose columns the database fills by itself, until the row is
    there: `whole` says it is. Values PostgreSQL cannot read are left to it.
    """
    if kind == "delete" or not table.resource.validators:
        return {}
    row = {**(before or {}), **after}
    found: dict[str, str] = {}
    for one in table.resource.validators:
        touched = [name for name in one.columns if name in after]
        if not (touched or kind == "create") or (
            kind == "create" and not whole and _filled(table, one, after)
        ):
            continue
        values = [value_of(table.columns[name], row.get(name)) for name in one.columns]
        if any(_unread(table.columns[name], value) for name, value in zip(one.columns, values, strict=True)):
            continue
        if sentence := _said(table, one, values):
            found.setdefault((touched or one.columns)[0], sentence)
    return found


def judge(held: Sequence[Held]) -> None:
    """Ask the validators before anything is written. Raises Invalid."""
    for position, one in enumerate(held):
        if wrong := misfits(one.operation.table, one.operation.kind, one.before, one.operation.after):
            raise Invalid(wrong, position=position)


def judge_made(done: Sequence[Done]) -> None:
    """Ask the validators that had to wait for the new rows themselves. Raises Invalid."""
    for position, one in enumerate(done):
        made = one.after if one.operation.kind == "create" else None
        if made is not None and (wrong := misfits(one.operation.table, "create", None, made, whole=True)):
            raise Invalid(wrong, position=position)


def judges(table: Table, touched: frozenset[str]) -> bool:
    """Whether any validator looks at these columns."""
    return any(touched.intersection(one.columns) for one in table.resource.validators)


def _filled(table: Table, one: Validator, after: Row) -> bool:
    """Whether the database sets any of its columns by a default, which only the written row can tell."""
    missing = (table.columns[name] for name in one.columns if name not in after)
    return any(column.default is not None or column.computed or column.identity for column in missing)


def _unread(column: Column, value: Any) -> bool:
    """Whether it is a text that is no value of the column: PostgreSQL says so better."""
    return isinstance(value, str) and well_formed(column.base, value, column.enum_values) is False


def _said(table: Table, one: Validator, values: list[Any]) -> str | None:
    try:
        return one.problem(values)
    except Exception as error:  # code that is not ours: what it did not judge is not written
        # Its words may hold values of the company (P42): the kind of the error is enough to look further.
        log.error("the validator %s of %s broke: %s", one.name, table.full_name, type(error).__name__)
        return t("door.validator_broke", name=one.name.replace("_", " "))
