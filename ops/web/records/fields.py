"""The fields of a form: for each column the control that fits its type and loses nothing of its value."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ops.catalog import Column
from ops.web import inputs
from ops.web.inputs import PLAIN, Kind, can_be_empty
from ops.web.tones import spoken
from ops.words import WORDS, t

Options = Sequence[tuple[str, str]]
_LONG_NAMES = frozenset(
    {"body", "comment", "comments", "content", "description", "detail", "details", "message"}
    | {"note", "notes", "remark", "remarks", "remittance", "summary", "text"}
)
_LONG = 70  # characters that stand comfortably in one line
_LITERAL = re.compile(r"^\(?(?:'((?:[^']|'')*)'|(-?[0-9.]+|true|false))\)?(?:::[\w .\"()\[\]]+)?$")
_MONOSPACED = frozenset(
    {"array", "range", "composite", "geometry", "bits", "uuid", "search", "network", "other", "xml"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a foreign key offers: all rows of a small table (`options`), or a place to ask (`source`).

    `fills`: of a foreign key of several columns those that a choice fills, in the order of the offered parts.
    """

    title: str | None = None
    options: Options | None = None
    source: str | None = None
    fills: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One control. `hidden` and `now` are the fields beside it, for the door's comparison; None: not carried."""

    column: Column
    control: str
    value: str | None
    null: bool | None
    hidden: str | None = None
    now: str | None = None
    hint: str | None = None
    error: str | None = None
    required: bool = False
    wide: bool = False
    options: Options = ()
    blank: str | None = None
    choice: Choice | None = None
    placeholder: str | None = None
    rows: int = 3
    prefix: str = ""  # of a row among several: "r.3."
    kind: Kind = PLAIN
    zones: Sequence[str] = ()
    native: bool = False  # whether a browser's own control for dates and times holds the value
    size: str | None = None  # of a file that is there, in words
    href: str | None = None  # where it is downloaded

    @property
    def name(self) -> str:
        """What the control is posted as."""
        return f"{self.prefix}v.{self.column.name}"

    def beside(self, letter: str) -> str:
        """What a field that travels with the control is posted as: `b` what it was filled from, `k` its kind."""
        return f"{self.prefix}{letter}.{self.column.name}"

    @property
    def fills(self) -> str | None:
        """The controls a choice fills, where that is not this one alone: read by static/js/picker.js."""
        names = self.choice.fills if self.choice else ()
        return "\n".join(f"{self.prefix}v.{name}" for name in names) or None


def field(
    column: Column,
    value: str | None,
    *,
    creating: bool = False,
    null: bool | None = None,
    hidden: str | None = None,
    now: str | None = None,
    error: str | None = None,
    choice: Choice | None = None,
    zone_hint: str | None = None,
    kind: Kind = PLAIN,
    prefix: str = "",
) -> Field:
    """The field of one column, filled with `value`; `null` is the box's state where it was posted before."""
    control = _control(column, value, choice, kind)
    box = column.nullable and (can_be_empty(column, kind) or control == "yes_no")
    ticked = (value is None and not (creating and column.default)) if null is None else null
    needed = not column.nullable and column.default is None if creating else not column.nullable
    text_may_be_empty = can_be_empty(column, kind) and not (creating and kind is PLAIN)
    default = default_words(column) if creating else None
    return Field(
        column=column,
        control=control,
        value=value,
        null=ticked if box else None,
        hidden=hidden,
        now=now,
        hint=_hint(column, control, default, zone_hint),
        error=error,
        required=needed and not text_may_be_empty,
        wide=control in ("json", "textarea", "moment"),
        options=_options(column, choice),
        blank=_blank(column, creating=creating, default=default),
        choice=choice,
        placeholder=_placeholder(column, default, creating=creating),
        rows=min(max((value or "").count("\n") + 1, len(value or "") // 90 + 1, 3), 16),
        prefix=prefix,
        kind=kind,
        zones=inputs.zones(kind.chosen, kind.zone) if kind.name == "moment" else (),
        native=kind is not PLAIN and inputs.is_plain_clock(value),
    )


def default_words(column: Column) -> str | None:
    """What the column gets where nothing is said, as a person reads it; None where it has no default."""
    if column.default is None:
        return None
    text = column.default
    literal = _LITERAL.match(text)
    if literal:
        plain = literal[2] if literal[1] is None else literal[1].replace("''", "'")
        return spoken(plain) if column.category == "enum" else plain
    if re.match(r"(?i)(now\(\)|current_timestamp|localtimestamp|transaction_timestamp\(\))", text):
        return t("records.default_now")
    if re.match(r"(?i)\(?current_date", text):
        return t("records.default_today")
    return t("records.default_made")


def _control(column: Column, value: str | None, choice: Choice | None, kind: Kind) -> str:
    if column.category == "bytes":
        return "file"
    if choice is not None:
        return "select" if choice.options is not None else "picker"
    if kind.name:
        return kind.name
    if column.category == "enum":
        return "select"
    if column.category == "boolean":
        return "yes_no" if value in (None, "", "true", "false") else "text"
    if column.category == "json":
        return "json"
    if value and ("\n" in value or "\r" in value or len(value) > _LONG):
        return "textarea"  # an input of one line would drop the line ends
    if column.category == "text" and column.name.lower().rpartition("_")[2] in _LONG_NAMES:
        return "textarea"
    if column.category in ("integer", "number", "money"):
        return "number"
    if column.category == "date":
        return "date" if _plain_date(value) else "text"
    return "mono" if column.category in _MONOSPACED else "text"


def _plain_date(value: str | None) -> bool:
    """Whether a browser's date field can hold it: not infinity, not a year before Christ, not a typing error."""
    if not value:
        return True
    try:
        return len(value) == 10 and value[4] == value[7] == "-" and date.fromisoformat(value) is not None
    except ValueError:
        return False


def _hint(column: Column, control: str, default: str | None, zone_hint: str | None) -> str | None:
    said = [column.help, zone_hint]
    key = f"records.hint.{column.category}"
    if column.category == "text":
        said.append(t("records.hint.length", most=column.max_length) if column.max_length else None)
    elif control == "list":
        values = ", ".join(column.enum_values)
        said.append(t("records.hint.list_of", values=values) if values else t("records.hint.list"))
    elif control in ("moment", "wall", "clock"):
        said.append(t("records.hint.wall") if control == "wall" else None)
    elif column.category == "number" and column.scale is not None and column.precision is not None:
        before = column.precision - column.scale
        said.append(t("records.hint.digits", before=before, after=column.scale) if column.scale > 0 else None)
    elif control not in ("select", "picker", "readout") and key in WORDS:
        said.append(t(key))
    if default is not None and control in ("yes_no", "date", "moment", "wall", "clock", "file"):
        said.append(t("records.default", value=default))
    return " · ".join(part for part in said if part) or None


def _options(column: Column, choice: Choice | None) -> Options:
    if choice is not None:
        return choice.options or ()
    return [(value, spoken(value)) for value in column.enum_values] if column.category == "enum" else ()


def _blank(column: Column, *, creating: bool, default: str | None) -> str | None:
    if creating and default is not None:
        return t("records.default", value=default)
    return t("frame.no_value") if column.nullable else None


def _placeholder(column: Column, default: str | None, *, creating: bool) -> str | None:
    if creating and default is not None:
        return t("records.default", value=default)
    return t("frame.null") if column.nullable and not can_be_empty(column) else None


def by_name(fields: Sequence[Field]) -> Mapping[str, Field]:
    """The fields by their column."""
    return {one.column.name: one for one in fields}
