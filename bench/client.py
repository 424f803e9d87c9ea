"""A plain HTTP client with one kept connection: times requests, alternates between two applications."""

from __future__ import annotations

import http.client
import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from bench.stage import TOKEN

PART = {"HX-Request-Type": "partial"}  # as static/js/picker.js asks


class Client:
    """One browser: one connection, one session cookie."""

    def __init__(self, port: int, cookie: str, token: str = TOKEN) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.location = ""  # of the last answer
        self.headers = {"Cookie": f"{cookie}={token}", "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, *, part: bool = False) -> bytes:
        """The body of a page, or of the `part` that a script asks for; anything but 200 stops the bench."""
        return self._send("GET", path, None, PART if part else {}, (200,))

    def post(self, path: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> bytes:
        """Send a form; anything but a redirect stops the bench."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, urlencode(fields), form, (302, 303))

    def sent(self, path: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
        """The same; where it leads to."""
        self.post(path, fields)
        return self.location

    def _send(self, method: str, path: str, body: str | None, extra: dict[str, str], good: tuple) -> bytes:
        self.connection.request(method, path, body, {**self.headers, **extra})
        answer = self.connection.getresponse()
        text = answer.read()
        self.location = answer.headers.get("Location", "")
        if answer.status not in good:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:400]!r}")
        return text


def alternate(
    first: Callable[[], object],
    second: Callable[[], object],
    rounds: int,
    after: Callable[[], object] = lambda: None,
) -> tuple[float, float]:
    """Median milliseconds of both, run in turn so that whatever else the machine does hits both alike.

    `after` follows each pair and is not timed.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 10):
        for call, kept in zip((first, second), times, strict=True):
            started = time.perf_counter()
            call()
            if number >= 10:  # the first ones warm caches and plans
                kept.append((time.perf_counter() - started) * 1000)
        after()
    return statistics.median(times[0]), statistics.median(times[1])


def _hammer(port: int, cookie: str, path: str, seconds: float, done: object) -> None:
    client, count, until = Client(port, cookie), 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        client.get(path)
        count += 1
    done.put(count)  # type: ignore[attr-defined]  # a multiprocessing queue


def throughput(port: int, cookie: str, path: str, clients: int = 8, seconds: float = 4) -> float:
    """Requests a second that `clients` browsers at once get."""
    done: multiprocessing.Queue[int] = multiprocessing.Queue()
    args = (port, cookie, path, seconds, done)
    people = [multiprocessing.Process(target=_hammer, args=args) for _ in range(clients)]
    for person in people:
        person.start()
    total = sum(done.get(timeout=seconds + 60) for _ in people)
    for person in people:
        person.join()
    return total / seconds
