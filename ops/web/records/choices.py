"""What fields of foreign keys offer: all rows of small tables, suggestions out of large ones, titles of the chosen.

The rest of the web offers the same with `f.picker(…, source=source(…))`: the page asks /tables/<table>/pick, whatever
form the field stands in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from ops import policy, records
from ops.policy import View
from ops.records import Also, Offer, Record
from ops.web.addresses import list_href
from ops.web.gate import actor, platform, tx
from ops.web.records.fields import Choice
from ops.web.records.references import Reference, Titles, Values, few, references, titles_of, wanted
from ops.web.records.shaped import of_shape


@dataclass(frozen=True, slots=True)
class Asked:
    """The columns `names` of a table's rows that a page shows as fields, and what stands in them."""

    view: View
    names: Sequence[str]
    rows: Sequence[Values]


def choices(asked: Sequence[Asked], read: Sequence[Record] = ()) -> list[list[dict[str, Choice]]]:
    """For each of `asked`, row by row, a Choice for each column that stands for a foreign key.

    Two round trips at most, however many tables, rows and foreign keys: one for all small targets, one for titles. None
    for what records tell that have been `read`: titles with any of them, small targets with the first (`ahead`).
    """
    found = [_references(one) for one in asked]
    small = _small(_every(found), read[0].also if read else {})
    titled: dict[str, set[str]] = {}
    for one, each in zip(asked, found, strict=True):
        searched = {name: ref for name, ref in each.items() if _place(ref) not in small}
        for target, keys in wanted(searched, one.rows).items():
            titled.setdefault(target, set()).update(keys)
    titles = titles_of(titled, read)
    return [
        [{name: _choice(ref, row, small, titles) for name, ref in each.items()} for row in one.rows]
        for one, each in zip(asked, found, strict=True)
    ]


def ahead(asked: Sequence[Asked]) -> Also | None:
    """The small targets that `choices` of these will offer, as one more item of the statement that reads the record."""
    places = _every([_references(one) for one in asked])
    return records.whole_also(_views(places)) if places else None


def suggestions(view: View, text: str, by: str | None) -> list[Offer]:
    """What a search for `text` offers: rows with their values of the columns `by`, by default the key's.

    Raises NotVisible for a column that does not exist for the person.
    """
    columns = tuple(map(unquote, by.split(","))) if by else view.table.key
    if not columns:
        raise policy.NotVisible(view.table.ref)
    return records.offered(tx(), view, columns, text)


def found(source: str, text: str) -> list[Offer]:
    """The same for a field's own `source`, for pages without scripts."""
    ref, _, by = source.removeprefix("/tables/").partition("/pick")
    catalog = platform().catalog
    seen = policy.view(actor(), catalog.table(unquote(ref)), catalog)
    return suggestions(seen, text, unquote(by.removeprefix("?by=")) or None)


def source(one: Reference) -> str:
    """Where rows for a foreign key are offered."""
    names = ",".join(quote(name, safe="") for name in one.foreign_key.target_columns)
    by = "" if one.foreign_key.target_columns == one.target.key else f"?by={quote(names, safe='')}"
    return f"{list_href(one.target)}pick{by}"


def parts(offer: Offer) -> str:
    """An offer's values as the page carries them."""
    return _JSON.encode(offer.values)


_JSON = json.JSONEncoder(ensure_ascii=False)
_Place = tuple[str, tuple[str, ...]]


def _references(one: Asked) -> Mapping[str, Reference]:
    return of_shape(one.view, ("choices", tuple(one.names)), lambda: _in_names(one))


def _in_names(one: Asked) -> dict[str, Reference]:
    every = references(platform().catalog, actor(), one.view.table).items()
    return {name: ref for name, ref in every if name in one.names and _in_sight(ref)}


def _in_sight(one: Reference) -> bool:
    seen = policy.view(actor(), one.target, platform().catalog)
    return all(map(seen.sees, one.foreign_key.target_columns))


def _place(one: Reference) -> _Place:
    return one.target.ref, one.foreign_key.target_columns


def _every(found: Sequence[Mapping[str, Reference]]) -> list[_Place]:
    """The small targets of all of them, each once."""
    return list(dict.fromkeys(_place(one) for each in found for one in each.values() if few(one)))


def _views(places: Sequence[_Place]) -> list[tuple[View, tuple[str, ...]]]:
    catalog = platform().catalog
    return [(policy.view(actor(), catalog.table(ref), catalog), columns) for ref, columns in places]


def _small(places: Sequence[_Place], brought: Mapping[str, Any]) -> dict[_Place, list[tuple[str, str]]]:
    if not places:
        return {}
    views = _views(places)
    name = records.whole_also(views).name
    # An aggregate of nothing is NULL: then they were asked for, and are empty.
    found = records.whole(tx(), views, (brought[name] or ()) if name in brought else None)
    return {
        place: [(offer.values[0], offer.title) for offer in offers]
        for place, offers in zip(places, found, strict=True)
        if offers is not None
    }


def _choice(
    one: Reference,
    row: Values,
    small: Mapping[_Place, list[tuple[str, str]]],
    titles: Titles,
) -> Choice:
    options = small.get(_place(one))
    if options is not None:
        return Choice(options=options)
    columns = one.foreign_key.columns
    title = titles.get(one.target.ref, {}).get(one.key(row) or "")
    return Choice(title=title, source=source(one), fills=columns if len(columns) > 1 else ())
