"""What every application makes of the same templates and addresses, made once for all that a test run builds.

A test of the web builds an application of its own; compiling templates and the builders of addresses was half of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import CodeType, MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from ops import platform
from ops.catalog import Catalog, Resource, Table
from ops.db import STARTUP, Database
from ops.settings import Settings
from ops.share import folder


class Compiled(FileSystemBytecodeCache):
    """Templates' code: in files for all processes of the run, in memory for the applications of one."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """The code of a template whose source is the same, if anybody compiled it."""
        known = (bucket.key, bucket.checksum)
        bucket.code = self._codes.get(known)
        if bucket.code is None:
            super().load_bytecode(bucket)
        if bucket.code is not None:
            self._codes[known] = bucket.code


def builders() -> None:
    """Compile the function that builds an address once for each rule: the code depends on nothing but its parts."""
    compiled: Callable[[Rule, bool], Any] = Rule._compile_builder
    kept: dict[tuple[object, ...], Any] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:  # they are written into the code
            return compiled(rule, append_unknown)
        parts = (rule.rule, *rule._trace, append_unknown)
        if parts not in kept:
            kept[parts] = compiled(rule, append_unknown)
        return kept[parts]

    if compiled.__name__ != once.__name__:
        Rule._compile_builder = once  # type: ignore[method-assign]  # because it is kept


_SYSTEM = (
    "pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_type", "pg_enum", "pg_description",
    "pg_proc", "pg_namespace", "pg_inherits", "pg_extension", "pg_trigger", "pg_rewrite", "pg_policy",
    "pg_collation", "pg_operator", "pg_opclass", "pg_cast",
)  # fmt: skip
# Rows of the system's tables: how many are younger than the template, which ones there are, what is estimated.
# Transactions are numbered through the whole server, and a row that is changed in these tables is a new one.
_UNCHANGED = sa.text(
    "WITH there AS ("
    + " UNION ALL ".join(
        f"SELECT '{name}' AS name, count(*) FILTER (WHERE age(xmin) < age(CAST(:since AS xid))) AS young, "
        f"count(*) AS rows, sum(hashtid(ctid)) AS places FROM pg_catalog.{name}"
        for name in _SYSTEM
    )
    + ") SELECT CASE WHEN sum(young) = 0 AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) "
    "THEN concat_ws(' ', string_agg(concat_ws(':', name, rows, places), ' ' ORDER BY name), "
    "(SELECT sum(reltuples) FROM pg_catalog.pg_class)) END FROM there"
)
_clones: dict[str, tuple[str, str]] = {}  # database -> its template, and a transaction after that was done
_catalogs: dict[tuple[object, ...], Catalog] = {}
_demo: list[type[Resource]] = []


def cloned(database: str, template: str, since: str) -> None:
    """Say that a database is a clone of `template`, which transaction `since` found finished."""
    _clones[database] = (template, since)


def catalogs() -> None:
    """Read the catalog of clones once for each template, as long as nobody changed anything in the clone before.

    A process that is built in a test does read all of it: this is for those that the test's own process builds.
    """
    read, declared = platform.read_catalog, platform._resources
    demo = str(folder("demo") / "resources.py")

    def classes(settings: Settings) -> list[type[Resource]]:
        if settings.resources != demo:
            return declared(settings)
        if not _demo:
            _demo.extend(declared(settings))
        return list(_demo)

    def once(settings: Settings, db: Database, resources: Sequence[type[Resource]] | None = None) -> Catalog:
        resources = classes(settings) if resources is None else resources
        clone = _clones.get(urlsplit(db.url).path.removeprefix("/"))
        if clone is None or settings.resources not in (None, demo):
            return read(settings, db, resources)
        with db.reading(STARTUP) as tx:
            state = tx.scalar(_UNCHANGED, {"since": clone[1]})
        if state is None:
            return read(settings, db, resources)
        known = (clone[0], state, settings.schemas, *resources)
        if known not in _catalogs:
            _catalogs[known] = read(settings, db, resources)
        return _fresh(_catalogs[known])

    if read.__name__ != once.__name__:
        platform.read_catalog, platform._resources = once, classes


def _fresh(catalog: Catalog) -> Catalog:
    """The same with tables that are nobody else's: what is found out about a table's rows is kept by the table."""

    def copied(tables: Mapping[str, Table]) -> Mapping[str, Table]:
        return MappingProxyType({ref: replace(table) for ref, table in tables.items()})

    tables = copied(catalog.tables)
    groups = tuple(
        replace(one, tables=tuple(tables[each.ref] for each in one.tables)) for one in catalog.groups
    )
    return replace(catalog, tables=tables, groups=groups, house=copied(catalog.house))
