"""What the catalog knows: tables, columns, foreign keys, indexes; frozen values, safe to share by threads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import sqlalchemy as sa

from ops.catalog.address import BadAddress, parse_table_ref, table_ref
from ops.catalog.options import Options
from ops.conditions import Collated
from ops.db import SCHEMA

Kind = Literal["table", "partitioned", "view", "materialized view", "foreign table"]
Category = Literal[
    "text", "integer", "number", "money", "boolean", "date", "time", "timestamp", "interval", "enum", "uuid",
    "json", "xml", "bytes", "network", "bits", "search", "array", "range", "composite", "geometry", "other",
]  # fmt: skip

# What becomes of a row that refers to one that is deleted, or gets other values where it is referred to.
Reference = Literal["no action", "restrict", "cascade", "set null", "set default"]


class UnknownTable(LookupError):
    """No such table, or the database role may not read it; a page answers 404."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Type texts are complete, with schemas, so they mean the same under any search path."""

    name: str
    type: str  # as format_type prints it: "numeric(12,2)", "public.\"bıgınt\"", "shop.order_status[]"
    base: str  # the same with domains resolved: "bigint"
    cast_type: (
        str  # for CAST before writing: base without length, so that PostgreSQL raises instead of cutting
    )
    category: Category
    nullable: bool
    default: str | None  # the default's expression, the domain's included; None where there is none
    generated: str | None  # the expression of a generated column
    identity: Literal["always", "by default"] | None
    max_length: int | None  # characters of varchar(n) and char(n), bits of bit(n)
    precision: int | None  # of numeric(p,s)
    scale: int | None
    enum_values: tuple[str, ...]  # of an enum, or of the enum an array is made of, in the type's order
    element: str | None  # an array's element type
    comparable: bool  # has = and <, so it can be filtered, sorted and compared
    insertable: bool  # the database role may write it in a new row
    updatable: bool  # … in an existing row
    comment: str | None
    label: str = ""
    help: str | None = None  # the Resource's, else the comment
    expression: str | None = None  # of a column that the Resource computes: SQL on the row
    collation: str | None = None  # where it compares texts otherwise than its type does: as SQL, qualified

    @property
    def judged_as(self) -> str:
        """The type by which a rule's condition judges a value of it that stands in no table yet."""
        return self.cast_type if self.collation is None else Collated(self.cast_type, self.collation)

    @property
    def is_text(self) -> bool:
        """Whether it holds plain text that people search in."""
        return self.category == "text"

    @property
    def computed(self) -> bool:
        """Whether nobody may set it: a generated column, an identity that is always generated, an expression."""
        return self.generated is not None or self.identity == "always" or self.expression is not None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference from columns of one table to unique columns of another; both are in the catalog."""

    name: str
    schema: str
    table: str
    columns: tuple[str, ...]
    target_schema: str
    target_table: str
    target_columns: tuple[str, ...]
    on_delete: Reference
    on_update: Reference = "no action"
    emptied: tuple[str, ...] = ()  # what a deletion sets to NULL or its default; (): all of the columns

    @property
    def ref(self) -> str:
        """The reference of the table that points."""
        return table_ref(self.schema, self.table)

    @property
    def target_ref(self) -> str:
        """The reference of the table pointed at."""
        return table_ref(self.target_schema, self.target_table)

    @property
    def role(self) -> str:
        """What titles and searches call it: the (last) column without `_id`; `customer` for `customer_id`."""
        column = self.columns[-1]
        for tail in ("_id", "_uuid", "_code", "_no"):
            if column.endswith(tail) and len(column) > len(tail):
                return column[: -len(tail)]
        return column


@dataclass(frozen=True, slots=True)
class IndexColumn:
    """One key column of an index."""

    name: str | None  # None where it is an expression
    expression: str | None
    descending: bool
    nulls_first: bool
    opclass: str
    prefix: bool  # serves LIKE 'x%': a text_pattern_ops index, or text sorted by bytes
    alike: bool = False  # collated as its column is, so that it also serves comparisons, and texts are UTF-8


@dataclass(frozen=True, slots=True)
class Index:
    """A valid index. Columns that are only included are left out."""

    name: str
    columns: tuple[IndexColumn, ...]
    method: str
    unique: bool
    partial: bool
    predicate: str | None = None

    @property
    def has_expression(self) -> bool:
        """Whether a key column is an expression."""
        return any(column.name is None for column in self.columns)


@dataclass(frozen=True)
class Relation:
    """A table or view as PostgreSQL describes it, before anybody shaped it."""

    schema: str
    name: str
    oid: int
    kind: Kind
    comment: str | None
    columns: Mapping[str, Column]
    keys: tuple[
        tuple[str, ...], ...
    ]  # what can tell rows apart: the primary key first, then unique NOT NULL indexes
    foreign_keys: tuple[ForeignKey, ...]
    indexes: tuple[Index, ...]
    estimate: int  # rows, as the planner believes; partitions added up
    digest: str  # of the shape: it changes with names, types, nullability, generated columns and the key
    may_insert: bool
    may_update: bool
    may_delete: bool
    mark: str  # of the columns alone, as PostgreSQL tells it inside any other statement (`shape.MARK`)
    core: sa.Table
    # Tables it inherits from, near and far, by schema and name: its rows are rows of theirs, too.
    parents: tuple[tuple[str, str], ...]

    @property
    def full_name(self) -> str:
        """`schema.name` for messages to engineers."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Table(Relation):
    """A table or view with what people call it and how it is shown."""

    key: tuple[str, ...]  # () = rows cannot be told apart, so the table is read-only
    label: str
    label_one: str
    group: str
    help: str | None
    resource: Options
    referenced_by: tuple[ForeignKey, ...]
    computed: Mapping[str, Column] = field(
        default_factory=dict
    )  # read-only columns that the Resource computes

    def column(self, name: str) -> Column:
        """A column of the table, or one that its Resource computes. Raises KeyError."""
        found = self.columns.get(name)
        return self.computed[name] if found is None else found

    @cached_property
    def ref(self) -> str:
        """The table's name in addresses."""
        return table_ref(self.schema, self.name)

    @property
    def house(self) -> bool:
        """Whether it is one of the platform's own, which no rule about `*` means."""
        return self.schema == SCHEMA

    @property
    def writable(self) -> bool:
        """Whether the database role may change anything here at all; views and keyless tables never."""
        base = self.kind in ("table", "partitioned", "foreign table")
        return base and bool(self.key) and (self.may_insert or self.may_update or self.may_delete)

    def unique_on(self, columns: Collection[str]) -> bool:
        """Whether given values (none NULL) of `columns` name one row at most: a unique index lies in them."""
        wanted = set(columns)
        return any(
            index.unique
            and not index.partial
            and all(column.name in wanted for column in index.columns)
            for index in self.indexes
        )  # fmt: skip

    def reference(self, role: str) -> ForeignKey | None:
        """The foreign key that titles and searches call `role` (`customer` for `customer_id`), or None."""
        return next((foreign for foreign in self.foreign_keys if foreign.role == role), None)

    def references_of(self, column: str) -> tuple[ForeignKey, ...]:
        """The foreign keys that `column` is part of."""
        return tuple(foreign for foreign in self.foreign_keys if column in foreign.columns)


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that stand together in the rail, in the order they are shown."""

    label: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Catalog:
    """Every table the database role may read, by reference. Never changes: loading again makes another.

    `tables`, `groups` and iteration are the company's; `house` are the platform's own that go through the
    door. A name finds either, and `ops.policy` decides who sees it.
    """

    tables: Mapping[str, Table]
    groups: tuple[Group, ...]
    house: Mapping[str, Table] = field(default_factory=dict)
    fingerprint: str = ""  # of all that it was made from; another one: read it again
    misfits: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by table: what of its Resource fits no more

    def table(self, ref: str) -> Table:
        """The table of a reference as it stands in an address; raises UnknownTable."""
        try:
            name = table_ref(*parse_table_ref(ref))
            return self.house[name] if name in self.house else self.tables[name]
        except (KeyError, BadAddress):
            raise UnknownTable(ref) from None

    def by_name(self, schema: str, name: str) -> Table:
        """The table of that schema and name; raises UnknownTable."""
        ref = table_ref(schema, name)
        found = self.house.get(ref) or self.tables.get(ref)
        if found is None:
            raise UnknownTable(ref)
        return found

    def target(self, foreign_key: ForeignKey) -> Table:
        """The table a foreign key points at; it is always there."""
        return self.by_name(foreign_key.target_schema, foreign_key.target_table)

    def source(self, foreign_key: ForeignKey) -> Table:
        """The table a foreign key belongs to; it is always there."""
        return self.by_name(foreign_key.schema, foreign_key.table)

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())
