"""Reads what the pages of one import show."""

from __future__ import annotations

from uuid import UUID

from flask import abort, request

from ops import imports
from ops.catalog import UnknownTable
from ops.imports import Broken, NoSuchImport, Plan, Run
from ops.imports.csv_file import Row
from ops.imports.mapping import recall
from ops.imports.source import first_rows, sheets_of, split, spool_of
from ops.imports.staged import PAGE
from ops.policy import View
from ops.web.gate import actor, database, platform, tx
from ops.web.imports.shown import Choices, Result, ShownRun, shown
from ops.web.trouble import Trouble


def mine(run_id: UUID) -> ShownRun:
    """The person's own import, or 404."""
    try:
        run: Run = imports.show(tx(), actor(), run_id)
    except NoSuchImport:
        abort(404)
    return shown(run, platform().catalog)


def view_of(one: ShownRun) -> View:
    """The person's view of its table. Raises NotVisible, Forbidden, UnknownTable."""
    if one.table is None:
        raise UnknownTable(one.label)
    return imports.view_of(platform(), tx(), actor(), one.run)


def choices(
    one: ShownRun, seen: View, *, plan: Plan | None = None, trouble: Trouble | None = None
) -> Choices:
    """The form, with the file's first rows as they are read now."""
    plan = plan or one.run.plan
    remembered = one.run.state == "uploaded" and recall(tx(), actor(), seen.table, plan.header) is not None
    database()  # ends the request's reading: a large workbook takes a moment
    spool, file = spool_of(platform().settings), one.run.file
    assert file is not None
    rows: list[Row] = []
    sheets: list[str] = []
    broken = None
    try:
        if plan.reading.kind == "xlsx":
            sheets = sheets_of(spool, file)
        _, rows = split(first_rows(spool, file, plan.reading, 40 + plan.reading.header), plan.reading)
    except Broken as error:
        broken = str(error)
    return Choices(
        shown=one,
        seen=seen,
        plan=plan,
        rows=rows,
        sheets=sheets,
        broken=broken,
        remembered=remembered,
        trouble=trouble,
    )


def result(one: ShownRun, seen: View) -> Result:
    """The rows of the tab that the address names; without one, the first that has any."""
    run = one.run
    asked = request.args.get("tab", "")
    order = ("bad", "changed", "new", "same")
    tab = asked if asked in imports.STATES else next((s for s in order if run.count(s)), "new")
    after = request.args.get("after", "")
    behind = int(after[:9]) if after.isascii() and after.isdigit() else 0
    why_not = None
    if run.state == "checked" and run.table_digest != seen.table.digest:
        why_not = "moved_since"
    elif not imports.same_rights(platform(), tx(), actor(), run):
        why_not = "other_rights"
    rows = [] if why_not else imports.page(tx(), run, tab, after=behind)
    more = f"{one.href}?tab={tab}&after={rows[-1].position}#result" if len(rows) == PAGE else None
    first = f"{one.href}?tab={tab}#result" if behind else None
    return Result(one, seen, tab, rows, more, why_not, first)
