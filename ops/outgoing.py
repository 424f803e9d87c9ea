"""What settings say about what leaves the house: the mail server, who writes, and which addresses may be called."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
_STARTTLS = ("required", "optional")


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server. `tls`: "implicit" (smtps), "required" (STARTTLS or nothing is sent), or "optional"."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def smtp(value: str) -> Smtp:
    """`smtp://[user:password@]host[:port][?starttls=optional]` or `smtps://…`. Raises ValueError in words."""
    parts = urlsplit(value)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("must be an address such as smtp://user:password@mail.example.com:587 or smtps://…")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("must name a port from 1 to 65535") from error
    secure = parts.scheme == "smtps"
    wanted = parse_qs(parts.query).get("starttls", [""])[-1]
    if wanted and (secure or wanted not in _STARTTLS):
        raise ValueError("may say starttls=required or starttls=optional, with smtp:// alone")
    local = parts.hostname in _LOCAL
    tls = "implicit" if secure else wanted or ("optional" if local else "required")
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (user is None) != (password is None):
        raise ValueError("must hold a user and a password, or neither")
    if password and tls == "optional" and not local:
        raise ValueError("must not send a password without TLS: leave starttls=optional out")
    return Smtp(parts.hostname, port or (465 if secure else 587 if user else 25), tls, user, password)


def mail_from(value: str) -> Address:
    """`Countersign <ops@example.com>` or the bare address. Raises ValueError in words."""
    name, spec = parseaddr(value)
    found = mailbox(spec, name)
    if found is None or value.count("@") != 1 or not value.isprintable():
        raise ValueError("must be an address such as Countersign <ops@example.com>")
    return found


def mailbox(spec: str, name: str = "") -> Address | None:
    """One mailbox as a header takes it; None for anything that is not exactly one plain address (no injection)."""
    if not spec.isascii() or not spec.isprintable() or any(sign in spec for sign in ' ,;:<>()[]\\"'):
        return None
    local, at, domain = spec.rpartition("@")
    if not at or not local or "@" in local or not domain or len(spec) > 254:
        return None
    plain = "".join(sign if sign.isprintable() else " " for sign in name)
    try:
        return Address(" ".join(plain.split())[:100], addr_spec=spec)
    except (MessageError, ValueError, IndexError):
        return None


def networks(value: str) -> tuple[Network, ...]:
    """Networks and addresses, separated by commas. Raises ValueError in words."""
    found: list[Network] = []
    for part in filter(None, (part.strip() for part in value.split(","))):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise ValueError(
                "must be networks or addresses such as 10.1.0.0/16, separated by commas"
            ) from error
    if not found:
        raise ValueError("must be networks or addresses such as 10.1.0.0/16, separated by commas")
    return tuple(found)
