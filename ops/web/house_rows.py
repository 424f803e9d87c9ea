"""Rows of the platform's own tables as people read them: in a difference, with a way to the page about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from ops.approvals import NoPlace, asks_from_json, parse_place
from ops.catalog import BadAddress, Catalog, Table, parse_key
from ops.changes import array_items
from ops.policy import Permission
from ops.web.provider_names import provider_name
from ops.web.right_words import (
    column_label,
    condition_words,
    joined,
    json_object,
    kinds_words,
    pattern_words,
    place_words,
    table_of,
    verbs_words,
)
from ops.web.role_words import role_label
from ops.web.rule_words import names_of_asks, only_table, place_text_words, source_words, stages_words
from ops.words import t

Row = Mapping[str, str | None]
_SENTENCES = {str(one.value): one.sentence for one in Permission}


class HouseRow:
    """One operation's row: `told` is all that is known of it, from its key, what was and what shall be."""

    def __init__(self, catalog: Catalog, table: Table, key: str | None, told: Row) -> None:
        self.table = table
        self.told = {**_of_key(table, key), **told}
        self._catalog = catalog
        schema, name = self.told.get("schema_name"), self.told.get("table_name")
        self.about = (
            table_of(catalog, schema, name) if schema and name else _only(catalog, self.told.get("tables"))
        )

    def text(self, column: str, text: str | None) -> str | None:
        """The value as people read it; what has no better form stays as it is."""
        if text is None:
            return None
        match column:
            case "verbs":
                return verbs_words(array_items(text))
            case "kinds":
                return kinds_words(array_items(text))
            case "hidden" | "readonly" | "columns":
                return ", ".join(self._column(name) for name in array_items(text)) or t("rights.nothing")
            case "masked":
                found = json_object(text).items()
                each = (f"{self._column(name)}: {pattern_words(pattern)}" for name, pattern in found)
                return ", ".join(each) or t("rights.nothing")
            case "permissions":
                return " ".join(_SENTENCES.get(name, name) for name in array_items(text)) or t(
                    "rights.nothing"
                )
            case "enabled":
                return t("rights.yes" if text == "true" else "rights.no")
            case "tables":
                return joined([place_text_words(self._catalog, one) for one in array_items(text)])
            case "stages":
                return _stages(text)
            case "sources":
                return joined([source_words(one) for one in array_items(text)]) or t("rules.any_source")
            case "proposer_roles":
                return joined([role_label(one) for one in array_items(text)]) or t("rules.any_role")
        return text

    def title(self, column: str, text: str | None) -> str | None:
        """What stands beside the value, where its own text is for machines; None where nothing need."""
        if not text:
            return t("rights.rows.every") if column == "rows" and text == "" else None
        match column:
            case "rows" | "condition":
                words = condition_words(text, self.about)
                return words if words != text else None
            case "role":
                label = role_label(text)
                return label if label != text else None
            case "iss":
                return provider_name(text)
            case "table_name":
                return place_words(self._catalog, self.told.get("schema_name") or "*", text)
        return None

    @property
    def href(self) -> str | None:
        """The page about the row; None where it has none."""
        told = self.told
        match self.table.name:
            case "role":
                return f"/people/roles/{quote(told.get('name') or '', safe='')}"
            case "role_table":
                return f"/people/roles/{quote(told.get('role') or '', safe='')}"
            case "group_role":
                return "/people/groups/"
            case "approval_rule":
                return f"/rules/{told['id']}" if told.get("id") else "/rules/"
            case "person_role":
                return f"/people/{told['person_id']}" if told.get("person_id") else "/people/"
        return None

    def _column(self, name: str) -> str:
        label = column_label(self.about, name)
        return label if label.casefold() == name.casefold() else f"{label} ({name})"


def _only(catalog: Catalog, tables: str | None) -> Table | None:
    """The one table that a rule is about, if it is one."""
    items = array_items(tables) if tables else []
    try:
        return only_table(catalog, [parse_place(one) for one in items]) if items else None
    except NoPlace:
        return None


def _stages(text: str) -> str:
    try:
        asks = asks_from_json(json.loads(text))
    except ValueError:
        return text
    return stages_words(asks, names_of_asks(asks))


def _of_key(table: Table, key: str | None) -> Row:
    if key is None:
        return {}
    try:
        return dict(zip(table.key, parse_key(key, len(table.key)), strict=True))
    except BadAddress:
        return {}
