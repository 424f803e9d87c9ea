"""The worker: listens to one queue of Redis, forks a process for each ring, survives Redis, ends within 30 s.

RQ's own bookkeeping in Redis (results, registries, retries, commands, suspension) is switched off on purpose:
what runs, who holds it and what came of it stands in `ops.work`, where a FLUSHALL cannot reach it.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError as RedisGone
from redis.exceptions import RedisError
from rq import Queue
from rq import Worker as RqWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker import WorkerStatus

from jobs import run
from jobs.guard import Bell, IdJob, forget, wrong
from ops.platform import Platform
from ops.work.dispatch import JOB_SECONDS

log = logging.getLogger(__name__)

GRACE_SECONDS = 25  # of the 30 that SIGTERM may take: then the child is killed, and its lease runs out
LISTEN_SECONDS = 20  # RQ listens for 15 less, and hears of a dead connection 10 after that
LONGEST_PAUSE = 10.0


class Worker(RqWorker):
    """RQ's forking worker, for jobs that are one work id and nothing else."""

    job_class = IdJob
    max_connection_wait_time = LONGEST_PAUSE

    def __init__(
        self, platform: Platform, queue: str, connection: Redis, asked_to_stop: threading.Event
    ) -> None:
        super().__init__(
            [queue], connection=connection, serializer=JSONSerializer, worker_ttl=LISTEN_SECONDS,
            log_job_description=False, job_monitoring_interval=15,
        )  # fmt: skip
        self._platform = platform
        self._bell = Bell(platform.db)
        self._asked_to_stop = asked_to_stop

    # The parent ------------------------------------------------------------------

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Refuse what is not ours; else fork a child that does the work, and wait for it."""
        forget(self.connection, queue, job.id)
        reason = wrong(job)
        if reason is not None:
            self._bell.ring(queue.name, reason)
            return
        self.set_state(WorkerStatus.BUSY)
        self.fork_work_horse(job, queue)
        self._wait_for_child(job.id)
        self.set_state(WorkerStatus.IDLE)

    def _wait_for_child(self, job_id: str) -> None:
        # Polled, not blocked on: a signal that asks to stop is then handled within 50 ms, on any platform.
        began = beat = time.monotonic()
        while True:
            with suppress(ChildProcessError):
                pid, status = os.waitpid(self.horse_pid, os.WNOHANG)
                if pid == 0:
                    moment = time.monotonic()
                    if moment - began > JOB_SECONDS:
                        self.kill_horse()
                    if moment - beat > self.job_monitoring_interval:
                        self.heartbeat(self.job_monitoring_interval + 60)
                        beat = moment
                    time.sleep(0.05)
                    continue
                if os.WIFSIGNALED(status):
                    log.warning("work %s: the child was killed by signal %d; its lease runs out", job_id,
                                os.WTERMSIG(status))  # fmt: skip
            self._horse_pid = 0
            return

    def dequeue_job_and_maintain_ttl(self, timeout: Any, max_idle_time: Any = None) -> Any:
        """RQ's, but a name in the queue that even RQ cannot read is refused too, and listening goes on."""
        while True:
            try:
                return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
            except RedisGone:
                raise
            except Exception as error:
                queue, job_id = getattr(error, "queue", None), getattr(error, "job_id", None)
                if isinstance(error, UnicodeDecodeError):
                    # Not even text: Redis has handed it over already, and it names no job to be forgotten.
                    self._bell.ring(self.queues[0].name, "it cannot be read")
                    continue
                if queue is None or job_id is None:
                    raise
                forget(self.connection, queue, job_id)
                self._bell.ring(queue.name, "it cannot be read")

    def handle_warm_shutdown_request(self) -> None:
        """Asked to end: so is the child, which gives its work back; a deaf one is killed in time."""
        log.info("asked to stop: finishing or giving back what is under way")
        self._asked_to_stop.set()
        if self.horse_pid:
            with suppress(ProcessLookupError):
                os.kill(self.horse_pid, signal.SIGTERM)
            deaf = threading.Timer(GRACE_SECONDS, self.kill_horse)
            deaf.daemon = True
            deaf.start()

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]  # RQ's is not typed
        # A signal may have come while this worker was being made, before it had ears of its own.
        self._stop_requested = self._asked_to_stop.is_set()

    # The child -------------------------------------------------------------------

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """What the forked child does; it never speaks to Redis about itself."""
        code = 1
        try:
            random.seed()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda *_: run.stopping.set())
            run.stopping.clear()
            # Connections are the parent's: two processes on one socket would read each other's answers.
            self._platform.db.engine.dispose(close=False)
            run.serve(self._platform)
            run.work(job.id)
            code = 0
        except BaseException as error:
            log.error("work %s: %s", job.id, run.what(error))
        finally:
            logging.shutdown()
            os._exit(code)

    # What RQ would like to keep in Redis -------------------------------------------

    def subscribe(self) -> None:
        """No commands by Redis: whoever can write there could stop us."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def check_for_suspension(self, burst: bool) -> None:
        """No suspension by Redis."""

    def run_maintenance_tasks(self) -> None:
        """Forget rings that a killed worker heard and did not answer: the clock rings again."""
        self.connection.delete(*(queue.intermediate_queue_key for queue in self.queues))
        self.last_cleaned_at: Any = now()

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """Tell Redis we live; while a child works, Redis being away is no matter."""
        if self.horse_pid and pipeline is None:
            with suppress(RedisError):
                super().heartbeat(timeout)
        else:
            super().heartbeat(timeout, pipeline)

    def set_state(self, state: str, pipeline: Any = None) -> None:
        """Remember it here; telling Redis may fail."""
        self._state = state
        with suppress(RedisError):
            super().set_state(state, pipeline)

    def set_shutdown_requested_date(self) -> None:
        """Called inside a signal handler: not the place to wait for Redis."""


def listen(platform: Platform, redis_url: str, queue: str) -> None:
    """Work until SIGTERM or SIGINT; Redis may go away, be flushed and come back as often as it likes."""
    asked = threading.Event()
    pause = 0.5
    while not asked.is_set():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())
        began = time.monotonic()
        try:
            connection = Redis.from_url(
                redis_url, socket_timeout=5, socket_connect_timeout=5, retry=None, health_check_interval=0,
                socket_keepalive=True,
            )  # fmt: skip
            worker = Worker(platform, queue, connection, asked)
            worker.work(logging_level=None)
        except StopRequested:
            return
        except (RedisError, OSError) as error:
            log.warning("Redis is away (%s); work waits in PostgreSQL, trying again", type(error).__name__)
        pause = 0.5 if time.monotonic() - began > 60 else min(pause * 2, LONGEST_PAUSE)
        asked.wait(pause)
