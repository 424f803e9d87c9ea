"""The clock: one leads, others stand by; each second it hands on what is due. It does no work itself.

It survives the database and Redis being away: every step is tried again at the next tick, and what it had not
yet done still stands in PostgreSQL.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa
from redis import Redis

from jobs.kinds import BURIALS
from jobs.run import what
from ops import changes, disclosure, drafts, exports, identity, imports, notices, outbox, presence
from ops.approvals import reminding
from ops.changes import attachments, basket, emergency, rehearsing, schedule
from ops.db import STARTUP, Busy, Database, Unavailable
from ops.notices import digest, inbox
from ops.outbox import Handler
from ops.platform import Platform
from ops.work import bury, dispatch, due, lease

log = logging.getLogger(__name__)

LEASE_NAME = "clock"
LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
TICK_SECONDS = 1.0
BATCH = 100

_OLD_SESSIONS = sa.text(
    # For an hour they still tell whose drafts wait (ops.drafts).
    "DELETE FROM ops.session WHERE id IN "
    "(SELECT id FROM ops.session WHERE expires_at < now() - interval '1 hour' LIMIT 1000)"
)
# Two days: longer than any session, so a form still on a screen never outlives its token's first result.
_OLD_TOKENS = sa.text(
    "DELETE FROM ops.form_token WHERE ctid IN "
    "(SELECT ctid FROM ops.form_token WHERE created_at < now() - interval '2 days' LIMIT 1000)"
)
_PARTITIONS = sa.text("SELECT ops.make_trail_partitions(24)")


class Clock:
    """One clock process. `tick` is one round; `run` makes rounds until told to stop."""

    def __init__(
        self, platform: Platform, redis: Redis, handlers: Mapping[str, Handler] | None = None
    ) -> None:
        self._platform = platform
        self._db: Database = platform.db
        self._redis = redis
        self._handlers = rehearsing.beside(notices.handlers(platform)) if handlers is None else handlers
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._fence: int | None = None
        self._renew_at = 0.0
        self._leads_until = 0.0
        self._troubles: dict[str, str] = {}
        self._rechecks = _rechecks(platform)
        now = time.monotonic()
        self._next = {
            "tables": now + 5,
            "rights": now + 3,
            "digest": now + 4,
            "remind": now + 2,
            "tidy": now + 5,
            "daily": now + 10,
            "apply": now,
        }
        self._next["expire"] = now + 4

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop`; then give the lease back, so that a standby leads at once."""
        while not stop.is_set():
            began = time.monotonic()
            self.tick()
            stop.wait(max(0.05, TICK_SECONDS - (time.monotonic() - began)))
        if self._rechecks is not None:
            self._rechecks.close()
        if self._fence is not None:
            self._try("lease", lambda: lease.drop(self._db, LEASE_NAME, self.holder))

    def tick(self) -> bool:
        """One round; False where another clock leads or the database is away."""
        self._try("lease", self._lead)
        if self._fence is None or time.monotonic() >= self._leads_until:
            return False
        self._try("outbox", self._drain)
        self._try("work", self._ring)
        if self._rechecks is not None:
            self._try("groups", self._rechecks.turn)
        self._now_and_then("tables", 5, self._platform.refresh)
        self._now_and_then("apply", 1, self._apply)
        self._now_and_then("expire", 60, self._expire)
        self._now_and_then("rights", 60, lambda: changes.lapse(self._db, self._platform.catalog))
        self._now_and_then("remind", 20, self._remind)
        self._now_and_then("digest", 60, self._digest)
        self._now_and_then("tidy", 60, self._tidy)
        self._now_and_then("daily", 86_400, self._daily)
        return True

    def _lead(self) -> None:
        now = time.monotonic()
        if now < self._renew_at:
            return
        fence = lease.take(self._db, LEASE_NAME, self.holder, LEASE_SECONDS)
        if fence != self._fence:
            log.info("this clock leads" if fence is not None else "another clock leads; standing by")
        self._fence = fence
        # Counted from before the statement was sent: we never believe to lead longer than the row says.
        self._leads_until = now + LEASE_SECONDS
        self._renew_at = now + RENEW_SECONDS

    def _drain(self) -> None:
        while outbox.drain(self._db, self._handlers, BATCH) == BATCH:
            pass

    def _ring(self) -> None:
        with self._db.transaction() as tx:
            for buried in bury(tx):
                log.error("%s %s was given up: its worker died every time", buried.kind, buried.subject)
                if buried.kind in BURIALS:
                    BURIALS[buried.kind](tx, buried)
            found = due(tx, BATCH)
        dispatch(self._redis, [one.id for one in found])

    def _apply(self) -> None:
        """Changes whose time has come are left to a worker."""
        dispatch(self._redis, schedule.due(self._db))

    def _expire(self) -> None:
        days = self._platform.settings.changes_expire
        changes.expire(self._db, timedelta(days=days) if days else None)

    def _remind(self) -> None:
        with self._db.transaction() as tx:
            reminding.escalate(tx)
            reminding.remind(tx)
            emergency.remind(tx)

    def _digest(self) -> None:
        if self._platform.settings.smtp is not None:
            with self._db.transaction() as tx:
                digest.make(tx)

    def _tidy(self) -> None:
        with self._db.transaction() as tx:
            tx.execute(_OLD_SESSIONS)
            drafts.sweep(tx)  # before the tokens, by which it knows what was sent
            tx.execute(_OLD_TOKENS)
            identity.tidy(tx, rights_last=self._platform.settings.rights_max_age)
            outbox.prune(tx)
            disclosure.sweep(tx)
            presence.sweep(tx)
            basket.sweep(tx)
            inbox.sweep(tx)
        exports.tidy(self._platform)
        imports.tidy(self._platform)
        attachments.tidy(self._platform)

    def _daily(self) -> None:
        # Only the owner of the schema may; 24 months stand ahead, so a refusal is no alarm for a long time.
        settings = self._platform.settings
        url = settings.migration_url or self._db.url
        owner = Database(url, application_name="countersign clock", pool_size=1)
        try:
            with owner.transaction(STARTUP) as tx:
                tx.execute(_PARTITIONS)
        except sa.exc.DBAPIError as error:
            log.warning("no new partitions of the trail: %s", what(error))
        finally:
            owner.close()

    def _now_and_then(self, name: str, seconds: float, step: Callable[[], object]) -> None:
        if time.monotonic() >= self._next[name]:
            self._next[name] = time.monotonic() + seconds
            self._try(name, step)

    def _try(self, name: str, step: Callable[[], object]) -> None:
        """Run one step; its trouble is told once, and its end too, and never stops the clock."""
        try:
            step()
        except (Unavailable, Busy) as error:
            trouble = str(error)
        except Exception as error:
            trouble = what(error)
        else:
            if self._troubles.pop(name, None):
                log.info("%s: works again", name)
            return
        if name == "lease":
            self._renew_at = 0.0
        if self._troubles.get(name) != trouble:
            log.warning("%s: %s; trying again every second", name, trouble)
        self._troubles[name] = trouble


def _rechecks(platform: Platform) -> identity.Rechecks | None:
    settings = platform.settings
    if not settings.oidc:
        return None
    known = identity.clients(settings).values()
    return identity.Rechecks(platform.db, known, platform.keys, rights_last=settings.rights_max_age)


def run(platform: Platform, redis: Redis) -> None:
    """The process: tick until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Clock(platform, redis).run(stop)
