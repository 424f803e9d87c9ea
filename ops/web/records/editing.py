"""The form of one record, new or not: its fields, what stands beside them, and what went wrong the last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops import records
from ops.catalog import Column
from ops.changes import Ahead, asks_ahead, settable
from ops.policy import View
from ops.records import Record
from ops.web import trouble as of_forms
from ops.web.formats import Moment
from ops.web.gate import tx
from ops.web.page import formats
from ops.web.records.addresses import list_href, record_href
from ops.web.records.arranging import in_order
from ops.web.records.choices import choices
from ops.web.records.fields import Choice, Field
from ops.web.records.fields import field as field_of
from ops.web.records.parsing import Posted, control_text, rendered
from ops.web.records.shown import Reader, Shown, size_of
from ops.words import t

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that somebody else changed too, ready to be shown."""

    column: str
    label: str
    original: Shown
    proposed: Shown
    current: Shown


@dataclass(frozen=True)
class Trouble(of_forms.Trouble):
    """Why the form is shown again. `fields` has a sentence by column; `now` the row's values after a conflict."""

    clashes: Sequence[Clash] = ()
    now: Values = field(default_factory=dict)
    gone: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A masked value on its page: where it is revealed; `until` when it is, `seconds` from now."""

    id: str
    href: str
    field_href: str
    until: Moment | None = None
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is told and not asked. `cell`: it is a masked value that the person may reveal, or has."""

    label: str
    shown: Shown
    wide: bool = False
    cell: Cell | None = None


@dataclass(frozen=True)
class FormPage:
    """What templates/records/form.html shows."""

    view: View
    key: str | None
    title: str
    token: str
    fields: list[Field]
    fixed: list[Fact]
    reason: str = ""
    trouble: Trouble | None = None
    asks: Sequence[Ahead] = ()

    @property
    def asks_title(self) -> str:
        """Over the lines: whether saving always asks, or some of it."""
        return t("records.asks_always" if any(one.always for one in self.asks) else "records.asks_ahead")

    @property
    def asks_lines(self) -> list[str]:
        """Who is asked by which rule, and when."""
        return [
            t(
                "records.asks_line_when" if one.when else "records.asks_line",
                role=(f"{one.needed} × {one.role}" if one.needed > 1 else one.role).capitalize(),
                rule=one.rule,
                when=one.when,
            )
            for one in self.asks
        ]

    @property
    def heading(self) -> str:
        """The page's name."""
        return t("records.new_heading" if self.key is None else "records.edit_heading", row=self.title)

    @property
    def back(self) -> str:
        """Where one goes who gives up."""
        gone = self.trouble is not None and self.trouble.gone
        return (
            list_href(self.view.table) if self.key is None or gone else record_href(self.view.table, self.key)
        )

    @property
    def action(self) -> str:
        """Where the form is sent."""
        table = self.view.table
        return list_href(table) + "new" if self.key is None else record_href(table, self.key, "edit")

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        table = self.view.table
        way: list[tuple[str, str | None]] = [(t("frame.tables"), "/tables/"), (table.label, list_href(table))]
        if self.key is not None:
            way.append((self.title, record_href(table, self.key)))
        return [
            *way,
            (
                t("records.new_heading", row=table.label_one.lower())
                if self.key is None
                else t("records.edit"),
                None,
            ),
        ]

    @property
    def button(self) -> str:
        """What the button says."""
        return t("records.create" if self.key is None else "records.save")

    @property
    def can_save(self) -> bool:
        """Whether there is anything to send."""
        return any(one.control != "readout" for one in self.fields) and not (
            self.trouble and self.trouble.gone
        )

    @property
    def errors(self) -> list[tuple[str | None, str, str]] | None:
        """The marked fields as `f.errors` wants them; None where it was not about values."""
        if self.trouble is None or not self.trouble.fields:
            return None
        wrong, columns = self.trouble.fields, self.view.table.columns
        order = [one.column.name for one in self.fields if one.column.name in wrong]
        unseen = [name for name in wrong if name in columns and name not in order]
        return [
            (f"v.{name}" if name in order else None, columns[name].label, wrong[name])
            for name in (*order, *unseen)
        ]


def new_page(
    view: View, token: str, posted: Posted | None = None, trouble: Trouble | None = None
) -> FormPage:
    """The form for a new record; what was `posted` stands in it again."""
    names = [name for name in _settable(view, "create") if view.table.columns[name].identity is None]
    typed = posted.typed if posted else {}
    offered = {} if _away(trouble) else choices(view, names, typed)
    fields = [_new_field(view.table.columns[name], posted, trouble, offered.get(name)) for name in names]
    title = view.table.label_one.lower()
    reason = posted.reason if posted else ""
    return FormPage(view, None, title, token, fields, [], reason, trouble, _asks(view, "create", trouble))


def edit_page(
    view: View,
    record: Record | None,
    key: str,
    token: str,
    posted: Posted | None = None,
    trouble: Trouble | None = None,
) -> FormPage:
    """The form of a record; `record` may be missing where it is gone or cannot be read now."""
    values: Values = record.values if record else {}
    names = [name for name in _settable(view, "update") if record or (posted and name in posted.typed)]
    typed = {name: (posted.typed.get(name) if posted else None) or values.get(name) for name in names}
    offered = {} if _away(trouble) else choices(view, names, typed)
    fields = [_field(view.table.columns[name], values, posted, trouble, offered.get(name)) for name in names]
    title = record.title if record and record.title else view.table.label_one.lower()
    fixed = _fixed(view, values, set(names)) if record else []
    reason = posted.reason if posted else ""
    return FormPage(view, key, title, token, fields, fixed, reason, trouble, _asks(view, "update", trouble))


def _asks(view: View, kind: str, trouble: Trouble | None) -> Sequence[Ahead]:
    return () if _away(trouble) else asks_ahead(tx(), view, kind)


def _settable(view: View, kind: str) -> list[str]:
    allowed = settable(view, kind)
    return [one.name for one in in_order(view) if one.name in allowed and one.column.category != "bytes"]


def _away(trouble: Trouble | None) -> bool:
    return trouble is not None and trouble.status == 503


def _new_field(
    column: Column, posted: Posted | None, trouble: Trouble | None, choice: Choice | None
) -> Field:
    value = posted.typed.get(column.name) if posted else None
    null = column.name in posted.null if posted else None
    return field_of(column, value, creating=True, null=null, error=_error(column, trouble), choice=choice)


def _field(
    column: Column, values: Values, posted: Posted | None, trouble: Trouble | None, choice: Choice | None
) -> Field:
    name = column.name
    value = control_text(column, values.get(name))
    hidden: str | None = rendered(column, values.get(name))
    null, now = None, None
    if posted is not None and name in posted.hidden and not posted.takes_theirs(name):
        # What the person typed, beside what they had seen: their base must not move under them.
        value, null, hidden = posted.typed.get(name), name in posted.null, posted.seen(name)
    if trouble is not None and any(clash.column == name for clash in trouble.clashes):
        now = rendered(column, trouble.now.get(name))
    zone = None
    if column.category == "timestamp" and values.get(name):
        moment = formats().when(values[name])
        zone = t("records.zone_hint", moment=moment.exact) if moment.exact else None
    return field_of(
        column,
        value,
        null=null,
        hidden=hidden,
        now=now,
        error=_error(column, trouble),
        choice=choice,
        zone_hint=zone,
    )


def _error(column: Column, trouble: Trouble | None) -> str | None:
    return trouble.fields.get(column.name) if trouble else None


def _fixed(view: View, values: Values, offered: set[str]) -> list[Fact]:
    reader = Reader(view.table, formats())
    facts = []
    for one in in_order(view):
        text = values.get(one.name)
        if one.name in offered or one.column.category == "search":
            continue
        shown = reader.one(one.name, text, masked=one.masked)
        if one.column.category == "bytes" and text is not None and not one.masked:
            shown = Shown("text", size_of(text), t("records.bytes_hint"))
        facts.append(Fact(one.column.label, shown))
    return facts


def read(view: View, key: str) -> Record:
    """The record as the person sees it now. Raises NotVisible."""
    return records.one(tx(), view, key)
