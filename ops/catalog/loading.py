"""Makes the catalog: reads the database, finds each Resource's table, reports all problems at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy.orm import Session

from ops.catalog import house
from ops.catalog.address import DEFAULT_SCHEMA
from ops.catalog.checks import suggestion
from ops.catalog.labels import label
from ops.catalog.model import Catalog, ForeignKey, Group, Relation, Table
from ops.catalog.reflection import reflect, schemas_there
from ops.catalog.resource import Resource, ResourceErrors
from ops.catalog.shape import fingerprint
from ops.catalog.shaping import Relations, shape
from ops.catalog.yielding import yielded
from ops.db import SCHEMA


def load(
    tx: Session,
    *,
    schemas: Sequence[str] | None = None,
    resources: Iterable[type[Resource]] = (),
    earlier: Catalog | None = None,
) -> Catalog:
    """The catalog of every table and view of `schemas` (None: all) that the database role may read.

    Raises ResourceErrors with every numbered problem in `resources` and `schemas`; see docs/resources.md. With the
    `earlier` catalog of a running process nothing is raised: what does not fit yields, and stands in `misfits`.
    """
    # Taken first: what changes while we read is noticed at the next look.
    mark = fingerprint(tx, schemas, own=SCHEMA, house=house.NAMES)
    problems = _check_schemas(tx, schemas) if earlier is None else []
    there = reflect(tx, schemas, own=SCHEMA, house=house.NAMES)
    relations = {(r.schema, r.name): r for r in there if r.schema != SCHEMA}
    shaped_by, wrong = _assign(resources, relations)
    problems += wrong if earlier is None else []
    misfits: dict[str, tuple[str, ...]] = {}
    for one in wrong if earlier is not None else ():
        misfits[one.split()[1].split(".")[0]] = (one,)
    referenced_by = _backwards(relations)
    several = len({schema for schema, _ in relations}) > 1
    tables: list[Table] = []
    for name, relation in relations.items():
        group = label(relation.schema, whole=True) if several else "Tables"
        table, wrong = shape(relation, shaped_by.get(name), relations, referenced_by[name], group, tx)
        if wrong and earlier is not None:
            misfits[table.ref] = tuple(wrong)
            known = earlier.tables.get(table.ref)
            table = _yielded(
                shaped_by[name], wrong, relation, relations, referenced_by[name], group, tx, known
            )
            wrong = []
        tables.append(table)
        problems += wrong
    problems += _circles(tables) if earlier is None else []
    if problems:
        raise ResourceErrors(sorted(problems))
    own = _house([r for r in there if r.schema == SCHEMA])
    tables = _inheriting(tables)
    named = MappingProxyType({table.ref: table for table in tables})
    return Catalog(named, _groups(tables), own, mark, MappingProxyType(misfits))


def _inheriting(tables: list[Table]) -> list[Table]:
    """The same with the rules of those that a table inherits from, for its rows are theirs, too."""
    by_name = {(table.schema, table.name): table for table in tables}
    found = []
    for table in tables:
        above = [rule for name in table.parents if name in by_name for rule in by_name[name].resource.rules]
        rules = (*table.resource.rules, *above)
        found.append(replace(table, resource=replace(table.resource, rules=rules)) if above else table)
    return found


def _yielded(
    resource: type[Resource], problems: list[str], relation: Relation, relations: Relations,
    referenced_by: tuple[ForeignKey, ...], group: str, tx: Session, earlier: Table | None,
) -> Table:  # fmt: skip
    """The table with what still fits of its Resource; shut where that would leave something unprotected."""
    kept = resource
    for _ in range(5):  # what yields may take along what spoke of it
        less = yielded(kept, problems, relation, earlier)
        if less is None:
            break
        kept = less
        table, problems = shape(relation, kept, relations, referenced_by, group, tx)
        if not problems:
            return table
    table, _ = shape(relation, None, relations, referenced_by, group)
    return replace(table, resource=replace(table.resource, declared=resource.__name__, shut=True))


def _house(there: list[Relation]) -> Mapping[str, Table]:
    """The platform's own tables, as `house` shapes them; those an older schema lacks are left out."""
    relations = house.narrowed(there)
    backwards = _backwards(relations)
    found = {}
    for resource in house.HOUSE:
        name = (SCHEMA, resource.table.removeprefix(f"{SCHEMA}."))
        if name in relations:
            table, wrong = shape(relations[name], resource, relations, backwards[name], house.GROUP)
            if wrong:
                raise ResourceErrors(wrong)
            found[table.ref] = table
    return MappingProxyType(found)


def _check_schemas(tx: Session, schemas: Sequence[str] | None) -> list[str]:
    """E100: a schema that is not there, or that is none of the company's."""
    if schemas is None:
        return []
    there = [name for name in schemas_there(tx) if name not in (SCHEMA, "information_schema")]
    return [
        f"E100 OPS_SCHEMAS: no schema '{name}' in the database" + suggestion(name, there, "there are")
        for name in schemas
        if name not in there
    ]


def _assign(
    resources: Iterable[type[Resource]], relations: Relations
) -> tuple[dict[tuple[str, str], type[Resource]], list[str]]:
    """Which Resource shapes which table; E101, E102 and E108 where that is not clear."""
    found: dict[tuple[str, str], type[Resource]] = {}
    problems = []
    for resource in resources:
        text = resource.table
        if not isinstance(text, str) or not text:
            problems.append(
                f"E101 {resource.__name__}.table: not set; say which table, such as 'public.orders'"
            )
            continue
        name = find(text, relations)
        if name is None:
            there = [f"{schema}.{table}" for schema, table in relations]
            full = text if "." in text else f"{DEFAULT_SCHEMA}.{text}"
            hint = suggestion(full, there, "there are")
            problems.append(
                f"E102 {resource.__name__}.table: no table '{text}' that this role may read{hint}"
            )
        elif name in found:
            problems.append(
                f"E108 {resource.__name__}.table: '{text}' is already shaped by {found[name].__name__}"
            )
        else:
            found[name] = resource
    return found, problems


def find(text: str, relations: Collection[tuple[str, str]]) -> tuple[str, str] | None:
    """(schema, name) of the table that a person names "orders" or "shop.orders"; None where there is none."""
    # Names may hold dots themselves: every way to read the text is tried, `public` first.
    if (DEFAULT_SCHEMA, text) in relations:
        return DEFAULT_SCHEMA, text
    splits = [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == "."]
    return next((pair for pair in splits if pair in relations), None)


def _backwards(relations: Relations) -> dict[tuple[str, str], tuple[ForeignKey, ...]]:
    pointing: dict[tuple[str, str], list[ForeignKey]] = defaultdict(list)
    for relation in relations.values():
        for foreign in relation.foreign_keys:
            pointing[foreign.target_schema, foreign.target_table].append(foreign)
    return {name: tuple(pointing[name]) for name in relations}


def _circles(tables: Sequence[Table]) -> list[str]:
    """E116: a title made of another table's title must end somewhere."""
    borrows = {
        (t.schema, t.name): [
            (p[1].target_schema, p[1].target_table)
            for p in t.resource.title
            if p[0] == "reference" and p[2] is None
        ]
        for t in tables
    }
    problems = []
    for table in tables:
        start = (table.schema, table.name)
        seen, ahead = set(), list(borrows[start])
        while ahead:
            step = ahead.pop()
            if step not in seen:
                seen.add(step)
                ahead += borrows[step]
        if start in seen:
            problems.append(
                f"E116 {table.resource.declared}.title: needs the title of another row of {table.full_name}, "
                "and so without end; name a column instead, such as {parent.name}"
            )
    return problems


def _groups(tables: Sequence[Table]) -> tuple[Group, ...]:
    """The groups by name, in each the tables by label, views last."""
    by_group: dict[str, list[Table]] = defaultdict(list)
    for table in sorted(tables, key=lambda t: (_is_view(t), t.label.casefold(), t.schema, t.name)):
        by_group[table.group].append(table)
    return tuple(Group(name, tuple(by_group[name])) for name in sorted(by_group, key=str.casefold))


def _is_view(relation: Relation) -> bool:
    return relation.kind in ("view", "materialized view")
