"""What would run if a table were written: triggers, rules, defaults, what they call and write, what cascades reach.

A rolled-back transaction takes back what PostgreSQL did, not what code in an untrusted language or a foreign server did
by its hand. So such a table is not rehearsed. Code of the company is read as text, by names: what cannot be followed
counts as reached, where there is anything in the database that must not be run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.catalog import Table

_FIRST = 16384  # FirstNormalObjectId: what is below came with PostgreSQL itself
# C functions of a trusted extension were vouched for by whoever packaged PostgreSQL; dblink, http and their like are
# in extensions that are not.
_FUNCTIONS = sa.text(
    """
    WITH trusted AS MATERIALIZED (
        SELECT e.oid FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_available_extension_versions v
            ON v.name = e.extname AND v.version = e.extversion WHERE v.trusted)
    SELECT p.oid, p.proname, format('%I.%I', n.nspname, p.proname) AS named, l.lanname,
        NOT l.lanpltrusted AND l.lanname <> 'internal' AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'
            AND d.refobjid IN (SELECT oid FROM trusted) AND l.lanname = 'c') AS untrusted
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    WHERE p.oid >= :first
    """
)
_RELATIONS = sa.text(
    "SELECT c.oid, c.relname, c.oid::regclass::text AS named, c.relkind = 'f' AS away FROM pg_catalog.pg_class c "
    "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid >= :first"
)
_OF_RELATIONS = sa.text(
    """
    SELECT t.tgfoid AS function, NULL::oid AS relation, pg_get_triggerdef(t.oid) AS text FROM pg_catalog.pg_trigger t
        WHERE t.tgrelid = ANY (CAST(:oids AS oid[])) AND NOT t.tgisinternal AND t.tgenabled NOT IN ('D', 'R')
    UNION ALL SELECT NULL, NULL, pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r
        WHERE r.ev_class = ANY (CAST(:oids AS oid[]))
    UNION ALL SELECT NULL, NULL, pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
        WHERE d.adrelid = ANY (CAST(:oids AS oid[]))
    UNION ALL SELECT NULL, NULL, pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint c
        WHERE c.conrelid = ANY (CAST(:oids AS oid[])) AND c.contype = 'c'
    UNION ALL SELECT NULL, NULL, pg_get_constraintdef(c.oid) FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_constraint c ON c.contypid = a.atttypid
        WHERE a.attrelid = ANY (CAST(:oids AS oid[])) AND a.attnum > 0
    UNION ALL SELECT NULL, NULL, pg_get_expr(i.indexprs, i.indrelid) FROM pg_catalog.pg_index i
        WHERE i.indrelid = ANY (CAST(:oids AS oid[])) AND i.indexprs IS NOT NULL
    UNION ALL SELECT NULL, f.conrelid, NULL FROM pg_catalog.pg_constraint f
        WHERE f.confrelid = ANY (CAST(:oids AS oid[])) AND f.contype = 'f'
        AND (f.confdeltype IN ('c', 'n', 'd') OR f.confupdtype IN ('c', 'n', 'd'))
    UNION ALL SELECT NULL, i.inhrelid, NULL FROM pg_catalog.pg_inherits i
        WHERE i.inhparent = ANY (CAST(:oids AS oid[]))
    """
)
_OF_FUNCTIONS = sa.text(
    "SELECT coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) FROM pg_catalog.pg_proc p "
    "WHERE p.oid = ANY (CAST(:oids AS oid[]))"
)
_WORD = re.compile(r'"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$]*)')
_MADE = re.compile(r"\bexecute\b(?!\s+(?:function|procedure)\b)", re.IGNORECASE)
_LEAVES = re.compile(
    r"\bcopy\b[^;]*\b(?:to|from)\s+program\b|\bcopy\b[^;]*\bto\s+e?'|\blo_export\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a table is not rehearsed: `why` is untrusted, away, leaves, made or declared; `what` is named to people."""

    why: str
    what: str = ""


@dataclass
class _Known:
    """Everything in the database by name, and what must not be run."""

    functions: dict[str, list[int]] = field(default_factory=dict)
    relations: dict[str, list[int]] = field(default_factory=dict)
    untrusted: dict[int, str] = field(default_factory=dict)
    away: dict[int, str] = field(default_factory=dict)


def refused(tx: Session, tables: Iterable[Table]) -> Refusal | None:
    """Why changes of the tables must not be run to be looked at; None where they may.

    A Resource with `rehearse = True` vouches for all that is reached through its table; with False it is never run.
    """
    asked = list(tables)
    if any(table.resource.rehearse is False for table in asked):
        return Refusal("declared")
    start = {table.oid for table in asked if table.resource.rehearse is None}
    return _followed(tx, _known(tx), start) if start else None


def _known(tx: Session) -> _Known:
    known = _Known()
    for row in tx.execute(_FUNCTIONS, {"first": _FIRST}):
        known.functions.setdefault(row.proname.lower(), []).append(row.oid)
        if row.untrusted:
            known.untrusted[row.oid] = f"{row.named} ({row.lanname})"
    for row in tx.execute(_RELATIONS, {"first": _FIRST}):
        known.relations.setdefault(row.relname.lower(), []).append(row.oid)
        if row.away:
            known.away[row.oid] = row.named
    return known


def _followed(tx: Session, known: _Known, start: set[int]) -> Refusal | None:
    relations, functions = set(start), set[int]()
    level: tuple[set[int], set[int]] = (set(start), set())
    while level[0] or level[1]:
        texts, found_relations, found_functions = _things(tx, *level)
        for text in texts:
            if (stop := _said(text, known)) is not None:
                return stop
            for word in _words(text):
                found_functions.update(known.functions.get(word, ()))
                found_relations.update(known.relations.get(word, ()))
        level = (found_relations - relations, found_functions - functions)
        for number in level[1] & known.untrusted.keys():
            return Refusal("untrusted", known.untrusted[number])
        relations |= level[0]
        functions |= level[1]
        for number in relations & known.away.keys():
            return Refusal("away", known.away[number])
    return None


def _things(tx: Session, relations: set[int], functions: set[int]) -> tuple[list[str], set[int], set[int]]:
    texts: list[str] = []
    found: tuple[set[int], set[int]] = (set(), set())
    if relations:
        for row in tx.execute(_OF_RELATIONS, {"oids": sorted(relations)}):
            texts += [row.text] * (row.text is not None)
            found[0].update({row.relation} - {None})
            found[1].update({row.function} - {None})
    if functions:
        texts += [text for text in tx.scalars(_OF_FUNCTIONS, {"oids": sorted(functions)}) if text]
    return texts, *found


def _said(text: str, known: _Known) -> Refusal | None:
    """What the text itself says: it writes a file, or it builds statements that cannot be read beforehand."""
    if _LEAVES.search(text):
        return Refusal("leaves")
    if (known.untrusted or known.away) and _MADE.search(text):
        return Refusal("made")
    return None


def _words(text: str) -> set[str]:
    return {(quoted.replace('""', '"') or plain).lower() for quoted, plain in _WORD.findall(text)}
