"""A record's form put into the basket instead of being saved: kept, and sent in later with others."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from werkzeug.wrappers import Response as Answer

from ops.catalog import Table
from ops.changes import Operation, basket
from ops.web import from_list
from ops.web.gate import actor, database, platform
from ops.web.moments import APPLY_AT
from ops.web.page import flash, see_other
from ops.web.records.addresses import record_href
from ops.words import t

BUTTON = "basket"


def asked() -> bool:
    """Whether the form was sent by the button that collects."""
    return BUTTON in request.form


def add(operations: Sequence[Operation], token: str, reason: str) -> int:
    """Put what the form asks for into the person's basket; how many rows it has now. Raises what `basket.add` does."""
    return basket.add(database(), platform().catalog, actor(), operations, token=token, reason=reason)


def done(table: Table, count: int, key: str | None = None) -> Answer:
    """Say so, and lead back to the record, or to the list where there is none to lead to."""
    text = t("basket.added_text", count=count)
    if request.form.get(APPLY_AT, "").strip():
        text = f"{text} {t('basket.moment_later')}"
    flash("ok", t("basket.added"), text)
    return see_other(from_list.list_href(table) if key is None else from_list.along(record_href(table, key)))
