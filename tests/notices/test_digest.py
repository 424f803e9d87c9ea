"""The daily mail: once for a person's own day, at their hour, with what they have not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from ops.notices import choices, digest
from tests.notices.conftest import Post
from tests.notices.receiving import Mailbox, mail_server


@pytest.fixture
def there(post: Callable[..., Post]) -> Iterator[tuple[Post, Mailbox]]:
    with mail_server() as (mailbox, port):
        house = post(OPS_SMTP_URL=f"smtp://localhost:{port}", OPS_MAIL_FROM="ops@example.com")
        with house.db.transaction() as tx:
            choices.choose(tx, 2, {"asks": "digest"}, 8)
            choices.choose(tx, 3, {"asks": "none"}, 8)
            choices.choose(tx, 5, {"asks": "none"}, 8)
        yield house, mailbox


def make(house: Post, hour: int, day: int = 21, month: int = 11) -> int:
    with house.db.transaction() as tx:
        return digest.make(tx, datetime(2026, month, day, hour, 30, tzinfo=UTC))


def test_once_a_day_at_the_persons_own_hour(there: tuple[Post, Mailbox]) -> None:
    """Bo's clock is an hour ahead: 8 there is 7 here."""
    house, mailbox = there
    house.put()
    assert make(house, 6) == 0
    assert make(house, 7) == 1
    assert make(house, 8) == make(house, 22) == 0
    assert house.work() == 1
    (mail,) = mailbox.mails
    assert mail["To"].addresses[0].addr_spec == "bo@example.com"
    assert mail["Message-ID"] == "<digest.2.2026-11-21@ops.example.com>"
    text = mail.get_body(("plain",)).get_content()
    assert "One thing since your last daily mail" in text
    assert "Ann asks for your decision on CH-1042" in text
    assert "http://ops.example.com:8000/changes/CH-1042" in text
    assert "SECRET" not in mail.as_string()


def test_what_comes_after_it_waits_for_the_next_day(there: tuple[Post, Mailbox]) -> None:
    house, mailbox = there
    house.put()
    assert make(house, 7) == 1
    house.work()
    house.sql("UPDATE ops.notice SET kind = 'other'")
    house.put()
    assert make(house, 9) == 0
    assert make(house, 7, day=22) == 1
    house.work()
    assert len(mailbox.mails) == 2
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 2


def test_what_was_read_in_the_app_makes_no_mail(there: tuple[Post, Mailbox]) -> None:
    house, mailbox = there
    house.put()
    house.sql("UPDATE ops.notice SET read_at = now()")
    assert make(house, 7) == 0
    assert house.work() == 0 and mailbox.mails == []


def test_both_changes_of_the_clocks(there: tuple[Post, Mailbox]) -> None:
    """P51: on 2026-03-29 there is no 02:30 in Oslo, on 2026-10-25 there are two; the mail comes once on each."""
    house, mailbox = there
    with house.db.transaction() as tx:
        choices.choose(tx, 2, {}, 2)
    house.put()
    assert make(house, 0, day=29, month=3) == 0  # 01:30
    assert make(house, 1, day=29, month=3) == 1  # 03:30, an hour later
    house.sql("UPDATE ops.notice SET kind = 'other'")
    house.put()
    assert make(house, 0, day=25, month=10) == 1  # 02:30, the first
    house.sql("UPDATE ops.notice SET kind = 'other'")
    house.put()
    assert make(house, 1, day=25, month=10) == 0  # 02:30, the second
    house.work()
    assert len(mailbox.mails) == 2
