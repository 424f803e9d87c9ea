"""Which operations a person is offered for a column: by its type alone, those they expect first.

What is offered is less than what works: an address may use any operation that fits the column.
"""

from __future__ import annotations

from ops.conditions.check import ColumnLike

_EQUAL = ("is", "not")
_SETS = ("in", "notin")
_ORDER = ("gt", "ge", "lt", "le", "between")
_NONE = ("empty", "filled")
_BY_CATEGORY = {
    "text": ("contains", "is", "starts", "in", "not", "lacks", "notin"),
    "integer": (*_EQUAL, *_ORDER, *_SETS),
    "number": (*_EQUAL, *_ORDER, *_SETS),
    "money": (*_EQUAL, *_ORDER),
    "boolean": ("true", "false"),
    "date": ("is", "during", "last", "next", "lt", "le", "gt", "ge", "between", "not"),
    "timestamp": ("is", "during", "last", "next", "lt", "le", "gt", "ge", "between", "not"),
    "time": ("is", "lt", "gt", "between"),
    "interval": ("is", "lt", "gt", "between"),
    "enum": ("is", "not", *_SETS),
    "uuid": ("is", "not", *_SETS),
    "array": ("has",),
    "json": ("contains",),
    "inside": ("is", "contains", "starts", *_SETS, *_ORDER, "true", "false", "not", "lacks"),
    "xml": ("contains",),
    "network": ("is", "not", "contains", *_SETS),
}
# The others have at least an equality, if PostgreSQL knows one.
_OTHERS = ("is", "not", "contains")
_COMPARING = frozenset((*_EQUAL, *_SETS, *_ORDER))


def offered(column: ColumnLike, *, nullable: bool = True, refers: bool = False) -> tuple[str, ...]:
    """The operations for this column, the likeliest first; `refers`: its values name rows of another table."""
    found = ("is", "not", *_SETS) if refers else _BY_CATEGORY.get(column.category, _OTHERS)
    if not column.comparable:
        found = tuple(op for op in found if op not in _COMPARING)
    if column.category == "bytes":
        found = ()
    empties = nullable or column.category in ("text", "inside", "bytes")
    return (*found, *(_NONE if empties else ()))
