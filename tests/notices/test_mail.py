"""Mails by a real SMTP server: once each, retried under one Message-ID, telling nothing that is not theirs."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from ops import notices, outbox, outgoing
from ops.notices import choices
from ops.notices.letters import Letter, Link, as_mail
from ops.notices.post_office import NotSent, send
from tests.notices.conftest import Post
from tests.notices.receiving import Mailbox, authority, mail_server

SENDER = "Countersign <ops@example.com>"


@pytest.fixture
def box() -> Iterator[tuple[Mailbox, str]]:
    with mail_server() as (mailbox, port):
        yield mailbox, f"smtp://localhost:{port}"


@pytest.fixture
def house(post: Callable[..., Post], box: tuple[Mailbox, str]) -> Post:
    return post(OPS_SMTP_URL=box[1], OPS_MAIL_FROM=SENDER, OPS_ENV_LABEL="Staging")


def only(box: tuple[Mailbox, str], address: str) -> list[EmailMessage]:
    return [mail for mail in box[0].mails if address in mail["To"]]


def test_who_is_asked_gets_one_mail_and_the_maker_none(house: Post, box: tuple[Mailbox, str]) -> None:
    """The clock told twice, the worker told twice: still one mail each; nothing to an unverified address."""
    house.put()
    house.sql("UPDATE ops.outbox SET done_at = NULL")  # the clock died between handing on and saying so
    outbox.drain(house.db, notices.handlers(house.platform))
    assert house.work() == 3  # Una's is written down and has nobody to go to
    house.sql(
        "UPDATE ops.work SET state = 'due', attempts = 0"
    )  # a worker died between sending and saying so …
    house.work()
    assert sorted(mail["To"] for mail in box[0].mails) == [
        "Bo Castellan <bo@example.com>",
        "Max <max@example.com>",
    ]
    assert {tuple(to) for _, to in box[0].envelopes} == {("bo@example.com",), ("max@example.com",)}
    assert {sender for sender, _ in box[0].envelopes} == {"ops@example.com"}


def test_what_a_mail_says_and_what_it_does_not(house: Post, box: tuple[Mailbox, str]) -> None:
    """Reference, kind, table, proposer, when, in the person's own zone; neither title nor value (P14)."""
    house.sql("UPDATE ops.stage SET due_at = '2026-11-20 16:00+00'")
    house.put()
    house.work()
    mail = only(box, "bo@example.com")[0]
    assert mail["Subject"] == "[Staging] CH-1042 waits for your decision"
    assert mail["From"] == SENDER
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Ann asks for your decision on CH-1042" in text
    assert "What: Edit · Thing" in text
    assert "Asked: Nov 20, 2026, 2:03:00" in text and "(Europe/Oslo)" in text
    assert "Due: Nov 20, 2026, 5:00:00" in text
    assert "http://ops.example.com:8000/changes/CH-1042" in text
    assert '<a href="http://ops.example.com:8000/changes/CH-1042">' in html
    assert "SECRET" not in mail.as_string() and "Hansen" not in mail.as_string()


def test_a_table_one_may_not_see_is_not_named(house: Post, box: tuple[Mailbox, str]) -> None:
    """P14: the proposer has lost the rights on it since; that it ended is theirs to know."""
    house.sql("DELETE FROM ops.person_role WHERE person_id = 1")
    house.sql("UPDATE ops.change_set SET state = 'rejected'")
    house.put("change.rejected")
    house.work()
    (mail,) = only(box, "ann@example.com")
    assert mail["Subject"] == "[Staging] What became of CH-1042"
    assert "CH-1042 was rejected" in mail.get_body(("plain",)).get_content()
    assert "Thing" not in mail.as_string()


@pytest.mark.parametrize("answer", ["451 later", "554 no", "cut"])
def test_the_same_message_id_on_every_attempt(house: Post, box: tuple[Mailbox, str], answer: str) -> None:
    """P48, the faults of mail: 451, 554, a line cut after DATA; retried, and the two copies are one."""
    house.sql("UPDATE ops.person SET disabled_at = now() WHERE id IN (3, 5)")
    box[0].data = [answer]
    house.put()
    house.work()
    assert house.one("SELECT state FROM ops.work") == "due"
    assert "SMTP" in house.one("SELECT error FROM ops.work") or answer == "cut"
    house.soon()
    house.work()
    assert house.one("SELECT state FROM ops.work") == "done"
    ids = {mail["Message-ID"] for mail in box[0].mails}
    assert len(ids) == 1 and len(box[0].mails) == (2 if answer == "cut" else 1)
    row = house.one("SELECT outbox_id FROM ops.notice WHERE person_id = 2")
    assert ids == {f"<notice.{row}.2@ops.example.com>"}
    assert only(box, "bo@example.com")[0]["References"] == "<change.1042@ops.example.com>"


def test_a_mailbox_that_is_refused_is_not_tried_again(house: Post, box: tuple[Mailbox, str]) -> None:
    house.sql("UPDATE ops.person SET disabled_at = now() WHERE id IN (3, 5)")
    box[0].rcpt = ["550 no such user: bo@example.com"]
    house.put()
    house.work()
    row = house.sql("SELECT state, error FROM ops.work")[0]
    assert tuple(row) == ("failed", "SMTP 550 for the recipient")  # and no word of the server's (P42)


def test_a_server_away_is_waited_for(post: Callable[..., Post]) -> None:
    house = post(OPS_SMTP_URL="smtp://localhost:1", OPS_MAIL_FROM=SENDER)
    house.put()
    house.work()
    assert {row.state for row in house.sql("SELECT state FROM ops.work WHERE error IS NOT NULL")} == {"due"}
    with mail_server() as (mailbox, port):
        back = post(OPS_SMTP_URL=f"smtp://localhost:{port}", OPS_MAIL_FROM=SENDER)
        back.soon()
        back.work()
        assert len(mailbox.mails) == 2


def test_nobody_is_called_to_what_was_decided_meanwhile(house: Post, box: tuple[Mailbox, str]) -> None:
    house.put()
    house.sql("UPDATE ops.change_set SET state = 'withdrawn'")
    house.work()
    assert box[0].mails == []
    house.put("change.withdrawn")
    assert house.one("SELECT count(*) FROM ops.notice WHERE read_at IS NULL") == 0


def test_everybody_chooses_for_themselves(house: Post, box: tuple[Mailbox, str]) -> None:
    with house.db.transaction() as tx:
        choices.choose(tx, 2, {"asks": "app"}, 7)
        choices.choose(tx, 3, {"asks": "none"}, 7)
        with pytest.raises(choices.NoSuchRoute):
            choices.choose(tx, 3, {"alarms": "none"}, 7)
        assert choices.choices(tx, 3).routes["asks"] == "none"
        assert choices.choices(tx, 3).routes["outcomes"] == "mail"
    house.put()
    house.work()
    assert box[0].mails == []
    assert {row.person_id for row in house.sql("SELECT person_id FROM ops.notice")} == {2, 5}


def test_without_a_mail_server_no_work_is_left(post: Callable[..., Post]) -> None:
    house = post()
    house.put()
    assert house.one("SELECT count(*) FROM ops.work") == 0
    assert house.one("SELECT count(*) FROM ops.notice") == 3


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: all@example.com",
        "Eve\nSubject: hello",
        "Eve\u202e\u2066gpj",
        'Eve" <x@y.z>, "',
        "=?utf-8?q?x?=",
    ],
)
def test_no_header_can_be_brought_in(house: Post, box: tuple[Mailbox, str], name: str) -> None:
    """Names come from providers: a line break in one is no header, and no mark turns a line around."""
    house.sql("UPDATE ops.person SET name = :name WHERE id IN (1, 2)", name=name)
    house.put()
    house.work()
    (mail,) = only(box, "bo@example.com")
    assert mail["Bcc"] is None and mail.get_all("Subject") == ["[Staging] CH-1042 waits for your decision"]
    assert mail["To"].addresses[0].addr_spec == "bo@example.com" and len(mail["To"].addresses) == 1
    assert not any(sign in mail.as_string() for sign in "\u202e\u2066")


@pytest.mark.parametrize(
    "address", ["bo@example.com, eve@x.y", "bo@example.com\nBcc: e@x.y", "bo", "<b@c.d>", "a b@c.d"]
)
def test_an_address_that_is_none_gets_nothing(house: Post, box: tuple[Mailbox, str], address: str) -> None:
    house.sql("UPDATE ops.person SET email = :address WHERE id = 2", address=address)
    house.sql("UPDATE ops.person SET disabled_at = now() WHERE id IN (3, 5)")
    house.put()
    house.work()
    assert box[0].mails == [] and house.one("SELECT state FROM ops.work") == "done"


def _mail(text: str = "Hello") -> EmailMessage:
    to, sender = outgoing.mailbox("bo@example.com"), outgoing.mailbox("ops@example.com")
    assert to is not None and sender is not None
    letter = Letter(to, "S", text, "<1@x>", lines=[Link("<b>x</b>", "http://x/?a=1&b=2")])
    return as_mail(letter, sender, None, "http://x/notices/preferences")


def test_markup_in_a_text_stays_text() -> None:
    """P19."""
    html = _mail("<script>alert(1)</script>").get_body(("html",)).get_content()
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html and 'href="http://x/?a=1&amp;b=2"' in html


def test_tls_is_strict(tmp_path: Path) -> None:
    """A certificate nobody vouches for, one of another name, a server without STARTTLS: nothing is said to it."""
    server, trusting = authority(tmp_path)
    other, trusting_other = authority(tmp_path, "elsewhere.example")
    with mail_server(server, login=("me", "p/w")) as (mailbox, port):
        address = outgoing.smtp(f"smtp://me:p%2Fw@localhost:{port}")
        assert address.tls == "optional"  # on this machine alone
        required = outgoing.Smtp("localhost", port, "required", "me", "p/w")
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            send(required, _mail())
        assert mailbox.mails == []
        send(required, _mail(), trusting)
        assert len(mailbox.mails) == 1
    with mail_server(other) as (mailbox, port):
        with pytest.raises(NotSent, match="SSLCertVerificationError"):
            send(outgoing.Smtp("localhost", port, "required"), _mail(), trusting_other)
        assert mailbox.mails == []
    with mail_server() as (mailbox, port):
        with pytest.raises(NotSent, match="SMTPNotSupportedError"):
            send(outgoing.Smtp("localhost", port, "required"), _mail(), ssl.create_default_context())
        assert mailbox.mails == []
