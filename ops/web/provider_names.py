"""Identity providers by the names people know; an issuer's address is for the settings."""

from __future__ import annotations

from urllib.parse import urlsplit

from ops.web.gate import house


def provider_choices() -> list[tuple[str, str]]:
    """(issuer, name) of the providers of the settings, in their order."""
    return [(client.issuer, client.provider.name) for client in house().providers.values()]


def provider_name(iss: str) -> str:
    """What the provider is called; the host of one that is no more in the settings."""
    wanted = iss.rstrip("/")
    for issuer, name in provider_choices():
        if issuer.rstrip("/") == wanted:
            return name
    return urlsplit(iss).hostname or iss


def scim_issuer() -> str | None:
    """The issuer of the provider whose groups SCIM tells; None where there is none."""
    providers = house().providers
    client = providers.get(house().platform.settings.scim_issuer)
    return client.issuer if client is not None else None
