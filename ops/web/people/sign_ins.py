"""The log of signing in and out: who came, who was turned away and why, who left, whose session was ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, request

from ops import history
from ops.audit import Entry, record
from ops.history import SIGNING_KINDS, Signing, SigningKind
from ops.identity import directory
from ops.identity.directory import NoSuchPerson
from ops.policy import Permission
from ops.web.gate import actor, database, needs, tx
from ops.web.navigation import initials
from ops.web.page import render
from ops.web.people.pages import address, bp, number, person_href, said
from ops.web.provider_names import provider_name
from ops.web.visible import marked, visible
from ops.words import t

HERE = "/people/sign-ins/"
TONES = {"in": "ok", "refused": "bad", "out": "idle", "ended": "warn"}


@dataclass(frozen=True, slots=True)
class ShownSigning:
    """One line: what happened in words, in a tone; `more` are the reason and the warnings."""

    signing: Signing
    who: str
    tone: str
    what: str
    more: list[str]
    provider: str


@bp.get("/sign-ins/")
@needs(Permission.PEOPLE_READ)
def sign_ins() -> Response:
    """The log, newest first, as the query string filters it; that it was read is an event (P35)."""
    asked = {name: request.args.get(name, "").strip()[:40] for name in ("who", "kind", "from", "to")}
    kind: SigningKind | None = next((one for one in SIGNING_KINDS if one == asked["kind"]), None)
    since, until = _day(asked["from"]), _day(asked["to"])
    asked = {
        "who": asked["who"] if number(asked["who"]) is not None else "", "kind": kind or "",
        "from": asked["from"] if since else "", "to": asked["to"] if until else "",
    }  # fmt: skip
    older, newer = number(request.args.get("older")), number(request.args.get("newer"))
    page = history.signings(
        tx(), actor(), person_id=number(asked["who"]), kind=kind, since=since,
        until=until + timedelta(days=1) if until else None, older_than=older, newer_than=newer,
    )  # fmt: skip
    person = _name(number(asked["who"]))
    facts = {name: text for name, text in asked.items() if text}
    with database().transaction() as writing:
        record(writing, actor(), [Entry("trail.read", facts={"signings_of": "everybody", **facts})])
    return render(
        "people/sign_ins.html",
        signings=[shown(one) for one in page.signings],
        asked=asked,
        person=person,
        paged=older is not None or newer is not None,
        kinds=[(one, t(f"directory.signing.{one}")) for one in SIGNING_KINDS],
        way=lambda **more: address(HERE, **{**asked, **more}),
        older=page.older,
        newer=page.newer,
        href=person_href,
        initials=initials,
        marked=marked,
        plain=visible,
    )


def shown(one: Signing) -> ShownSigning:
    """The event in words."""
    facts = one.facts
    more = []
    if facts.get("reason"):
        more.append(said(f"people.failed.{facts['reason']}", t("directory.reason", code=facts["reason"])))
    more += [
        said(f"directory.warned.{code}", code) for code in (facts.get("warnings") or "").split(",") if code
    ]
    if facts.get("again"):
        more.append(t("directory.again"))
    if one.kind == "ended":
        more.append(
            t("directory.ended_by", name=visible(one.by)) if one.by else visible(facts.get("how") or "")
        )
    return ShownSigning(
        signing=one,
        who=visible(one.name),
        tone=TONES[one.kind],
        what=t(f"directory.signing.{one.kind}"),
        more=[text for text in more if text],
        provider=provider_name(facts.get("issuer") or "") if facts.get("issuer") else "",
    )


def _name(person_id: int | None) -> str | None:
    if person_id is None:
        return None
    try:
        return visible(directory.person(tx(), person_id).name)
    except NoSuchPerson:
        return str(person_id)


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), _zone())
    except (ValueError, OverflowError):
        return None


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(actor().timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
