"""Rows of other tables that stand in a record's form, as the form brings them: which, and what is to become of each.

A row's fields are named like the record's own, with `r.NUMBER.` before: `r.3.v.quantity`. Beside them travel the list
it stands in (`r.3.of`), its key where it has one (`r.3.key`), what it was as a whole where it may be removed
(`r.3.row`), the tick that removes it (`r.3.gone`), and what was filled in by us (`r.3.own.COLUMN`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ops.catalog import ForeignKey
from ops.changes import Link, Operation, changed
from ops.policy import View
from ops.web.records import parsing
from ops.web.records.parsing import Posted, Torn

MOST = 200  # rows that one form brings; a form holds fifty of each table
_FIELD = re.compile(r"r\.(\d{1,4})\.(.+)", re.S)


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of `view`'s table that belong to a record by `foreign`: an order's lines."""

    view: View
    foreign: ForeignKey

    @property
    def name(self) -> str:
        """What it is called in a form."""
        return f"{self.view.table.ref}/{self.foreign.name}"


@dataclass(frozen=True)
class Line:
    """One posted row."""

    number: int
    of: str
    key: str | None
    removed: bool
    row: Mapping[str, str | None]
    own: Mapping[str, str]
    posted: Posted = field(default_factory=Posted)

    @property
    def blank(self) -> bool:
        """Whether nobody typed anything into a new row: what was filled in by us does not count."""
        return self.key is None and not any(
            text.strip() and text != self.own.get(name) for name, text in self.posted.typed.items()
        )

    @property
    def prefix(self) -> str:
        """What stands before its fields' names."""
        return prefix(self.number)


def prefix(number: int) -> str:
    """What stands before the names of a row's fields."""
    return f"r.{number}."


def posted(form: Mapping[str, str], belongings: Iterable[Belonging]) -> list[Line]:
    """The rows of a form, in its order. Those of a list that is not ours are left out. Raises Torn."""
    known = {one.name: one for one in belongings}
    rows: dict[int, dict[str, str]] = {}
    for name in form:
        match = _FIELD.fullmatch(name)
        if match:
            rows.setdefault(int(match[1]), {})[match[2]] = form[name]
    found = (_line(number, own, known) for number, own in sorted(rows.items())[:MOST])
    return [one for one in found if one is not None]


def operations(
    lines: Sequence[Line], belongings: Iterable[Belonging], parent: Mapping[str, str | None] | None
) -> list[tuple[int, Operation]]:
    """What the rows ask for, by their number; removals come first, so that a new row may take a removed one's place.

    `parent` holds the values of a record that is there; None: it is made by operation 0 of the same change.
    """
    known = {one.name: one for one in belongings}
    found = [(one.number, _operation(one, known[one.of], parent)) for one in lines]
    order = {"delete": 0, "update": 1, "create": 2}
    asked = [(number, one) for number, one in found if one is not None and changed([one])]
    return sorted(asked, key=lambda pair: order[pair[1].kind])


def _line(number: int, own: Mapping[str, str], known: Mapping[str, Belonging]) -> Line | None:
    belonging = known.get(own.get("of", ""))
    if belonging is None:
        return None
    key, table = own.get("key") or None, belonging.view.table
    read = parsing.created(table, own) if key is None else parsing.edited(table, own)
    filled = {name[4:]: text for name, text in own.items() if name.startswith("own.")}
    return Line(number, belonging.name, key, "gone" in own, _row(own.get("row")), filled, read)


def _row(text: str | None) -> Mapping[str, str | None]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Torn from None
    if not isinstance(found, dict):
        raise Torn
    return {str(name): value for name, value in found.items()}


def _operation(one: Line, belonging: Belonging, parent: Mapping[str, str | None] | None) -> Operation | None:
    table, foreign = belonging.view.table, belonging.foreign
    if one.key is not None:
        if one.removed:
            return Operation("delete", table, one.key, base=one.row)
        after = one.posted.after
        return Operation("update", table, one.key, one.posted.base, after) if after else None
    if one.removed or one.blank:
        return None
    pairs = list(zip(foreign.columns, foreign.target_columns, strict=True))
    after = {name: text for name, text in one.posted.after.items() if name not in foreign.columns}
    if parent is None:
        return Operation(
            "create", table, after=after, links={ours: Link(0, theirs) for ours, theirs in pairs}
        )
    return Operation("create", table, after={**after, **{ours: parent.get(theirs) for ours, theirs in pairs}})
