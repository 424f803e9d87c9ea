"""The filter language: parse, check, to SQL, to words, judged on values by PostgreSQL.

Owns the grammar (docs/rules.md), the positions in its errors and the one translation into SQL. It knows no
table, person or page: columns come in as values, SQL expressions by callback. Refuses to run a filter over
a table; that is `ops.policy` and `ops.records`.
"""

from ops.conditions.check import ColumnLike, check
from ops.conditions.filter import ARITY, Filter, filter_problem, joined
from ops.conditions.grammar import ParseError, parse
from ops.conditions.judge import Unevaluable, holds, judge
from ops.conditions.moments import PERIODS, Clock, stretch, with_zone
from ops.conditions.offered import offered
from ops.conditions.sql import Collated, NamedType, NoPerson, element, pattern, to_sql, typed
from ops.conditions.tree import GROUPS, Condition, Me, Name
from ops.conditions.values import value_problem, well_formed
from ops.conditions.words import to_words

__all__ = [
    "ARITY",
    "GROUPS",
    "PERIODS",
    "Clock",
    "Collated",
    "ColumnLike",
    "Condition",
    "Filter",
    "Me",
    "Name",
    "NamedType",
    "NoPerson",
    "ParseError",
    "Unevaluable",
    "check",
    "element",
    "filter_problem",
    "holds",
    "joined",
    "judge",
    "offered",
    "parse",
    "pattern",
    "stretch",
    "to_sql",
    "to_words",
    "typed",
    "value_problem",
    "well_formed",
    "with_zone",
]
