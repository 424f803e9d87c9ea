"""Roles: what each lets its people do, on pages and on every table; the built-in ones are code, others are rows.

Owns `ops.role`, `ops.role_table` and `ops.rights`, the permissions, and the Book: all roles of a moment, parsed
once and kept by the stamp that changes whenever one of them does. Refuses to own who holds a role
(`ops.identity`) and what follows for a table, a row or a column (`ops.policy`).
"""

from ops.roles.book import BUILT_IN, Book, book_of
from ops.roles.model import ANY, VERBS, Role, TableRule
from ops.roles.permission import Permission
from ops.roles.reading import STAMP, book

__all__ = [
    "ANY",
    "BUILT_IN",
    "STAMP",
    "VERBS",
    "Book",
    "Permission",
    "Role",
    "TableRule",
    "book",
    "book_of",
]
