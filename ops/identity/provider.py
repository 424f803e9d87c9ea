"""One identity provider, spoken to by Authlib: discovery, code with PKCE, keys, userinfo, logout."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import KeySet

from ops.identity import claims, tokens
from ops.identity.claims import Identity, Refused
from ops.identity.outside import SECONDS, SLOT_SECONDS, TOTAL_SECONDS, ProviderAway, bound, within
from ops.settings import Provider

log = logging.getLogger(__name__)

FRESH_SECONDS = 3600  # how long discovery and keys are believed without asking again
RETRY_SECONDS = 10  # after a failed discovery nobody else waits for the same failure
KEY_FETCH_SECONDS = 60  # an unknown key id makes us ask for keys at most this often (P10)


@dataclass(frozen=True, slots=True)
class Beginning:
    """A sign-in that was begun: where to send the browser, and what must come back."""

    url: str
    state: str
    nonce: str
    verifier: str


class ProviderClient:
    """One provider of the settings. Thread-safe; its calls never hold a thread longer than 12 s.

    Never call it inside a database transaction: nobody's rows wait for a foreign server (P44).
    """

    def __init__(self, provider: Provider, redirect_uri: str) -> None:
        self.provider = provider
        self.redirect_uri = redirect_uri
        self._lock = threading.Lock()  # around the keys
        self._discovering = threading.Lock()
        self._metadata: dict[str, Any] | None = None
        self._metadata_at = self._failed_at = float("-inf")
        self._keys: KeySet | None = None
        self._keys_at = self._asked_keys_at = float("-inf")

    # What sign-in and sign-out call --------------------------------------------------

    def begin(self) -> Beginning:
        """Start a sign-in with fresh state, nonce and PKCE verifier (RFC 7636, S256). Raises ProviderAway."""
        metadata = self.metadata()
        state, nonce, verifier = generate_token(43), generate_token(43), secrets.token_urlsafe(48)
        with self._session(metadata) as session:
            url, _ = session.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return Beginning(url, state, nonce, verifier)

    def finish(self, answer: Mapping[str, str], *, nonce: str, verifier: str) -> Identity:
        """Exchange the provider's answer for an Identity.

        `answer` is the callback's query; its state was already matched. Raises Refused where anything in it,
        in the tokens or in userinfo is wrong, ProviderAway where the provider fails.
        """
        return within(TOTAL_SECONDS, lambda: self._finish(answer, nonce, verifier))

    def logout_url(self, id_token: str | None, back_to: str) -> str | None:
        """Where the browser ends the provider's own session (RP-Initiated Logout 1.0), or None."""
        try:
            endpoint = self.metadata().get("end_session_endpoint")
        except ProviderAway:
            return None
        if not isinstance(endpoint, str):
            return None
        query = {"client_id": self.provider.client_id, "post_logout_redirect_uri": back_to}
        if id_token:
            query["id_token_hint"] = id_token
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def origins(self) -> set[str]:
        """The origins a form may lead to for sign-in and sign-out; of what is known, without asking."""
        known = self._metadata or {}
        addresses = [
            self.provider.issuer,
            known.get("authorization_endpoint"),
            known.get("end_session_endpoint"),
        ]
        return {origin(address) for address in addresses if isinstance(address, str)}

    @property
    def issuer(self) -> str:
        """The issuer exactly as the provider writes it, where known; else as the settings do."""
        return str((self._metadata or {}).get("issuer", self.provider.issuer))

    # Discovery and keys ----------------------------------------------------------------

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

    # The exchange -------------------------------------------------------------------------

    def _finish(self, answer: Mapping[str, str], nonce: str, verifier: str) -> Identity:
        metadata = self.metadata()
        self._check_answer(answer, metadata)
        with self._session(metadata) as session:
            try:
                token = session.fetch_token(
                    metadata["token_endpoint"], code=answer["code"], code_verifier=verifier
                )
                token = dict(token)
            except AuthlibBaseError as error:
                raise Refused("code", str(error.error)) from error
            except (requests.RequestException, ValueError, TypeError, AttributeError) as error:
                raise ProviderAway(f"the token endpoint failed: {type(error).__name__}") from error
            id_token = token.get("id_token")
            checked = self._checked(id_token, metadata, nonce, token.get("access_token"))
            userinfo = self._userinfo(session, metadata, token)
        return claims.identity(
            checked, userinfo, id_token=str(id_token), groups_claim=self.provider.groups_claim
        )

    def _check_answer(self, answer: Mapping[str, str], metadata: Mapping[str, Any]) -> None:
        # RFC 9207: an answer of another provider must not be taken for this one's.
        announced = metadata.get("authorization_response_iss_parameter_supported") is True
        if (announced or "iss" in answer) and answer.get("iss") != metadata["issuer"]:
            raise Refused("issuer", "the answer is of another provider")
        if answer.get("error"):
            raise Refused("denied" if answer["error"] == "access_denied" else "provider_error")
        if not answer.get("code"):
            raise Refused("code", "the answer holds no code")

    def _checked(
        self, id_token: object, metadata: Mapping[str, Any], nonce: str, access_token: str | None
    ) -> dict[str, Any]:
        algorithms = tokens.allowed_algorithms(metadata)
        expected = tokens.Expected(metadata["issuer"], self.provider.client_id, nonce, access_token)
        keys = self._key_set(again=False)
        try:
            return tokens.check_id_token(id_token, keys, algorithms, expected)
        except tokens.UnknownKey:
            fresh = self._key_set(again=True)
        try:
            return tokens.check_id_token(id_token, fresh, algorithms, expected)
        except tokens.UnknownKey as error:
            raise Refused("token", "the token's key is not among the provider's keys") from error

    def _userinfo(
        self, session: OAuth2Session, metadata: Mapping[str, Any], token: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        endpoint = metadata.get("userinfo_endpoint")
        if not isinstance(endpoint, str) or not token.get("access_token"):
            return None
        try:
            response = session.get(endpoint)
            if "application/json" not in response.headers.get("Content-Type", ""):
                return None  # a signed answer; the ID token's claims must do
            response.raise_for_status()
            found = response.json()
        except (requests.RequestException, AuthlibBaseError, ValueError) as error:
            raise ProviderAway(f"userinfo failed: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise ProviderAway("userinfo is not an object")
        return found

    def _session(self, metadata: Mapping[str, Any]) -> OAuth2Session:
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic = "client_secret_basic" in methods or "client_secret_post" not in methods
        scopes = ["openid", "profile", "email"]
        if "groups" in (metadata.get("scopes_supported") or []):
            scopes.append("groups")
        session = OAuth2Session(
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret,
            scope=" ".join(scopes),
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if basic else "client_secret_post",
            default_timeout=SECONDS,  # `timeout` would be taken for a token parameter and bound nothing
        )
        bound(session)
        return session

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


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
