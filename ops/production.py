"""What production refuses: missing and weak keys, default passwords, demo sign-in, plain http (P53)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from ops.settings import Settings

SHORTEST = 32  # characters of a key
FEWEST_SIGNS = 10  # different characters of a key
DEMO_CLIENT = "countersign-demo"  # ops.identity.demo_provider.CLIENT_ID
_HOW = "make one with: openssl rand -hex 32"
# What manuals, images and samples ship with; compared in lower case.
_DEFAULTS = frozenset(
    {
        "admin", "administrator", "changeit", "changeme", "change-me", "change_me", "countersign", "default",
        "demo", "demo-only", "example", "foobared", "guest", "letmein", "ops", "pass", "passw0rd", "password",
        "password1", "postgres", "postgresql", "qwerty", "redis", "root", "secret", "test", "toor", "user",
        "welcome", "123456", "12345678", "123456789", "1234567890",
    }
)  # fmt: skip
_SAMPLE = r"change.?me|password|secret|example|insert|your.?key|replace.?(me|this)|todo|dummy"
_WORDS = re.compile(_SAMPLE, re.IGNORECASE)


def problems(settings: Settings) -> list[str]:
    """Every reason why production must not start with these settings; none of them quotes a secret."""
    return [
        *_missing(settings),
        *_keys(settings),
        *_passwords(settings),
        *_sign_in(settings),
        *_outgoing(settings),
        *(() if settings.secure else ["OPS_PUBLIC_URL must begin with https:// in production"]),
    ]


def _missing(settings: Settings) -> Iterator[str]:
    needed = {
        "OPS_DATABASE_URL": settings.database_url,
        "OPS_REDIS_URL": settings.redis_url,
        "OPS_SECRET_KEY": settings.secret_key,
        "OPS_ENCRYPTION_KEY": settings.encryption_key,
        "OPS_OIDC_ISSUER": settings.oidc,
    }
    for name, value in needed.items():
        if not value:
            how = f"; {_HOW}" if name.endswith("_KEY") else ""
            yield f"{name} must be set in production{how}"


def _keys(settings: Settings) -> Iterator[str]:
    given = [
        ("OPS_SECRET_KEY", settings.secret_key),
        ("OPS_ENCRYPTION_KEY", settings.encryption_key),
        *(("OPS_SECRET_KEY_PREVIOUS", key) for key in settings.secret_key_previous),
        *(("OPS_ENCRYPTION_KEY_PREVIOUS", key) for key in settings.encryption_key_previous),
    ]
    seen: dict[str, str] = {}
    for name, key in given:
        if not key:
            continue
        if len(key) < SHORTEST:
            yield f"{name} must have at least {SHORTEST} characters in production; {_HOW}"
        elif len(set(key)) < FEWEST_SIGNS or key in (key + key)[1:-1]:
            yield f"{name} is too regular to be a key; {_HOW}"
        elif _WORDS.search(key):
            yield f"{name} reads like a sample, not like a key; {_HOW}"
        if key in seen:
            yield f"{name} and {seen[key]} are the same key; each must be its own"
        seen[key] = name


def _passwords(settings: Settings) -> Iterator[str]:
    addresses = {
        "OPS_DATABASE_URL": settings.database_url,
        "OPS_MIGRATION_URL": settings.migration_url,
        "OPS_REDIS_URL": settings.redis_url,
    }
    for name, address in addresses.items():
        parts = urlsplit(address or "")
        password = unquote(parts.password or "")
        # No password at all is a certificate, a socket or a password file: the server decides.
        if password and (password.lower() in _DEFAULTS or password == unquote(parts.username or "")):
            yield f"{name} holds a default password; give that role a password of its own"


def _outgoing(settings: Settings) -> Iterator[str]:
    url = settings.chat_webhook_url
    if url is not None and not url.startswith("https://"):
        yield "OPS_CHAT_WEBHOOK_URL must begin with https:// in production"


def _sign_in(settings: Settings) -> Iterator[str]:
    for provider in settings.oidc:
        prefix = "OPS_OIDC_" if provider.number == 1 else f"OPS_OIDC_{provider.number}_"
        if not provider.issuer.startswith("https://"):
            yield f"{prefix}ISSUER {provider.issuer} must begin with https:// in production"
        if provider.client_id == DEMO_CLIENT:
            yield f"{prefix}CLIENT_ID is the demo sign-in's, which lets anyone in as anyone"
        if provider.client_secret.lower() in _DEFAULTS:
            yield f"{prefix}CLIENT_SECRET is a default one; have the provider make another"
