"""What deleting a record would do to others, in words: what goes along, what loses its reference, what stops it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ops import records
from ops.policy import View
from ops.records import FOLLOWED, Consequence, Record, filter_name
from ops.web.gate import actor, platform, tx
from ops.web.records.addresses import list_href
from ops.words import t

_WORDS = {
    "cascade": ("detail.goes_along", "warn"),
    "set null": ("detail.loses", "info"),
    "set default": ("detail.defaults", "info"),
    "cannot": ("detail.stops_null", "bad"),
    "may stop": ("detail.may_stop", "warn"),
}
_STOPS = ("detail.stops", "bad")


@dataclass(frozen=True, slots=True)
class Effect:
    """Rows of one table and what becomes of them; `href` is the list of them, where they point at the record."""

    label: str
    words: str
    tone: str
    href: str | None
    quick: bool


@dataclass(frozen=True, slots=True)
class Effects:
    """What the page says before a record is deleted. `stopped`: whose rows must go first."""

    first: Sequence[Effect] = ()
    second: Sequence[Effect] = ()
    stopped: str | None = None
    notes: Sequence[str] = ()


NO_EFFECTS = Effects()


def effects(view: View, record: Record) -> Effects:
    """What deleting the record would do, as far as the person sees the rows."""
    found = records.consequences(tx(), platform().catalog, actor(), view, record)
    every = (*found.first, *found.second)
    notes = []
    if any(one.count.more for one in every):
        notes.append(t("detail.counted", count=FOLLOWED))
    if found.deeper:
        notes.append(t("detail.deeper"))
    if found.left:
        notes.append(t("detail.tables_left", count=found.left))
    if found.others:
        notes.append(t("detail.others"))
    return Effects(
        [_effect(one, record) for one in found.first if _counts(one)],
        [_effect(one, None) for one in found.second if _counts(one)],
        ", ".join(dict.fromkeys(one.label for one in every if one.stops)) or None,
        notes,
    )


def _counts(one: Consequence) -> bool:
    return bool(one.count.rows) or not one.quick


def _effect(one: Consequence, record: Record | None) -> Effect:
    table = platform().catalog.table(one.table)
    key, tone = _WORDS.get(one.effect, _STOPS)
    fields = ", ".join(table.columns[name].label for name in one.foreign_key.columns)
    words = t("detail.not_counted") if not one.quick else t(key, count=_how_many(one), fields=fields)
    href = None
    if record is not None:
        pairs = zip(one.foreign_key.columns, one.foreign_key.target_columns, strict=True)
        href = list_href(table, [(filter_name(name, "is"), record.values[end] or "") for name, end in pairs])
    label = table.label if one.parent is None else t("detail.of_parent", table=table.label, parent=one.parent)
    return Effect(label, words, tone if one.quick else "idle", href, one.quick)


def _how_many(one: Consequence) -> str:
    if one.count.rows == 1 and not one.count.more:
        return t("detail.row")
    return t("detail.rows_more" if one.count.more else "detail.rows", count=one.count.rows)
