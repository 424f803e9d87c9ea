"""Filters as people read them: "Placed in the last 7 days", each with the way to edit it and to take it away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ops.conditions import Clock, ColumnLike, Filter, with_zone
from ops.policy import View
from ops.records.subject import Subject, of_filter
from ops.web.formats import Formats
from ops.web.records.references import Reference
from ops.web.shown import Reader
from ops.words import WORDS, t

Titles = Mapping[str, Mapping[str, str]]
_NUMBERS = frozenset(("integer", "number", "money", "inside", "interval"))
_TIMES = frozenset(("date", "timestamp"))
_NAMED = frozenset(("enum", "boolean", "date", "integer", "number", "money"))


class Chip(NamedTuple):
    """One filter that is on, the panel that edits it, and the list without it."""

    text: str
    value: str
    edit_href: str
    remove_href: str


def op_words(op: str, column: ColumnLike) -> str:
    """An operation as it is said of a column of this type."""
    kind = "time" if column.category in _TIMES else "number" if column.category in _NUMBERS else ""
    key = f"filters.op.{op}.{kind}"
    return t(key if key in WORDS else f"filters.op.{op}")


class Saying:
    """How the filters of one list are said to one person."""

    def __init__(
        self, view: View, formats: Formats, references: Mapping[str, Reference], titles: Titles
    ) -> None:
        self._view = view
        self._formats = formats
        self._references = references
        self._titles = titles

    def words(self, one: Filter) -> tuple[str, str]:
        """What is asked, and for which value: "Status is one of", "Open, Held"."""
        subject = of_filter(self._view, one)
        like = subject.like(one)
        return f"{subject.label} {op_words(one.op, like)}", self._value(one, subject, like)

    def _value(self, one: Filter, subject: Subject, like: ColumnLike) -> str:
        if one.op in ("last", "next"):
            return t("filters.count_days", count=int(one.value))
        if one.op == "during":
            return t(f"filters.period.{one.value}")
        said = [self._said(one, subject, like, value) for value in one.values()]
        if one.op == "between":
            return t("filters.and", first=said[0], second=said[1])
        return ", ".join(said)

    def _said(self, one: Filter, subject: Subject, like: ColumnLike, value: str) -> str:
        if one.op in ("contains", "lacks", "starts", "has"):
            return value
        if like.category == "timestamp":
            return self._moment(value, subject)
        if subject.plain:
            for reference in self._references.values():
                if reference.foreign_key.columns == (one.column,):
                    key = reference.key({one.column: value})
                    return self._titles.get(reference.target.ref, {}).get(key or "") or value
        if like.category in _NAMED:
            return Reader(subject.view.table, self._formats).show(subject.column.name)(value).text
        return value

    def _moment(self, value: str, subject: Subject) -> str:
        if len(value.strip()) == 10:
            return self._formats.day(value.strip())
        if "with time zone" not in subject.column.base:
            return value
        return self._formats.when(with_zone(value, Clock.here(self._formats.timezone))).text


def filtered_values(filters: Sequence[Filter]) -> list[dict[str, str | None]]:
    """The values of the list's own columns that filters name, for their titles."""
    named = (one for one in filters if not one.path and one.op in ("is", "not", "in", "notin"))
    return [{one.column: value} for one in named for value in one.values()]
