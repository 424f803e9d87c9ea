"""Work of the kind "mail": one letter, written as things stand now, handed to the server, ticked off."""

from __future__ import annotations

import logging
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import work
from ops.notices import bundles, digest, writing
from ops.notices.letters import Letter, as_mail
from ops.notices.post_office import NotSent, send
from ops.notices.writing import Office
from ops.platform import Platform
from ops.work import Claim

log = logging.getLogger(__name__)

_SENT = {
    "notice": sa.text(
        "UPDATE ops.notice SET mailed_at = clock_timestamp() WHERE id = :id OR letter_id = :id"
    ),
    "digest": sa.text("UPDATE ops.digest SET mailed_at = clock_timestamp() WHERE id = :id"),
}


def run(platform: Platform, claim: Claim, stop: Callable[[], bool]) -> None:
    """Send what the subject names (`notice:ID`, `digest:ID`); what is over or has no address is done without.

    No transaction is open while the server is spoken with (P44). Raises Fenced.
    """
    what, _, number = claim.subject.partition(":")
    settings = platform.settings
    if stop():
        with platform.db.transaction() as tx:
            work.give_back(tx, claim)
        return
    if what == "notice":
        with platform.db.transaction() as tx:
            bundles.written(tx, int(number))
    letter = None
    if settings.smtp is not None and settings.mail_from is not None:
        with platform.db.reading() as tx:
            letter = _letter(tx, Office(settings, platform.catalog), what, int(number))
    if letter is not None and settings.smtp is not None and settings.mail_from is not None:
        preferences = settings.public_url + "/notices/preferences"
        mail = as_mail(letter, settings.mail_from, settings.env_label, preferences)
        try:
            send(settings.smtp, mail)
        except NotSent as error:
            log.warning("mail %s was not sent: %s", claim.subject, error)
            with platform.db.transaction() as tx:
                work.fail(tx, claim, str(error), permanent=error.for_good)
            return
    with platform.db.transaction() as tx:
        if letter is not None:
            tx.execute(_SENT[what], {"id": int(number)})
        work.finish(tx, claim)


def _letter(tx: Session, office: Office, what: str, number: int) -> Letter | None:
    if what == "digest":
        return digest.letter_of(tx, office, number)
    return writing.letter_of(tx, office, number)
