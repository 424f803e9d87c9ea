"""What a provider says of itself: its description (Discovery 1.0) and its keys, fetched rarely and believed long."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import requests
from joserfc.jwk import KeySet

from ops.identity import tokens
from ops.identity.claims import Refused
from ops.identity.outside import SECONDS, SLOT_SECONDS, TOTAL_SECONDS, ProviderAway, bound, within
from ops.settings import Provider

log = logging.getLogger(__name__)

FRESH_SECONDS = 3600  # how long discovery and keys are believed without asking again
RETRY_SECONDS = 10  # after a failed discovery nobody else waits for the same failure
KEY_FETCH_SECONDS = 60  # an unknown key id makes us ask for keys at most this often (P10)


class Described:
    """A provider as it describes itself. Thread-safe; one thread asks, the others take what is known."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._lock = threading.Lock()  # around the keys
        self._discovering = threading.Lock()
        self._metadata: dict[str, Any] | None = None
        self._metadata_at = self._failed_at = float("-inf")
        self._keys: KeySet | None = None
        self._keys_at = self._asked_keys_at = float("-inf")

    @property
    def issuer(self) -> str:
        """The issuer exactly as the provider writes it, where known; else as the settings do."""
        return str((self._metadata or {}).get("issuer", self.provider.issuer))

    def metadata(self) -> dict[str, Any]:
        """The provider's description (Discovery 1.0), at most an hour old, older where it cannot be had.

        One thread at a time asks for it; others take the old one, or wait two seconds for the new.
        Raises ProviderAway.
        """
        known = self._metadata
        if known is not None and not self._stale():
            return known
        wait = SLOT_SECONDS if known is None else 0
        if self._recently_failed() or not self._discovering.acquire(timeout=wait):
            if known is None:
                raise ProviderAway("the identity provider does not answer")
            return known
        try:
            return self._refreshed()
        except ProviderAway:
            if known is None:
                raise
            return known
        finally:
            self._discovering.release()

    def warm(self) -> None:
        """Learn the description if nobody has yet or is about to; raises nothing, waits for nobody else."""
        if (
            self._metadata is not None
            or self._recently_failed()
            or not self._discovering.acquire(blocking=False)
        ):
            return
        try:
            self._refreshed()
        except ProviderAway as error:
            log.warning("the identity provider %s is away: %s", self.provider.issuer, error)
        finally:
            self._discovering.release()

    def _refreshed(self) -> dict[str, Any]:
        known = self._metadata
        if known is not None and not self._stale():
            return known  # another thread was faster
        try:
            found = within(TOTAL_SECONDS, self._discover)
        except ProviderAway:
            self._failed_at = time.monotonic()
            raise
        self._metadata, self._metadata_at = found, time.monotonic()
        return found

    def _stale(self) -> bool:
        return time.monotonic() - self._metadata_at >= FRESH_SECONDS

    def _recently_failed(self) -> bool:
        return time.monotonic() - self._failed_at < RETRY_SECONDS

    def _discover(self) -> dict[str, Any]:
        address = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        found = self._get(address)
        if str(found.get("issuer", "")).rstrip("/") != self.provider.issuer.rstrip("/"):
            raise ProviderAway(f"{address} describes another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str):
                raise ProviderAway(f"{address} names no {name}")
        self._refuse_downgrade(found)
        return found

    def _refuse_downgrade(self, found: Mapping[str, Any]) -> None:
        if not self.provider.issuer.startswith("https://"):
            return
        for name, value in found.items():
            if (
                name.endswith(("_endpoint", "_uri"))
                and isinstance(value, str)
                and value.startswith("http://")
            ):
                raise ProviderAway(f"the provider names {name} without https")

    def _key_set(self, *, again: bool) -> KeySet:
        now = time.monotonic()
        with self._lock:
            known, age = self._keys, now - self._keys_at
            may_ask = now - self._asked_keys_at >= KEY_FETCH_SECONDS
            wanted = known is None or again or age >= FRESH_SECONDS
            if known is not None and not (wanted and may_ask):
                return known
            self._asked_keys_at = now
        try:
            fetched = tokens.key_set(self._get(self.metadata()["jwks_uri"]))
        except (ProviderAway, Refused):
            if known is None or again:
                raise
            return known
        with self._lock:
            self._keys, self._keys_at = fetched, time.monotonic()
        return fetched

    def _get(self, address: str) -> dict[str, Any]:
        with requests.Session() as session:
            bound(session)
            try:
                response = session.get(address, timeout=SECONDS, headers={"Accept": "application/json"})
                response.raise_for_status()
                found = response.json()
            except (requests.RequestException, ValueError) as error:
                raise ProviderAway(f"{address} failed: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise ProviderAway(f"{address} is not an object")
        return found
