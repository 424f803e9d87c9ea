"""Start-up checks of a Resource's own functions: validators (E123) and actions with their parameters (E124)."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from ops.catalog.acting import Action, Declared, Field, Kind, Parameter, Validator
from ops.catalog.address import DEFAULT_SCHEMA, table_ref
from ops.catalog.checks import Check, suggestion
from ops.catalog.labels import label as spoken
from ops.catalog.model import Relation
from ops.catalog.texts import text_of

PERMISSION = re.compile(r"[a-z]+\.[a-z_]+")  # as `ops.role.permissions` holds them
MOST_PARAMETERS = 20
_TRUE, _FALSE = frozenset({"true", "1", "on", "yes"}), frozenset({"false", "0", "off", "no"})


def validators(check: Check) -> tuple[Validator, ...]:
    """The declared validators (E103, E110, E123)."""
    found = []
    for name, function in _marked(check, "__ops_validates__"):
        columns: tuple[Any, ...] = function.__ops_validates__
        if not columns or not all(isinstance(one, str) for one in columns):
            check.say("E123", name, '@validates needs names of columns, such as @validates("total")')
            continue
        if not all(check.known(name, one) for one in columns):
            continue
        takes = len(_positional(function))
        if takes != len(columns) or _keywords(function):
            check.say(
                "E123",
                name,
                f"it gets the values of {', '.join(columns)}: write def {name}(self, {', '.join(columns)})",
            )
            continue
        found.append(Validator(name, columns, check.resource, function))
    return tuple(found)


def actions(check: Check) -> dict[str, Action]:
    """The declared actions by name (E110, E124)."""
    found: dict[str, Action] = {}
    for name, function in _marked(check, "__ops_action__"):
        one = _action(check, name, function, function.__ops_action__)
        if one is not None:
            found[name] = one
    labels = [one.label for one in found.values()]
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        check.say("E124", "actions", f"two actions are called '{twice}'; people could not tell them apart")
    return found


def _marked(check: Check, mark: str) -> Iterator[tuple[str, Any]]:
    seen = set()
    for cls in check.resource.__mro__:
        for name, value in vars(cls).items():
            if name not in seen and callable(value) and hasattr(value, mark):
                yield name, value
            seen.add(name)


def _action(check: Check, name: str, function: Any, said: Declared) -> Action | None:
    rows, wrong = _positional(function), []
    if len(rows) > 1:
        wrong.append("it gets one row: write (self, row, *, amount: Decimal), parameters after the star")
    if not isinstance(said.label, str) or not said.label.strip():
        wrong.append('it needs a label: @action("Refund")')
    if said.permission is not None and not PERMISSION.fullmatch(str(said.permission)):
        wrong.append(f"a permission is named area.verb, such as 'orders.refund', not {said.permission!r}")
    if said.many and not rows:
        wrong.append("many=True is for actions on a row: write (self, row, …)")
    if not isinstance(said.approval, (bool, str)):
        wrong.append(f"approval is True, False or a role, not {said.approval!r}")
    parameters = _parameters(check, name, function, wrong)
    if not rows and not check.relation.may_insert:
        wrong.append("an action on no row makes new ones, and the database role may not insert here")
    for text in wrong:
        check.say("E124", name, text)
    if wrong:
        return None
    help_ = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ").strip() or None
    asks = said.approval if isinstance(said.approval, str) else "manager" if said.approval else None
    return Action(
        name, said.label.strip(), "row" if rows else "none", said.many, said.permission, asks,
        tuple(parameters), help_, said.danger, check.resource, function,
    )  # fmt: skip


def _parameters(check: Check, name: str, function: Any, wrong: list[str]) -> list[Parameter]:
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:  # a name that is not there, in code that is not ours
        wrong.append(f"its types cannot be read: {error}")
        return []
    keywords = _keywords(function)
    if len(keywords) > MOST_PARAMETERS:
        wrong.append(f"at most {MOST_PARAMETERS} parameters, not {len(keywords)}")
    found = []
    for one in keywords:
        if one.name not in hints:
            wrong.append(f"the parameter '{one.name}' needs a type, such as {one.name}: str")
            continue
        made = _parameter(check, one, hints[one.name])
        if isinstance(made, str):
            wrong.append(f"the parameter '{one.name}': {made}")
        else:
            found.append(made)
    return found


def _parameter(check: Check, one: inspect.Parameter, hint: Any) -> Parameter | str:
    field = Field()
    if get_origin(hint) is Annotated:
        hint, *more = get_args(hint)
        field = next((each for each in more if isinstance(each, Field)), field)
    inner, optional = _without_none(hint)
    if get_origin(inner) is Annotated:
        inner, *more = get_args(inner)
        field = next((each for each in more if isinstance(each, Field)), field)
    read = _kind(inner)
    if read is None:
        return "use str, int, Decimal, bool, date, datetime, an Enum, Literal[…], each also with | None"
    kind, reader, options = read
    default = None if one.default in (inspect.Parameter.empty, None) else text_of(one.default)
    target = None
    if field.table is not None:
        relation = _relation(check, field.table)
        if relation is None:
            there = [f"{schema}.{table}" for schema, table in check.relations]
            return f"no table '{field.table}'{suggestion(field.table, there, 'there are')}"
        kind, target = "reference", table_ref(relation.schema, relation.name)
    return Parameter(
        one.name, field.label or spoken(one.name, whole=True), kind,
        required=not optional and one.default is inspect.Parameter.empty and kind != "boolean",
        default=default, options=options, target=target, help=field.help, lines=max(1, field.lines), read=reader,
    )  # fmt: skip


def _relation(check: Check, text: str) -> Relation | None:
    schema, _, table = text.rpartition(".")
    return check.relations.get((schema or DEFAULT_SCHEMA, table))


Read = tuple[Kind, Callable[[str], Any], tuple[tuple[str, str], ...]]


def _kind(hint: Any) -> Read | None:
    if get_origin(hint) is Literal:
        values = get_args(hint)
        return (
            "choice",
            _one_of({str(one): one for one in values}),
            tuple((str(v), _said(str(v))) for v in values),
        )
    if isinstance(hint, type) and issubclass(hint, Enum):
        by_text = {str(one.value): one for one in hint}
        return ("choice", _one_of(by_text), tuple((text, _said(text)) for text in by_text))
    return _PLAIN.get(hint)


def _one_of(values: Mapping[str, Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in values:
            raise ValueError(text)
        return values[text]

    return read


def _said(value: str) -> str:
    text = value.replace("_", " ")
    return text[:1].upper() + text[1:] if value == value.lower() else value


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except ArithmeticError as error:
        raise ValueError(text) from error
    if not found.is_finite():
        raise ValueError(text)
    return found


def _boolean(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError(text)
    return text.lower() in _TRUE


_PLAIN: Mapping[Any, Read] = {
    str: ("text", str, ()),
    int: ("integer", lambda text: int(text.strip()), ()),
    Decimal: ("number", _number, ()),
    bool: ("boolean", _boolean, ()),
    date: ("date", lambda text: date.fromisoformat(text.strip()), ()),
    datetime: ("timestamp", lambda text: datetime.fromisoformat(text.strip()), ()),
}


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not type(None)]
        if len(inner) == 1:
            return inner[0], len(inner) < len(get_args(hint))
    return hint, False


def _positional(function: Any) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [one for one in inspect.signature(function).parameters.values() if one.kind in kinds][1:]


def _keywords(function: Any) -> list[inspect.Parameter]:
    return [
        one
        for one in inspect.signature(function).parameters.values()
        if one.kind is inspect.Parameter.KEYWORD_ONLY
    ]
