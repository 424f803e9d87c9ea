"""The form for many rows at once: what was chosen, which columns to set, what it would do; then the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import policy, work
from ops.changes import Ahead, Invalid, Reshaped, asks_ahead, bulk, settable
from ops.changes.bulk import Preview, Wish
from ops.db import Busy, Unavailable
from ops.disclosure import Sight
from ops.policy import View
from ops.records import BadFilter
from ops.web import moments
from ops.web.addresses import change_href
from ops.web.forms import new_form_token, posted_form_token
from ops.web.gate import actor, database, platform, tx
from ops.web.page import flash, formats, render, see_other
from ops.web.records import noting, parsing, reshaped
from ops.web.records.addresses import list_href
from ops.web.records.arranging import in_order
from ops.web.records.choices import Asked, choices
from ops.web.records.fields import Field
from ops.web.records.filling import Filling, Wrong
from ops.web.records.form_page import Trouble
from ops.web.records.many_page import Chosen, Do, ManyPage
from ops.web.said import say
from ops.web.trouble import headers, status
from ops.words import t

_KINDS: dict[str, Literal["update", "delete"]] = {"edit": "update", "delete": "delete"}


def chosen(values: Sequence[tuple[str, str]]) -> Chosen:
    """Read the selection from the fields of a list or of the form."""
    keys = dict.fromkeys(value for name, value in values if name == "k")
    lists = [value for name, value in values if name == "list"]
    return Chosen(tuple(keys), lists[0] if lists else "", any(name == "all" for name, _ in values))


def opened(view: View) -> Answer:
    """The form, freshly asked for by the bar of a list."""
    picked = chosen(list(request.args.items(multi=True)))
    do = _do(request.args.get("do"), view)
    if not (picked.keys or picked.everything):
        flash("info", t("bulk.nothing_ticked"))
        return see_other(list_href(view.table) + (f"?{picked.state}" if picked.state else ""))
    return _answer(_page(view, do, picked, [], new_form_token(), preview=do == "delete"))


def posted(view: View) -> Answer:
    """One more column, a preview, or the real thing."""
    if reshaped.is_old(view):
        return _reshaped(view)
    form = request.form
    picked = chosen(list(form.items(multi=True)))
    do = _do(form.get("do"), view)
    step, token = form.get("step", ""), posted_form_token()
    names = [name for name in dict.fromkeys(form.getlist("c")) if name in _settable(view)]
    if step == "add" and (added := form.get("add", "")) in _settable(view):
        names = list(dict.fromkeys([*names, added]))
    if step.startswith("drop:"):
        names = [name for name in names if name != step.removeprefix("drop:")]
    if step != "apply":
        return _answer(_page(view, do, picked, names, token, preview=step == "preview"))
    return _applied(view, do, picked, names, token)


def _reshaped(old: View) -> Answer:
    """The same form for the table as it is now; columns it has no more are told with what was to be set (P47)."""
    view = reshaped.again(old)
    names = [name for name in dict.fromkeys(request.form.getlist("c")) if name in _settable(view)]
    picked, do = chosen(list(request.form.items(multi=True))), _do(request.form.get("do"), view)
    return _answer(_page(view, do, picked, names, posted_form_token(), trouble=reshaped.trouble(view)))


def _applied(view: View, do: Do, picked: Chosen, names: list[str], token: str) -> Answer:
    try:
        asked = _wish(view, do, picked, names, moments.chosen(request.form, actor().timezone))
        outcome = bulk.propose_bulk(
            database(), platform().catalog, actor(), asked, token=token,
            ring=lambda one: work.dispatch(platform().redis, [one]),
        )  # fmt: skip
    except Reshaped:
        return _reshaped(view)
    except Invalid as error:
        trouble = Trouble(error.general or t("many.not_done"), t("many.kept"), fields=error.fields)
    except BadFilter as error:
        trouble = Trouble(t("many.bad_list"), str(error))
    except (Busy, Unavailable) as error:
        trouble = Trouble.away(error)
    else:
        _tell(outcome.state, outcome.reference, outcome.failure)
        return see_other(change_href(outcome.reference))
    return _answer(_page(view, do, picked, names, token, trouble=trouble))


def _tell(state: str, reference: str, failure: str | None) -> None:
    if state == "applied" and failure is None:
        say("ok", "many.done", reference=reference)
    elif state == "applied":
        flash("warn", t("many.done", reference=reference), failure)
    elif state in ("conflicted", "failed"):
        flash("warn", t("many.none", reference=reference), failure)
    elif state == "approved":
        flash("info", t("changes.scheduled", reference=reference), t("changes.waits_for_time"))
    else:
        say("info", "many.under_way", "many.under_way_text", reference=reference)


def _wish(view: View, do: Do, picked: Chosen, names: list[str], apply_at: datetime | None = None) -> Wish:
    """What the form asks for. Raises Invalid for what cannot be meant."""
    after: dict[str, str | None] = {}
    if do == "edit":
        try:
            given = parsing.edited(view.table, request.form)
        except parsing.Torn as error:
            raise Invalid({}, t("records.torn")) from error
        if given.wrong:
            raise Invalid(given.wrong)
        # Beside a column that was chosen nothing means: no value.
        after = {name: given.after.get(name) for name in names}
    mode: Literal["whole", "chunks"] = "whole" if request.form.get("mode") == "whole" else "chunks"
    reason = request.form.get("reason", "").replace("\r\n", "\n").strip()
    return Wish(view.table, _KINDS[do], picked.selection, after, mode, reason=reason, apply_at=apply_at)


def _page(
    view: View, do: Do, picked: Chosen, names: list[str], token: str, *,
    preview: bool = False, trouble: Trouble | None = None,
) -> ManyPage:  # fmt: skip
    looked: Preview | None = None
    away = trouble is not None and trouble.status == 503
    if preview or (trouble is not None and not away):
        try:
            looked = bulk.preview(tx(), platform().catalog, view, _wish(view, do, picked, names))
        except Invalid as error:
            trouble = trouble or Trouble(error.general or t("many.not_yet"), None, fields=error.fields)
        except BadFilter as error:
            trouble = trouble or Trouble(t("many.bad_list"), str(error))
    return ManyPage(
        view=view, do=do, chosen=picked, token=token, fields=_fields(view, names, trouble, away=away),
        more=[(one.name, one.column.label) for one in in_order(view) if one.name in _offered(view, do, names)],
        mode=request.form.get("mode", "chunks"), reason=request.form.get("reason", ""), preview=looked,
        asks=[] if away or do == "export" else _asks(view, do, names), trouble=trouble,
    )  # fmt: skip


def _asks(view: View, do: str, names: list[str]) -> Sequence[Ahead]:
    return asks_ahead(tx(), view, _KINDS[do], names or None, source="bulk", figure=formats().number)


def _fields(view: View, names: list[str], trouble: Trouble | None, *, away: bool) -> list[Field]:
    if not names:
        return []
    try:
        given = parsing.edited(view.table, request.form) if request.method == "POST" else None
    except parsing.Torn:
        given = None
    empty: dict[str, str | None] = dict.fromkeys(names)
    typed = {**empty, **{n: text for n, text in (given.typed if given else {}).items() if n in empty}}
    offered = {} if away else choices([Asked(view, names, [typed])])[0][0]
    wrong = Wrong({**(given.wrong if given else {}), **(trouble.fields if trouble else {})})
    filling = Filling(view.table, empty, given, wrong, offered)
    return [filling.field(name) for name in names]


def _settable(view: View) -> frozenset[str]:
    keyed = set(view.table.key)
    return frozenset(
        name
        for name in settable(view, "update")
        if name not in keyed and view.table.columns[name].category != "bytes"
    )


def _offered(view: View, do: Do, names: Sequence[str]) -> frozenset[str]:
    return _settable(view) - set(names) if do == "edit" else frozenset()


def _do(text: str | None, view: View) -> Do:
    """What is to be done, if it is the person's to do. Raises Forbidden."""
    do: Do = "delete" if text == "delete" else "export" if text == "export" else "edit"
    if not view.may(do):
        raise policy.Forbidden(t(f"many.may_not.{do}", table=view.table.label))
    return do


def _answer(page: ManyPage) -> Response:
    if page.preview is not None and page.preview.samples:
        keys = [one.key for one in page.preview.samples]
        noting.shown([Sight(page.view.table, keys=keys, query=page.chosen.state)])
    return render("records/many.html", status(page.trouble), headers(page.trouble), form=page)
