"""Changes that wait: asked for by Ann, agreed to by Bo, and all that must be true of each afterwards."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import requests
from bs4 import BeautifulSoup

from ops import changes, identity
from ops.changes import Operation
from ops.db import Database
from ops.platform import read_catalog
from ops.settings import load
from tests.audit.stranger import verify
from tests.faults.client import Client, Form
from tests.faults.conftest import World

_EVENTS = (
    "SELECT e.action, e.line, p.salt, p.body FROM ops.event e LEFT JOIN ops.event_payload p USING (uid, at) "
    "WHERE e.change_id = %s AND e.action <> 'change.rehearsed'"
)
_NOTICES = (
    "SELECT p.sub, n.kind, count(*) FROM ops.notice n JOIN ops.person p ON p.id = n.person_id "
    "WHERE n.change_id = %s GROUP BY 1, 2"
)
UNREHEARSED = (
    "SELECT 1 FROM ops.outbox WHERE done_at IS NULL "
    "UNION ALL SELECT 1 FROM ops.rehearsal WHERE found_at IS NULL"
)
_RESULTS = "SELECT count(*) FROM ops.operation WHERE change_id = %s AND result IS NOT NULL"
_SAID = "SELECT p.sub, d.verdict FROM ops.decision d JOIN ops.person p ON p.id = d.person_id WHERE d.change_id = %s"
_LEFT = "SELECT kind, done_at IS NULL FROM ops.outbox WHERE body->>'change_id' = %s"
_HELD = "SELECT count(*) FROM ops.stage WHERE change_id = %s AND closed_at IS NOT NULL"


class Asking:
    """Ann asks for changes of two rows of two tables, by the door, without a browser."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.db = Database(world.database_url, application_name="countersign tests", pool_size=1)
        self.catalog = read_catalog(load(world.stage.environ), self.db)
        with self.db.reading() as tx:
            person = world.rows("SELECT id FROM ops.person WHERE sub = 'ann'")[0][0]
            self.ann = identity.actor_for(tx, person, source="form")
        self.asked = 0

    def ask(self, *, later: bool = False) -> Asked:
        """One more change; `later`: it is to be applied at a time of its own."""
        self.asked += 1
        customer, city, limit = self._row(
            "customers", "city, credit_limit::text", "country <> 'IS' AND city IS NOT NULL"
        )
        product, name = self._row("products", "name")
        new = (f"Gate {self.asked}", f"Gated {self.asked}")
        edits = (
            self._edit("customers", customer, {"city": city, "credit_limit": limit},
                       {"city": new[0], "credit_limit": str(20_000 + self.asked)}),
            self._edit("products", product, {"name": name}, {"name": new[1]}),
        )  # fmt: skip
        outcome = changes.propose(
            self.db, self.catalog, self.ann, edits, reason="Faults",
            apply_at=datetime.now(UTC) + timedelta(hours=1) if later else None,
        )  # fmt: skip
        assert outcome.state == "in_review"
        return Asked(self.world, outcome.change_id, customer, product, (city, name), new, later)

    def two(self, bo: Client) -> tuple[Asked, Asked]:
        """One that Bo can agree to now; and one that he agreed to for a time that has not come."""
        now, later = self.ask().opened(bo), self.ask(later=True).opened(bo)
        self.rehearsed()
        later.approve(bo)
        return now, later

    def rehearsed(self) -> None:
        """Wait until every change was rehearsed: the worker has nothing else to do then."""
        self.world.until("rehearsed", lambda: not self.world.rows(UNREHEARSED))

    def told(self) -> None:
        """Wait until everybody was told."""
        self.world.until(
            "told", lambda: not self.world.rows("SELECT 1 FROM ops.outbox WHERE done_at IS NULL")
        )

    def time_comes(self, *several: Asked) -> None:
        """The moment that these were to be applied at is now."""
        ids = [one.id for one in several]
        self.world.rows("UPDATE ops.change_set SET apply_at = clock_timestamp() WHERE id = ANY(%s)", ids)

    def _row(self, table: str, columns: str, where: str = "true") -> tuple:
        query = f"SELECT id, {columns} FROM shop.{table} WHERE {where} ORDER BY id DESC OFFSET %s LIMIT 1"
        return self.world.rows(query, self.asked)[0]

    def _edit(
        self, table: str, key: int, base: dict[str, str | None], after: dict[str, str | None]
    ) -> Operation:
        return Operation("update", self.catalog.by_name("shop", table), f"~{key}", base, after)


@dataclass
class Change:
    """One that was asked for, by its number."""

    world: World
    id: int

    @property
    def page(self) -> str:
        """Where people look at it."""
        return f"/changes/CH-{self.id}"

    @property
    def state(self) -> str:
        """Its state in the database."""
        return str(self.world.rows("SELECT state FROM ops.change_set WHERE id = %s", self.id)[0][0])

    def word_left(self) -> Counter[str]:
        """What others are to be told of it, or were."""
        return Counter(kind for kind, _ in self.world.rows(_LEFT, str(self.id)))

    def all_told(self) -> None:
        """Wait until nobody is left to be told."""
        self.world.until(
            "all told", lambda: not any(open_ for _, open_ in self.world.rows(_LEFT, str(self.id)))
        )


@dataclass
class Asked(Change):
    """One change of two rows that waits, and what became of sending its approval."""

    customer: int
    product: int
    old: tuple[str, str]
    new: tuple[str, str]
    later: bool
    outcome: list[object] = field(default_factory=list)
    form: Form | None = None
    sending: threading.Thread | None = None

    @property
    def live(self) -> tuple[str, str]:
        """The two rows as they are."""
        row = "SELECT c.city, p.name FROM shop.customers c, shop.products p WHERE (c.id, p.id) = (%s, %s)"
        return self.world.rows(row, self.customer, self.product)[0]

    def gate(self, process: str, step: str) -> str:
        """The name of the gate at this step of this change."""
        token = self.form.data["form_token"] if self.form else ""
        about = {"id": self.id, "customer": self.customer, "product": self.product, "token": token}
        return f"{process}:{step.format(**about)}"

    def opened(self, bo: Client) -> Asked:
        """Bo has it on the screen."""
        self.form = bo.form(self.page, "#decision").filled(verdict="approve")
        return self

    def approve(self, bo: Client) -> None:
        """Bo presses Approve; the answer, or what came instead of it, is kept."""
        assert self.form is not None
        try:
            self.outcome.append(bo.send(self.form, follow=False).status_code)
        except requests.RequestException as error:
            self.outcome.append(type(error).__name__)

    def approving(self, bo: Client) -> None:
        """The same in the background."""
        self.sending = threading.Thread(target=self.approve, args=(bo,))
        self.sending.start()

    @contextmanager
    def unheard(self, bo: Client) -> Iterator[None]:
        """Bo presses Approve, and whatever is answered never reaches him."""
        assert self.form is not None
        asked = bo.http.prepare_request(requests.Request("POST", self.form.action, data=self.form.data))
        address = urlsplit(self.form.action)
        head = {**asked.headers, "Host": address.netloc}
        lines = [f"POST {asked.path_url} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        with socket.create_connection((address.hostname, address.port)) as line:
            line.sendall("\r\n".join([*lines, "", str(asked.body)]).encode())
            yield
        self.outcome.append("ConnectionError")

    def joined(self) -> None:
        """Wait for what became of it."""
        assert self.sending is not None
        self.sending.join(30)

    def waits(self, ann: Client, bo: Client) -> None:
        """Nothing was decided and nothing written, and every page says so."""
        assert (self.state, self.live) == ("in_review", self.old)
        self._nothing_left(["change.submitted"], decisions=0)
        page = bo.page(self.page)
        assert _badge(page) == "Waiting for managers"
        assert page.select_one("#decision button[value=approve]") is not None
        self._records(ann, written=False)

    def agreed(self, ann: Client, bo: Client) -> None:
        """Bo's word counts, nothing is written yet, and every page says so."""
        assert (self.state, self.live) == ("approved", self.old)
        self._nothing_left(["change.submitted", "change.approved", "change.scheduled"], decisions=1)
        page = bo.page(self.page)
        assert _badge(page) == "Approved" and page.select_one("#decision") is None
        assert "Agreed, and its time has come" in page.select_one("#waits").get_text(" ")
        self._records(ann, written=False)

    def _nothing_left(self, actions: list[str], *, decisions: int) -> None:
        assert Counter(self._events()) == Counter(actions)
        assert self.world.rows("SELECT count(*) FROM ops.decision WHERE change_id = %s", self.id) == [
            (decisions,)
        ]
        assert self.world.rows(_HELD, self.id) == [(decisions,)]
        assert self.world.rows(_RESULTS, self.id) == [(0,)]
        scheduled = ["change.scheduled"] if decisions else []
        assert self.word_left() == Counter(["change.submitted", *scheduled])

    def done_once(self, ann: Client, bo: Client) -> None:
        """It has taken effect once: rows, decision, trail, word to others, notices; and every page says so."""
        assert (self.state, self.live) == ("applied", self.new)
        assert self.world.rows(_RESULTS, self.id) == [(2,)]
        assert self.world.rows(_SAID, self.id) == [("bo", "approve")]
        assert self.world.rows(_HELD, self.id) == [(1,)]
        actions = ["change.submitted", "change.approved", "row.updated", "row.updated", "change.applied"]
        scheduled = ["change.scheduled"] if self.later else []
        assert Counter(self._events()) == Counter(actions + scheduled)
        self._told_once(scheduled)
        page = bo.page(self.page)
        assert _badge(page) == "Applied" and page.select_one("#decision") is None
        self._records(ann, written=True)

    def _events(self) -> list[str]:
        """What the trail has of it; each line is canonical and has the digest of its payload (P38)."""
        found = self.world.rows(_EVENTS, self.id)
        for action, line, salt, body in found:
            members = verify(line, bytes(salt), body)
            assert (members["action"], members["change"]) == (action, str(self.id))
        return [action for action, *_ in found]

    def _told_once(self, scheduled: list[str]) -> None:
        assert self.word_left() == Counter(["change.submitted", "change.applied", *scheduled])
        self.all_told()
        notices = self.world.rows(_NOTICES, self.id)
        assert sorted(notices) == [("ann", "outcomes", 1 + len(scheduled)), ("bo", "asks", 1)], notices

    def _records(self, ann: Client, *, written: bool) -> None:
        """The pages of both records show what stands in the database, and whether something waits."""
        rows = (("customers", self.customer), ("products", self.product))
        for (table, key), old, new in zip(rows, self.old, self.new, strict=True):
            page = ann.page(f"/tables/shop.{table}/~{key}")
            assert (page.select_one("#waiting") is None) == written
            for part in page.select("#waiting, aside, nav"):
                part.decompose()
            said = page.get_text(" ")
            assert (new in said) == written and (written or old in said), (table, key, said)


def _badge(page: BeautifulSoup) -> str:
    """The state at the head of a change's page."""
    found = page.select_one("main .head .badge")
    return found.get_text(strip=True) if found is not None else ""
