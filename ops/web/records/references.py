"""Foreign keys as links and choices: where a value leads, what the row there is called, what else could be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ops import records
from ops.actor import Actor
from ops.catalog import Catalog, ForeignKey, Table, key_text
from ops.policy import sees
from ops.records import FEW, Record
from ops.web.gate import actor, platform, tx
from ops.web.records.addresses import list_href, record_href
from ops.web.shown import Shown
from ops.words import t

Values = Mapping[str, str | None]
Titles = Mapping[str, Mapping[str, str | None]]


@dataclass(frozen=True, slots=True)
class Reference:
    """One foreign key of a table, seen from the column that stands for it."""

    foreign_key: ForeignKey
    target: Table

    @property
    def by_key(self) -> bool:
        """Whether it names the row by the key that stands in addresses."""
        ours, theirs = self.foreign_key.target_columns, self.target.key
        return ours == theirs or set(ours) == set(theirs)

    def key(self, values: Values) -> str | None:
        """The key of the row that `values` point at, in address form; None where they point nowhere."""
        if len(self.foreign_key.columns) == 1:
            value = values.get(self.foreign_key.columns[0])
            return key_text((value,)) if value is not None and self.by_key else None
        found = dict(
            zip(self.foreign_key.target_columns, map(values.get, self.foreign_key.columns), strict=True)
        )
        parts = [found.get(name) for name in self.target.key]
        return key_text([part or "" for part in parts]) if self.by_key and None not in parts else None

    def href(self, values: Values) -> str | None:
        """Where the value leads: to the row, or to the list that holds nothing else."""
        key = self.key(values)
        if key is not None:
            return record_href(self.target, key)
        if self.by_key or len(self.foreign_key.columns) > 1:
            return None
        value = values.get(self.foreign_key.columns[0])
        return (
            None
            if value is None
            else list_href(self.target, [(f"f.{self.foreign_key.target_columns[0]}.is", value)])
        )


def out_of_sight(shown: Shown) -> Shown:
    """A value that names a row which is not there for the person: the value is theirs to read, and leads nowhere."""
    return Shown("text", t("records.out_of_sight", key=shown.text))


def references(catalog: Catalog, who: Actor, table: Table) -> dict[str, Reference]:
    """The columns of `table` that stand for a foreign key into a table the person may see.

    A foreign key of several columns stands at its last one that no shorter foreign key has taken.
    """
    found: dict[str, Reference] = {}
    for one in sorted(table.foreign_keys, key=lambda each: len(each.columns)):
        free = next((name for name in reversed(one.columns) if name not in found), None)
        target = catalog.target(one)
        if free is not None and sees(who, target):
            found[free] = Reference(one, target)
    return found


def wanted(found: Mapping[str, Reference], rows: Iterable[Values]) -> dict[str, set[str]]:
    """The keys whose titles a page needs, by the target's reference."""
    keys: dict[str, set[str]] = {}
    every = list(rows)
    for one in found.values():
        columns = one.foreign_key.columns
        # Few of a page's values are different ones.
        different = {tuple(map(row.get, columns)) for row in every}
        named = {one.key(dict(zip(columns, values, strict=True))) for values in different} - {None}
        if named:
            keys.setdefault(one.target.ref, set()).update(key for key in named if key is not None)
    return keys


def titles_of(keys: Mapping[str, set[str]], read: Sequence[Record] = ()) -> Titles:
    """What the rows at these keys are called, by the target's reference; None, or nothing, for one out of sight.

    One round trip for those that no record tells which has been `read`, where there are any.
    """
    found: dict[str, dict[str, str | None]] = {}
    for record in read:
        for ref, titles in record.titles.items():
            found.setdefault(ref, {}).update(titles)
    missing = {ref: those - found.get(ref, {}).keys() for ref, those in keys.items()}
    asked = {ref: those for ref, those in missing.items() if those}
    if asked:
        for ref, told in records.titles(tx(), platform().catalog, actor(), asked).items():
            found.setdefault(ref, {}).update(told)
    return found


def few(one: Reference) -> bool:
    """Whether the target is so small that all its rows may stand in one list."""
    return len(one.foreign_key.columns) == 1 and one.by_key and 0 <= one.target.estimate <= FEW
