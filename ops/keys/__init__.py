"""Keys: made once under OPS_HOME where none is given; never a default, never in the database.

Owns where keys come from, what they derive (`derived`) and how values are encrypted at rest (`Ring`).
Refuses to make any in production: there they are given from outside (P53).
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from hashlib import sha256
from typing import Any

from ops.keys.files import KeyFile
from ops.keys.sealing import Ring, Unsealable, key_id
from ops.settings import Settings

__all__ = ["KeyFile", "Ring", "Unsealable", "derived", "files", "key_id", "ring", "with_keys"]


def with_keys(settings: Settings) -> Settings:
    """The same settings with every missing key read from OPS_HOME, made there on first use (mode 0600)."""
    found: dict[str, Any] = {}
    for name, file in files(settings).items():
        key, *previous = file.read_or_make()
        found |= {name: key, f"{name}_previous": (*getattr(settings, f"{name}_previous"), *previous)}
    return replace(settings, **found)


def files(settings: Settings) -> dict[str, KeyFile]:
    """The key files under OPS_HOME that stand in for settings that are not given, by the setting's name."""
    return {
        name: KeyFile(settings.home / name.replace("_", "-"))
        for name in ("secret_key", "encryption_key")
        if not getattr(settings, name)
    }


def ring(settings: Settings) -> Ring:
    """What seals and opens values at rest: OPS_ENCRYPTION_KEY and the earlier ones."""
    if not settings.encryption_key:
        raise ValueError("there is no encryption key; `with_keys` was not called")
    return Ring(settings.encryption_key, settings.encryption_key_previous)


def derived(settings: Settings, purpose: str) -> tuple[str, ...]:
    """A key of its own for each purpose, made of OPS_SECRET_KEY; then those made of the earlier ones."""
    made_of = (settings.secret_key or "", *settings.secret_key_previous)
    return tuple(
        hmac.new(key.encode(), f"countersign {purpose}".encode(), sha256).hexdigest() for key in made_of
    )
