"""A record's form as it opens: with what was typed into it and not sent, if anything was."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from flask import request

from ops import drafts
from ops.drafts import Draft
from ops.policy import View
from ops.records import Record
from ops.web import typed
from ops.web.forms import new_form_token
from ops.web.gate import actor, tx
from ops.web.page import formats
from ops.web.records import children, copying, editing, lines, opening, parsing
from ops.web.records.editing import FormPage, Given, Trouble
from ops.web.records.presence import words
from ops.words import t


def new_page(view: View, like: str | None = None) -> FormPage:
    """The form for a new record; `like` is the key of one it is made after. Raises NotVisible."""
    draft = _draft()
    if like is not None:
        return editing.new_page(view, new_form_token(), copying.like(view, like))
    if draft is None:
        return editing.new_page(view, new_form_token())
    form = typed.as_posted(draft)
    given = Given(parsing.created(view.table, form), lines.posted(form, children.belongings(view)))
    return editing.new_page(view, new_form_token(), given, _note(draft))


def edit_page(view: View, key: str) -> FormPage:
    """The form of a record. Raises NotVisible."""
    record = editing.read(view, key, *editing.ahead(view, key), opening.form(view, key))
    # Told with the page itself, so that it is there without scripts too.
    return replace(_edit_page(view, record, key), present=words(opening.present(record)))


def _edit_page(view: View, record: Record, key: str) -> FormPage:
    draft = opening.draft(record)
    if draft is not None:
        form = typed.as_posted(draft)
        try:
            given = Given(parsing.edited(view.table, form), lines.posted(form, children.belongings(view)))
        except parsing.Torn:
            pass  # the company changed the table since
        else:
            return editing.edit_page(view, record, key, new_form_token(), given, _note(draft))
    return editing.edit_page(view, record, key, new_form_token())


def _draft() -> Draft | None:
    return drafts.find(tx(), cast(int, actor().person_id), typed.address_of(request.path))


def _note(draft: Draft) -> Trouble:
    moment = formats().when(draft.saved_at)
    return Trouble(
        t("frame.draft_kept", when=moment.text), t("frame.draft_kept_text"), 200, "info", draft=True
    )
