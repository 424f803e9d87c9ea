"""A record's form as it opens: with what was typed into it and not sent, if anything was."""

from __future__ import annotations

from typing import cast

from flask import request

from ops import drafts
from ops.drafts import Draft
from ops.policy import View
from ops.web import typed
from ops.web.forms import new_form_token
from ops.web.gate import actor, tx
from ops.web.page import formats
from ops.web.records import editing, parsing
from ops.web.records.editing import FormPage, Trouble
from ops.words import t


def new_page(view: View) -> FormPage:
    """The form for a new record."""
    draft = _draft()
    if draft is None:
        return editing.new_page(view, new_form_token())
    posted = parsing.created(view.table, typed.as_posted(draft))
    return editing.new_page(view, new_form_token(), posted, _note(draft))


def edit_page(view: View, key: str) -> FormPage:
    """The form of a record. Raises NotVisible."""
    record, draft = editing.read(view, key), _draft()
    if draft is not None:
        try:
            posted = parsing.edited(view.table, typed.as_posted(draft))
        except parsing.Torn:
            draft = None  # the company changed the table since
        else:
            return editing.edit_page(view, record, key, new_form_token(), posted, _note(draft))
    return editing.edit_page(view, record, key, new_form_token())


def _draft() -> Draft | None:
    return drafts.find(tx(), cast(int, actor().person_id), typed.address_of(request.path))


def _note(draft: Draft) -> Trouble:
    moment = formats().when(draft.saved_at)
    return Trouble(
        t("frame.draft_kept", when=moment.text), t("frame.draft_kept_text"), 200, "info", draft=True
    )
