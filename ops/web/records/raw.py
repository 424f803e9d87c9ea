"""A record as JSON: every column the reader may see, masked ones as their mask, no digit lost."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

from ops import records
from ops.catalog import Column
from ops.disclosure import Sight
from ops.policy import View, ViewColumn
from ops.records import Record
from ops.web import from_list
from ops.web.gate import tx
from ops.web.json_text import INDENT, laid_out
from ops.web.records.addresses import record_href, way_to
from ops.web.shown import NUMERIC
from ops.words import t

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")  # RFC 8259, section 6
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class RawPage:
    """What templates/records/raw.html shows."""

    view: View
    record: Record
    text: str
    sights: tuple[Sight, ...]
    masked: int

    @property
    def title(self) -> str:
        """What the record is called."""
        return self.record.title or t("records.untitled")

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        here = from_list.along(record_href(self.view.table, self.record.key))
        return [*way_to(self.view.table), (self.title, here), (t("detail.raw"), None)]


def read(view: View, key: str) -> RawPage:
    """The record as JSON. Raises NotVisible. What one has revealed for now stays masked here."""
    record = records.one(tx(), view, key, computed=True)
    members = [f"{INDENT}{_string(one.name)}: {_value(one, record.values[one.name])}" for one in view.shown]
    text = "{\n" + ",\n".join(members) + "\n}"
    masked = sum(one.masked and record.values[one.name] is not None for one in view.shown)
    return RawPage(view, record, text, (Sight(view.table, record.key),), masked)


def _value(one: ViewColumn, text: str | None) -> str:
    if text is None:
        return "null"
    if one.masked:
        return _string(text)
    return _plain(one.column, text)


def _plain(column: Column, text: str) -> str:
    """A value in JSON's own type where it has one for it: numbers keep their digits, documents are documents."""
    if column.category == "boolean" and text in ("true", "false"):
        return text
    if column.category in NUMERIC and _NUMBER.fullmatch(text):
        return text
    if column.category == "json":
        return _escaped(laid_out(text)).replace("\n", "\n" + INDENT)
    return _string(text)


def _string(text: str) -> str:
    return _escaped(json.dumps(text, ensure_ascii=False))


def _escaped(text: str) -> str:
    """JSON whose unseen signs (marks of direction, joiners) are written as escapes, which mean the same in JSON.

    Line breaks only stand between the tokens here: inside strings they are escaped already.
    """
    return "".join(
        _escape(sign) if sign != "\n" and unicodedata.category(sign) in _UNSEEN else sign for sign in text
    )


def _escape(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
