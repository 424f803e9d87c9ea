"""May they, and why: one question about a person, answered by the very rules that decide, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, request

from ops import identity, policy, records
from ops.actor import Actor
from ops.catalog import Table, UnknownTable, key_text
from ops.identity import Disabled, Person
from ops.policy import NotVisible, Permission, Reason, View, may, require
from ops.roles import VERBS, Role, book_of
from ops.web.addresses import row_href
from ops.web.gate import actor, needs, platform, signed_in, tx
from ops.web.page import render
from ops.web.people.pages import bp, known, number, person_href
from ops.web.right_words import column_label, verb_words
from ops.web.visible import marked, visible
from ops.words import t

MOST_PEOPLE = 200  # in the list of people; anyone else is reached from their own page
LONGEST = 500  # signs of a row's key


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that had a say: `place` leads to it where the reader may see it."""

    yes: bool
    sentence: str
    rule: str
    kind: str
    place: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer in one sentence, and what decided."""

    yes: bool
    sentence: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, as far as it was understood."""

    person_id: int
    table: Table | None
    verb: str
    row: str
    key: str | None
    column: str | None
    permission: Permission | None


@bp.get("/why")
@needs(signed_in)
def why() -> Response:
    """The question as a form, and its answer. About oneself anybody may ask; about others it takes "people.read"."""
    me = actor()
    person_id = number(request.args.get("who"))
    person_id = me.person_id or 0 if person_id is None else person_id
    if person_id != me.person_id:
        require(me, Permission.PEOPLE_READ)
    person = known(person_id)
    seen = _view(request.args.get("table", ""))
    asked, problems = _question(person_id, seen)
    return render(
        "people/why.html",
        422 if problems else 200,
        asked=asked,
        problems=problems,
        answer=None if problems else _answer(asked, visible(person.name)),
        person=person,
        name=visible(person.name),
        is_me=person_id == me.person_id,
        readers=may(me, Permission.PEOPLE_READ),
        people=_people(person_id) if may(me, Permission.PEOPLE_READ) else [],
        tables=_tables(me),
        verbs=[(verb, verb_words(verb)) for verb in VERBS],
        columns=[(one.name, column_label(seen.table, one.name)) for one in seen.columns] if seen else [],
        key_columns=[column_label(seen.table, one) for one in seen.table.key] if seen else [],
        row_href=row_href(seen.table, asked.key) if seen and asked.key and not seen.table.house else None,
        href=person_href,
        marked=marked,
        plain=visible,
    )


def _view(ref: str) -> View | None:
    """The reader's own view of the table asked about: what they do not see they learn nothing of (P14)."""
    if not ref:
        return None
    try:
        return policy.view(actor(), platform().catalog.table(ref), platform().catalog)
    except UnknownTable:
        raise NotVisible(ref) from None


def _question(person_id: int, seen: View | None) -> tuple[Question, dict[str, str]]:
    said = {
        name: request.args.get(name, "").strip()[:LONGEST] for name in ("verb", "row", "column", "permission")
    }
    problems = {}
    verb = said["verb"] if said["verb"] in VERBS else "see"
    key = _key(seen, said["row"]) if seen is not None and said["row"] else None
    if seen is not None and key is not None:
        try:
            records.one(tx(), seen, key)
        except NotVisible:
            problems["row"] = t("directory.why.no_row", row=said["row"])
    column = said["column"] or None
    if seen is not None and column is not None and column not in seen.shape.by_name:
        problems["column"] = t("directory.why.no_column", column=column)
    permission = next((one for one in Permission if str(one.value) == said["permission"]), None)
    table = seen.table if seen is not None else None
    return Question(person_id, table, verb, said["row"], key, column, permission), problems


def _key(seen: View, text: str) -> str:
    """A key as in addresses, or as people read it: its parts with commas between."""
    if text.startswith("~"):
        return text
    return key_text([part.strip() for part in text.split(",")] if len(seen.table.key) > 1 else [text])


def _answer(asked: Question, name: str) -> Answer | None:
    if asked.table is None and asked.permission is None:
        return None
    try:
        who = identity.actor_for(tx(), asked.person_id, source="web")
    except Disabled:
        line = Line(
            False,
            t("directory.why.off", name=name),
            "",
            t("directory.why.kind.person"),
            person_href(asked.person_id),
        )
        return Answer(False, t("directory.why.off_answer", name=name), [line])
    if asked.table is None:
        return _opens(who, asked.permission)
    reasons = policy.why(
        tx(), platform().catalog, who, asked.table, asked.verb, column=asked.column, key=asked.key
    )
    return Answer(reasons[0].yes, visible(reasons[0].sentence), [_line(one) for one in reasons[1:]])


def _opens(who: Actor, permission: Permission | None) -> Answer | None:
    """The answer for a page that no right on a table opens."""
    if permission is None:
        return None
    roles = book_of(who).roles
    yes = may(who, permission)
    held = [roles[name] for name in sorted(who.roles) if name in roles]
    lines = [_giver(role, permission, t("directory.why.held")) for role in held]
    others = [role for role in roles.values() if role not in held and permission in role.permissions]
    if not yes:
        lines += [_giver(role, permission, t("directory.why.other")) for role in others]
    answer = t(
        "directory.why.opens" if yes else "directory.why.opens_not", name=who.name, what=permission.sentence
    )
    return Answer(yes, visible(answer), lines)


def _giver(role: Role, permission: Permission, kind: str) -> Line:
    yes = permission in role.permissions
    text = t("directory.why.gives" if yes else "directory.why.gives_not", role=role.label)
    return Line(yes, text, "", kind, _role_place(role.name))


def _line(one: Reason) -> Line:
    place = None
    if one.origin in ("built in", "role") and one.rule:
        place = _role_place(one.rule.partition(" on ")[0])
    return Line(
        one.yes,
        visible(one.sentence),
        visible(one.rule),
        t(f"directory.why.kind.{one.origin.replace(' ', '_')}"),
        place,
    )


def _role_place(name: str) -> str | None:
    known_here = name in book_of(actor()).roles and may(actor(), Permission.PEOPLE_READ)
    return f"/people/roles/{quote(name, safe='')}" if known_here else None


def _people(wanted: int) -> list[tuple[int, str]]:
    """People for the form: those who signed in last, and who is asked about."""
    order = ((Person.id == wanted).desc(), Person.signed_in_at.desc().nullslast())
    rows = tx().execute(sa.select(Person.id, Person.name).order_by(*order).limit(MOST_PEOPLE)).all()
    return sorted(((row.id, visible(row.name)) for row in rows), key=lambda one: one[1].casefold())


def _tables(me: Actor) -> Sequence[tuple[str, list[Table]]]:
    """The tables the reader sees, by group; those of rights last."""
    catalog = platform().catalog
    groups = [
        (group.label, [one for one in group.tables if policy.sees(me, one)]) for group in catalog.groups
    ]
    house = [one for one in catalog.house.values() if policy.sees(me, one)]
    return [(label, tables) for label, tables in [*groups, (t("rights.title"), house)] if tables]
