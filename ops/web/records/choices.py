"""What a foreign key's field offers: all rows of a small table, suggestions out of a large one, and today's title."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from ops import policy, records
from ops.catalog import Table
from ops.policy import View
from ops.records import ListQuery
from ops.web.addresses import list_href
from ops.web.gate import actor, platform, tx
from ops.web.records.fields import Choice
from ops.web.records.references import FEW, Reference, Values, few, pickable, references, wanted

MOST = 20  # suggestions at a time


def choices(view: View, names: Sequence[str], values: Values) -> dict[str, Choice]:
    """A Choice for each of the columns `names` that stands for a foreign key one can pick by one value.

    Reads the titles of `values` in one query per target table, and small targets whole.
    """
    found = {
        name: one
        for name, one in references(platform().catalog, actor(), view.table).items()
        if name in names and pickable(one)
    }
    small = {
        name: options for name, one in found.items() if few(one) and (options := _all_of(one)) is not None
    }
    searched = {name: one for name, one in found.items() if name not in small}
    titles = records.titles(tx(), platform().catalog, actor(), wanted(searched, [values]))
    offered = {name: Choice(options=options) for name, options in small.items()}
    for name, one in searched.items():
        title = titles.get(one.target.ref, {}).get(one.key(values) or "")
        offered[name] = Choice(title=title, source=_source(one))
    return offered


def suggestions(view: View, text: str, column: str | None) -> list[tuple[str, str]]:
    """Up to twenty rows of `view` that a search for `text` finds: (value to write, title).

    The value is the key's, or of the unique column that the foreign key names. Raises NotVisible for a column
    that does not exist for the person.
    """
    wanted_column = column or _only_key(view.table)
    if not view.sees(wanted_column):
        raise policy.NotVisible(wanted_column)
    query = ListQuery(columns=(wanted_column,), search=text.strip()[:200])
    rows = records.page(tx(), view, query, size=MOST).rows
    return [(cell.text, row.title) for row in rows if not (cell := row.cells[wanted_column]).null]


def _all_of(one: Reference) -> list[tuple[str, str]] | None:
    """All rows of a small table; None where it has grown since the catalog was read."""
    view = policy.view(actor(), one.target, platform().catalog)
    column = one.foreign_key.target_columns[0]
    page = records.page(tx(), view, ListQuery(columns=(column,)), size=FEW)
    if page.next is not None:
        return None
    return sorted(
        ((row.cells[column].text, row.title) for row in page.rows), key=lambda pair: pair[1].casefold()
    )


def _only_key(table: Table) -> str:
    if len(table.key) != 1:
        raise policy.NotVisible(table.ref)
    return table.key[0]


def _source(one: Reference) -> str:
    by = "" if one.by_key else f"?by={quote(one.foreign_key.target_columns[0], safe='')}"
    return f"{list_href(one.target)}pick{by}"
