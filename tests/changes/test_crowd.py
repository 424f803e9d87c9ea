"""P29, P30, P32, P36: many people at the same moment. Each is told something in words, and every row is explained."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from bs4 import BeautifulSoup

from ops import changes, settings
from ops.actor import Actor
from ops.app import create_app
from ops.changes import Conflict, Invalid, Outcome, Stale
from ops.db import Busy
from ops.identity import sessions
from ops.platform import build
from ops.policy import Forbidden
from tests import servers
from tests.changes.company import World

FIRST = 100
ORIGIN = "http://localhost:8000"
ENDS = {"applied", "rejected", "withdrawn", "sent_back", "in_review", "conflicted", "failed"}
# What a person is told in words; of these, `Busy` asks them to send it again.
WORDED = (Conflict, Stale, Invalid, Forbidden)


@pytest.fixture
def crowd(world: World) -> list[Actor]:
    """Two hundred people who may both ask and decide."""
    world.sql(
        "INSERT INTO ops.person (id, iss, sub, name) SELECT n, 'i', 'p' || n, 'Person ' || n "
        "FROM generate_series(:first, :first + 199) n", first=FIRST,
    )  # fmt: skip
    world.sql(
        "INSERT INTO ops.person_role (person_id, role, origin) SELECT n, r, 'hand' "
        "FROM generate_series(:first, :first + 199) n, unnest(ARRAY['manager', 'operator']) r", first=FIRST,
    )  # fmt: skip
    return [
        Actor(n, f"Person {n}", frozenset({"manager", "operator"}), request_id=f"r-{n}")
        for n in range(FIRST, FIRST + 200)
    ]


def told(send: Callable[[], Outcome]) -> str:
    """The state somebody's form led to, or the class of what they were told; sent again while it says so."""
    for _ in range(20):
        try:
            return send().state
        except Busy:
            continue
        except WORDED as error:
            return type(error).__name__
    raise AssertionError("nobody is served")


def all_at_once(runs: Sequence[Callable[[], Any]], meanwhile: Callable[[], None] = lambda: None) -> list[Any]:
    """Run all at the same moment, each on a connection of its own; a fault of one is raised."""
    start = threading.Barrier(len(runs))
    results: list[Any] = [None] * len(runs)
    faults: list[BaseException] = []

    def run(n: int) -> None:
        try:
            start.wait(30)
            results[n] = runs[n]()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(runs))]
    for one in threads:
        one.start()
    try:
        meanwhile()
    finally:
        for one in threads:
            one.join()
    if faults:
        raise faults[0]
    return results


@contextmanager
def gathered(world: World, change_id: int) -> Iterator[Callable[[], None]]:
    """Hold the change until several stand at its door: else the first is through before the second has knocked."""
    with psycopg.connect(world.db.url) as holder, servers.admin() as watch:
        holder.execute("SELECT FROM ops.change_set WHERE id = %s FOR UPDATE", (change_id,))

        def let_go() -> None:
            until = time.monotonic() + 1.2  # nobody waits longer than two seconds
            while time.monotonic() < until and watch.execute(_WAITING, (holder.info.dbname,)).fetchone() < (
                MANY,
            ):
                time.sleep(0.01)
            holder.commit()

        yield let_go


# Behind PgBouncer and in a web process's small pool not more can stand there.
MANY = 4
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


@pytest.mark.parametrize("needed", [1, 3])
def test_p30_fifty_approvals_at_once_apply_it_once(world: World, crowd: list[Actor], needed: int) -> None:
    """As many seats as there are, each another person's (P32); one writing, one event, and 50 answers in words."""
    world.rule("more of them", table_name="customer", columns=["credit_limit"], needed=needed)
    out = world.large()
    digest = world.one("SELECT digest FROM ops.change_set")
    results = all_at_once(
        [lambda who=who: told(lambda: world.decide(who, out.change_id, digest=digest)) for who in crowd[:50]]
    )
    assert Counter(results) == Counter({"applied": 1, "in_review": needed - 1, "Stale": 50 - needed})
    assert (world.customer().changed, world.customer().credit_limit) == (1, 20000)
    assert world.one("SELECT count(DISTINCT person_id) FROM ops.decision") == needed
    assert len(world.events("row.updated")) == len(world.events("change.applied")) == 1
    assert len(world.events("change.approved")) == needed


def test_p30_fifty_browsers_press_approve_at_once(
    world: World, crowd: list[Actor], redis_url: str, tmp_path: Path
) -> None:
    """The same through the pages of a web process with its own small pool: applied once, nobody sees an error."""
    world.rule("plain", table_name="plain")
    out = world.propose(world.oz, world.edit("~1", {"v": "one"}, {"v": "new"}, "plain"))
    found = settings.load(
        {
            "OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": world.db.url, "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": ORIGIN, "OPS_OIDC_ISSUER": "http://localhost:1", "OPS_OIDC_CLIENT_ID": "c",
            "OPS_OIDC_CLIENT_SECRET": "s" * 40,
        }
    )  # fmt: skip
    platform = build(found, "web")
    app = create_app(found, platform)
    address = f"/changes/{out.reference}"

    def browser(who: Actor) -> Callable[[], int]:
        assert who.person_id is not None
        with world.db.transaction() as tx:
            cookie = sessions.start(
                tx, sessions.Browser(None, "127.0.0.1", "test", timedelta(hours=1)), person_id=who.person_id,
                iss="i", sid=None, id_token=None, data={},
            )  # fmt: skip
        client = app.test_client()
        client.set_cookie("countersign", cookie, domain="localhost")
        page = BeautifulSoup(client.get(address, base_url=ORIGIN).text, "html.parser")
        form = {
            str(one["name"]): str(one.get("value", "")) for one in page.select("form#decision input[name]")
        }

        def press() -> int:
            for _ in range(20):
                answer = client.post(
                    f"{address}/decision", base_url=ORIGIN, data={**form, "verdict": "approve"},
                    headers={"Sec-Fetch-Site": "same-origin"},
                )  # fmt: skip
                if answer.status_code != 503:
                    break
            return answer.status_code

        return press

    try:
        browsers = [browser(who) for who in crowd[:50]]
        with gathered(world, out.change_id) as meanwhile:
            results = all_at_once(browsers, meanwhile)
    finally:
        platform.close()
    assert Counter(results) == Counter({303: 1, 409: 49})
    assert world.one("SELECT v FROM shop.plain WHERE id = 1") == "new"
    assert len(world.events("row.updated")) == len(world.events("change.approved")) == 1


class Person:
    """One of the two hundred: asks for something, looks at what others asked for, and decides some of it."""

    def __init__(self, world: World, actor: Actor) -> None:
        self.world, self.actor, self.chance = world, actor, Random(actor.person_id)
        self.answers: Counter[str] = Counter()
        self.accepted: list[int] = []

    def __call__(self) -> Person:
        self.sends(lambda: self.asks())
        for _ in range(3):
            self.decides()
        return self

    def sends(self, send: Callable[[], Outcome]) -> None:
        def kept() -> Outcome:
            out = send()
            self.accepted.append(out.change_id)
            return out

        self.answers[f"asked: {told(kept)}"] += 1

    def asks(self) -> Outcome:
        """One row or two of six that everybody is after, as a page showed them a moment ago."""
        keys = self.chance.sample([1, 2, 3, 4, 6, 7], self.chance.choice([1, 1, 2]))
        amount, word = f"{self.chance.randrange(2000, 40000)}.00", f"Name {self.actor.person_id}"
        edits = []
        for key in keys:
            row = self.world.sql("SELECT name, credit_limit FROM shop.customer WHERE id = :id", id=key)[0]
            base, after = {"credit_limit": str(row.credit_limit)}, {"credit_limit": amount}
            if self.chance.random() < 0.3:
                base, after = {"name": row.name}, {"name": word}
            edits.append(self.world.edit(f"~{key}", base, after))
        return self.world.propose(self.actor, *edits)

    def decides(self) -> None:
        """Whatever waits longest is looked at by many at the same time."""
        waiting = self.world.sql(
            "SELECT id, digest, proposer_id FROM ops.change_set WHERE state = 'in_review' ORDER BY id LIMIT 12"
        )
        if not waiting:
            return
        one = self.chance.choice(waiting)
        if one.proposer_id == self.actor.person_id:
            out = told(lambda: changes.withdraw(self.world.db, self.world.catalog, self.actor, one.id))
            self.answers[f"withdraw: {out}"] += 1
            return
        verdict = self.chance.choice(["approve"] * 6 + ["reject", "send_back"])
        out = told(lambda: self.world.decide(self.actor, one.id, verdict, comment="so", digest=one.digest))
        self.answers[f"decided: {out}"] += 1


def test_p30_two_hundred_people_ask_and_decide_at_once(world: World, crowd: list[Actor]) -> None:
    """No deadlock and no error reaches anybody, nothing is lost, and each row is what its events tell."""
    people = all_at_once([Person(world, actor) for actor in crowd])
    answers = sum((one.answers for one in people), Counter[str]())
    accepted = sorted(number for one in people for number in one.accepted)
    states = {row.id: row.state for row in world.sql("SELECT id, state FROM ops.change_set")}
    assert accepted == sorted(states) and set(states.values()) <= ENDS
    assert sum(answers[f"asked: {state}"] for state in ("applied", "in_review")) == len(accepted) > 50
    decided = ("applied", "in_review", "rejected", "sent_back", "conflicted", "failed")
    said = {state: answers[f"decided: {state}"] for state in decided}
    assert world.one("SELECT count(*) FROM ops.decision") == sum(said.values())
    ended = Counter(states.values())
    assert ended["applied"] == answers["asked: applied"] + said["applied"]
    told_of = dict(world.sql("SELECT action, count(*) FROM ops.event WHERE outcome <> 'refused' GROUP BY 1"))
    for state in ("rejected", "sent_back", "conflicted", "failed"):
        # What was sent back or came to nothing may have been withdrawn since.
        assert told_of.get(f"change.{state}", 0) == said[state] >= ended[state]
    assert ended["rejected"] == said["rejected"]
    assert ended["withdrawn"] == answers["withdraw: withdrawn"]
    assert said["applied"] and said["conflicted"], "they were not after the same rows"
    explained(world)


def explained(world: World) -> None:
    """Each row's story in the trail has no gap and ends where the row stands; only what was applied wrote."""
    operations = Counter(
        row.key
        for row in world.sql(
            "SELECT o.row_key ->> 0 AS key FROM ops.operation o JOIN ops.change_set c ON c.id = o.change_id "
            "WHERE c.state = 'applied'"
        )
    )
    for row in world.sql("SELECT id, changed, name, credit_limit::text AS credit_limit FROM shop.customer"):
        told_of = [e.body for e in world.events("row.updated") if e.row_key == f"~{row.id}"]
        assert row.changed == len(told_of) == operations[str(row.id)]
        for column in ("name", "credit_limit"):
            steps = [
                (one["before"][column], one["after"][column]) for one in told_of if column in one["after"]
            ]
            assert all(before[1] == after[0] for before, after in pairwise(steps)), "a value nobody looked at"
            assert not steps or steps[-1][1] == getattr(row, column)
