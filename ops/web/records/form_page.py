"""What a record's form shows, ready for its template, and why it is shown again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import request
from markupsafe import Markup

from ops.changes import Ahead, Pending, parse_reference, reference
from ops.policy import View
from ops.records import Offer, Record
from ops.web import from_list
from ops.web import trouble as of_forms
from ops.web.formats import Moment
from ops.web.moments import APPLY_AT, AT_ONCE, Later
from ops.web.records import skeleton
from ops.web.records.addresses import list_href, record_href, way_to
from ops.web.records.arranging import by_sections
from ops.web.records.children import Held, Section
from ops.web.records.fields import Field
from ops.web.records.filling import Clash, Values, Wrong
from ops.web.records.lines import Line, prefix
from ops.web.records.parsing import Posted
from ops.web.role_words import asked_of
from ops.web.shown import Shown
from ops.words import t


@dataclass(frozen=True)
class Trouble(of_forms.Trouble):
    """Why the form is shown again. `fields` has a sentence by column; `now` the row's values after a conflict.

    `lines`: the same of the rows that belong to the record, by their number in the form.
    """

    clashes: Sequence[Clash] = ()
    now: Values = field(default_factory=dict)
    gone: bool = False
    draft: bool = False
    lines: Mapping[int, Wrong] = field(default_factory=dict)

    @property
    def every_clash(self) -> list[Clash]:
        """Those of the record and of its rows."""
        return [*self.clashes, *(clash for wrong in self.lines.values() for clash in wrong.clashes)]


@dataclass(frozen=True)
class Given:
    """A form as it came: the record's own fields and its rows. `add`: the list that gets one more row; `asks`: the
    field whose text is to be searched for; `start`: what a new record starts with, `like` whom it is made after."""

    posted: Posted | None = None
    lines: Sequence[Line] | None = None
    add: str | None = None
    asks: str | None = None
    start: Values = field(default_factory=dict)
    like: Record | None = None


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


def ahead_line(one: Ahead) -> str:
    """Who is asked by a rule, and when."""
    asked = asked_of(one.needed, one.role)
    return t(
        "records.asks_line_when" if one.when else "records.asks_line",
        role=asked[:1].upper() + asked[1:],
        rule=one.rule,
        when=one.when,
    )


@dataclass(frozen=True)
class ShownLine:
    """One row of a list in the form; a cell is its field, or what stands there and cannot be changed."""

    held: Held
    cells: Sequence[tuple[str, Field | None, Shown | None]]
    base: str | None
    wrong: str | None = None

    @property
    def prefix(self) -> str:
        """What stands before the names of its fields."""
        return prefix(self.held.number)

    @property
    def removed(self) -> bool:
        """Whether it was ticked to be removed."""
        return self.held.line is not None and self.held.line.removed

    @property
    def own(self) -> list[tuple[str, str]]:
        """What we filled in, to be told from what a person typed."""
        filled = self.held.line.own if self.held.line else self.held.counted
        return list(filled.items())


@dataclass(frozen=True)
class ShownSection:
    """A list of rows in the form."""

    section: Section
    heads: Sequence[str]
    lines: Sequence[ShownLine]

    @property
    def name(self) -> str:
        """What it is called in the form."""
        return self.section.belonging.name


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
    sections: Sequence[ShownSection] = ()
    found: tuple[str, Sequence[Offer]] | None = None  # of the field whose text was searched for
    like: str | None = None  # what a new record was made after
    added: str | None = None  # the list that just got one more row
    waiting: Sequence[Pending] = ()  # changes of the record that nobody has decided on yet
    present: Sequence[str] = ()  # who else has the record open, in words
    later: Later = AT_ONCE

    @property
    def body(self) -> Markup:
        """The form itself as markup."""
        return skeleton.body(self)

    @property
    def waiting_lines(self) -> list[tuple[str | None, str, str]]:
        """Of each change that waits its reference, whose it is, and the fields of this form that it would set too.

        Of one that is not the reader's to see there is nothing to tell but that it waits.
        """
        offered = {one.column.name: one.column.label for one in self.fields}
        return [
            (one.reference, one.proposer, ", ".join(offered[name] for name in one.columns if name in offered))
            for one in self.waiting
        ]

    @property
    def multipart(self) -> bool:
        """Whether the form carries a file."""
        return any(one.control == "file" for one in self.fields)

    @property
    def asks_title(self) -> str:
        """Over the lines: whether saving always asks, or some of it."""
        return t("records.asks_always" if any(one.always for one in self.asks) else "records.asks_ahead")

    @property
    def asks_lines(self) -> list[str]:
        """Who is asked by which rule, and when."""
        return [ahead_line(one) for one in self.asks]

    @property
    def heading(self) -> str:
        """The page's name."""
        return t("records.new_heading" if self.key is None else "records.edit_heading", row=self.title)

    @property
    def again(self) -> str | None:
        """The change that is asked for again, where the form was filled from one."""
        number = parse_reference(request.values.get("again", ""))
        return None if number is None else reference(number)

    @property
    def back(self) -> str:
        """Where one goes who gives up."""
        if self.key is None or (self.trouble is not None and self.trouble.gone):
            return from_list.list_href(self.view.table)
        return from_list.along(record_href(self.view.table, self.key))

    @property
    def action(self) -> str:
        """Where the form is sent, with the list one came from."""
        return from_list.along(self.draft)

    @property
    def draft(self) -> str:
        """The name of what is kept while one types: the form's own address."""
        table = self.view.table
        return list_href(table) + "new" if self.key is None else record_href(table, self.key, "edit")

    @property
    def presence(self) -> str:
        """Where it is asked who else has the record open."""
        return record_href(self.view.table, self.key or "", "presence")

    @property
    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        table = self.view.table
        way = way_to(table)
        if self.key is not None:
            way.append((self.title, self.back))
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
    def parts(self) -> list[tuple[str | None, list[Field]]]:
        """The fields under the headings that the Resource declares."""
        named = {one.column.name: one for one in self.fields}
        return [
            (label, [named[name] for name in names])
            for label, names in by_sections(self.view, list(named))
            if names
        ]

    @property
    def can_save(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.fields or self.sections) and not (self.trouble and self.trouble.gone)

    @property
    def may_collect(self) -> bool:
        """Whether it can go into the basket: changes of rights and rules are asked for one by one."""
        return self.can_save and not self.view.table.house

    @property
    def errors(self) -> list[tuple[str | None, str, str]] | None:
        """The marked fields as `f.errors` wants them; None where it was not about values."""
        if self.trouble is None:
            return None
        return [*self._errors(self.trouble), *self._line_errors(self.trouble)] or None

    def _line_errors(self, trouble: Trouble) -> list[tuple[str | None, str, str]]:
        found: list[tuple[str | None, str, str]] = []
        for section in self.sections:
            for place, line in enumerate(section.lines, 1):
                wrong = trouble.lines.get(line.held.number, Wrong())
                row = t("records.line", row=section.section.view.table.label_one, number=place)
                asked = {name for name, field_, _ in line.cells if field_ is not None}
                found += [
                    (
                        f"{line.prefix}v.{name}" if name in asked else None,
                        f"{row}, {section.section.view.table.columns[name].label}",
                        text,
                    )
                    for name, text in wrong.fields.items()
                    if name in section.section.view.table.columns
                ]
                found += [(None, row, wrong.general)] if wrong.general else []
        return found

    def _errors(self, trouble: Trouble) -> list[tuple[str | None, str, str]]:
        wrong, columns = trouble.fields, self.view.table.columns
        order = [one.column.name for one in self.fields if one.column.name in wrong]
        unseen = [name for name in wrong if name in columns and name not in order]
        found: list[tuple[str | None, str, str]] = [
            (f"v.{name}" if name in order else None, columns[name].label, wrong[name])
            for name in (*order, *unseen)
        ]
        later = self.later.error
        return [*found, (APPLY_AT, t("changes.apply_at"), later)] if later else found
