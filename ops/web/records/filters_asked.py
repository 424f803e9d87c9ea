"""What the filter panel's form asks for, made into an address of the list.

A plain form cannot put what was chosen into a parameter's name, so it sends the parts, and the list answers with the
address that has them together.
"""

from __future__ import annotations

from dataclasses import replace

from flask import request

from ops import records
from ops.conditions import ARITY, Clock, Filter, filter_problem, joined, with_zone
from ops.policy import View
from ops.records import ListQuery
from ops.records.query import MOST_FILTERS, path_of
from ops.records.subject import of_filter
from ops.web.gate import tx
from ops.web.records.filters import OWN_SHAPE, SHAPES, Panel
from ops.web.records.filters_opened import opened_panel
from ops.web.records.filters_typed import several_typed
from ops.words import t


def applied(view: View) -> str | Panel | None:
    """The address of the list with the filter the form asks for; the panel again where it cannot be meant.

    None where the request asks for no filter.
    """
    op = request.args.get("add.op")
    if op is None or not (request.args.get("add.path") or request.args.get("add.column")):
        return None
    panel = opened_panel(view)
    one, error = _asked(panel, op)
    if one is None and error is None:  # an untouched field of the old form: the list as it is
        return panel.list_href
    filters = list(panel.query.filters)
    if one is not None and error is None:
        if panel.place is None:
            filters.append(one)
        else:
            filters[panel.place] = one
        error = _problem(view, one, len(filters))
    if error is not None:
        return replace(panel, error=error, again=True)
    return panel.address(tuple(filters))


def _asked(panel: Panel, op: str) -> tuple[Filter | None, str | None]:
    """The filter of what was typed, or what is missing."""
    assert panel.subject is not None
    column, path = path_of(panel.view, panel.path)
    if panel.subject.column.category == "json" and "add.inside" in request.args:
        parts = tuple(part for part in request.args["add.inside"].split(".") if part)
        path = (*path[: len(path) - len(panel.subject.inside)], *parts)
        if not parts and op not in ("contains", "empty", "filled"):
            return None, t("filters.need_inside")
    shape = OWN_SHAPE.get(op) or SHAPES.get(ARITY.get(op, 1), "one")
    value = _value(panel, shape)
    if value is None:
        if "add.column" in request.args:
            return None, None
        return None, t("filters.need_two" if shape == "two" else "filters.need_value")
    return Filter(column, op, value, path), None


def _value(panel: Panel, shape: str) -> str | None:
    """What was typed, as the address writes it; None where nothing was."""
    args = request.args
    if shape == "none":
        return ""
    if shape in ("days", "period"):
        return args.get(f"add.{shape}") or args.get("add.value") or None
    if shape == "two" and "add.from" in args:
        ends = [
            _with_time(panel, args.get(f"add.{end}", ""), args.get(f"add.{end}_time", ""))
            for end in ("from", "to")
        ]
        return joined(ends) if all(ends) else None
    if shape == "many" and (several := several_typed()):
        return joined(several)
    value = args.get("add.value", "")
    return _with_time(panel, value, args.get("add.value_time", "")) or None


def _with_time(panel: Panel, day: str, clock: str) -> str:
    """A moment keeps the zone it was typed in, so that the address means the same to everybody."""
    assert panel.subject is not None
    if panel.subject.column.category != "timestamp" or not clock or not day:
        return day
    typed = f"{day}T{clock}"
    zoned = "with time zone" in panel.subject.column.base
    return with_zone(typed, Clock.here(panel.zone)) if zoned else typed


def _problem(view: View, one: Filter, count: int) -> str | None:
    if count > MOST_FILTERS:
        return t("filters.too_many", count=MOST_FILTERS)
    subject = of_filter(view, one)
    problem = filter_problem(one, subject.like(one))
    if problem is None:
        try:
            records.refuse_bad_values(tx(), view, ListQuery(columns=(), filters=(one,)))
        except records.BadFilter as error:
            problem = " ".join(error.problems)
    return problem
