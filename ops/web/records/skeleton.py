"""A record's form as markup: what follows from the shape of rights is rendered once, then kept with the shape.

The frames of the form, of its lists and of their rows have holes (`ops.web.records.holed`) for all that is of the
record or of the request: titles, addresses, tokens, values, who is there. So nothing old can be shown. A form that is
shown again because something went wrong is rendered anew, by the same templates.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from flask import current_app
from markupsafe import Markup

from ops.policy import View
from ops.web import marks
from ops.web.csrf import csrf_token
from ops.web.gate import platform
from ops.web.kept import kept
from ops.web.marks import escaped
from ops.web.records.controls import control
from ops.web.records.holed import Holed, hole

if TYPE_CHECKING:
    from ops.web.records.fields import Field
    from ops.web.records.form_page import FormPage, ShownLine, ShownSection

MOST = 100  # frames of one shape: of the form with other fields, of rows that can be removed or not
_FORM, _NOTES = "records/_form.html", "records/_form_notes.html"
_LINES, _LINE = "records/_lines.html", "records/_line.html"


def body(page: FormPage) -> Markup:
    """The form, from its first tag to its last."""
    again = page.again
    places = {one.name: hole(f"field{n}") for n, one in enumerate(page.fields)}
    frame = _frame(page.view, _FORM, _key(page, again), form=page, places=places)
    texts = {
        "csrf": csrf_token(),
        "token": escaped(page.token),
        "heading": escaped(page.heading),
        "action": escaped(page.action),
        "draft": escaped(page.draft),
        "back": escaped(page.back),
        "presence": escaped(page.presence),
        "again": escaped(again or ""),
        "reason": escaped(page.reason),
        "notes": _notes(page, again),
        "lines": "".join(_section(page, one, n) for n, one in enumerate(page.sections, 1)),
    }
    texts |= {f"field{n}": _control(page, one) for n, one in enumerate(page.fields)}
    texts |= {f"fact{n}": marks.value(one.shown) for n, one in enumerate(page.fixed)}
    return frame.filled(texts)


def _key(page: FormPage, again: str | None) -> Hashable:
    """All that the form's frame follows from beside its holes and the shape; None where it is not worth keeping."""
    later = page.later
    if page.trouble is not None or page.present or later.text or later.error:
        return None
    names = tuple([one.name for one in page.fields])
    labels = tuple([one.label for one in page.fixed])
    return page.key is None, names, labels, page.multipart, page.can_save, again is None, later.zone


def _frame(view: View, template: str, key: Hashable, **told: Any) -> Holed:
    """The template with its holes, as it was rendered for this key; without a key rendered now."""
    known: dict[Hashable, Holed] = view.shape.memory.setdefault("frames of forms", {})
    keeps = key is not None and not kept().fresh
    found = known.get((template, key)) if keeps else None
    if found is None:
        text = current_app.jinja_env.get_template(template).render(hole=hole, **told)
        # The token of the session stands in every form by itself (components/fields.html).
        found = Holed(text.replace(csrf_token(), hole("csrf")))
        if keeps:
            if len(known) >= MOST:
                known.clear()
            known[template, key] = found
    return found


def _notes(page: FormPage, again: str | None) -> str:
    """What is said above the fields: mostly nothing."""
    said = (page.trouble, page.asks, page.waiting, again, page.like, platform().moved(page.view.table.ref))
    return current_app.jinja_env.get_template(_NOTES).render(form=page) if any(said) else ""


def _control(page: FormPage, one: Field) -> Markup:
    found = page.found
    return control(one, found if found is not None and found[0] == one.name else None)


def _section(page: FormPage, part: ShownSection, number: int) -> Markup:
    """One list of rows."""
    section = part.section
    key = (part.name, number, bool(part.lines), section.more, section.may_add)
    rows = [_line(page, part, line, n) for n, line in enumerate(part.lines, 1)]
    frame = _frame(section.view, _LINES, key, part=part, number=number)
    return frame.filled({"href": escaped(section.href), "rows": "".join(rows)})


def _line(page: FormPage, part: ShownSection, line: ShownLine, number: int) -> Markup:
    """One row of it."""
    focus = page.added == part.name and line is part.lines[-1]
    own = line.own
    # Which cells are fields, and what may be done with the row.
    shape = tuple([one is None for _, one, _ in line.cells]), tuple([name for name, _ in own])
    key = (part.name, *shape, line.held.key is None, line.base is None, line.removed, focus)
    frame = _frame(part.section.view, _LINE, None if line.wrong else key, part=part, line=line, focus=focus)
    texts = {
        "number": str(line.held.number),
        "nth": str(number),
        "prefix": line.prefix,
        "key": escaped(line.held.key or ""),
        "row": escaped(line.base or ""),
    }
    texts |= {f"own{n}": escaped(text) for n, (_, text) in enumerate(own)}
    for n, (_, one, told) in enumerate(line.cells):
        texts[f"cell{n}"] = _control(page, one) if one else marks.value(told) if told else ""
    return frame.filled(texts)
