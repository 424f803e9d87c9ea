"""The chat: one line for a row of the outbox, with nothing in it that a channel may not know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from ops import notices, outbox
from tests.notices.conftest import Post
from tests.notices.receiving import Channel, channel

LOOPBACK = "127.0.0.1"


@pytest.fixture
def there(post: Callable[..., Post]) -> Iterator[tuple[Post, Channel]]:
    with channel() as chat:
        yield post(OPS_CHAT_WEBHOOK_URL=chat.url, OPS_EGRESS_ALLOW=LOOPBACK, OPS_ENV_LABEL="Staging"), chat


def test_one_line_says_what_waits(there: tuple[Post, Channel]) -> None:
    """Who asks, which role, where; no table, no title, no value: anybody in the channel reads it."""
    house, chat = there
    house.put()
    house.sql("UPDATE ops.outbox SET done_at = NULL")
    outbox.drain(house.db, notices.handlers(house.platform))
    assert house.work() == 1
    (said,) = chat.said
    assert said[0] == "/hook/s3cr3t"
    assert json.loads(said[1]) == {
        "text": "[Staging] Ann asks for a decision on CH-1042 (asked: manager) "
        "http://ops.example.com:8000/changes/CH-1042"
    }
    assert "SECRET" not in said[1].decode() and "hing" not in said[1].decode()


def test_a_name_mentions_nobody(there: tuple[Post, Channel]) -> None:
    house, chat = there
    house.sql(
        "UPDATE ops.person SET name = E'<!channel> @all [a](http://x) <http://x|y>\\n& more' WHERE id = 1"
    )
    house.put()
    house.work()
    text = json.loads(chat.said[0][1])["text"]
    assert "&lt;!channel&gt; \uff20all (a)(http: //x) &lt;http: //x|y&gt; &amp; more asks" in text


def test_what_is_over_is_not_said(there: tuple[Post, Channel]) -> None:
    house, chat = there
    house.put()
    house.sql("UPDATE ops.change_set SET state = 'rejected'")
    assert house.work() == 1
    assert chat.said == [] and house.one("SELECT state FROM ops.work") == "done"


def test_later_and_never(there: tuple[Post, Channel]) -> None:
    """P50: 500 and 429 are tried again, Retry-After counts; 410 and a redirect end it."""
    house, chat = there
    chat.answers = [(500, {}), (429, {"Retry-After": "1800"}), (410, {})]
    house.put()
    for state in ("due", "due", "failed"):
        house.soon()
        house.work()
        assert house.one("SELECT state FROM ops.work") == state
        if chat.said and len(chat.said) == 2:
            assert house.one("SELECT due_at > now() + interval '25 minutes' FROM ops.work")
    assert house.one("SELECT error FROM ops.work") == "HTTP 410"
    assert len({said[2]["Idempotency-Key"] for said in chat.said}) == 1
    chat.answers = [(302, {"Location": "http://169.254.169.254/"})]
    house.put("change.reminder", change_id="1042")
    house.work()
    assert {row.error for row in house.sql("SELECT error FROM ops.work")} == {"HTTP 410", "HTTP 302"}


def test_a_private_address_is_not_called_unless_allowed(post: Callable[..., Post]) -> None:
    """P23."""
    with channel() as chat:
        house = post(OPS_CHAT_WEBHOOK_URL=chat.url)
        house.put()
        house.work()
        assert chat.said == []
    row = house.sql("SELECT state, error FROM ops.work")[0]
    assert row.state == "due" and "may not be called" in row.error
    assert "s3cr3t" not in row.error and "s3cr3t" not in repr(house.platform.settings)  # P42


def test_an_alarm_is_said_too(there: tuple[Post, Channel]) -> None:
    house, chat = there
    house.put("break_glass.used", person_id="1", name="Emergency", ip="192.0.2.7")
    house.work()
    assert "Emergency has signed in from 192.0.2.7" in json.loads(chat.said[0][1])["text"]


def test_an_emergency_is_said_whatever_became_of_the_change(there: tuple[Post, Channel]) -> None:
    """P33: it names no reason and no person but by the page."""
    house, chat = there
    house.sql("UPDATE ops.change_set SET state = 'applied'")
    house.sql(
        "INSERT INTO ops.emergency_review (change_id, revision, digest, reason, opened_by) "
        "SELECT id, 1, 'd', 'SECRET', proposer_id FROM ops.change_set"
    )
    house.put("change.emergency", change_id="1042")
    house.work()
    (said,) = chat.said
    assert (
        "CH-1042 was applied in an emergency" in json.loads(said[1])["text"]
        and "SECRET" not in said[1].decode()
    )
