"""What the door is asked to do, and what it answers: plain values, all texts being PostgreSQL's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ops.approvals import Stage
from ops.audit import canonical
from ops.catalog import Table, parse_key
from ops.changes.acts import Act
from ops.words import t

LONG = 8192  # bytes: a longer text is compared and kept by its digest
Kind = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class Link:
    """A value nobody knows yet: what operation `position` of the same change gives its new row in `column`."""

    position: int
    column: str


@dataclass(frozen=True)
class Operation:
    """One row's change. `base` is what the proposer saw, `after` what it shall be, both by column.

    create: no key, no base. update: base and after of the touched columns. delete: base of the whole row as
    it was shown. Long texts of `base` may be given as they are or folded (`fold`). `links` are further columns
    it sets, to values of rows that earlier operations make: an order's lines name the order's own new number.
    """

    kind: Kind
    table: Table
    key: str | None = None
    base: Mapping[str, str | None] = field(default_factory=dict)
    after: Mapping[str, str | None] = field(default_factory=dict)
    shape: str | None = None  # digest of the table's shape when it was proposed; None: as it is now
    made: str | None = None  # of an applied create: the key of the row that came of it
    links: Mapping[str, Link] = field(default_factory=dict)
    act: Act | None = None  # the action it comes of: who may is asked about that, not about its columns

    @property
    def parts(self) -> tuple[str, ...]:
        """The key's parts; raises BadAddress."""
        return parse_key(self.key or "", len(self.table.key))

    @property
    def touched(self) -> frozenset[str]:
        """The columns this operation sets; of a delete, none."""
        return frozenset(self.after) | frozenset(self.links)

    @property
    def part_of_digest(self) -> dict[str, object]:
        """What a decision is bound to beyond its own values."""
        linked: dict[str, object] = {"links": _links(self)} if self.links else {}
        return linked if self.act is None else {**linked, **self.act.part_of_digest}

    @property
    def digest_of_table(self) -> str:
        """The shape the operation was made for."""
        return self.shape or self.table.digest


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change set: applied, in review with its stages, or stopped by a `failure`."""

    change_id: int
    state: str
    result_key: str | None = None  # of the first operation's row, in address form
    stages: tuple[Stage, ...] = ()
    failure: str | None = None
    repeated: bool = False  # the same form was sent before; this is its first result

    @property
    def reference(self) -> str:
        """The name people use: CH-1042."""
        return reference(self.change_id)


def reference(change_id: int) -> str:
    """CH-1042 for 1042."""
    return f"CH-{change_id}"


def made_title(kind: str, table: Table) -> str:
    """What a change of one row is called where nobody said: "Edit customer"; a title holds no value of a row."""
    return t(f"door.title.{kind}", row=table.label_one)


def heading(title: str, kind: str, table: Table, row: str | None) -> str:
    """The title with the name of its row, as the reader sees that: "Edit customer: Hansen Ltd".

    One that somebody gave it stays as it is.
    """
    return t("door.title.named", title=title, row=row) if row and title == made_title(kind, table) else title


def parse_reference(text: str) -> int | None:
    """1042 for CH-1042, None for anything else."""
    number = text[3:] if text[:3].upper() == "CH-" else ""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 else None


def fold(text: str | None) -> str | None:
    """The text itself, or over 8 kB its SHA-256: what base and live are compared by."""
    if text is None or len(text) * 4 <= LONG:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    return text if len(raw) <= LONG else "sha256:" + hashlib.sha256(raw).hexdigest()


def is_folded(text: str | None) -> bool:
    """Whether a text may be the digest of a long one; any other stands for itself."""
    return text is not None and len(text) == 71 and text.startswith("sha256:")


def base_of(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """The base of what is shown on a page, for a form to carry: every text folded."""
    return {name: fold(text) for name, text in values.items()}


def changed(operations: Iterable[Operation]) -> list[Operation]:
    """The operations without columns that stay as they were; an update that touches nothing is dropped."""
    found = [(place, kept) for place, one in enumerate(operations) if (kept := _changed(one)) is not None]
    places = {place: position for position, (place, _) in enumerate(found)}
    return [_moved(kept, places) if kept.links else kept for _, kept in found]


def digest(operations: Sequence[Operation], revision: int) -> str:
    """What a decision is bound to: SHA-256 of the operations and the revision in canonical form (P28)."""
    rows = {
        str(position): {
            "kind": one.kind,
            "schema": one.table.schema,
            "table": one.table.name,
            "shape": one.digest_of_table,
            "key": one.key,
            "base": dict(one.base),
            "after": dict(one.after),
            **one.part_of_digest,
        }
        for position, one in enumerate(operations)
    }
    return hashlib.sha256(canonical({"operations": rows, "revision": str(revision), "v": "1"})).hexdigest()


def _links(one: Operation) -> dict[str, dict[str, str]]:
    return {name: {"position": str(link.position), "column": link.column} for name, link in one.links.items()}


def _moved(one: Operation, places: Mapping[int, int]) -> Operation:
    """The same where operations before it were dropped; those that links name never are."""
    links = {
        name: replace(link, position=places.get(link.position, link.position))
        for name, link in one.links.items()
    }
    return replace(one, links=links)


def _changed(one: Operation) -> Operation | None:
    if one.kind == "create":
        return Operation("create", one.table, None, {}, one.after, one.shape, links=one.links, act=one.act)
    if one.kind == "delete":
        return Operation("delete", one.table, one.key, base_of(one.base), {}, one.shape)
    touched = {
        name: text
        for name, text in one.after.items()
        if name not in one.base or fold(text) != fold(one.base[name])
    }
    base = base_of({name: one.base[name] for name in (*touched, *one.links) if name in one.base})
    if not touched and not one.links and one.act is None:
        return None  # an action may leave word and change nothing
    return Operation("update", one.table, one.key, base, touched, one.shape, links=one.links, act=one.act)
