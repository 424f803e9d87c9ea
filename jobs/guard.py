"""What a job of ours looks like in Redis; everything else there is forged, and only rings a bell (P52)."""

from __future__ import annotations

import logging
import time
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job

from ops.actor import platform_actor
from ops.audit import Entry, record
from ops.db import Busy, Database, Unavailable
from ops.work.dispatch import ENTRY_POINT

log = logging.getLogger(__name__)

MOST_BYTES = 4096  # of a job's data, packed; ours have about 100
QUIET_SECONDS = 60


class IdJob(Job):
    """A job that is an id and nothing else: callbacks, webhooks, retries and dependents are never read."""

    unreadable = False

    def restore(self, raw_data: Any) -> Any:
        """Read what Redis has; garbage makes the job unreadable, never the worker."""
        data = raw_data.get(b"data") or raw_data.get("data") or b""
        try:
            if len(data) > MOST_BYTES:
                raise ValueError("too large")
            super().restore(raw_data)
        except NoSuchJobError:
            raise
        except Exception:
            self.unreadable = True
        self.webhooks = []
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self._dependency_ids = []
        self.retries_left = self.repeats_left = None
        self.timeout = None


def wrong(job: Job) -> str | None:
    """Why this job is none of ours, or None where it is: our entry point, called with the job's own id."""
    if getattr(job, "unreadable", False):
        return "it cannot be read"
    try:
        name, instance, args, kwargs = job.func_name, job.instance, job.args, job.kwargs
    except (DeserializationError, ValueError, TypeError):
        return "it is not JSON"
    if name != ENTRY_POINT:
        return "it calls something else"
    if instance or kwargs or not isinstance(args, list | tuple) or list(args) != [job.id]:
        return "it carries more than an id"
    try:
        UUID(job.id)
    except ValueError:
        return "its id is none of ours"
    return None


class Bell:
    """Rings for forged jobs: a line in the log and an event in the trail, at most once a minute."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._unheard = 0
        self._quiet_until = 0.0

    def ring(self, queue: str, reason: str) -> None:
        """A job was refused. Never raises: a bell that breaks the worker would be what a forger wants."""
        self._unheard += 1
        if time.monotonic() < self._quiet_until:
            return
        self._quiet_until = time.monotonic() + QUIET_SECONDS
        log.error("%d forged job(s) in queue %s refused: %s", self._unheard, queue, reason)
        facts = {"queue": queue, "reason": reason, "count": str(self._unheard)}
        try:
            with self._db.transaction() as tx:
                record(tx, platform_actor("worker"), [Entry("job.refused", "refused", facts=facts)])
            self._unheard = 0
        except (Unavailable, Busy) as error:
            log.error("the refusal could not be written to the trail: %s", error)


def forget(connection: Any, queue: Any, job_id: str) -> None:
    """Take a job out of Redis: its ring was heard, and PostgreSQL knows the rest."""
    try:
        with connection.pipeline() as pipeline:
            pipeline.lrem(queue.intermediate_queue_key, 0, job_id)
            pipeline.delete(Job.key_for(job_id))
            pipeline.execute()
    except RedisError as error:
        log.warning("job %s stays in Redis: %s", job_id, type(error).__name__)
