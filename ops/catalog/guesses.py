"""What a list shows, searches and is ordered by where no Resource says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ops.catalog.model import Category, Column, Relation
from ops.catalog.options import SearchColumn, TitlePart

WIDTH = 8  # columns of a list that fit a laptop

_WORTH: dict[Category, int] = {
    "enum": 2,
    "money": 3,
    "number": 3,
    "date": 4,
    "timestamp": 4,
    "integer": 4,
    "text": 4,
    "boolean": 5,
    "uuid": 5,
    "network": 5,
    "time": 6,
    "interval": 6,
    "range": 6,
    "array": 7,
    "bits": 8,
    "geometry": 8,
    "composite": 8,
    "other": 8,
}
# json, xml, bytea and tsvector are too much for a cell; they come only where a table has little else.
_LAST = 9
_STATE_NAMES = frozenset({"status", "state", "type", "kind", "priority", "active", "enabled"})
_LONG_TEXTS = frozenset(
    {"description", "notes", "note", "body", "text", "comment", "comments", "content", "message"}
)
_HOUSEKEEPING = frozenset(
    {"created_at", "updated_at", "last_update", "modified_at", "inserted_at", "deleted_at"}
)


def columns(
    relation: Relation, key: Sequence[str], title: Sequence[TitlePart], hidden: Collection[str]
) -> tuple[str, ...]:
    """Up to eight columns: those of the title first, then the most telling ones in the table's order."""
    of_title = list(dict.fromkeys(part[1] for part in title if part[0] == "column"))
    pointing = {name for foreign in relation.foreign_keys for name in foreign.columns}
    visible = [column for column in relation.columns.values() if column.name not in hidden]

    def worth(column: Column) -> int:
        if column.name in of_title:
            return 0
        if column.name in key:
            return 1
        if column.name in pointing or column.name.lower() in _STATE_NAMES:
            return 2
        if column.name.lower() in _HOUSEKEEPING:
            return 7
        if column.name.lower() in _LONG_TEXTS:
            return 8
        return _WORTH.get(column.category, _LAST)

    ranked = sorted(visible, key=worth)
    chosen = [column for column in ranked if worth(column) < _LAST] or ranked[:3]
    names = {column.name for column in chosen[:WIDTH]}
    rest = [column.name for column in visible if column.name in names and column.name not in of_title]
    return tuple([name for name in of_title if name in names] + rest)


def search(
    relation: Relation, title: Sequence[TitlePart], hidden: Collection[str]
) -> tuple[SearchColumn, ...]:
    """The texts of the title, and text columns that a unique index of their own tells apart."""
    texts = [part[1] for part in title if part[0] == "column"]
    texts += [
        index.columns[0].name
        for index in relation.indexes
        if index.unique
        and not index.partial
        and len(index.columns) == 1
        and index.columns[0].name is not None
    ]
    known = relation.columns
    wanted = dict.fromkeys(n for n in texts if n in known and known[n].is_text and n not in hidden)
    return tuple(SearchColumn(name) for name in wanted)


def order(relation: Relation, key: Sequence[str]) -> str | None:
    """Newest first where the key counts or is a moment; by the key where it is a text; else None."""
    if len(key) != 1:
        return None
    counts = relation.columns[key[0]].category in ("integer", "number", "date", "timestamp")
    return f"-{key[0]}" if counts else key[0]
