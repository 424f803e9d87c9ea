"""Judging lines, signing a review off, taking away what was judged so, and the file of a review."""

from __future__ import annotations

import csv
import io

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from ops import policy, records, reviews
from ops.audit import Entry, record
from ops.catalog import key_text
from ops.changes import Operation
from ops.exports import neutral_text
from ops.policy import NotVisible, Permission
from ops.reviews import NoSuchReview, Refused
from ops.web.gate import WHILE_TYPING, actor, database, needs, platform, tx
from ops.web.page import flash, see_other
from ops.web.proposing import sent, trouble_of
from ops.web.reviews.views import bp, known, shown
from ops.web.trouble import Trouble
from ops.words import t

MOST = 100_000  # lines of one file


@bp.post("/reviews/<int:number>/lines")
@needs(Permission.PEOPLE_REVIEW)
def judge(number: int) -> Answer:
    """Keep the verdicts that were chosen, all or none."""
    typed = {name: text for name, text in request.form.items() if name[:2] in ("v~", "c~")}
    said = [
        (*_line(name), verdict, typed.get("c" + name[1:], "").replace("\x00", ""))
        for name, verdict in typed.items()
        if name.startswith("v~") and verdict
    ]
    if not said:
        return shown(number, Trouble(t("reviews.nothing_judged")), typed)
    try:
        with database().transaction() as writing:
            count = reviews.judge(writing, actor(), number, said)
    except Refused as error:
        return shown(number, Trouble(f"{error} {t('reviews.kept')}"), typed)
    except NoSuchReview:
        raise NotVisible(str(number)) from None
    flash("ok", t("reviews.saved", count=count))
    return see_other(f"/people/reviews/{number}?open=1")


@bp.post("/reviews/<int:number>/signature")
@needs(Permission.PEOPLE_REVIEW)
def sign(number: int) -> Answer:
    """Sign the review off."""
    try:
        with database().transaction() as writing:
            reviews.sign(writing, actor(), number)
    except Refused as error:
        return shown(number, Trouble(str(error)))
    except NoSuchReview:
        raise NotVisible(str(number)) from None
    flash("ok", t("reviews.signed_note"))
    return see_other(f"/people/reviews/{number}")


@bp.post("/reviews/<int:number>/removals")
@needs(Permission.PEOPLE_EDIT, fresh=WHILE_TYPING)
def remove(number: int) -> Answer:
    """Ask to take away the roles given by hand that were judged so; another owner decides."""
    review = known(number)
    table = platform().catalog.by_name("ops", "person_role")
    found = [line for line in reviews.removals(tx(), number) if line.origin == "hand"]
    if review.signed_at is None or not found:
        return shown(number, Trouble(t("reviews.nothing_to_take")))
    seen = policy.view(actor(), table)
    keys = [key_text((str(line.person_id), line.role, line.origin)) for line in found]
    try:
        operations = [Operation("delete", table, key, records.one(tx(), seen, key).values) for key in keys]
    except NotVisible as error:
        return shown(number, trouble_of(error))
    return sent(
        operations,
        lambda trouble: shown(number, trouble),
        unchanged=f"/people/reviews/{number}",
        title=t("reviews.proposed_title", name=review.name),
        why=t("reviews.proposed_reason", name=review.name),
    )


@bp.get("/reviews/<int:number>.csv")
@needs(Permission.PEOPLE_READ)
def download(number: int) -> Response:
    """The review as a file for people: formulas neutralised (P22); that it was taken is an event first (P35)."""
    review = known(number)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        (
            "review",
            "as_of",
            "person_id",
            "person",
            "role",
            "origin",
            "since",
            "verdict",
            "comment",
            "judged_by",
            "judged_at",
        )
    )
    after, count = None, 0
    while count < MOST:
        page = reviews.lines(tx(), number, after=after, people=500)
        for line in page.lines:
            cells = (
                review.name, review.as_of.isoformat(), str(line.person_id), line.person, line.role, line.origin,
                line.since.isoformat(), line.verdict or "", line.comment, line.judged_by or "",
                line.judged_at.isoformat() if line.judged_at else "",
            )  # fmt: skip
            writer.writerow([neutral_text(cell) for cell in cells])
        count += len(page.lines)
        if page.next is None:
            break
        after = page.next
    with database().transaction() as writing:
        record(
            writing, actor(), [Entry("review.downloaded", facts={"review": review.name, "lines": str(count)})]
        )
    headers = {"Content-Disposition": f'attachment; filename="{review.name}.csv"'}
    return Response(text.getvalue().encode(), mimetype="text/csv", headers=headers)


def _line(name: str) -> tuple[int, str, str]:
    """Person, role and origin of a field `v~PERSON~ROLE~ORIGIN`; what is no such field names no line."""
    person, _, rest = name[2:].partition("~")
    role, _, origin = rest.rpartition("~")
    return (int(person) if person.isascii() and person.isdigit() and len(person) < 19 else 0), role, origin
