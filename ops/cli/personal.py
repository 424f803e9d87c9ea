"""For `ops check`: columns that look personal and that nobody hides or masks, neither a Resource nor a role."""

from __future__ import annotations

from ops.platform import Platform
from ops.policy import suggestions
from ops.roles import Book, book

MOST = 8  # named in one line


def unmasked(platform: Platform) -> str | None:
    """One sentence that names them, or None where there is none."""
    with platform.db.reading() as tx:
        rights = book(tx, None)
    found = [
        f"{one.table.full_name}.{one.column.name}"
        for one in suggestions(platform.catalog)
        if not _settled(rights, one.table.schema, one.table.name, one.column.name)
    ]
    if not found:
        return None
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return (
        f"These columns look personal and nobody masks them: {', '.join(found[:MOST])}{more}. "
        "Mask them in a Resource, or in the rights of a role."
    )


def _settled(rights: Book, schema: str, table: str, column: str) -> bool:
    rules = (role.rule(schema, table) for role in rights.roles.values())
    return any(column in rule.masked or column in rule.hidden for rule in rules if rule is not None)
