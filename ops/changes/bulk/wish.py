"""What a person asks of many rows, and what is seen wrong with it before any row is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from ops.catalog import BadAddress, Table, parse_key
from ops.changes import heads, sentences, times
from ops.changes.acts import Act
from ops.changes.bulk.acting import act_of
from ops.changes.errors import Invalid
from ops.changes.operation import Operation
from ops.changes.values import problems, sendable, too_long
from ops.policy import Forbidden, NotVisible, View
from ops.records import ListQuery, from_query_string, refuse_bad_values
from ops.records.probing import values_fit
from ops.words import t

Mode = Literal["whole", "chunks"]
LONGEST_LIST = 8000  # characters of a list's query string, which is kept with the change and in the trail


@dataclass(frozen=True, slots=True)
class Ticked:
    """Rows chosen one by one, by their keys in address form."""

    keys: tuple[str, ...]

    @property
    def told(self) -> dict[str, Any]:
        """As it is kept with the change."""
        return {"rows": list(self.keys)}


@dataclass(frozen=True, slots=True)
class Listed:
    """Every row of a list, by its query string as `ops.records` reads it."""

    list: str = ""

    @property
    def told(self) -> dict[str, Any]:
        """As it is kept with the change."""
        return {"list": self.list}


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked of many rows of a table: to set columns, or to go.

    `each` names a maker (`ops.changes.bulk.each`) that computes every row's new values when it is frozen; the
    columns it may touch are then `columns`. Else `after` is for all rows. `apply_at`: no row is written before.
    """

    table: Table
    kind: Literal["update", "delete"]
    selection: Ticked | Listed
    after: Mapping[str, str | None] = field(default_factory=dict)
    mode: Mode = "chunks"
    title: str = ""
    reason: str = ""
    source: str = "bulk"
    each: Mapping[str, Any] | None = None
    columns: tuple[str, ...] = ()
    apply_at: datetime | None = None

    @property
    def touched(self) -> tuple[str, ...]:
        """The columns that are set."""
        return self.columns if self.each is not None else tuple(self.after)

    @property
    def act(self) -> Act | None:
        """The action it uses, where it is one."""
        return act_of(self.each)

    @property
    def operation(self) -> Operation:
        """What rights are asked about: one operation for all rows."""
        after = dict.fromkeys(self.touched) if self.each is not None else self.after
        return Operation(
            self.kind, self.table, None, {}, {} if self.kind == "delete" else after, act=self.act
        )


def refuse(wish: Wish) -> None:
    """Raise Invalid for what cannot be meant, Forbidden for tables of the house: rights are given one by one."""
    if wish.table.house or not wish.table.key:
        raise Forbidden(t("door.refused.table", table=wish.table.label))
    if not (sendable(wish.title) and sendable(wish.reason)):
        raise Invalid({}, t("door.nul"))
    if (wrong := too_long(wish.reason)) is not None:
        raise Invalid({}, wrong)
    times.checked(wish.apply_at, ())
    if wish.kind == "update" and not wish.touched:
        raise Invalid({}, t("bulk.nothing_to_set"))
    keyed = [name for name in wish.touched if name in wish.table.key]
    if keyed:
        raise Invalid(dict.fromkeys(keyed, t("bulk.not_the_key")))
    if isinstance(wish.selection, Listed) and len(wish.selection.list) > LONGEST_LIST:
        raise Invalid({}, t("bulk.list_too_long"))
    if isinstance(wish.selection, Ticked) and not wish.selection.keys:
        raise Invalid({}, t("bulk.nothing_ticked"))
    if isinstance(wish.selection, Ticked) and len(wish.selection.keys) > heads.WHOLE * 2:
        raise Invalid({}, t("bulk.too_many_ticked", most=f"{heads.WHOLE * 2:,}"))
    if wish.kind == "update" and wish.each is None and (found := problems(wish.table, "update", wish.after)):
        raise Invalid(found)


def written(tx: Session, wish: Wish) -> Mapping[str, str | None]:
    """The new values as PostgreSQL writes them: 18000 as 18000.00. Raises Invalid where it cannot read one."""
    if wish.kind == "delete" or wish.each is not None:
        return {}
    columns = [wish.table.columns[name] for name in wish.after]
    if all(column.category == "text" and column.type == column.base for column in columns):
        return wish.after  # texts are what was typed; a domain's own checks are the database's to say
    after = sentences.as_written(tx, wish.table, wish.after)
    if after is None:
        raise Invalid(
            sentences.misread(tx, wish.table, wish.after) or {}, t("door.general.other", code="22000")
        )
    return after


def readable(tx: Session, seen: View, selection: Ticked | Listed) -> None:
    """Raise NotVisible for keys that are none of the table's, BadFilter for values that are none of their columns'."""
    if isinstance(selection, Listed):
        refuse_bad_values(tx, seen, query_of(seen, selection))
        return
    names = seen.table.key
    parts = parts_of(seen.table, selection.keys)
    if not values_fit(tx, seen, [pair for key in parts for pair in zip(names, key, strict=True)]):
        raise NotVisible(seen.table.ref)


def query_of(seen: View, listed: Listed) -> ListQuery:
    """The list as it is read now. Raises BadFilter, UnknownColumn."""
    return from_query_string(seen, listed.list)


def parts_of(table: Table, keys: Sequence[str]) -> list[tuple[str, ...]]:
    """The keys' parts, each once, in the order they were ticked. Raises NotVisible for what is no key."""
    try:
        return list(dict.fromkeys(parse_key(key, len(table.key)) for key in keys))
    except BadAddress as error:
        raise NotVisible(table.ref) from error


def title_of(table: Table, kind: str, rows: int | None) -> str:
    """What the change is called where nobody said: "Edit 312 orders"; without a number while they are looked up."""
    if rows is None:
        return t(f"bulk.title.{kind}", rows=table.label.lower())
    return t(f"bulk.title.{kind}.counted", count=f"{rows:,}", rows=table.label.lower())
