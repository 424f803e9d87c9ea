"""The lines of the lists of changes as markup, made by hand: fifty of them are most of what such a page costs.

Everything that comes from the database goes through `_said`; all else is written here or a word of ours.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial

from markupsafe import Markup

from ops.catalog import Table
from ops.changes import ChangeRow
from ops.changes.operation import heading
from ops.web.change_states import row_badge
from ops.web.formats import QUARTER, Formats, Moment
from ops.web.marks import badge, escaped, moment
from ops.web.role_words import role_words
from ops.web.visible import marked
from ops.words import t

_SEEN = "!#-%(-;=?-~\u00a1-\u00ac\u00ae-\u024f\u2013\u2014\u2026"  # nothing to escape or to mark: Latin, and dashes
_WORDS = f"[{_SEEN}](?:[ {_SEEN}]*[{_SEEN}])?"
_HARMLESS = re.compile(_WORDS)
_ALL_HARMLESS = re.compile(f"{_WORDS}(?:\n{_WORDS})*")  # of several
_HERE = "\x00"  # where the name of a row goes; no text of the database holds it
_DAY = timedelta(hours=24)


def everybodys(rows: Sequence[ChangeRow], formats: Formats) -> Markup:
    """Lines of the list of changes: with their state."""
    return _lines(
        rows, formats, partial(_state, formats, dict[tuple[str, str | None], str]()), relative=False
    )


def waiting(rows: Sequence[ChangeRow], formats: Formats) -> Markup:
    """Lines of what waits for a decision: with their age, and whose turn it is."""
    known = dict[str, str]()
    now = datetime.now(UTC)

    def turn(row: ChangeRow) -> str:
        if row.turn is None:
            return ""
        if (said := known.get(row.turn)) is None:
            words = role_words(row.turn)
            said = known[row.turn] = _badge("warn", words[:1].upper() + words[1:].lower())
        return said if row.due_at is None else f"{said} {_due(row.due_at, now, formats)}"

    return _lines(rows, formats, turn, relative=True)


def _lines(
    rows: Sequence[ChangeRow], formats: Formats, state: Callable[[ChangeRow], str], *, relative: bool
) -> Markup:
    people, tables = dict[str, str](), dict[tuple[str, str, int], str]()
    young = datetime.now(UTC) - _DAY
    zone, locale, quarter = formats.timezone, formats.locale, int(time.time()) // QUARTER
    made = list[str]()
    for row, title in zip(rows, _headings(rows), strict=True):
        if (by := people.get(row.proposer)) is None:
            by = people[row.proposer] = _said(row.proposer)
        what = (row.kind, row.table.ref, row.operations)
        if (told := tables.get(what)) is None:
            told = tables[what] = _what(row, formats)
        if relative and row.created_at > young:
            age = f"<td>{_moment(formats.when(row.created_at, relative=True))}</td>"
        else:
            age = f"<td>{_at(zone, locale, row.created_at, quarter)}</td>"
        number = f"CH-{row.id}"
        standing = f"<td>{state(row)}</td>"
        made.append(
            f'<tr id="{number}"><th scope="row"><a href="/changes/{number}" data-row>{title}</a></th>'
            f"{'' if relative else standing}{told}<td>{by}</td>{age}{standing if relative else ''}"
            f'<td class="mono">{number}</td></tr>'
        )
    return Markup("\n".join(made))  # noqa: S704 - every value went through _said


def _headings(rows: Sequence[ChangeRow]) -> list[str]:
    """`heading` of each, where the words around a row's name are asked for once, as what stands between tags."""
    known = dict[tuple[str, str, str], tuple[str, str] | None]()
    found = list[str]()
    for row in rows:
        around = None
        if row.name is not None:
            kind = (row.title, row.kind, row.table.ref)
            if kind not in known:
                known[kind] = _around(row.title, row.kind, row.table)
            around = known[kind]
        found.append(row.title if around is None else f"{around[0]}{row.name}{around[1]}")
    together = "\n".join(found)
    if together.count("\n") == len(found) - 1 and _ALL_HARMLESS.fullmatch(together):
        return found
    return [_said(one) for one in found]


def _around(title: str, kind: str, table: Table) -> tuple[str, str] | None:
    before, named, after = heading(title, kind, table, _HERE).partition(_HERE)
    return (before, after) if named else None


@lru_cache(maxsize=4096)
def _at(zone: str, locale: str, moment: datetime, _quarter: int) -> str:
    # Days begin at a full quarter of an hour in every zone: within one, the same moment is said the same way.
    return _moment(Formats(zone, locale).when(moment.isoformat()))


def _what(row: ChangeRow, formats: Formats) -> str:
    many = row.operations > 1
    said = t("changes.rows", count=formats.number(row.operations)) if many else t(f"changes.kind.{row.kind}")
    return f"<td>{_said(said)}</td><td>{_said(row.table.label)}</td>"


def _due(due_at: datetime, now: datetime, formats: Formats) -> str:
    """When it should be decided: a badge once that is over, quiet words until then."""
    if due_at < now:
        return _badge("bad", t("approvals.overdue"))
    then = _moment(formats.when(due_at, relative=True))
    return f'<span class="small quiet">{_said(t("approvals.due"))} {then}</span>'


def _state(formats: Formats, known: dict[tuple[str, str | None], str], row: ChangeRow) -> str:
    state = (
        row.state if row.written is None else f"{row.written} of {row.operations} {row.stopped}",
        row.turn,
    )
    if (said := known.get(state)) is None:
        told = row_badge(row)
        said = known[state] = _badge(told.tone, told.text)
    if row.apply_at is None:
        return said
    then = _moment(formats.when(row.apply_at.isoformat()))
    return f'{said} <span class="small quiet">{_said(t("changes.apply_at"))} {then}</span>'


@lru_cache(maxsize=4096)
def _moment(at: Moment) -> str:
    return moment(at.iso, at.text, at.exact)


def _badge(tone: str, text: str) -> str:
    return badge(tone, marked(text) or "")


def _said(text: str) -> str:
    """The text escaped, and what hides in it marked (P34)."""
    return text if _HARMLESS.fullmatch(text) else escaped(marked(text) or "")
