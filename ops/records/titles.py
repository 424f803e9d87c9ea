"""What rows of other tables are called: one round trip for all of a page, after the page is cut.

Where a plain key points at one row of another table, the statement of the page says what that row is called, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import direct
from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, ForeignKey, PgType, key_text, parse_key
from ops.policy import NotVisible, View, view
from ops.records.finished import Finished, finished
from ops.records.probing import values_fit

MOST = 1000  # titles of one table on one page
Parts = dict[str, tuple[str, ...]]
# Types of which `= ANY(array)` is certain to mean what IN means, and to use the key's index.
_PLAIN = frozenset({"text", "character varying"})
_BARE = frozenset({"smallint", "integer", "bigint", "uuid"})  # the same, of texts that need no quoting
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_CERTAIN = frozenset({"text", "character varying", "uuid"})  # where both sides are of the same type
_WORD = re.compile(r"-?[0-9a-fA-F-]+", re.ASCII)
_WORDS = re.compile(r"[0-9a-fA-F-]+(?:,[0-9a-fA-F-]+)*", re.ASCII)
# Keys in address form that are values of their type, whatever they are: the most of a page, seen at one look.
_PLAIN_KEYS = {
    base: re.compile(rf"~[0-9]{{1,{most}}}(?:,~[0-9]{{1,{most}}})*", re.ASCII)
    for base, most in (("smallint", 4), ("integer", 9), ("bigint", 18))
}


def titles(
    tx: Session, catalog: Catalog, actor: Actor, wanted: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, str]]:
    """Titles by table reference and key (address form, as asked); invisible rows are left out."""
    found: dict[str, dict[str, str]] = {}
    asked: list[tuple[View, Parts]] = []
    for ref, keys in sorted(wanted.items()):
        try:
            target = view(actor, catalog.table(ref), catalog)
        except NotVisible:
            continue
        found[ref] = {}
        parsed = _parsed(tx, target, sorted(set(keys))[:MOST])
        if parsed:
            asked.append((target, parsed))
    if not asked:
        return found
    for (target, parsed), rows in zip(asked, _read(tx, asked), strict=True):
        found[target.table.ref] = {
            key: text for key, parts in parsed.items() if (text := rows.get(parts)) is not None
        }
    return found


def is_pointed_at(view: View, foreign: ForeignKey) -> bool:
    """Whether `pointed_at` can say it: one column of a type whose `=` is certain, read by the person on both sides.

    Not where a row condition holds there: its price for each row is unknown. Titles are asked for afterwards then.
    """
    target = view.of(foreign.target_ref)
    return target is not None and not target.limited_rows() and _is_plainly_pointed_at(view, foreign, target)


def _is_plainly_pointed_at(view: View, foreign: ForeignKey, target: View) -> bool:
    if len(foreign.columns) != 1 or target.table.key != foreign.target_columns:
        return False
    ours, theirs = foreign.columns[0], foreign.target_columns[0]
    if not (view.sees(ours) and target.sees(theirs)):
        return False
    types = {view.table.columns[ours].base, target.table.columns[theirs].base}
    return types <= _WHOLE or (len(types) == 1 and types <= _CERTAIN)


def pointed_at(view: View, foreign: ForeignKey) -> sa.ColumnElement[Any]:
    """What the row is called that `foreign` points at, in a statement that reads `view`; NULL where there is none."""
    target = view.of(foreign.target_ref)
    assert target is not None
    there = target.alias(f"at_{foreign.name}")
    title = there.select(there.title()).where(
        view.raw(foreign.columns[0]) == there.raw(foreign.target_columns[0])
    )
    found = title.limit(sa.literal_column("1"))
    return found.correlate(view.raw(foreign.columns[0]).table).scalar_subquery()


def pointed_from(view: View) -> tuple[ForeignKey, ...]:
    """The foreign keys of which `pointed_at` can say it for few rows: the same for all of a shape.

    Also where a row condition holds there: a statement of their titles would ask it of as many rows.
    """
    remembered = ("pointed from", id(view.catalog))
    found: tuple[ForeignKey, ...] | None = view.shape.memory.get(remembered)
    if found is None:
        targets = ((one, view.of(one.target_ref)) for one in view.table.foreign_keys)
        found = tuple(
            one for one, target in targets if target is not None and _is_plainly_pointed_at(view, one, target)
        )
        view.shape.memory[remembered] = found
    return found


def titles_at(view: View, pointed: Sequence[ForeignKey]) -> list[sa.ColumnElement[Any]]:
    """What the rows are called that these point at, as items of a statement that reads `view`."""
    return [pointed_at(view, one) for one in pointed]


def titles_of(
    pointed: Sequence[ForeignKey], values: Mapping[str, str | None], said: Sequence[str | None]
) -> dict[str, dict[str, str | None]]:
    """What these items said of a row with these values, as `Record.titles` has it."""
    found: dict[str, dict[str, str | None]] = {}
    for foreign, title in zip(pointed, said, strict=True):
        value = values[foreign.columns[0]]
        if value is not None:
            found.setdefault(foreign.target_ref, {})[key_text((value,))] = title
    return found


def _parsed(tx: Session, target: View, keys: list[str]) -> Parts:
    names = target.table.key
    plain = _PLAIN_KEYS.get(target.table.columns[names[0]].base) if len(names) == 1 else None
    if plain is not None and plain.fullmatch(",".join(keys)):
        return {key: (key[1:],) for key in keys}
    parsed: Parts = {}
    for key in keys:
        try:
            parts = parse_key(key, len(names)) if names else None
        except BadAddress:
            continue
        if parts is not None:
            parsed[key] = parts
    values = [(name, part) for parts in parsed.values() for name, part in zip(names, parts, strict=True)]
    return parsed if values_fit(tx, target, values) else {}


def _read(tx: Session, asked: list[tuple[View, Parts]]) -> list[dict[tuple[str, ...], str]]:
    """For each table the titles by the parts of the key, in one statement made once for these tables."""
    first = asked[0][0]
    refs = tuple(target.table.ref for target, _ in asked)
    remembered = ("titles", id(first.catalog), refs)
    statement: sa.Select[Any] | sa.CompoundSelect[Any] | Finished | None = first.shape.memory.get(remembered)
    if statement is None:
        width = max(len(target.table.key) for target, _ in asked)
        each = [_one_table(target, n, width) for n, (target, _) in enumerate(asked)]
        made = each[0] if len(each) == 1 else sa.union_all(*each)
        statement = finished(made) or made
        if len(first.shape.memory) < 500:
            first.shape.memory[remembered] = statement
    values: dict[str, object] = {}
    for number, (target, parsed) in enumerate(asked):
        for place, name in enumerate(target.table.key):
            texts = [parts[place] for parts in parsed.values()]
            values[f"keys{number}_{place}"] = _array(texts) if _bare(target, name) else texts
    found: list[dict[tuple[str, ...], str]] = [{} for _ in asked]
    if isinstance(statement, Finished):
        rows: Iterable[Any] = direct.rows(tx, statement.text, {**statement.values, **values})
    else:
        rows = tx.execute(statement, values)
    for number, title, *key in rows:
        found[number][tuple(key[: len(asked[number][0].table.key)])] = title
    return found


def _bare(target: View, name: str) -> bool:
    """Whether a list of the column's values can be sent as one text: in the C driver's time, not Python's."""
    return len(target.table.key) == 1 and target.table.columns[name].cast_type in _BARE


def _array(texts: list[str]) -> str:
    """PostgreSQL's text of an array; what is no such value can be no key either, and is left out."""
    together = ",".join(texts)
    if together.count(",") != len(texts) - 1 or not _WORDS.fullmatch(together):
        together = ",".join([text for text in texts if _WORD.fullmatch(text)])
    return f"{{{together}}}"


def _one_table(target: View, number: int, width: int) -> sa.Select[Any]:
    names = target.table.key
    key: list[Any] = [target.text(name).label(f"k{place}") for place, name in enumerate(names)]
    key += [sa.cast(sa.null(), sa.Text).label(f"k{place}") for place in range(len(names), width)]
    items: tuple[Any, ...] = (sa.literal_column(str(number)).label("number"), target.title().label("title"))
    return target.select(*items, *key).where(_among(target, number))


def _among(target: View, number: int) -> sa.ColumnElement[bool]:
    names = target.table.key
    types = [target.table.columns[name].cast_type for name in names]
    if _bare(target, names[0]):
        one = sa.cast(sa.bindparam(f"keys{number}_0", type_=sa.Text), PgType(f"{types[0]}[]"))
        return target.raw(names[0]) == sa.func.any(one)
    given = [sa.bindparam(f"keys{number}_{place}", type_=sa.ARRAY(sa.Text)) for place, _ in enumerate(names)]
    if len(names) == 1 and types[0] in _PLAIN:
        every: Any = sa.cast(given[0], PgType(f"{types[0]}[]"))
        return target.raw(names[0]) == sa.func.any(every)
    columns = [sa.column(f"part{place}", sa.Text) for place, _ in enumerate(names)]
    listed = sa.func.unnest(*given).table_valued(*columns, name=f"given{number}").render_derived()
    constants = [sa.cast(listed.c[f"part{n}"], PgType(types[n])) for n, _ in enumerate(names)]
    same = sa.select(*constants)
    if len(names) == 1:
        return target.raw(names[0]).in_(same)
    return sa.tuple_(*(target.raw(name) for name in names)).in_(same)
