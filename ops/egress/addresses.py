"""Which addresses may be called: none that is private, loopback, link-local or a cloud's metadata, unless allowed."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Beside what the registries call not global: networks that lead into a private one by translation, or nowhere.
_SHUT: Sequence[Network] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # RFC 6890
        "192.88.99.0/24",  # RFC 7526
        "198.18.0.0/15",  # RFC 2544
        "100.64.0.0/10",  # RFC 6598
        "64:ff9b:1::/48",  # RFC 8215
        "fec0::/10",  # RFC 3879
        "::/96",  # RFC 4291, 2.5.5.1
        "2001::/23",  # RFC 2928; Teredo is in it
        "5f00::/16",  # RFC 9602
    )
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")  # RFC 3056: bytes two to five are one


class NotAllowed(Exception):
    """The name leads to addresses that may not be called, or to none."""


def allowed(address: Address, networks: Iterable[Network] = ()) -> bool:
    """Whether the address may be called; `networks` are the private ones that may be met."""
    for one in _stands_for(address):
        if any(one.version == network.version and one in network for network in networks):
            continue
        if not one.is_global or one.is_multicast or one.is_reserved or one.is_unspecified:
            return False
        if any(one.version == network.version and one in network for network in _SHUT):
            return False
    return True


def resolve(host: str, port: int, networks: Iterable[Network] = ()) -> list[str]:
    """The addresses behind a name that may be called, as text. Raises NotAllowed.

    Who connects uses one of these and never the name again: a second answer could be another one (P23).
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotAllowed("the name cannot be resolved") from error
    networks = tuple(networks)
    good = []
    for _, _, _, _, where in found:
        # A zone ("%eth0") stands behind link-local addresses alone, which are refused anyway.
        address = ipaddress.ip_address(str(where[0]).partition("%")[0])
        if allowed(address, networks):
            good.append(str(address))
    if not good:
        raise NotAllowed("the name leads to a private address")
    return list(dict.fromkeys(good))


def _stands_for(address: Address) -> list[Address]:
    """The addresses that are met by calling it: of an IPv6 one also the IPv4 address it carries."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _TRANSLATED:
        return [address, ipaddress.IPv4Address(address.packed[12:])]
    if address in _SIX_TO_FOUR:
        return [address, ipaddress.IPv4Address(address.packed[2:6])]
    return [address]
