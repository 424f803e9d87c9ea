"""How we speak to an identity provider: bounded in time, in bytes and in threads; no redirects (P10, P24)."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from requests.adapters import HTTPAdapter

T = TypeVar("T")
MAX_BYTES = 1_000_000
SECONDS = 10  # for one connection or one read
TOTAL_SECONDS = 12  # for all a web thread ever waits in one request
SLOT_SECONDS = 2  # for a free slot
# Fewer than a web process has threads: a provider that hangs never takes them all, so people who are signed
# in go on. A healthy one answers in milliseconds, and nobody notices the slots.
_SLOTS = threading.BoundedSemaphore(2)
# Calls nobody waits for any more may linger, drop by drop; this many at most.
_LINGERING = threading.BoundedSemaphore(32)
_here = threading.local()


class ProviderAway(Exception):
    """The provider did not answer in time, or not in a usable form; nobody already signed in is affected."""


class _Bounded(HTTPAdapter):
    """Reads at most MAX_BYTES of an answer, after decompression, before anyone parses it."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["stream"] = True
        response = super().send(request, *args, **kwargs)
        with response.raw as raw:
            body = raw.read(MAX_BYTES + 1, decode_content=True)
        if len(body) > MAX_BYTES:
            raise requests.exceptions.ConnectionError("the answer is too long")
        response.raw = io.BytesIO(body)
        return response


def bound(session: requests.Session) -> None:
    """Make a session of `requests` (Authlib's too) read bounded answers and follow no redirect."""
    for prefix in ("https://", "http://"):
        session.mount(prefix, _Bounded())
    session.max_redirects = 0


def within(seconds: float, ask: Callable[[], T]) -> T:
    """Run `ask` in a thread of its own and wait at most `seconds` for it; inside such a call, just run it.

    A read timeout alone does not bound an answer that comes drop by drop. Raises ProviderAway when the time
    is over or too many such calls are still open; else whatever `ask` raises.
    """
    if getattr(_here, "inside", False):
        return ask()
    if not _SLOTS.acquire(timeout=SLOT_SECONDS):
        raise ProviderAway("too many unanswered calls to the identity provider")
    try:
        return _in_a_thread(seconds, ask)
    finally:
        _SLOTS.release()


def _in_a_thread(seconds: float, ask: Callable[[], T]) -> T:
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        _here.inside = True
        try:
            result.append(ask())
        except BaseException as error:
            failure.append(error)
        finally:
            _LINGERING.release()

    if not _LINGERING.acquire(blocking=False):
        raise ProviderAway("too many unanswered calls to the identity provider")
    thread = threading.Thread(target=run, name="identity provider", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        _LINGERING.release()
        raise ProviderAway("no thread is free") from None
    thread.join(seconds)
    if failure:
        raise failure[0]
    if not result:
        raise ProviderAway("the identity provider took too long")
    return result[0]
