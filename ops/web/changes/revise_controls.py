"""Which control a column has in the form that takes a change up again."""

from __future__ import annotations

from collections.abc import Sequence

from ops import policy
from ops.catalog import Column
from ops.changes import Row
from ops.policy import NotVisible
from ops.web.addresses import list_href
from ops.web.gate import actor, platform
from ops.web.inputs import Kind

_LONG = 70


def control_of(
    column: Column, value: str | None, one: Row, kind: Kind
) -> tuple[str, Sequence[tuple[str, str]], str | None]:
    """Which it is, what it offers, and where a picker searches."""
    if column.category == "bytes":
        return "file", (), None
    foreign = next((f for f in one.table.foreign_keys if f.columns == (column.name,)), None)
    if foreign is not None:
        target = platform().catalog.target(foreign)
        if foreign.target_columns == target.key and _seen(target.ref):
            return "picker", (), f"{list_href(target)}pick"
    if kind.name:
        return kind.name, (), None
    if column.category == "enum":
        return "select", [(text, text) for text in column.enum_values], None
    if column.category == "boolean" and value in (None, "", "true", "false"):
        return "yes_no", (), None
    if column.category == "json" or (value and ("\n" in value or len(value) > _LONG)):
        return "textarea", (), None
    kinds = {"integer": "number", "number": "number", "money": "number", "date": "date"}
    return kinds.get(column.category, "text"), (), None


def _seen(ref: str) -> bool:
    try:
        policy.view(actor(), platform().catalog.table(ref))
    except NotVisible:
        return False
    return True
