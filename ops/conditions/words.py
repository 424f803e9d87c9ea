"""From tree to a sentence a person reads: "Credit limit is over 10000 and Status is one of open, held"."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ops.conditions.tree import (
    All,
    Among,
    Between,
    Changed,
    Compare,
    Condition,
    Constant,
    Empty,
    InGroups,
    Match,
    Me,
    Name,
    Node,
    Not,
    Some,
)

_HOW = {"contains": "contains", "starts": "starts with", "has": "holds"}
_OPS = {"=": "is", "!=": "is not", "<": "is under", "<=": "is at most", ">": "is over", ">=": "is at least"}


Figure = Callable[[str], str]
_ORDER = frozenset({"<", "<=", ">", ">="})


def to_words(condition: Condition, label: Callable[[str], str], figure: Figure = str) -> str:
    """The condition in words; `label` gives a column's name for people.

    `figure`: how people read a number that something is over or under. What a column just equals may be the name of
    a row, and stays as it is written.
    """
    return _node(condition.root, label, figure, top=True)


def _node(node: Node, label: Callable[[str], str], figure: Figure, *, top: bool = False) -> str:
    match node:
        case All(parts):
            return _joined([_node(part, label, figure) for part in parts], " and ", top, "always")
        case Some(parts):
            return _joined([_node(part, label, figure) for part in parts], " or ", top, "never")
        case Not(Empty(left, null_only)):
            return f"{_name(left, label)} {'has a value' if null_only else 'is filled'}"
        case Not(Among(left, values)):
            return f"{_name(left, label)} is none of {_list(values)}"
        case Not(InGroups(left)):
            return f"{_name(left, label)} is none of one’s own groups"
        case Not(part):
            return f"not ({_node(part, label, figure, top=True)})"
        case Compare(left, op, right):
            said = partial(_value, figure=figure) if op in _ORDER else _value
            other = _name(right, label) if isinstance(right, Name) else said(right)
            return f"{_name(left, label)} {_OPS[op]} {other}"
        case Match(left, how, text):
            return f"{_name(left, label)} {_HOW[how]} {_value(text)}"
        case Among(left, values):
            return f"{_name(left, label)} is one of {_list(values)}"
        case InGroups(left):
            return f"{_name(left, label)} is one of one’s own groups"
        case Between(left, low, high):
            return f"{_name(left, label)} is from {_value(low, figure)} to {_value(high, figure)}"
        case Empty(left, null_only):
            return f"{_name(left, label)} {'has no value' if null_only else 'is empty'}"
        case Changed(name):
            return f"{label(name.column)} changes"


def _joined(parts: list[str], word: str, top: bool, nothing: str) -> str:
    text = word.join(parts) or nothing
    return text if top or len(parts) < 2 else f"({text})"


def _name(name: Name, label: Callable[[str], str]) -> str:
    text = label(name.column)
    return f"{'the old' if name.side == 'old' else 'the new'} {text}" if name.side else text


_OWN = {
    "": "one’s own e-mail address",
    "id": "one’s own number",
    "name": "one’s own name",
    "sub": "one’s own subject",
}


def _value(constant: Constant | Me, figure: Figure = str) -> str:
    if isinstance(constant, Me):
        return _OWN.get(constant.path, f"one’s own {constant.path}")
    if constant.kind == "boolean":
        return "yes" if constant.text == "true" else "no"
    if constant.kind == "number":
        return figure(constant.text)
    return constant.text if constant.text.strip() else "“" + constant.text + "”"


def _list(values: tuple[Constant, ...]) -> str:
    return ", ".join(_value(value) for value in values)
