"""What stands beside a record on its page and in its form, told by the statement that reads the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from flask import request

from ops import drafts, history, presence
from ops.approvals import ApprovalRule, rules_from_json
from ops.drafts import Draft
from ops.history import Event
from ops.policy import View
from ops.presence import Present
from ops.records import Also, Record
from ops.web import typed
from ops.web.gate import actor, platform, tx

_FORM, _EVENTS = "opens", "events"  # what they are called in `Record.also`


def form(view: View, key: str) -> Also:
    """What the form of the row at `key` opens with: a draft, who else is there, the rules."""
    values = {
        "opens_person": actor().person_id,
        "opens_address": typed.address_of(request.path)[: drafts.MOST_ADDRESS],
        "opens_schema": view.table.schema,
        "opens_table": view.table.name,
        "opens_key": key[: presence.MOST_KEY],
        "opens_seconds": presence.SECONDS,
        "opens_most": presence.MOST,
    }
    return Also(_FORM, _form, values)


def _form() -> sa.ColumnElement[Any]:
    texts = [sa.bindparam(f"opens_{name}", type_=sa.Text) for name in ("address", "schema", "table", "key")]
    person, seconds, most = (
        sa.cast(sa.bindparam(f"opens_{name}", type_=sa.Text), kind)
        for name, kind in (("person", sa.BigInteger), ("seconds", sa.Double), ("most", sa.Integer))
    )
    return sa.func.ops.form_opens(person, *texts, seconds, most)


def draft(record: Record) -> Draft | None:
    """What the person typed into the form that was read with the record, and did not send."""
    return drafts.told(record.also[_FORM]["draft"])


def present(record: Record) -> Sequence[Present]:
    """Who else has it open."""
    return presence.told(record.also[_FORM]["present"])


def rules(record: Record | None) -> Sequence[ApprovalRule] | None:
    """The rules that count now, where they were read with the record."""
    told = record.also.get(_FORM) if record else None
    return None if told is None else rules_from_json(cast(Sequence[Any], told["rules"]))


def events(view: View, key: str, most: int) -> Also:
    """The newest events of the row at `key`."""
    return Also(_EVENTS, history.newest_item, history.newest(view, key, most))


def happened(view: View, record: Record) -> list[Event] | None:
    """The events that were read with the record; None where they were not."""
    if _EVENTS not in record.also:
        return None
    return history.newest_of(tx(), platform().catalog, view, record.key, record.also[_EVENTS])
