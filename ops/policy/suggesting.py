"""Columns that look personal, by name and type, with the mask each might get: for an owner to decide about."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ops.catalog import Catalog, Column, Table, split

_TEXT = frozenset({"text", "network", "other"})
_NUMERIC = _TEXT | {"integer", "number", "money"}
_DATED = _TEXT | {"date", "timestamp"}

# word, or two words in a row -> (pattern, the kinds of column it is said of). The first that fits is taken.
_WORDS: dict[tuple[str, ...], tuple[str, frozenset[str]]] = {
    **dict.fromkeys([("email",), ("mail",), ("e", "mail")], ("email", _TEXT)),
    **dict.fromkeys([("ip", "address"), ("ip",), ("mac",), ("imei",), ("device", "id")], ("hash", _TEXT)),
    **dict.fromkeys(
        [
            ("iban",), ("bic",), ("pan",), ("card", "number"), ("card", "no"), ("account", "number"),
            ("account", "no"), ("bank", "account"), ("sort", "code"), ("routing", "number"),
            ("phone",), ("mobile",), ("telephone",), ("tel",), ("fax",), ("cell",), ("msisdn",), ("whatsapp",),
            ("ssn",), ("social", "security"), ("tax", "id"), ("tax", "number"), ("tax", "no"), ("tin",),
            ("vat", "id"), ("vat", "number"), ("national", "id"), ("personal", "number"), ("passport",),
            ("licence", "number"), ("license", "number"), ("licence", "no"), ("license", "no"), ("plate",),
        ],
        ("last4", _NUMERIC),
    ),
    **dict.fromkeys(
        [("birth",), ("birthday",), ("birthdate",), ("dob",), ("born",), ("birthplace",)], ("full", _DATED)
    ),
    **dict.fromkeys([("address",), ("addr",), ("street",)], ("full", _TEXT | {"geometry", "json"})),
    **dict.fromkeys(
        [("salary",), ("wage",), ("wages",), ("income",), ("pay", "grade"), ("credit", "score")],
        ("full", _NUMERIC),
    ),
    **dict.fromkeys(
        [
            ("gender",), ("sex",), ("religion",), ("ethnicity",), ("race",),
            ("nationality",), ("marital",), ("disability",), ("diagnosis",), ("health",), ("blood",),
            ("biometric",), ("fingerprint",), ("latitude",), ("longitude",), ("maiden",),
        ],
        ("full", _NUMERIC | {"enum", "geometry", "json", "boolean"}),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column that nothing hides or masks yet, the mask it might get, and the word that says so."""

    table: Table
    column: Column
    pattern: str
    word: str


def suggestions(catalog: Catalog) -> list[Suggestion]:
    """Columns that look personal and that no Resource hides or masks, in the catalog's order."""
    found = []
    for table in catalog:
        pointing = {name for foreign in table.foreign_keys for name in foreign.columns}
        settled = {*table.resource.hidden, *table.resource.masked, *table.key, *pointing}
        for column in table.columns.values():
            if column.name not in settled and (said := suggested(column)) is not None:
                found.append(Suggestion(table, column, *said))
    return found


def suggested(column: Column) -> tuple[str, str] | None:
    """(pattern, word) where name and type look personal; None where they do not."""
    words = [word.lower() for word in split(column.name)]
    for part in (*pairwise(words), *((word,) for word in words)):
        pattern, kinds = _WORDS.get(part, ("", frozenset[str]()))
        if column.category in kinds:
            return pattern, " ".join(part)
    return None
