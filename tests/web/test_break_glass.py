"""Break-glass accounts: off by default, two secrets, tries limited in the database, everybody told (P1, P8, P35)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from ops import notices, outbox
from ops.actor import Actor, platform_actor
from ops.app import create_app
from ops.identity import Browser, break_glass
from ops.identity import break_glass_tries as tries
from ops.identity.break_glass import Added
from ops.platform import Platform
from ops.settings import Settings
from tests.web.visiting import Visitor

Visit = Callable[..., Visitor]
WHERE = "/sign-in/break-glass"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, break_glass=True, rates={**settings.rates, "sign_in": "1000 per minute"})


@pytest.fixture
def account(platform: Platform) -> Added:
    with platform.db.transaction() as tx:
        return break_glass.add(tx, platform_actor("command"), platform.keys, "red-box")


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[float]:
    """Time stands still, so that a code stays the same during a test."""
    now = time.time()
    monkeypatch.setattr(break_glass.time, "time", lambda: now)
    yield now


def code(account: Added, at: float, steps: int = 0) -> str:
    """The authenticator's code."""
    return pyotp.TOTP(account.secret).at(int(at) + 30 * steps)


def enter(
    visitor: Visitor, account: Added, code: str, *, at: str = "127.0.0.1", **changed: str
) -> TestResponse:
    """Fill in the form and send it, from the address `at`."""
    visitor.client.environ_base["REMOTE_ADDR"] = at
    visitor.get(WHERE)
    said = {"name": account.name, "password": account.password, "code": code, "next": "/audit/", **changed}
    return visitor.post(WHERE, said)


def one(platform: Platform, statement: str) -> object:
    """One value of the database."""
    with platform.db.reading() as tx:
        return tx.scalar(sa.text(statement))


def told(platform: Platform, name: str) -> list[str]:
    """Notices of one person, after the clock has handed on what waits."""
    outbox.drain(platform.db, notices.HANDLERS, 100)
    with platform.db.reading() as tx:
        return list(
            tx.scalars(
                sa.text(
                    "SELECT n.text FROM ops.notice n JOIN ops.person p ON p.id = n.person_id WHERE p.sub = :sub"
                ),
                {"sub": name},
            )
        )


def test_it_opens_an_hour_as_owner_and_every_owner_is_told(
    visit: Visit, platform: Platform, account: Added, still: float
) -> None:
    visit("oz"), visit("bo")
    visitor = visit()
    visitor.get("/sign-in?next=/audit/")
    assert "break-glass" in visitor.page.select_one("main").text
    assert enter(visitor, account, code(account, still)).headers["Location"] == "/audit/"
    assert visitor.follow().status_code == 200
    assert (
        one(platform, "SELECT string_agg(role, ',') FROM ops.held_role WHERE origin = 'break_glass'")
        == "owner"
    )
    left = "SELECT extract(epoch FROM expires_at - now()) FROM ops.session WHERE iss LIKE '%break-glass'"
    assert 3500 < float(str(one(platform, left))) <= 3600
    assert "red-box has signed in" in told(platform, "oz")[0]
    assert told(platform, "bo") == []
    visitor.get("/people/me")
    visitor.post("/sign-out")
    assert one(platform, "SELECT count(*) FROM ops.held_role WHERE origin = 'break_glass'") == 0


def test_nobody_waits_for_it_between(platform: Platform, account: Added) -> None:
    """An owner nobody can ask is no second owner: its role counts only while a session of it may last."""
    assert one(platform, "SELECT count(*) FROM ops.held_role WHERE origin = 'break_glass'") == 0


def test_off_means_that_it_is_not_there(
    settings: Settings, platform: Platform, account: Added, still: float
) -> None:
    """P1: without the setting there is one way in."""
    app: Flask = create_app(replace(settings, break_glass=False), replace_settings(platform, settings))
    visitor = Visitor(app)
    assert "break-glass" not in visitor.get("/sign-in").text
    assert (
        visitor.post(
            WHERE, {"name": account.name, "password": account.password, "code": code(account, still)}
        ).status_code
        == 404
    )
    assert visitor.get(WHERE).status_code == 404


def replace_settings(platform: Platform, settings: Settings) -> Platform:
    """The same platform with the switch off."""
    off = replace(platform.settings, break_glass=False)
    return Platform(off, platform.db, platform.catalog, platform.redis)


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "not the password at all"}, {"password": ""}, {"password": "x" * 5000}, {"name": "nobody"},
        {"name": ""}, {"name": "red-box\x00"}, {"name": "RED-BOX"}, {"code": "000000"}, {"code": ""},
        {"code": "12345"}, {"code": "١٢٣٤٥٦"}, {"code": "1" * 5000},
    ],
)  # fmt: skip
def test_one_wrong_thing_opens_nothing(
    visit: Visit, platform: Platform, account: Added, still: float, changed: dict[str, str]
) -> None:
    """The same answer whatever was wrong; the trail has it, and no secret is in it (P35, P42)."""
    visitor = visit()
    assert enter(visitor, account, **{"code": code(account, still), **changed}).status_code == 403
    assert "do not fit together" in visitor.page.text
    assert visitor.get("/").status_code == 303
    assert (
        one(platform, "SELECT count(*) FROM ops.event WHERE action = 'sign_in' AND outcome = 'refused'") == 1
    )
    said = str(one(platform, "SELECT string_agg(line, '') FROM ops.event"))
    said += str(one(platform, "SELECT string_agg(body, '') FROM ops.event_payload"))
    assert account.password not in said
    assert account.secret not in said


def test_a_code_counts_once(visit: Visit, account: Added, still: float) -> None:
    """RFC 6238, 5.2: neither the same code nor one of an earlier step; the next one does."""
    assert enter(visit(), account, code(account, still)).status_code == 303
    assert enter(visit(), account, code(account, still)).status_code == 403
    assert enter(visit(), account, code(account, still, -1)).status_code == 403
    assert enter(visit(), account, code(account, still, 1)).status_code == 303
    assert enter(visit(), account, code(account, still, 3)).status_code == 403


def test_too_many_tries_close_it_for_a_while(
    visit: Visit, platform: Platform, account: Added, still: float
) -> None:
    """Counted in the database, over all processes; owners are told."""
    visit("oz")
    for _ in range(tries.TRIES):
        visitor = visit()
        assert enter(visitor, account, "000000", password="wrong wrong wrong").status_code == 403
    assert "takes nothing for 15 minutes" in visitor.page.text
    assert enter(visit(), account, code(account, still)).status_code == 403
    assert "closed for 15 minutes" in told(platform, "oz")[0]
    with platform.db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.break_glass_try SET closed_until = now()"))
    assert enter(visit(), account, code(account, still)).status_code == 303


def test_a_stranger_closes_it_to_themselves(
    visit: Visit, platform: Platform, account: Added, still: float
) -> None:
    """P24: who knows the name keeps nobody else out, and is not let in by the right words either."""
    visit("oz")
    for _ in range(tries.TRIES):
        stranger = visit()
        enter(stranger, account, "000000", at="2001:db8:1:2::1")
    assert "from where you are" in stranger.page.text
    assert "closed for 15 minutes to 2001:db8:1:2::1" in told(platform, "oz")[0]
    assert enter(visit(), account, code(account, still), at="2001:db8:1:2:ffff::9").status_code == 403
    assert enter(visit(), account, code(account, still), at="2001:db8:1:3::1").status_code == 303
    # Coming in does not open it to those who were wrong before.
    assert enter(visit(), account, code(account, still, 1), at="2001:db8:1:2::1").status_code == 403


def test_many_addresses_together_close_it_to_all(
    visit: Visit, platform: Platform, account: Added, still: float
) -> None:
    """P24: what can be guessed is bounded, however many guess; no address of them was wrong too often."""
    visit("oz")
    for number in range(tries.TRIES_EVERYWHERE):
        at = f"192.0.2.{1 + number // (tries.TRIES - 1)}"
        assert enter(visit(), account, "000000", at=at).status_code == 403
    assert enter(visit(), account, code(account, still), at="198.51.100.1").status_code == 403
    assert ["to everybody" in text for text in told(platform, "oz")] == [True]
    with platform.db.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.break_glass SET closed_until = now()"))
    assert enter(visit(), account, code(account, still), at="198.51.100.1").status_code == 303
    with platform.db.transaction() as tx:
        assert tries.sweep(tx) == 0
        tx.execute(sa.text("UPDATE ops.break_glass_try SET failed_at = now() - interval '2 days'"))
        assert tries.sweep(tx) == 13


def test_nobody_waits_for_the_password_of_another_try(
    visit: Visit, platform: Platform, account: Added, still: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The account's row is free while Argon2 works; secrets renewed meanwhile are not the ones looked at."""
    matches, free = break_glass._matches, []

    def looked(kept: str, password: str) -> bool:
        with psycopg.connect(platform.db.url, autocommit=True) as other:
            other.execute("SELECT FROM ops.break_glass FOR UPDATE NOWAIT")
            free.append(True)
            if len(free) == 2:
                other.execute("UPDATE ops.break_glass SET password = 'renewed'")
        return matches(kept, password)

    monkeypatch.setattr(break_glass, "_matches", looked)
    assert enter(visit(), account, code(account, still)).status_code == 303
    assert enter(visit(), account, code(account, still, 1)).status_code == 403
    assert free == [True, True]


def test_tries_at_the_same_moment_count_each(platform: Platform, account: Added) -> None:
    """P24: looking at the password before the row is held lets no try past the count."""
    browser = Browser(None, "192.0.2.1", "", timedelta(hours=1))

    def wrong(_number: int) -> bool:
        with platform.db.transaction() as tx:
            said = ("red-box", "wrong wrong wrong", "000000")
            actor = Actor(None, "", source="web")
            return break_glass.enter(tx, actor, platform.keys, browser, *said, address="here").closed

    with ThreadPoolExecutor(4) as pool:
        closed = list(pool.map(wrong, range(8)))
    assert closed.count(False) == tries.TRIES - 1
    assert one(platform, "SELECT closed_until > now() FROM ops.break_glass_try") is True


def test_switched_off_or_renewed_the_old_secrets_are_dead(
    visit: Visit, platform: Platform, account: Added, still: float
) -> None:
    inside = visit()
    enter(inside, account, code(account, still))
    with platform.db.transaction() as tx:
        fresh = break_glass.add(tx, platform_actor("command"), platform.keys, "red-box")
    assert fresh.person_id == account.person_id
    assert inside.get("/").status_code == 303
    assert enter(visit(), account, code(account, still, 1)).status_code == 403
    assert enter(visit(), fresh, code(fresh, still, 1)).status_code == 303
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text("UPDATE ops.person SET disabled_at = now() WHERE id = :id"), {"id": fresh.person_id}
        )
    assert enter(visit(), fresh, code(fresh, still)).status_code == 403


def test_the_secrets_are_not_in_the_database_in_the_clear(platform: Platform, account: Added) -> None:
    """P53: Argon2id, and sealed under a key that is elsewhere; sealed again when the key changes."""
    from ops.identity import reseal
    from ops.keys import Ring

    assert str(one(platform, "SELECT password FROM ops.break_glass")).startswith("$argon2id$")
    assert str(one(platform, "SELECT totp FROM ops.break_glass")).startswith("v1.")
    ring = Ring("another key " * 4, (str(platform.settings.encryption_key),))
    with platform.db.transaction() as tx:
        assert reseal(tx, ring) == 1
        assert reseal(tx, ring) == 0
    assert str(one(platform, "SELECT totp FROM ops.break_glass")).startswith(f"v1.{ring.current}.")


@pytest.mark.parametrize(
    ("name", "password"), [("", None), ("a b", None), ("x" * 80, None), ("red", "too short")]
)
def test_unfit_names_and_passwords_are_refused(platform: Platform, name: str, password: str | None) -> None:
    with pytest.raises(break_glass.Unfit), platform.db.transaction() as tx:
        break_glass.add(tx, platform_actor("command"), platform.keys, name, password)
