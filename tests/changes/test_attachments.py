"""Files on a change: bounded, by those it concerns, while it is open, and in the trail."""

from __future__ import annotations

import io
import threading
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis import Redis

from ops.actor import Actor
from ops.changes import Invalid, attachments
from ops.changes.attachments import Attachment, files_of
from ops.changes.hanging import hanging
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible
from ops.settings import load
from tests.changes.company import World


@pytest.fixture
def house(world: World, redis_url: str, tmp_path: Path) -> Platform:
    loaded = load({"OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": world.db.url, "OPS_REDIS_URL": redis_url})
    return Platform(loaded, world.db, world.catalog, Redis.from_url(redis_url), [])


@pytest.fixture
def change(world: World) -> int:
    out = world.propose(
        world.ann, world.edit("~1", {"credit_limit": "1000.00"}, {"credit_limit": "20000.00"})
    )
    return out.change_id


def attach(
    house: Platform, actor: Actor, change: int, name: str = "a.pdf", data: bytes = b"x", token: str = "f" * 22
) -> UUID:
    return attachments.attach(house, actor, change, name, io.BytesIO(data), token=token)


def files(world: World, change: int) -> tuple[Attachment, ...]:
    with world.db.reading() as tx:
        return hanging(tx, change).files


def test_a_file_is_kept_once_with_its_digest_in_the_trail(world: World, house: Platform, change: int) -> None:
    """P30, P35."""
    made = attach(house, world.ann, change, data=b"paper")
    assert attach(house, world.ann, change, data=b"paper") == made
    (one,) = files(world, change)
    assert (one.name, one.bytes, one.sha256) == ("a.pdf", 5, sha256(b"paper").hexdigest())
    assert len(files_of(house.settings).names()) == 1
    body = world.one(
        "SELECT p.body FROM ops.event e JOIN ops.event_payload p USING (uid) WHERE action = 'change.file_added'"
    )
    assert one.sha256 in body
    found, stream = attachments.open_attachment(house, world.bo, change, made)
    with stream:
        assert (found.id, stream.read()) == (made, b"paper")
    assert world.one("SELECT count(*) FROM ops.event WHERE action = 'change.file_downloaded'") == 1


def test_only_makers_and_deciders_attach(world: World, house: Platform, change: int) -> None:
    attach(house, world.bo, change)
    with pytest.raises(Forbidden):
        attach(house, world.cy, change)  # an auditor sees it and has no hand in it
    with pytest.raises(NotVisible):
        attach(house, world.dee, change)
    assert len(files(world, change)) == 1 == len(files_of(house.settings).names())


def test_p14_no_one_opens_a_file_who_does_not_see_every_value(
    world: World, house: Platform, change: int
) -> None:
    made = attach(house, world.ann, change)
    for who, number, file in (
        (world.dee, change, made),
        (world.ann, change, uuid4()),
        (world.ann, change + 1, made),
    ):
        with pytest.raises(NotVisible):
            attachments.open_attachment(house, who, number, file)


def test_it_is_bounded(world: World, house: Platform, change: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """P24: nothing of what is refused stays."""
    monkeypatch.setattr(attachments, "MOST_BYTES", 10)
    monkeypatch.setattr(attachments, "MOST_FILES", 1)
    for data in (b"", b"x" * 11):
        with pytest.raises(Invalid):
            attach(house, world.ann, change, data=data)
    attach(house, world.ann, change)
    with pytest.raises(Invalid):
        attach(house, world.ann, change, token="g" * 22)
    assert len(files_of(house.settings).names()) == 1


def test_files_that_come_and_go_are_bounded_too(
    world: World, house: Platform, change: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P24: name and digest of each stay on the page."""
    monkeypatch.setattr(attachments, "MOST_EVER", 2)
    for token in ("a" * 22, "b" * 22):
        assert attachments.detach(house, world.ann, change, attach(house, world.ann, change, token=token))
    with pytest.raises(Invalid):
        attach(house, world.ann, change, token="c" * 22)
    assert len(files(world, change)) == 2 and files_of(house.settings).names() == []


def test_p16_rights_lost_while_a_file_comes_in_count(world: World, house: Platform, change: int) -> None:
    """P16: they are asked for again in the transaction that keeps it; nothing of it stays."""

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            world.sql("DELETE FROM ops.person_role WHERE person_id = 2")
            return super().read(size)

    with pytest.raises((Forbidden, NotVisible)):
        attachments.attach(house, world.bo, change, "a.pdf", Slow(b"x"), token="f" * 22)
    assert files(world, change) == () and files_of(house.settings).names() == []


def test_the_same_form_at_the_same_moment_keeps_one(world: World, house: Platform, change: int) -> None:
    """P30."""
    found: list[UUID] = []
    runs = [threading.Thread(target=lambda: found.append(attach(house, world.ann, change))) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert len(set(found)) == 1 and len(found) == 4
    assert len(files(world, change)) == 1 == len(files_of(house.settings).names())


def test_one_takes_ones_own_away_while_it_is_open(world: World, house: Platform, change: int) -> None:
    made = attach(house, world.ann, change)
    with pytest.raises(Forbidden):
        attachments.detach(house, world.bo, change, made)
    assert attachments.detach(house, world.ann, change, made)
    assert not attachments.detach(house, world.ann, change, made)
    (one,) = files(world, change)
    assert (
        one.file is None and one.removed_by == "Ann" and one.sha256 and not files_of(house.settings).names()
    )
    with pytest.raises(NotVisible):
        attachments.open_attachment(house, world.ann, change, made)
    later = attach(house, world.ann, change, token="g" * 22)
    world.decide(world.bo, change)
    with pytest.raises(Forbidden):
        attachments.detach(house, world.ann, change, later)
    with pytest.raises(Forbidden):
        attach(house, world.ann, change, token="h" * 22)


def test_files_go_a_year_after_the_change_is_over(world: World, house: Platform, change: int) -> None:
    attach(house, world.ann, change)
    world.decide(world.bo, change)
    attachments.tidy(house)
    assert len(files_of(house.settings).names()) == 1
    world.sql("UPDATE ops.change_set SET finished_at = now() - interval '366 days'")
    attachments.tidy(house)
    (one,) = files(world, change)
    assert one.file is None and one.removed_by is None and one.sha256 and not files_of(house.settings).names()


def test_files_that_no_change_knows_are_swept(
    world: World, house: Platform, change: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "ORPHAN_SECONDS", -1.0)
    attach(house, world.ann, change)
    with files_of(house.settings).writing("lost.bin") as out:
        out.write(b"x")
    attachments.tidy(house)
    assert len(files_of(house.settings).names()) == 1
    assert files(world, change)[0].file in files_of(house.settings).names()


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("in\u202efdp.exe", "infdp.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("\x00", "file"),
        ("..", "file"),
    ],
)
def test_p34_names_hide_nothing(told: str, kept: str) -> None:
    assert attachments.name_of(told) == kept


def test_names_are_cut() -> None:
    assert len(attachments.name_of("ä" * 200).encode()) <= 150
