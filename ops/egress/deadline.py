"""An end to a conversation with somebody who answers drop by drop: limits for one read do not bound their sum."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def ended_after(seconds: float, which: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the socket that `which` names down once `seconds` are over; whoever reads or writes it gets an OSError."""
    timer = threading.Timer(seconds, lambda: _shut(which()))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut(connected: socket.socket | None) -> None:
    if connected is not None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)
