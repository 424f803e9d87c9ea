"""What the company changed in the shape of its tables between two readings of the catalog, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ops.catalog.model import Catalog, Column, Table
from ops.words import t


@dataclass(frozen=True, slots=True)
class Move:
    """What became of one table. `ref` is its name in addresses, the one it had where it is gone."""

    ref: str
    label: str
    sentences: tuple[str, ...]
    columns: frozenset[str] = frozenset()  # those that are gone, new or of another kind

    @property
    def words(self) -> str:
        """All of it as one text."""
        return " ".join(self.sentences)


def moves(old: Catalog, new: Catalog) -> list[Move]:
    """The tables whose columns are not what they were; those that came are no news to anybody."""
    found = []
    by_oid = {table.oid: table for table in new}
    for ref, table in old.tables.items():
        now = new.tables.get(ref)
        if now is None:
            called = by_oid.get(table.oid)
            said = t("moves.renamed_table", name=called.full_name) if called else t("moves.gone_table")
            found.append(Move(ref, table.label, (said,)))
        elif now.digest != table.digest:
            sentences, columns = _columns(table, now)
            found.append(Move(ref, now.label, tuple(sentences) or (t("moves.other"),), frozenset(columns)))
    return found


def _columns(old: Table, new: Table) -> tuple[list[str], list[str]]:
    gone = [one for name, one in old.columns.items() if name not in new.columns]
    came = [one for name, one in new.columns.items() if name not in old.columns]
    said: list[str] = []
    for one in list(gone):
        alike = [each for each in came if each.type == one.type]
        if len(alike) == 1 and sum(each.type == one.type for each in gone) == 1:
            said.append(
                t("moves.perhaps_renamed", old=one.label or one.name, new=alike[0].label or alike[0].name)
            )
            gone.remove(one)
            came.remove(alike[0])
    said += [t("moves.gone", column=one.label or one.name) for one in gone]
    said += [t("moves.needed" if _needed(one) else "moves.new", column=one.label or one.name) for one in came]
    both = [(old.columns[name], one) for name, one in new.columns.items() if name in old.columns]
    moved = [
        (was, now)
        for was, now in both
        if was.type != now.type or was.nullable != now.nullable or was.computed != now.computed
    ]
    for was, now in moved:
        said += _same(was, now)
    if old.key != new.key:
        said.append(t("moves.key"))
    names = [one.name for one in old.columns.values() if one.name not in new.columns]
    names += [one.name for one in new.columns.values() if one.name not in old.columns]
    return said, [*names, *(now.name for _, now in moved)]


def _same(was: Column, now: Column) -> Iterator[str]:
    label = now.label or now.name
    if was.type != now.type:
        yield t("moves.retyped", column=label, old=was.type, new=now.type)
    if was.nullable and not now.nullable:
        yield t("moves.now_needed", column=label)
    elif now.nullable and not was.nullable:
        yield t("moves.now_free", column=label)
    if now.computed and not was.computed:
        yield t("moves.now_computed", column=label)


def _needed(one: Column) -> bool:
    return not one.nullable and one.default is None and not one.computed and one.identity is None
