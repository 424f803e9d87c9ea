"""Rings the bell in Redis: RQ jobs that carry one work id each, as JSON. Never raises, never hangs."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

log = logging.getLogger(__name__)

QUEUE = "ops"
ENTRY_POINT = "jobs.run.work"
# The longest a work-horse may run; far over any lease, which is what really decides who holds the work.
JOB_SECONDS = 3600


def dispatch(redis: Redis, ids: Iterable[UUID | str], *, queue: str = QUEUE) -> bool:
    """Ring for each work id, after the commit that added it; one round trip for all.

    `redis` has socket timeouts and no retries of its own (`ops.platform.redis_client`), so this never hangs.
    Redis away: logged and False; the work waits in PostgreSQL and the clock rings later. Nothing is raised.
    """
    names = [str(one) for one in ids]
    if not names:
        return True
    try:
        # The job has the work's id: rung twice, the second finds its job gone and does nothing. No result is
        # kept: what became of the work stands in PostgreSQL.
        Queue(queue, connection=redis, serializer=JSONSerializer).enqueue_many(
            [
                Queue.prepare_data(
                    ENTRY_POINT,
                    (name,),
                    job_id=name,
                    timeout=JOB_SECONDS,
                    result_ttl=0,
                    failure_ttl=3600,
                    retry=None,
                )
                for name in names
            ]
        )
    except (RedisError, OSError) as error:
        log.warning(
            "Redis is away (%s): %d pieces of work wait for the clock", type(error).__name__, len(names)
        )
        return False
    return True
