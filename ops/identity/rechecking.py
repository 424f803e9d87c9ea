"""Asks providers again about people between sign-ins; for the clock, in a few threads of its own (P9, P10)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from ops.actor import platform_actor
from ops.db import Busy, Database, Unavailable
from ops.identity import refreshing
from ops.identity.claims import Refused
from ops.identity.outside import ProviderAway
from ops.identity.provider import ProviderClient
from ops.identity.refreshing import Due
from ops.keys import Ring, Unsealable

log = logging.getLogger(__name__)

THREADS = 2  # as many calls as `outside` lets wait at once


class Rechecks:
    """Claims tokens whose turn it is and works them off beside the clock; `turn` never waits for a provider."""

    def __init__(
        self, db: Database, clients: Iterable[ProviderClient], keys: Ring, *, rights_last: timedelta
    ) -> None:
        self._db = db
        self._clients = {client.provider.issuer.rstrip("/"): client for client in clients}
        self._keys = keys
        self._rights_last = rights_last
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rights")
        self._under_way: set[Future[None]] = set()

    def turn(self) -> int:
        """Start as many checks as threads are free for; how many. Raises Unavailable, Busy."""
        self._under_way = {one for one in self._under_way if not one.done()}
        free = THREADS - len(self._under_way)
        if not self._clients or free <= 0:
            return 0
        with self._db.transaction() as tx:
            claimed = refreshing.claim(tx, sorted(self._clients), free)
        for due in claimed:
            self._under_way.add(self._threads.submit(self._check, due))
        return len(claimed)

    def settled(self, seconds: float) -> None:
        """Wait until what was started is done, for at most `seconds` each."""
        for one in list(self._under_way):
            one.result(seconds)

    def close(self) -> None:
        """Start nothing more; a check under way is claimed for a minute and then anyone's again."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self, due: Due) -> None:
        try:
            self._ask(due)
        except (Unavailable, Busy) as error:
            log.warning("rights of person %s not checked: %s; again in a minute", due.person_id, error)
        except Exception:
            log.exception("rights of person %s not checked; again in a minute", due.person_id)

    def _ask(self, due: Due) -> None:
        client, actor = self._clients[due.iss.rstrip("/")], platform_actor("clock")
        try:
            refresh = self._keys.unseal(refreshing.PURPOSE, due.sealed, bound_to=due.place).decode()
        except Unsealable as error:
            log.warning("the refresh token of person %s cannot be opened: %s", due.person_id, error)
            with self._db.transaction() as tx:
                refreshing.drop(tx, due)
            return
        try:
            fresh = client.renew(refresh)
            if fresh.refresh != refresh:
                with self._db.transaction() as tx:
                    refreshing.renewed(tx, self._keys, due, fresh.refresh)
            word = client.word(fresh, due.sub)
        except (ProviderAway, Refused) as error:
            self._failed(due, error)
            return
        with self._db.transaction() as tx:
            refreshing.settle(tx, actor, due, word, lasts=self._rights_last)

    def _failed(self, due: Due, error: ProviderAway | Refused) -> None:
        gone = isinstance(error, Refused) and error.reason == "invalid_grant"
        log.warning("rights of person %s: %s", due.person_id, error)
        with self._db.transaction() as tx:
            if gone:
                refreshing.over(tx, platform_actor("clock"), due)
            else:
                refreshing.postpone(tx, due)
