"""The one entry point: Redis rings with a work id, PostgreSQL says what that is, one room does it."""

from __future__ import annotations

import logging
import os
import socket
import threading
import traceback

from jobs.kinds import KINDS
from ops import work as works
from ops.db import Busy, Unavailable, sqlstate
from ops.platform import Platform
from ops.work import Claim, Fenced

log = logging.getLogger(__name__)

stopping = threading.Event()
"""Set when this process was asked to end: rooms look at it between two steps and give their work back."""

_platform: Platform | None = None


def serve(platform: Platform) -> None:
    """Say once per process which platform the work of this process is done on."""
    global _platform
    _platform = platform


def work(work_id: str) -> None:
    """Claim the work with this id and do it; nothing happens where it is held, done or unknown.

    What fails is written down with the work and tried again later; nothing is raised.
    """
    if _platform is None:
        raise RuntimeError("jobs.run.serve(platform) comes first; start a worker with: ops worker")
    try:
        claim = works.claim(_platform.db, work_id, f"{socket.gethostname()}:{os.getpid()}")
        if claim is not None:
            perform(_platform, claim)
    except (Unavailable, Busy) as error:
        # The work stays in PostgreSQL; the clock rings again once its lease has run out.
        log.warning("work %s is left for later: %s", work_id, error)


def perform(platform: Platform, claim: Claim) -> None:
    """Do claimed work by the room of its kind; a room that raises has its work tried again."""
    try:
        platform.refresh()  # this process was forked from one that may have read the tables long ago
        KINDS[claim.kind](platform, claim, stopping.is_set)
    except Fenced:
        log.warning("%s %s: another holds this work now; nothing more was written", claim.kind, claim.subject)
    except Exception as error:
        log.error("%s %s broke off: %s", claim.kind, claim.subject, what(error))
        _try_later(platform, claim, what(error))


def _try_later(platform: Platform, claim: Claim, text: str) -> None:
    """Say that it failed, so that it is tried again soon; a database that is away is waited for, a while."""
    for pause in (0, 1, 2, 4, 8, 15, 15, 15):
        if stopping.wait(pause):
            return  # the lease runs out by itself
        try:
            with platform.db.transaction() as tx:
                works.fail(tx, claim, text, permanent=False)
            return
        except Fenced:
            return
        except (Unavailable, Busy) as error:
            log.warning("%s %s: not written down yet: %s", claim.kind, claim.subject, error)


def what(error: BaseException) -> str:
    """An error's kind and place, without its words: those may hold values of the company (P42)."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" at {last[0].filename.rpartition('/')[2]}:{last[0].lineno}" if last else ""
    state = sqlstate(error)
    return f"{type(error).__name__}{f' {state}' if state else ''}{place}"
