"""Work of the kind "chat": one line in the company's channel, which anybody there may read."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import egress, work
from ops.notices.alarms import break_glass_text
from ops.notices.letters import plain
from ops.outbox import OutboxRow
from ops.platform import Platform
from ops.words import t
from ops.work import Claim

log = logging.getLogger(__name__)

_ROW = sa.text("SELECT id, kind, body, created_at, attempts FROM ops.outbox WHERE id = :id")
_CHANGE = sa.text(
    """
    SELECT c.state, p.name AS proposer,
        (SELECT s.role FROM ops.stage s WHERE s.change_id = c.id AND s.revision = c.revision
         AND s.closed_at IS NULL ORDER BY s.position LIMIT 1) AS role
    FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id WHERE c.id = :id
    """
)
_WHATEVER_STATE = ("rights.alone", "change.emergency")  # an alarm is not over when the change is
_TRY_LATER = frozenset((408, 425, 429))  # of the answers that blame us: those that say "not now"
# Each chat reads other signs as a mention or a link: what a name could make one with becomes a sign that looks like it.
_PLAIN = str.maketrans({"@": "\uff20", "[": "(", "]": ")"})


def run(platform: Platform, claim: Claim, stop: Callable[[], bool]) -> None:
    """Say in the chat what the row of the outbox named by the subject is about, if it still is. Raises Fenced."""
    if stop():
        with platform.db.transaction() as tx:
            work.give_back(tx, claim)
        return
    url = platform.settings.chat_webhook_url
    text = None
    if url is not None:
        with platform.db.reading() as tx:
            text = line_of(tx, int(claim.subject), platform.settings.public_url, platform.settings.env_label)
    trouble = _post(platform, url, claim, text) if url is not None and text is not None else None
    with platform.db.transaction() as tx:
        if trouble is None:
            work.finish(tx, claim)
        else:
            what, permanent, after = trouble
            log.warning("chat line %s was not said: %s", claim.subject, what)
            work.fail(tx, claim, what, permanent=permanent, after=after)


def line_of(tx: Session, outbox_id: int, public_url: str, label: str | None) -> str | None:
    """The line, with no table and no value: whoever reads the channel may see none of them. None: it is over."""
    found = tx.execute(_ROW, {"id": outbox_id}).one_or_none()
    if found is None:
        return None
    row = OutboxRow(*found)
    if row.kind.startswith("break_glass."):
        text, path = break_glass_text(row), "/audit/"
    else:
        number = int(row.body["change_id"])
        change = tx.execute(_CHANGE, {"id": number}).one_or_none()
        if change is None or (row.kind not in _WHATEVER_STATE and change.state != "in_review"):
            return None
        text, path = (
            _of_change(row.kind, f"CH-{number}", change.proposer, change.role),
            f"/changes/CH-{number}",
        )
    said = plain(text).translate(_PLAIN).replace("://", ": //")
    return f"{f'[{label}] ' if label else ''}{said} {public_url}{path}"


def _of_change(kind: str, ref: str, proposer: str, role: str | None) -> str:
    if kind == "rights.alone":
        return t("notices.alone", proposer=proposer, ref=ref)
    if kind == "change.emergency":
        return t("notices.chat.emergency", ref=ref)
    what = {"change.reminder": "reminder", "change.escalated": "escalated"}.get(kind, "asks")
    who = role or t("notices.chat.people")
    return t(f"notices.chat.{what}", proposer=proposer, ref=ref, role=who)


def _post(platform: Platform, url: str, claim: Claim, text: str) -> tuple[str, bool, int | None] | None:
    """None where it was taken; else what happened, whether for good, and how long to wait."""
    # In a chat a name must not become a mention, a link or markup of its own.
    body = json.dumps({"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Countersign",
        "Idempotency-Key": f"countersign-{claim.id}",
    }
    try:
        answer = egress.post(url, body, headers, networks=platform.settings.egress_allow)
    except egress.NotAllowed as error:
        return f"the address may not be called: {error}", False, None
    except egress.Unreached as error:
        return str(error), False, None
    if 200 <= answer.status < 300:
        return None
    for_good = 300 <= answer.status < 500 and answer.status not in _TRY_LATER
    return f"HTTP {answer.status}", for_good, answer.after
