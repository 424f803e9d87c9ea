"""The form of one record, new or not: its fields, the rows that belong to it, and what went wrong the last time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from ops import records
from ops.approvals import ApprovalRule
from ops.changes import Ahead, asks_ahead_of_many, followers, pending_item, pending_of, settable
from ops.policy import View
from ops.records import Also, Record
from ops.web import moments
from ops.web.gate import actor, tx
from ops.web.page import formats
from ops.web.records import children, copying, opening
from ops.web.records.addresses import record_href
from ops.web.records.arranging import in_order
from ops.web.records.children import Held, Section
from ops.web.records.choices import Asked, choices
from ops.web.records.choices import ahead as choices_ahead
from ops.web.records.choices import found as choices_found
from ops.web.records.fields import Choice, Field
from ops.web.records.filling import Filling, Values, Wrong
from ops.web.records.form_page import Cell, Fact, FormPage, Given, ShownLine, ShownSection, Trouble
from ops.web.records.lines import prefix
from ops.web.records.shaped import of_shape
from ops.web.shown import Reader, Shown
from ops.words import t

# Other rooms' pages of a record show facts as a form does.
__all__ = ["Cell", "Fact", "FormPage", "Given", "Trouble", "edit_page", "new_page", "read", "stored"]


def new_page(view: View, token: str, given: Given | None = None, trouble: Trouble | None = None) -> FormPage:
    """The form for a new record; what was `given` stands in it again."""
    given = given or Given()
    if given.posted is None and given.like is None and not given.start:
        given = replace(given, start=dict(view.table.resource.defaults))
    names = [name for name in _settable(view, "create") if view.table.columns[name].identity is None]
    typed = given.posted.typed if given.posted else given.start
    away = _away(trouble)
    sections = (
        children.copied(view, given.like, copying.may_copy)
        if given.like is not None and given.lines is None
        else children.sections(view, None, given.lines, away=away, add=given.add)
    )
    own, theirs = _offered(view, names, typed, sections, away, None)
    wrong = _wrong(trouble)
    filling = Filling(view.table, None, given.posted, wrong, own, start=given.start)
    fields = [filling.field(name) for name in names]
    page = FormPage(
        view, None, view.table.label_one.lower(), token, fields, [], _reason(given), trouble,
        _asks(view, "create", sections, trouble), _shown(sections, theirs, trouble),
        like=given.like.title if given.like else None, later=_later(given, trouble),
    )  # fmt: skip
    return _searched(page, given)


def edit_page(
    view: View,
    record: Record | None,
    key: str,
    token: str,
    given: Given | None = None,
    trouble: Trouble | None = None,
) -> FormPage:
    """The form of a record; `record` may be missing where it is gone or cannot be read now."""
    given = given or Given()
    posted = given.posted
    values: Values = record.values if record else {}
    names = [name for name in _settable(view, "update") if record or (posted and name in posted.typed)]
    typed = {name: (posted.typed.get(name) if posted else None) or values.get(name) for name in names}
    away = _away(trouble) or record is None
    sections = children.sections(view, record, given.lines, away=away, add=given.add)
    own, theirs = _offered(view, names, {**values, **typed}, sections, _away(trouble), record)
    filling = Filling(view.table, values, posted, _wrong(trouble), own)
    follow = of_shape(view, "follow", lambda: _followed(view))
    fields = [_hinted(_with_file(filling.field(name), record, view), follow) for name in names]
    title = record.title if record and record.title else view.table.label_one.lower()
    fixed = _fixed(view, record, set(names)) if record else []
    page = FormPage(
        view, key, title, token, fields, fixed, _reason(given), trouble,
        _asks(view, "update", sections, trouble, opening.rules(record)),
        _shown(sections, theirs, trouble), later=_later(given, trouble),
        waiting=pending_of(tx(), view, record.also) if record else (),
    )  # fmt: skip
    return _searched(page, given)


def _offered(
    view: View,
    names: Sequence[str],
    values: Values,
    sections: Sequence[Section],
    away: bool,
    record: Record | None,
) -> tuple[Mapping[str, Choice], Sequence[Sequence[Mapping[str, Choice]]]]:
    if away:
        return {}, [[{} for _ in one.held] for one in sections]
    lines = [held.record for one in sections for held in one.held if held.record]
    read = [record, *lines] if record else lines
    own, *theirs = choices([Asked(view, names, [values]), *(one.asked for one in sections)], read)
    return own[0], theirs


def _shown(
    sections: Sequence[Section],
    offered: Sequence[Sequence[Mapping[str, Choice]]],
    trouble: Trouble | None,
) -> list[ShownSection]:
    return [
        ShownSection(
            one,
            [one.view.table.columns[name].label for name in one.names],
            [_line(one, held, choice, trouble) for held, choice in zip(one.held, each, strict=True)],
        )
        for one, each in zip(sections, offered, strict=True)
    ]


def _line(section: Section, held: Held, offered: Mapping[str, Choice], trouble: Trouble | None) -> ShownLine:
    wrong = trouble.lines.get(held.number, Wrong()) if trouble else Wrong()
    posted = held.line.posted if held.line else None
    values = held.record.values if held.record else None
    filling = Filling(
        section.view.table, values, posted, wrong, offered, prefix(held.number), held.values or {}
    )
    cells = [
        (name, filling.field(name), None)
        if section.writes(name, held)
        else (name, None, section.told(name, held))
        for name in section.names
    ]
    base = section.base(held.record) if held.record else None
    general = t("records.line_gone") if held.gone else wrong.general
    return ShownLine(held, cells, base, general)


def _searched(page: FormPage, given: Given) -> FormPage:
    """The page with what a search for a field's own text found, where somebody without scripts asked for it."""
    if given.asks is None:
        return replace(page, added=given.add) if given.add else page
    own = [*page.fields, *(f for s in page.sections for line in s.lines for _, f, _ in line.cells if f)]
    asked = next((one for one in own if one.name == given.asks and one.choice and one.choice.source), None)
    if asked is None or asked.choice is None or asked.choice.source is None:
        return page
    return replace(page, found=(asked.name, choices_found(asked.choice.source, asked.value or "")))


def _with_file(one: Field, record: Record | None, view: View) -> Field:
    if one.control != "file" or record is None:
        return one
    if one.column.name not in record.sizes:
        return one
    there = stored(view, record, one.column.name)
    return replace(one, size=there.text, href=there.more)


def _followed(view: View) -> Mapping[str, str]:
    """By column what is said of rows of other tables that change where it is edited."""
    found = {}
    for name in view.table.columns:
        if (follow := followers(view, name)) is None:
            continue
        key = "follow" if follow.labels else "follow_unseen"
        key = "follow_some" if follow.labels and follow.others else key
        found[name] = t(f"records.hint.{key}", tables=", ".join(follow.labels))
    return found


def _hinted(one: Field, said: Mapping[str, str]) -> Field:
    text = said.get(one.column.name)
    return replace(one, hint=" · ".join(filter(None, (one.hint, text)))) if text else one


def _wrong(trouble: Trouble | None) -> Wrong:
    return Wrong(trouble.fields, trouble.clashes, trouble.now) if trouble else Wrong()


def _later(given: Given, trouble: Trouble | None) -> moments.Later:
    text = given.posted.apply_at if given.posted else ""
    return moments.later(text, actor().timezone, trouble.fields if trouble else None)


def _reason(given: Given) -> str:
    return given.posted.reason if given.posted else ""


def _asks(
    view: View,
    kind: str,
    sections: Sequence[Section],
    trouble: Trouble | None,
    stored: Sequence[ApprovalRule] | None = None,
) -> Sequence[Ahead]:
    if _away(trouble):
        return ()
    forms: list[tuple[View, str, Collection[str]]] = [(view, kind, settable(view, kind))]
    for one in sections:
        forms += [(one.view, each, settable(one.view, each)) for each in ("create", "update")]
        forms += [(one.view, "delete", ())] if one.view.may("delete") and kind == "update" else []
    return asks_ahead_of_many(tx(), forms, stored, figure=formats().number)


def _settable(view: View, kind: str) -> Sequence[str]:
    return of_shape(view, ("settable", kind), lambda: _in_form(view, kind))


def _in_form(view: View, kind: str) -> tuple[str, ...]:
    allowed = settable(view, kind)
    return tuple(one.name for one in in_order(view) if one.name in allowed)


def _away(trouble: Trouble | None) -> bool:
    return trouble is not None and trouble.status == 503


def stored(view: View, record: Record, name: str) -> Shown:
    """A file that a record holds: how large it is, and where it is downloaded."""
    href = record_href(view.table, record.key, "file", quote(name, safe=""))
    size = t("records.bytes", count=record.sizes[name])
    return Shown("file", t("records.file_download", size=size), None, href)


def _fixed(view: View, record: Record, offered: set[str]) -> list[Fact]:
    reader = Reader(view.table, formats())
    facts = []
    for one in in_order(view):
        text = record.values.get(one.name)
        if one.name in offered or one.column.category == "search":
            continue
        shown = reader.one(one.name, text, masked=one.masked)
        if one.name in record.sizes:
            shown = stored(view, record, one.name)
        facts.append(Fact(one.column.label, shown))
    return facts


def read(view: View, key: str, *also: Also) -> Record:
    """The record as the person sees it now, with what waits for it and `also` this. Raises NotVisible."""
    return records.one(tx(), view, key, titled=True, also=[pending_item(view, key), *also])


def ahead(view: View, key: str) -> list[Also]:
    """The rows that stand in its form and what its fields offer, to be read with it."""
    lines = [Asked(one.view, children.names_of(one), ()) for one in children.belongings(view)]
    offered = choices_ahead([Asked(view, _settable(view, "update"), ()), *lines])
    rows = children.ahead(view, key)
    return rows if offered is None else [*rows, offered]
