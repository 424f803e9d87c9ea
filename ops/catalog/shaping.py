"""Joins what PostgreSQL says of a table, what its Resource says, and the guesses for all the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from sqlalchemy.orm import Session

from ops.catalog import guesses, presenting, signatures, titles
from ops.catalog.checks import Check
from ops.catalog.computing import computed_columns
from ops.catalog.labels import label, labels, singular
from ops.catalog.model import Column, ForeignKey, Relation, Table
from ops.catalog.options import Mask, Options
from ops.catalog.resource import Resource
from ops.catalog.secret_columns import looks_secret

Relations = Mapping[tuple[str, str], Relation]


@dataclass(frozen=True)
class _Hiding:
    key: tuple[str, ...]
    hidden: frozenset[str]


def shape(
    relation: Relation,
    resource: type[Resource] | None,
    relations: Relations,
    referenced_by: tuple[ForeignKey, ...],
    group: str,
    tx: Session | None = None,
) -> tuple[Table, list[str]]:
    """The finished table, and the numbered problems of its Resource; `tx` asks for types of computed columns."""
    check = Check(resource or Resource, relation, relations)
    if resource is not None:
        check.unknown_options()
    names = check.mapping("labels")
    on_table, on_columns = _help(check)
    computed = computed_columns(tx, check, relation) if tx is not None else {}
    options, key = _options(check, relation, computed, declared=resource)
    options = replace(options, children=_children(check, referenced_by))
    # A film's own film_id is "Film ID"; elsewhere, where it points at one, it is "Film".
    pointing = {name for foreign in relation.foreign_keys for name in foreign.columns}
    spoken = labels(relation.columns, whole=set(key) - pointing)
    columns = {
        name: replace(column, label=names.get(name, spoken[name]), help=on_columns.get(name, column.comment))
        for name, column in relation.columns.items()
    }
    computed = {
        name: replace(column, label=names.get(name, column.label), help=on_columns.get(name))
        for name, column in computed.items()
    }
    plural = check.text("label") or label(relation.name, whole=True)
    given = {f.name: getattr(relation, f.name) for f in fields(Relation) if f.name != "columns"}
    table = Table(
        **given,
        columns=MappingProxyType(columns),
        key=key,
        label=plural,
        label_one=check.text("label_one") or singular(plural),
        group=check.text("group") or group,
        help=on_table or relation.comment,
        resource=options,
        referenced_by=referenced_by,
        computed=MappingProxyType(computed),
    )
    return table, check.problems


def _children(check: Check, referenced_by: tuple[ForeignKey, ...]) -> tuple[str, ...] | None:
    """The foreign keys, `table.name` of each, whose rows stand in the form (E126); None where nobody said."""
    names = check.sequence("children")
    if names is None:
        return None
    found: list[str] = []
    for name in names:
        pointing = [one for one in referenced_by if name in (one.ref, f"{one.schema}.{one.table}")]
        found += [f"{one.ref}/{one.name}" for one in pointing]
        if not pointing:
            right = ", ".join(sorted({one.ref for one in referenced_by})) or "none does"
            check.say("E126", "children", f"no table '{name}' refers to this one; these do: {right}")
    return tuple(found)


def _help(check: Check) -> tuple[str | None, dict[str, str]]:
    if isinstance(check.resource.help, Mapping):
        return None, check.mapping("help")
    return check.text("help"), {}


def _options(
    check: Check, relation: Relation, computed: Mapping[str, Column], *, declared: type[Resource] | None
) -> tuple[Options, tuple[str, ...]]:
    title = check.title()
    columns = check.names("columns", computed=True)
    search = check.search()
    order = check.order()
    masked = check.masked()
    readonly = frozenset(check.names("readonly") or ())
    shown = check.names("shown") or ()
    named = {*(columns or ()), *masked, *shown, *(part[1] for part in title if part[0] == "column")}
    named |= {column.name for column in search or () if column.foreign_key is None}
    hiding = _hiding(check, relation, named)
    _contradictions(check, hiding, named, order, masked)
    title = title or titles.guess(relation, hiding.key, hiding.hidden)
    options = Options(
        declared=declared.__name__ if declared else None,
        title=title,
        columns=tuple(columns or guesses.columns(relation, hiding.key, title, hiding.hidden)),
        search=guesses.search(relation, title, hiding.hidden) if search is None else search,
        readonly=readonly,
        hidden=hiding.hidden,
        masked=MappingProxyType(masked),
        sensitive=check.switch("sensitive"),
        rehearse=None if check.resource.rehearse is None else check.switch("rehearse"),
        order=order or guesses.order(relation, hiding.key),
        rows=MappingProxyType(check.rows()),
        rules=check.rules(),
        sections=presenting.sections(check),
        formats=MappingProxyType(presenting.formats(check, {**relation.columns, **computed})),
        links=presenting.links(check),
        filters=tuple(check.names("filters") or ()),
        named_filters=MappingProxyType(presenting.named_filters(check)),
        default_filter=presenting.filters(check, "default_filter", check.resource.default_filter),
        defaults=MappingProxyType(presenting.defaults(check)),
        validators=signatures.validators(check),
        actions=MappingProxyType(signatures.actions(check)),
    )
    return options, hiding.key


def _hiding(check: Check, relation: Relation, named: set[str]) -> _Hiding:
    """Hidden are the declared columns, and those that look like secrets unless the Resource shows them.

    A key stands in addresses, so a secret makes none: another key is taken, else the table has none.
    """
    declared = frozenset(check.names("hidden", computed=True) or ())
    secret = frozenset(c.name for c in _secrets(relation) if c.name not in named)
    keys = [key for key in relation.keys if secret.isdisjoint(key)]
    return _Hiding(keys[0] if keys else (), declared | secret)


def _secrets(relation: Relation) -> list[Column]:
    pointing = {name for foreign in relation.foreign_keys for name in foreign.columns}
    return [c for c in relation.columns.values() if looks_secret(c) and c.name not in pointing]


def _contradictions(
    check: Check, hiding: _Hiding, shown: set[str], order: str | None, masked: Mapping[str, Mask]
) -> None:
    """E106, E107: what is hidden cannot be shown, and the key stands in every address."""
    sorted_by = order.removeprefix("-") if order else None
    for name in (*check.relation.columns, *sorted(check.computed)):
        for option, names in (("hidden", hiding.hidden), ("masked", masked)):
            if name in names and name in hiding.key:
                check.say("E106", option, f"'{name}' is part of the key, which stands in every row's address")
        if name in hiding.hidden and (name in shown or name == sorted_by):
            check.say("E107", "hidden", f"'{name}' is hidden but another option shows it; decide for one")
        elif name in masked and name == sorted_by:
            check.say("E107", "order", f"'{name}' is masked: who sees only the mask cannot sort by it")
