"""Rows of any table, read: lists by key, single rows, their titles, what points at them.

Owns the list's query and its query-string grammar (docs/addresses.md), keyset paging, search, counts that
never walk a large table, titles after the cut. Everything is read through `ops.policy.View`. Refuses to own
writing, which goes through `ops.changes`, and HTML.
"""

from ops.records.attached import MOST as ATTACHED
from ops.records.attached import attached, attached_also, attached_of, text_or_digest
from ops.records.choosing import FEW, Offer, offered, whole, whole_also
from ops.records.consequences import MOST as FOLLOWED
from ops.records.consequences import Consequence, Consequences, consequences
from ops.records.counting import Count
from ops.records.errors import BadFilter, QueryError, UnknownColumn
from ops.records.listing import page
from ops.records.neighbours import Neighbours, neighbours
from ops.records.probing import refuse_bad_values
from ops.records.query import ListQuery, default_columns, filter_name, from_query_string, to_query_string
from ops.records.related import Related, RelatedRow, related
from ops.records.rows import CUT, Also, Cell, Page, Record, Row, Rows
from ops.records.single import one
from ops.records.statement import statement
from ops.records.titles import titles
from ops.records.trying import patiently_counted

__all__ = [
    "ATTACHED",
    "CUT",
    "FEW",
    "FOLLOWED",
    "Also",
    "BadFilter",
    "Cell",
    "Consequence",
    "Consequences",
    "Count",
    "ListQuery",
    "Neighbours",
    "Offer",
    "Page",
    "QueryError",
    "Record",
    "Related",
    "RelatedRow",
    "Row",
    "Rows",
    "UnknownColumn",
    "attached",
    "attached_also",
    "attached_of",
    "consequences",
    "default_columns",
    "filter_name",
    "from_query_string",
    "neighbours",
    "offered",
    "one",
    "page",
    "patiently_counted",
    "refuse_bad_values",
    "related",
    "statement",
    "text_or_digest",
    "titles",
    "to_query_string",
    "whole",
    "whole_also",
]
