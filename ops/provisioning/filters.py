"""SCIM filters as SQL: a tree of bound values over columns named here (RFC 7644, 3.4.2.2; P20).

Every condition is true or false, never unknown, so that `not` means what it says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttributeBinding,
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)
from sqlalchemy.dialects.postgresql import JSONB

from ops.provisioning.models import Group, Person
from ops.provisioning.tables import GROUPS, MEMBERS, USERS

MAX_LENGTH = 2000
MAX_DEPTH = 20
Condition = sa.ColumnElement[bool]
_ORDER: dict[CompareOperator, Callable[[Any, Any], Any]] = {
    CompareOperator.gt: lambda left, right: left > right,
    CompareOperator.ge: lambda left, right: left >= right,
    CompareOperator.lt: lambda left, right: left < right,
    CompareOperator.le: lambda left, right: left <= right,
}
_TEXT: dict[CompareOperator, Callable[[Any, Any], Any]] = {
    CompareOperator.co: lambda left, right: sa.func.strpos(left, right) > 0,
    CompareOperator.sw: sa.func.starts_with,
    CompareOperator.ew: lambda left, right: sa.func.right(left, sa.func.length(right)) == right,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute's value is: a column that is compared as it is, or folded first."""

    column: sa.ColumnElement[Any]
    fold: bool = False


def check_length(text: str | None) -> None:
    """Raise InvalidFilterException for a filter too long or too deep to be worth parsing (P24)."""
    if text and (len(text) > MAX_LENGTH or text.count("(") + text.count("[") > MAX_DEPTH):
        raise InvalidFilterException(
            detail=f"A filter has at most {MAX_LENGTH} characters and {MAX_DEPTH} brackets"
        )


def users_where(expression: str) -> Condition:
    """The condition over `ops.scim_user` that a filter of users means. Raises InvalidFilterException."""
    return _where(expression, Person, _user_place, _user_list)


def groups_where(expression: str) -> Condition:
    """The condition over `ops.scim_group` that a filter of groups means. Raises InvalidFilterException."""
    return _where(expression, Group, _group_place, _group_list)


def _where(expression: str, model: Any, place: Any, listed: Any) -> Condition:
    check_length(expression)
    bound: ScimFilter[Any] = ScimFilter[model](expression)
    return _Writer(bound, place, listed).visit(bound.ast)


# Where attributes are ---------------------------------------------------------------------


def _user_place(binding: AttributeBinding) -> Place:
    name, sub = binding.field_name, binding.sub_field_name
    if binding.model.__name__ == "EnterpriseUser":
        return Place(USERS.c.resource[binding.model.__schema__][_camel(name)].astext, True)  # type: ignore[attr-defined]  # an extension has one
    plain: dict[tuple[str, str | None], Place] = {
        ("id", None): Place(sa.cast(USERS.c.id, sa.Text)),
        ("user_name", None): Place(USERS.c.user_key),
        ("external_id", None): Place(USERS.c.external_id),
        ("active", None): Place(USERS.c.active),
        ("meta", "created"): Place(USERS.c.created_at),
        ("meta", "last_modified"): Place(USERS.c.modified_at),
        ("meta", "resource_type"): Place(sa.literal("User"), True),
    }
    if (name, sub) in plain:
        return plain[name, sub]
    if name in ("meta", "schemas", "id") or binding.is_multivalued:
        raise _unsupported(binding)
    inner = USERS.c.resource[_camel(name)]
    return Place((inner[_camel(sub)] if sub else inner).astext, True)


def _group_place(binding: AttributeBinding) -> Place:
    plain: dict[tuple[str, str | None], Place] = {
        ("id", None): Place(sa.cast(GROUPS.c.id, sa.Text)),
        ("display_name", None): Place(GROUPS.c.display_key),
        ("external_id", None): Place(GROUPS.c.external_id),
        ("meta", "created"): Place(GROUPS.c.created_at),
        ("meta", "last_modified"): Place(GROUPS.c.modified_at),
        ("meta", "resource_type"): Place(sa.literal("Group"), True),
    }
    try:
        return plain[binding.field_name, binding.sub_field_name]
    except KeyError:
        raise _unsupported(binding) from None


@dataclass(frozen=True, slots=True)
class _List:
    """A multi-valued attribute: its entries, and how to say that one of them meets a condition."""

    place: Callable[[str], Place]
    exists: Callable[[Condition], Condition]


def _user_list(binding: AttributeBinding) -> _List:
    if binding.field_name == "emails":
        values = sa.func.jsonb_array_elements(USERS.c.resource["emails"])
        entries = values.table_valued(sa.column("value", JSONB), name="entry")
        return _List(
            lambda sub: Place(entries.c.value[_camel(sub)].astext, True),
            lambda condition: sa.exists(sa.select(sa.literal(1)).select_from(entries).where(condition)),
        )
    if binding.field_name == "groups":
        joined = MEMBERS.join(GROUPS, GROUPS.c.id == MEMBERS.c.group_id)
        places = {"value": Place(sa.cast(GROUPS.c.id, sa.Text)), "display": Place(GROUPS.c.display_key)}
        return _List(
            lambda sub: _of(places, sub),
            lambda condition: sa.exists(
                sa.select(sa.literal(1)).select_from(joined).where(MEMBERS.c.user_id == USERS.c.id, condition)
            ),
        )
    raise _unsupported(binding)


def _group_list(binding: AttributeBinding) -> _List:
    if binding.field_name != "members":
        raise _unsupported(binding)
    places = {"value": Place(sa.cast(MEMBERS.c.user_id, sa.Text)), "type": Place(sa.literal("User"), True)}
    return _List(
        lambda sub: _of(places, sub),
        lambda condition: sa.exists(
            sa.select(sa.literal(1)).select_from(MEMBERS).where(MEMBERS.c.group_id == GROUPS.c.id, condition)
        ),
    )


def _of(places: dict[str, Place], sub: str) -> Place:
    if sub not in places:
        raise InvalidFilterException(detail=f"Filtering by {sub} is not supported here")
    return places[sub]


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _unsupported(binding: AttributeBinding) -> InvalidFilterException:
    return InvalidFilterException(detail=f"Filtering by {binding.urn} is not supported")


# The tree ------------------------------------------------------------------------------------


class _Writer(FilterVisitor[Condition]):
    """Writes the condition for one filter; inside brackets, over the entries of one list."""

    def __init__(self, bound: ScimFilter[Any], place: Any, listed: Any) -> None:
        self.bound, self.place, self.listed = bound, place, listed
        self.inside: tuple[AttrPath, _List] | None = None

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        terms = [self.visit(term) for term in node.terms]
        return sa.and_(*terms) if node.op == LogicalOperator.and_ else sa.or_(*terms)

    def visit_not(self, node: Not) -> Condition:
        return sa.not_(self.visit(node.expr))

    def visit_comparison(self, node: Comparison) -> Condition:
        binding = self._resolve(node.attr_path, comparing=True)
        value = coerce_value(binding, node.value, node.op)
        if self.inside is not None or not binding.is_multivalued:
            return _compare(self._place(binding), node.op, value, binding)
        found: _List = self.listed(binding)
        place = found.place(binding.target_field_name)
        if node.op == CompareOperator.ne:  # none of the values is equal
            return sa.not_(found.exists(_compare(place, CompareOperator.eq, value, binding)))
        return found.exists(_compare(place, node.op, value, binding))

    def visit_present(self, node: Present) -> Condition:
        binding = self._resolve(node.attr_path)
        if self.inside is None and binding.is_multivalued:
            found: _List = self.listed(binding)
            sub = binding.sub_field_name
            return found.exists(found.place(sub).column.is_not(None) if sub else sa.true())
        return self._place(binding).column.is_not(None)

    def visit_value_path(self, node: ValuePath) -> Condition:
        binding = self._resolve(node.attr_path)
        if self.inside is not None or not binding.is_multivalued:
            raise _unsupported(binding)
        found: _List = self.listed(binding)
        self.inside = (node.attr_path, found)
        condition = self.visit(node.val_filter)
        self.inside = None
        return found.exists(condition)

    def _resolve(self, path: AttrPath, *, comparing: bool = False) -> AttributeBinding:
        if self.inside is not None:  # emails[type eq "work"] speaks of emails.type
            head = self.inside[0]
            path = AttrPath(head.attr, path.attr, head.uri)
        resolve = self.bound.resolve_comparison if comparing else self.bound.resolve
        found = resolve(path, strict=True)
        if found is None:
            raise InvalidFilterException(detail=f"There is no attribute {path}")
        return found

    def _place(self, binding: AttributeBinding) -> Place:
        if self.inside is not None:
            return self.inside[1].place(binding.target_field_name)
        found: Place = self.place(binding)
        return found


def _compare(place: Place, op: CompareOperator, value: Any, binding: AttributeBinding) -> Condition:
    column = place.column
    if value is None:
        if op not in (CompareOperator.eq, CompareOperator.ne):
            return sa.false()
        return column.is_(None) if op == CompareOperator.eq else column.is_not(None)
    if isinstance(value, str):
        if "\x00" in value:
            return sa.true() if op == CompareOperator.ne else sa.false()
        value = binding.comparable(value)
        column = sa.func.lower(column) if place.fold and not binding.case_exact else column
    elif place.fold:  # a boolean inside the JSON, such as emails.primary
        value = "true" if value is True else "false" if value is False else str(value)
    if op == CompareOperator.eq:
        return sa.and_(column == value, column.is_not(None))  # an index serves it, and it is never unknown
    if op == CompareOperator.ne:
        return column.is_distinct_from(value)
    return sa.and_((_TEXT.get(op) or _ORDER[op])(column, value), column.is_not(None))
