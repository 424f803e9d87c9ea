"""What rows of other tables are called: one query per table, after the page is cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.actor import Actor
from ops.catalog import BadAddress, Catalog, key_text, parse_key
from ops.policy import NotVisible, View, view
from ops.records.probing import values_fit

MOST = 1000  # titles of one table on one page


def titles(
    tx: Session, catalog: Catalog, actor: Actor, wanted: Mapping[str, Iterable[str]]
) -> dict[str, dict[str, str]]:
    """Titles by table reference and key (address form, as asked); invisible rows are left out."""
    found: dict[str, dict[str, str]] = {}
    for ref, keys in wanted.items():
        try:
            target = view(actor, catalog.table(ref), catalog)
        except NotVisible:
            continue
        found[ref] = _titles(tx, target, sorted(set(keys))[:MOST])
    return found


def _titles(tx: Session, target: View, keys: list[str]) -> dict[str, str]:
    names = target.table.key
    parsed: dict[str, tuple[str, ...]] = {}
    for key in keys:
        try:
            parts = parse_key(key, len(names)) if names else None
        except BadAddress:
            continue
        if parts is not None:
            parsed[key] = parts
    values = [(name, part) for parts in parsed.values() for name, part in zip(names, parts, strict=True)]
    if not parsed or not values_fit(tx, target, values):
        return {}
    texts = [target.text(name).label(f"k{n}") for n, name in enumerate(names)]
    statement = target.select(*texts, target.title().label("title")).where(_among(target, parsed.values()))
    rows = {key_text(row[:-1]): row.title for row in tx.execute(statement)}
    return {key: rows[key_text(parts)] for key, parts in parsed.items() if key_text(parts) in rows}


def _among(target: View, keys: Iterable[tuple[str, ...]]) -> sa.ColumnElement[bool]:
    names = target.table.key
    if len(names) == 1:
        return target.raw(names[0]).in_([target.constant(names[0], part) for (part,) in keys])
    return sa.or_(
        *(
            sa.and_(
                *(
                    target.raw(name) == target.constant(name, part)
                    for name, part in zip(names, parts, strict=True)
                )
            )
            for parts in keys
        )
    )
