"""The facts of an event on a table as a reader may see them: columns and filters that are not theirs are left out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlencode

from ops.policy import View

_NAMES = ("column", "columns", "masked", "left_out")  # facts that name columns
_LIST = "list"  # the query string of a list
_MOST = 200

Facts = Mapping[str, str | None]


def told(one: View | None, facts: Facts) -> dict[str, str | None]:
    """The facts with what this view of the event's table does not show taken out; None: the event is of no table."""
    if one is None:
        return dict(facts)
    found: dict[str, str | None] = {}
    for name, said in facts.items():
        text = _told(one, name, said) if said else said
        if text or not said:
            found[name] = text
    return found


def tells_all(one: View, query: str) -> bool:
    """Whether the reader may be told a whole list: nothing of its query string is about what they do not read."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        return False
    return all(name == "all" or _may_tell(one, name, text) for name, text in pairs)


def _told(one: View, name: str, text: str) -> str:
    if name in _NAMES:
        return ", ".join(each for each in text.split(", ") if each in one.shape.by_name)
    return _list(one, text) if name == _LIST else text


def _list(one: View, query: str) -> str:
    """What was asked for, without filters by columns the reader does not read and places, which hold values."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        return ""
    return urlencode([(name, text) for name, text in pairs if _may_tell(one, name, text)])


def _may_tell(one: View, name: str, text: str) -> bool:
    if name.startswith("f."):
        return one.sees(unquote(name.removeprefix("f.").rpartition(".")[0]))
    if name == "q":  # what was looked for may be the value of any column that the search looks in
        searched = one.table.resource.search
        return all(column.foreign_key is None and one.sees(column.name) for column in searched)
    if name == "sort":
        return one.sees(text) or one.sees(text.removeprefix("-"))
    if name == "columns":
        return all(unquote(part) in one.shape.by_name for part in text.split(","))
    return False
