"""Mails about what was said: the reference and who said it, never the words."""

from __future__ import annotations

from collections.abc import Callable

from ops.notices.writing import Office, letter_of
from tests.notices.conftest import Post

SAID = (
    "INSERT INTO ops.change_comment (change_id, person_id, revision, text, mentions, token) "
    "VALUES (1042, 1, 1, 'SECRET-4711 @Bo Castellan', '{2}', 't') RETURNING id"
)


def test_who_is_named_is_mailed_without_what_was_said(post: Callable[..., Post]) -> None:
    """P33: a mail holds no value."""
    house = post(OPS_SMTP_URL="smtp://localhost:2525", OPS_MAIL_FROM="ops@example.com")
    house.put("change.commented", change_id="1042", comment=str(house.one(SAID)))
    told = house.sql("SELECT person_id, kind, text, route, href FROM ops.notice")
    assert [(one.person_id, one.kind, one.route) for one in told] == [(2, "mentions", "mail")]
    assert "SECRET" not in told[0].text and told[0].href.startswith("/changes/CH-1042?at=")
    number = house.one("SELECT id FROM ops.notice")
    office = Office(house.platform.settings, house.platform.catalog)
    with house.db.reading() as tx:
        letter = letter_of(tx, office, number)
    assert letter is not None and "SECRET" not in str(letter) and "CH-1042" in letter.subject
