"""One POST of a small body: to a checked address, bounded in time and bytes, never redirected."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops.egress.addresses import Network, resolve
from ops.egress.deadline import ended_after

CONNECT_SECONDS = 5
READ_SECONDS = 10
TOTAL_SECONDS = 20
MOST_BYTES = 4096  # of an answer's body: enough to be polite, too little to be filled up by


class Unreached(Exception):
    """No answer came, whole and in time. Its text names the kind of trouble and no address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `after`: the seconds the other side asked us to wait (RFC 9110, 10.2.3), if it did."""

    status: int
    after: int | None


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was checked; the name stands in `Host` and in the certificate alone."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address = address
        self._tls = tls

    def connect(self) -> None:
        """Open the socket, and TLS on it where the address says https; the certificate must fit the name."""
        self.sock = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        self.sock.settimeout(READ_SECONDS)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    networks: Iterable[Network] = (),
    trusted: ssl.SSLContext | None = None,
) -> Answer:
    """Send `body` to `url` and say what was answered; a redirect is an answer like any other.

    `networks`: private ones that may be met; `trusted`: whom to believe in place of the system's authorities.
    Raises NotAllowed (the address), Unreached.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    address = resolve(host, port, networks)[0]
    tls = (trusted or ssl.create_default_context()) if secure else None
    connection = _Pinned(host, port, address, tls)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with ended_after(TOTAL_SECONDS, lambda: connection.sock):
            connection.request("POST", target, body, dict(headers))
            answer = connection.getresponse()
            answer.read(MOST_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreached(type(error).__name__) from error
    finally:
        connection.close()
    return Answer(answer.status, _seconds(answer.getheader("Retry-After")))


def _seconds(text: str | None) -> int | None:
    """The delay where it is one in seconds; a date is left to our own pauses."""
    said = (text or "").strip()
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 8 else None
