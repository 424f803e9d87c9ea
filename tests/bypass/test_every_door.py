"""Every road by which something can be written is walked, and whatever reaches the company's tables passed the door.

Addresses that take a form, kinds of work and duties of the clock are taken from the product as it is, so a new one
fails here until it is walked. A rogue of each is walked too, to see that it is caught. Commands: test_every_command.py.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
import pytest
import sqlalchemy as sa
from flask import Response

from jobs import run
from ops import settings as settings_room
from ops import work
from ops.actor import platform_actor
from ops.app import create_app
from ops.audit import Entry, record
from ops.cli import demo
from ops.db import Database
from ops.identity import break_glass, demo_provider
from ops.identity.logout_token import EVENT
from ops.platform import Platform, build
from ops.settings import Settings
from ops.share import folder
from ops.web.declared import Open, needs
from ops.web.gate import platform as at_hand
from ops.work import Claim
from tests import servers
from tests.bypass import walk_changes, walk_people, walk_records
from tests.bypass.walk import Walk, not_walked
from tests.bypass.watch import Watch
from tests.conftest import Databases
from tests.identity import twisted_provider as tp
from tests.identity.test_logout_token import signed
from tests.notices.receiving import channel, mail_server
from tests.web.visiting import ORIGIN

SCENES = (*walk_records.SCENES, *walk_changes.SCENES, *walk_people.SCENES)


def settings_of(url: str, redis: str, issuer: str, home: Path, **more: str) -> Settings:
    """The demo on `url`, with everything switched on that opens a further road."""
    database = Database(url, application_name="countersign tests")
    demo.seed(database, issuer)
    database.close()
    read = settings_room.load(
        {
            "OPS_HOME": str(home), "OPS_DATABASE_URL": url, "OPS_REDIS_URL": redis, "OPS_PUBLIC_URL": ORIGIN,
            "OPS_RESOURCES": str(folder("demo") / "resources.py"), "OPS_BREAK_GLASS": "1", "OPS_SCHEMAS": "shop",
            "OPS_OIDC_ISSUER": issuer, "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET, **more,
        }
    )  # fmt: skip
    return replace(read, rates=dict.fromkeys(read.rates, "100000 per 1 minute"))


@pytest.fixture
def walk(
    make_database: Databases, redis_url: str, provider: str, tmp_path: Path
) -> Iterator[tuple[Walk, tp.Twisted]]:
    """The house under the watch, with a mail server, a chat, and a second provider that ends sessions."""
    url = make_database("shop")
    with ExitStack() as open_:
        twisted = open_.enter_context(tp.running())
        _box, port = open_.enter_context(mail_server())
        settings = settings_of(
            url, redis_url, provider, tmp_path,
            OPS_SMTP_URL=f"smtp://localhost:{port}", OPS_MAIL_FROM="ops@example.com", OPS_EGRESS_ALLOW="127.0.0.1",
            OPS_CHAT_WEBHOOK_URL=open_.enter_context(channel()).url, OPS_OIDC_2_ISSUER=twisted.issuer,
            OPS_OIDC_2_CLIENT_ID=tp.CLIENT_ID, OPS_OIDC_2_CLIENT_SECRET=tp.CLIENT_SECRET,
        )  # fmt: skip
        platform = build(settings, "web")
        open_.callback(platform.close)
        watch = Watch(servers.url_of(urlsplit(url).path[1:], direct=True))
        open_.callback(watch.close)
        house = Walk(create_app(settings, platform), platform, watch)
        house.sql(
            "UPDATE shop.customers SET credit_limit = 5000, status = 'active', country = 'DE' WHERE id <= 9"
        )
        for sub in ("ann", "bo", "cy", "dee", "oz", "ola", "max", "eve"):
            house.visit(sub)
        house.fresh()
        watch.forget()
        yield house, twisted


def _break_glass(walk: Walk) -> None:
    """The account nobody waits for lets somebody in."""
    with walk.platform.db.transaction() as tx:
        account = break_glass.add(tx, platform_actor("command"), walk.platform.keys, "red-box")
    visitor = walk.another("eve")
    visitor.get("/people/me")
    visitor.post("/sign-out")
    visitor.get("/sign-in/break-glass")
    said = {
        "name": account.name,
        "password": account.password,
        "code": pyotp.TOTP(account.secret).now(),
        "next": "/",
    }
    assert visitor.post("/sign-in/break-glass", said).status_code == 303


def _logout_told(walk: Walk, twisted: tp.Twisted) -> None:
    """A provider's server says that somebody's sessions are over."""
    now = int(time.time())
    claims = {"iss": twisted.issuer, "aud": tp.CLIENT_ID, "iat": now, "exp": now + 120, "jti": "j1", "sub": "nobody",
              "events": {EVENT: {}}}  # fmt: skip

    class Told:
        pass

    told = Told()
    told.twisted = twisted  # type: ignore[attr-defined]  # as much of a house as signing wants
    token = signed(told, claims)  # type: ignore[arg-type]  # the same
    answer = walk.app.test_client().post(
        "/auth/backchannel-logout/2", base_url=ORIGIN, data={"logout_token": token}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.timeout(240)
def test_p27_nothing_reaches_the_companys_tables_without_the_door(walk: tuple[Walk, tp.Twisted]) -> None:
    """P17, P27: every address that takes a form, every kind of work, every duty of the clock, with valid input."""
    house, twisted = walk
    assert house.watch.watched() > 15
    for scene in SCENES:
        scene(house)
        assert not (past := house.watch.undoored()), (
            f"{scene.__name__} went past the door: {list(map(str, past))}"
        )
    _break_glass(house)
    _logout_told(house, twisted)
    house.clock()
    house.worker()
    house.clock()
    assert not (past := house.watch.undoored()), list(map(str, past))
    # The watch saw what went through the door: it is not blind.
    assert {
        "shop.customers",
        "shop.tickets",
        "ops.approval_rule",
        "ops.role",
        "ops.person_role",
    } <= house.watch.tables()
    missing = not_walked(house)
    assert not missing, f"walk these too, by a scene in tests/bypass/walk_*.py: {missing}"


UPDATE = sa.text("UPDATE shop.customers SET city = 'Rogue' WHERE id = 4")


def test_a_rogue_address_is_caught(walk: tuple[Walk, tp.Twisted]) -> None:
    """A view that writes by itself, even one that tells the trail so, is seen; one nobody walked is missed."""
    house, _twisted = walk

    @needs(Open.SIGNED_IN)
    def rogue() -> Response:
        with at_hand().db.transaction() as tx:
            tx.execute(UPDATE)
            told = Entry("row.updated", table=("shop", "customers"), key="~4", change_id=None)
            record(tx, platform_actor("command"), [told])
        return Response("done")

    house.app._got_first_request = False  # the walk's people have signed in by it already
    house.app.add_url_rule("/rogue", "rogue", rogue, methods=["POST"])
    assert "POST rogue" in not_walked(house)
    house.sends_form("ann", "/rogue", {}, takes=200)
    assert "POST rogue" not in not_walked(house)
    (caught,) = house.watch.undoored()
    assert (caught.table, caught.op, caught.key) == ("shop.customers", "UPDATE", "~4")
    assert "rogue" in caught.query.lower()


def test_a_rogue_kind_of_work_is_caught(
    walk: tuple[Walk, tp.Twisted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that deletes by itself, and one that cuts a table off or makes one, are seen; one nobody did is missed."""
    house, _twisted = walk

    def rogue(platform: Platform, claim: Claim, _stop: object) -> None:
        with platform.db.transaction() as tx:
            tx.execute(sa.text("DELETE FROM shop.refunds WHERE id = (SELECT min(id) FROM shop.refunds)"))
            tx.execute(sa.text("TRUNCATE shop.import_log"))
            tx.execute(sa.text("CREATE TABLE shop.rogue (id int)"))
            tx.execute(sa.text("INSERT INTO ops.approval_rule (name) VALUES ('Rogue')"))
            work.finish(tx, claim)

    monkeypatch.setattr(run, "KINDS", {**run.KINDS, "rogue": rogue})
    assert "work of kind rogue" in not_walked(house)
    with house.platform.db.transaction() as tx:
        work.add(tx, "rogue", "1")
    house.worker()
    assert "work of kind rogue" not in not_walked(house)
    caught = {(one.op, one.table) for one in house.watch.undoored()}
    assert caught == {
        ("DELETE", "shop.refunds"), ("TRUNCATE", "shop.import_log"), ("INSERT", "ops.approval_rule"),
        ("CREATE TABLE", "shop.rogue"),
    }  # fmt: skip


def test_what_is_rolled_back_reaches_nothing(walk: tuple[Walk, tp.Twisted]) -> None:
    """The watch tells what stands, as a rehearsal's writing never does."""
    house, _twisted = walk
    with pytest.raises(ZeroDivisionError), house.platform.db.transaction() as tx:
        tx.execute(UPDATE)
        raise ZeroDivisionError
    assert house.watch.undoored() == [] and house.watch.tables() == set()
