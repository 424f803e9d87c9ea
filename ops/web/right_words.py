"""Rights in words: verbs, places, row conditions, columns; the same on the screens of roles and in differences."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping

from ops import conditions
from ops.catalog import Catalog, Table, UnknownTable
from ops.roles import ANY, VERBS
from ops.web.page import formats
from ops.words import WORDS, t

PATTERNS = ("last4", "email", "hash", "full")
KINDS = ("create", "update", "delete")


def verb_words(verb: str) -> str:
    """`edit` as a button or a box says it."""
    return t(f"rights.verb.{verb}") if f"rights.verb.{verb}" in WORDS else verb


def verbs_words(verbs: Collection[str]) -> str:
    """ "See, create and edit"; "nothing" where there are none."""
    if set(VERBS) <= set(verbs):
        return t("rights.verbs.all")
    known = [verb_words(verb).lower() for verb in VERBS if verb in verbs]
    return joined(known).capitalize() if known else t("rights.verbs.none")


def kinds_words(kinds: Collection[str]) -> str:
    """Which changes a rule looks at: "new rows and edits"."""
    if set(KINDS) <= set(kinds):
        return t("rights.kinds.all")
    return joined([t(f"rights.kind.{kind}") for kind in KINDS if kind in kinds]).capitalize()


def pattern_words(pattern: str) -> str:
    """`last4` as "the last four characters"."""
    return t(f"rights.pattern.{pattern}") if f"rights.pattern.{pattern}" in WORDS else pattern


def table_of(catalog: Catalog, schema: str, name: str) -> Table | None:
    """The table of that name, None for `*` and for what is there no more."""
    try:
        return None if ANY in (schema, name) else catalog.by_name(schema, name)
    except UnknownTable:
        return None


def place_words(catalog: Catalog, schema: str, name: str) -> str:
    """What a right or rule is about: "Customers", "every table of shop", "every table"."""
    if schema == ANY:
        return t("rights.place.any")
    if name == ANY:
        return t("rights.place.schema", schema=schema)
    table = table_of(catalog, schema, name)
    return table.label if table is not None else f"{schema}.{name}"


def rows_words(text: str, table: Table | None) -> str:
    """A row condition in words; as it is written where it cannot be read any more; "every row" for none."""
    return condition_words(text, table) or t("rights.rows.every")


def condition_words(text: str, table: Table | None) -> str:
    """A condition in words, "" for none."""
    if not text.strip():
        return ""
    try:
        read = conditions.parse(text)
    except conditions.ParseError:
        return text
    return conditions.to_words(read, lambda name: column_label(table, name), formats().number)


def column_label(table: Table | None, name: str) -> str:
    """What people call the column."""
    column = table.columns.get(name) if table is not None else None
    return (column.label if column is not None else "") or name


def columns_words(
    table: Table | None, hidden: Iterable[str], masked: Mapping[str, str], readonly: Iterable[str]
) -> list[str]:
    """What differs for columns, one sentence each: "Hidden: Risk score"."""
    found = []
    if names := [column_label(table, name) for name in sorted(hidden)]:
        found.append(t("rights.columns.hidden", columns=", ".join(names)))
    if masked:
        each = [f"{column_label(table, name)} ({pattern_words(masked[name])})" for name in sorted(masked)]
        found.append(t("rights.columns.masked", columns=", ".join(each)))
    if names := [column_label(table, name) for name in sorted(readonly)]:
        found.append(t("rights.columns.readonly", columns=", ".join(names)))
    return found


def joined(parts: list[str]) -> str:
    """ "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return t("rights.and", first=", ".join(parts[:-1]), last=parts[-1])


def json_object(text: str | None) -> dict[str, str]:
    """A JSON object of texts; {} where it is none."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: str(value) for name, value in read.items()} if isinstance(read, dict) else {}
