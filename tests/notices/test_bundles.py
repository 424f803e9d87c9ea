"""A burst of talk: one line of the inbox and one mail in ten minutes, and nothing of it lost or told twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ops import notices, outbox
from ops.notices import choices, digest, inbox
from tests.notices.conftest import Post
from tests.notices.receiving import Mailbox, mail_server

SAID = (
    "INSERT INTO ops.change_comment (change_id, person_id, revision, text, mentions, token) "
    "VALUES (1042, :by, 1, 'SECRET-4711', CAST(:named AS bigint[]), gen_random_uuid()) RETURNING id"
)
ANN, BO, MAX = 1, 2, 3


@pytest.fixture
def there(post: Callable[..., Post]) -> Iterator[tuple[Post, Mailbox]]:
    """Ann made the change; Bo has decided on it, so that both hear what is said about it."""
    with mail_server() as (mailbox, port):
        house = post(OPS_SMTP_URL=f"smtp://localhost:{port}", OPS_MAIL_FROM="ops@example.com")
        house.sql("INSERT INTO ops.change_party VALUES (1042, 2, 'decider', 'approver')")
        yield house, mailbox


def say(house: Post, by: int, *named: int, times: int = 1) -> list[int]:
    """The numbers of what was said, after everybody was told."""
    said = []
    for _ in range(times):
        said.append(house.one(SAID, by=by, named=list(named)))
        house.put("change.commented", change_id="1042", comment=str(said[-1]))
    return said


def lines(house: Post, person: int, *, unread: bool = False) -> list[inbox.Notice]:
    with house.db.reading() as tx:
        page = inbox.page(tx, person, unread=unread).notices
        assert sorted(page, key=lambda one: one.id) == sorted(
            (one for one in inbox.latest(tx, person) if one.unread or not unread), key=lambda one: one.id
        )
    assert house.one("SELECT ops.unread_of(:person)", person=person) == sum(one.unread for one in page)
    return list(page)


def texts(house: Post, person: int) -> list[str]:
    return [one.text for one in lines(house, person)]


def bodies(box: Mailbox, address: str) -> list[str]:
    mails = [one for one in box.mails if address in one["To"]]
    return [one.get_body(("plain",)).get_content().replace("\r\n", "\n") for one in mails]


def read(house: Post, newest: inbox.Notice) -> None:
    with house.db.transaction() as tx:
        inbox.mark_read(tx, ANN, newest.id)


def by_mail(house: Post, person: int) -> None:
    with house.db.transaction() as tx:
        choices.choose(tx, person, {"comments": "mail"}, 8)


def make(house: Post, day: int) -> int:
    with house.db.transaction() as tx:
        return digest.make(tx, datetime(2026, 11, day, 12, 30, tzinfo=UTC))


def test_p48_a_burst_is_one_line_that_says_the_newest_and_how_many(there: tuple[Post, Mailbox]) -> None:
    house, _ = there
    say(house, BO, times=26)
    (newest,) = say(house, MAX)
    (line,) = lines(house, ANN)
    assert line.text == "Max said something about CH-1042 (27 new comments)"
    assert (line.many, line.unread, line.href) == (27, True, f"/changes/CH-1042?at={newest}#comment-{newest}")
    assert texts(house, BO) == ["Max said something about CH-1042"]  # what others said, not one's own
    house.sql("UPDATE ops.outbox SET done_at = NULL")  # the clock died between telling and saying so
    outbox.drain(house.db, notices.handlers(house.platform))
    assert [one.many for one in lines(house, ANN)] == [27]


def test_what_was_read_is_a_line_of_its_own(there: tuple[Post, Mailbox]) -> None:
    house, _ = there
    say(house, BO, times=3)
    (seen,) = lines(house, ANN)
    say(house, BO)  # while the page is open
    read(house, seen)
    assert texts(house, ANN) == ["Bo Castellan said something about CH-1042 (4 new comments)"]
    (seen,) = lines(house, ANN)
    with house.db.transaction() as tx:
        inbox.mark_one(tx, ANN, seen.id)
    say(house, BO, times=2)
    assert texts(house, ANN) == [
        "Bo Castellan said something about CH-1042 (2 new comments)",
        "Bo Castellan said something about CH-1042 (4 comments)",
    ]
    assert len(lines(house, ANN, unread=True)) == 1


def test_who_is_named_is_told_so_by_a_line_of_its_own(there: tuple[Post, Mailbox]) -> None:
    house, _ = there
    say(house, BO, times=2)
    say(house, BO, ANN, times=2)
    say(house, BO)
    assert [(one.kind, one.text) for one in lines(house, ANN)] == [
        ("comments", "Bo Castellan said something about CH-1042 (3 new comments)"),
        ("mentions", "Bo Castellan names you in what they said about CH-1042 (2 new mentions)"),
    ]


def test_lines_about_other_changes_and_of_other_kinds_are_left_alone(there: tuple[Post, Mailbox]) -> None:
    house, _ = there
    house.sql(
        "INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id) "
        "VALUES (1043, 'Another', 'form', 'in_review', 'd', 1);"
        "INSERT INTO ops.notice (outbox_id, person_id, text, href, kind, change_id) VALUES "
        "(-1, 1, 'other change', '/', 'comments', 1043), (-2, 1, 'other kind', '/', 'outcomes', 1042)"
    )
    say(house, BO, times=2)
    assert [one.many for one in lines(house, ANN)] == [2, 1, 1]


def test_the_first_is_mailed_at_once_and_the_rest_together(there: tuple[Post, Mailbox]) -> None:
    """Ten minutes lie between two mails about the talk on one change; the second tells all that came since."""
    house, box = there
    by_mail(house, ANN)
    say(house, BO)
    house.work()
    (first, *_) = said = say(house, BO, times=5)
    assert house.work() == 0
    pause = "SELECT extract(epoch FROM due_at - now()) FROM ops.work WHERE state = 'due'"
    assert [560 < row[0] <= 600 for row in house.sql(pause)] == [True]
    house.soon()
    assert house.work() == 1
    once, more = bodies(box, "ann@")
    assert "Bo Castellan said something about CH-1042\n" in once
    assert "Bo Castellan said something about CH-1042 (5 new comments)" in more
    assert f"?at={first}#comment-{first}" in more and "SECRET" not in more
    assert len({one["Message-ID"] for one in box.mails}) == 2
    left = "SELECT count(*) FROM ops.notice WHERE person_id = 1 AND mailed_at IS NULL"
    assert len(said) == 5 and house.one(left) == 0
    house.sql("UPDATE ops.notice SET written_at = written_at - interval '11 minutes'")
    say(house, BO)
    assert house.work() == 1 and len(box.mails) == 3  # after a silence it is told at once again


def test_a_mention_waits_for_no_comment(there: tuple[Post, Mailbox]) -> None:
    house, box = there
    by_mail(house, ANN)
    say(house, BO)
    house.work()
    say(house, BO, ANN)
    assert house.work() == 1
    assert [one["Subject"] for one in box.mails] == ["CH-1042: something was said", "CH-1042: you are named"]


def test_what_was_read_in_the_app_meanwhile_is_not_mailed(there: tuple[Post, Mailbox]) -> None:
    house, box = there
    by_mail(house, ANN)
    say(house, BO)
    house.work()
    say(house, BO, times=2)
    read(house, lines(house, ANN)[0])
    say(house, BO)
    house.soon()
    house.work()
    assert "(" not in bodies(box, "ann@")[1].partition("\n")[0]  # of three that waited, the one not read
    say(house, BO)
    read(house, lines(house, ANN)[0])
    house.soon()
    house.work()
    assert len(box.mails) == 2 and house.one("SELECT count(*) FROM ops.work WHERE state = 'due'") == 0


def test_p48_a_mail_that_was_tried_says_the_same_on_every_attempt(there: tuple[Post, Mailbox]) -> None:
    """Copies of one mail are one to a mail program: what came after the first attempt has a mail of its own."""
    house, box = there
    by_mail(house, ANN)
    box.data = ["cut"]
    say(house, BO)
    house.work()
    say(house, BO, times=2)
    house.soon()
    house.work()
    first, again, later = box.mails
    assert first["Message-ID"] == again["Message-ID"] != later["Message-ID"]
    assert bodies(box, "ann@")[0] == bodies(box, "ann@")[1]
    assert "(2 new comments)" in bodies(box, "ann@")[2]


def test_the_daily_mail_tells_what_came_since_the_last(there: tuple[Post, Mailbox]) -> None:
    """Also what was told between making it and sending it is in the next one, and that one counts no other."""
    house, box = there
    say(house, BO, times=3)
    assert make(house, 21) == 1
    say(house, BO)
    house.work()
    assert texts(house, ANN) == ["Bo Castellan said something about CH-1042 (4 new comments)"]
    assert make(house, 22) == 1
    house.work()
    first, second = bodies(box, "ann@")
    assert "(3 new comments)" in first and "One thing since your last daily mail" in first
    assert "- Bo Castellan said something about CH-1042\n" in second
    say(house, BO)
    read(house, lines(house, ANN)[0])
    assert make(house, 23) == 0


def test_another_choice_in_the_middle_of_a_burst_loses_nothing(there: tuple[Post, Mailbox]) -> None:
    house, box = there
    say(house, BO, times=2)
    by_mail(house, ANN)
    say(house, BO)
    house.work()
    assert make(house, 21) == 1
    house.work()
    mailed, daily = bodies(box, "ann@")
    assert "(" not in mailed.partition("\n")[0] and "(2 new comments)" in daily


def test_p48_two_clocks_leave_one_line_and_one_mail(there: tuple[Post, Mailbox]) -> None:
    house, _ = there
    by_mail(house, ANN)
    said = [house.one(SAID, by=BO, named=[]) for _ in range(40)]
    with house.db.transaction() as tx:
        for number in said:
            outbox.put(tx, "change.commented", {"change_id": "1042", "comment": str(number)})
    known: Any = notices.handlers(house.platform)

    def clock() -> None:
        while outbox.drain(house.db, known, limit=3):
            pass

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    assert [one.many for one in lines(house, ANN)] == [40]
    assert house.one("SELECT count(*) FROM ops.work") == 1


def test_reminders_of_one_change_are_one_line(there: tuple[Post, Mailbox]) -> None:
    house, _ = there
    house.put("change.reminder")
    house.put("change.reminder")
    assert texts(house, MAX) == ["CH-1042 of Ann still waits for your decision (2 new reminders)"]
    house.sql("UPDATE ops.change_set SET state = 'withdrawn'")
    house.put("change.withdrawn")
    assert lines(house, MAX, unread=True) == []
