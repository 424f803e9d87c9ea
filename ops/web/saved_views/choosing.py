"""The panel of columns: which are shown, in what order and width, how many stay in sight, rows on a page.

It is one form that is sent by GET, since it changes nothing but an address. A button moves a column and gives the
form again; "Show the list so" leads to the list. It works in a panel, as a page of its own, and without scripts.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from ops.catalog import Column
from ops.records.query import default_columns
from ops.web.looks import MOST_SIZED, Looks, looks_of
from ops.web.saved_views.state import State

MOST_SHOWN = 60  # columns of one list


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of the list in the form."""

    column: Column
    width: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """What templates/saved_views/columns.html shows. `moved`: the column a button has just moved, and which way."""

    state: State
    shown: list[Shown]
    others: list[Column]
    moved: tuple[str, str] | None

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The rest of the address, which the form carries along; what the form itself says is not among it."""
        said = ("columns", "size", "density", "pin", "widths")
        return [pair for pair in self.state.pairs if pair[0] not in said]

    @property
    def own_href(self) -> str:
        """The same rows with the table's own columns and looks."""
        return self.state.looking(Looks(), default_columns(self.state.seen)).href


def chosen(state: State) -> Choosing:
    """What the form says, else what the list has."""
    moved = _moved() if "col" in request.args else None
    columns, looks = _posted(state, moved) if "col" in request.args else (state.query.columns, state.on.looks)
    columns = columns or state.query.columns
    state = state.looking(looks, columns)
    names = [name for name in columns if name in state.seen.shape.by_name]
    shown = [Shown(state.seen.column(name).column, looks.widths.get(name, "")) for name in names]
    others = [one.column for one in state.seen.columns if one.name not in names]
    return Choosing(state, shown, others, moved)


def _moved() -> tuple[str, str] | None:
    way, _, name = request.args.get("move", "").partition(".")
    return (name, way) if way in ("up", "down") and name else None


def _posted(state: State, moved: tuple[str, str] | None) -> tuple[tuple[str, ...], Looks]:
    listed = request.args.getlist("col")[:MOST_SHOWN]
    widths = dict(zip(listed, request.args.getlist("width"), strict=False))
    keep = set(request.args.getlist("keep"))
    names = [name for name in dict.fromkeys(listed) if name in keep]
    names += [name for name in request.args.getlist("add") if name not in names]
    names = [name for name in names if name in state.seen.shape.by_name][:MOST_SHOWN]
    if moved is not None and moved[0] in names:
        at = names.index(moved[0])
        to = min(max(at + (1 if moved[1] == "down" else -1), 0), len(names) - 1)
        names.insert(to, names.pop(at))
    sized = {name: widths.get(name, "") for name in names[:MOST_SIZED]}
    said = looks_of([(name, request.args.get(name, "")) for name in ("size", "density", "pin")])
    looks = Looks(
        said.size, said.density, said.pin, {n: w for n, w in sized.items() if w in ("s", "m", "l", "x")}
    )
    return tuple(names), looks
