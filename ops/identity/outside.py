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
SECONDS = 5  # for one connection or one read
TOTAL_SECONDS = 12  # for all a web thread ever waits in one request
_AT_ONCE = threading.BoundedSemaphore(16)


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
    """Run `ask` in a thread of its own and wait at most `seconds` for it.

    A read timeout alone does not bound an answer that comes drop by drop. Raises ProviderAway when the time
    is over or too many such calls are still open; else whatever `ask` raises.
    """
    if not _AT_ONCE.acquire(blocking=False):
        raise ProviderAway("too many unanswered calls to the identity provider")
    result: list[T] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            result.append(ask())
        except BaseException as error:
            failure.append(error)
        finally:
            _AT_ONCE.release()

    thread = threading.Thread(target=run, name="identity provider", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        _AT_ONCE.release()
        raise ProviderAway("no thread is free") from None
    thread.join(seconds)
    if failure:
        raise failure[0]
    if not result:
        raise ProviderAway("the identity provider took too long")
    return result[0]
