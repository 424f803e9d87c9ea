"""What of a saved view holds for one reader, today: columns they see, an order and filters they may use.

A column that is gone, and one the reader does not see, look the same: its name is the owner's alone to be told.
A filter that cannot be used is never left out, for the rows without it would be wrong ones: the view shows none.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlencode

from ops.policy import View
from ops.records.errors import BadFilter, UnknownColumn
from ops.records.query import default_columns, from_query_string, to_query_string
from ops.records.saved_views.laying import Pairs, split


@dataclass(frozen=True, slots=True)
class Fitted:
    """The view's list as this reader can have it, in the one written form.

    `missing`: columns left out; `sort_missing`: its order cannot be used; `stopped`: "unseen" (a filter on a
    column that is gone, hidden or masked) or "bad" (`problems` say what), None where the filters hold.
    """

    list: str
    missing: tuple[str, ...] = ()
    sort_missing: bool = False
    stopped: str | None = None
    problems: tuple[str, ...] = ()


def fitted(view: View, saved: str) -> Fitted:
    """Read the saved list for the person of `view`; it never raises for what was saved."""
    parts = split(saved)
    stopped, problems = _stopped(view, parts.get("f", []))
    columns, missing = _columns(view, parts.get("columns", []))
    sort = [pair for pair in parts.get("sort", []) if _reads(view, pair)]
    kept = [*parts.get("q", []), *sort, *columns]
    if stopped is None:
        kept = [*parts.get("f", []), *kept]
    try:
        text = to_query_string(from_query_string(view, kept), default_columns(view))
    except (BadFilter, UnknownColumn):  # a search that is none
        text = urlencode([*sort, *columns])
    return Fitted(text, missing, len(sort) < len(parts.get("sort", [])), stopped, problems)


def _stopped(view: View, filters: Pairs) -> tuple[str | None, tuple[str, ...]]:
    for pair in filters:
        try:
            from_query_string(view, [pair])
        except UnknownColumn:
            return "unseen", ()
        except BadFilter as error:
            # What is masked is no more to be told than what is hidden, the value beside it least of all.
            return ("unseen", ()) if _masked(view, pair[0]) else ("bad", tuple(error.problems))
    return None, ()


def _masked(view: View, name: str) -> bool:
    column = unquote(name.removeprefix("f.").rpartition(".")[0])
    return column not in view.shape.by_name or not view.sees(column)


def _columns(view: View, pairs: Pairs) -> tuple[Pairs, tuple[str, ...]]:
    names = pairs[-1][1].split(",") if pairs and pairs[-1][1] else []
    seen = [name for name in names if _reads(view, ("columns", name))]
    missing = tuple(unquote(name) for name in names if name not in seen)
    return ([("columns", ",".join(seen))] if seen else []), missing


def _reads(view: View, pair: tuple[str, str]) -> bool:
    try:
        from_query_string(view, [pair])
    except (UnknownColumn, BadFilter):
        return False
    return True
