"""A change that came to nothing, asked for again: the form of its row with what it proposed over the row as it is now.

Only what the person sees of that change and may set today is filled in. Its reason is carried, with a reference to it
that stays in the new one. All else is the form as ever, and what is sent goes through the door as ever.
"""

from __future__ import annotations

import re
from dataclasses import replace

from flask import request

from ops import changes
from ops.changes import ChangeView, parse_reference
from ops.policy import NotVisible, View
from ops.web import inputs
from ops.web.gate import actor, platform, tx
from ops.web.records.fields import Field, field
from ops.web.records.form_page import FormPage
from ops.web.records.parsing import control_text
from ops.words import t

NAME = "again"  # in the address that opens the form, and in the form
_FOLDED = re.compile(r"sha256:[0-9a-f]{64}")


def asked() -> str | None:
    """The change that this request's form was filled from: its reference, if that can be one."""
    number = parse_reference(request.values.get(NAME, ""))
    return None if number is None else changes.reference(number)


def filled(page: FormPage) -> FormPage:
    """The form as it opens, with what the change proposed. Raises NotVisible where there is none to see."""
    change = _change(page.view, page.key)
    if change is None:
        return page
    return replace(
        page, fields=[_over(page, one, change) for one in page.fields], reason=reason_of(change), trouble=None
    )


def deleted(view: View, key: str) -> str:
    """The reason to delete the row with, where an earlier change asked for that; else none. Raises NotVisible."""
    change = _change(view, key)
    return reason_of(change) if change is not None else ""


def reason_of(change: ChangeView) -> str:
    """The reason of the change, and that it is asked for again."""
    return _with_reference(change.change.reason, change.reference)


def kept(reason: str) -> str:
    """The reason as it is sent: it names the change that is asked for again, whatever was typed."""
    ref = asked()
    return reason if ref is None else _with_reference(reason, ref)


def _with_reference(reason: str, ref: str) -> str:
    if re.search(rf"(?<![\w-]){ref}(?!\w)", reason):
        return reason
    return "\n".join(one for one in (reason.strip(), t("records.again_after", reference=ref)) if one)


def _change(view: View, key: str | None) -> ChangeView | None:
    ref = asked()
    if ref is None:
        return None
    change = changes.show(tx(), platform().catalog, actor(), parse_reference(ref) or 0)
    (one, *more) = change.operations
    if (
        more
        or change.head
        or (one.table.ref, one.key if one.kind != "create" else None) != (view.table.ref, key)
    ):
        raise NotVisible(ref)
    return change


def _over(page: FormPage, one: Field, change: ChangeView) -> Field:
    column, zone = one.column, actor().timezone
    found = next((each for each in change.differences if each.column == column.name), None)
    if found is None or found.masked or found.linked or column.category == "bytes":
        return one
    text = found.will_be
    if text is not None and _FOLDED.fullmatch(text):
        return one
    kind = inputs.kind_of(column, text, zone)
    value = inputs.written(kind, text) if kind.name else control_text(column, text)
    choice = replace(one.choice, title=None) if one.choice and value != one.value else one.choice
    return field(
        column, value, creating=page.key is None, null=text is None, hidden=one.hidden, choice=choice, kind=kind,
        prefix=one.prefix,
    )  # fmt: skip
