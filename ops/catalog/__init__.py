"""What there is: every table and view of the company, as PostgreSQL knows it and a Resource shapes it.

Owns: reflection, the declarative classes and their start-up checks, labels, titles, the digest of a shape,
and the names of tables and rows in addresses. A catalog never changes: when tables do,
another one is read.
Refuses: reading rows (`ops.records`), who may see what (`ops.policy`), judging rules (`ops.approvals`).
"""

from ops.catalog.acting import (
    Action,
    Field,
    Message,
    Parameter,
    Ran,
    Refuse,
    Validator,
    action,
    later,
    validates,
)
from ops.catalog.address import BadAddress, key_text, key_texts, parse_key, parse_table_ref, table_ref
from ops.catalog.computing import expression
from ops.catalog.core import PgType
from ops.catalog.labels import split
from ops.catalog.loading import load
from ops.catalog.model import (
    Catalog,
    Category,
    Column,
    ForeignKey,
    Group,
    Index,
    IndexColumn,
    Kind,
    Table,
    UnknownTable,
)
from ops.catalog.moves import Move, moves
from ops.catalog.options import Filters, Format, Link, Mask, Options, SearchColumn, Section, TitlePart
from ops.catalog.resource import FORMATS, MASKS, SOURCES, Ask, Resource, ResourceErrors, Rule, resources_from
from ops.catalog.secret_columns import looks_secret
from ops.catalog.shape import digests_from, digests_now, fingerprint

__all__ = [
    "FORMATS",
    "MASKS",
    "SOURCES",
    "Action",
    "Ask",
    "BadAddress",
    "Catalog",
    "Category",
    "Column",
    "Field",
    "Filters",
    "ForeignKey",
    "Format",
    "Group",
    "Index",
    "IndexColumn",
    "Kind",
    "Link",
    "Mask",
    "Message",
    "Move",
    "Options",
    "Parameter",
    "PgType",
    "Ran",
    "Refuse",
    "Resource",
    "ResourceErrors",
    "Rule",
    "SearchColumn",
    "Section",
    "Table",
    "TitlePart",
    "UnknownTable",
    "Validator",
    "action",
    "digests_from",
    "digests_now",
    "expression",
    "fingerprint",
    "key_text",
    "key_texts",
    "later",
    "load",
    "looks_secret",
    "moves",
    "parse_key",
    "parse_table_ref",
    "resources_from",
    "split",
    "table_ref",
    "validates",
]
