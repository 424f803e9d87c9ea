"""One identity provider, spoken to by Authlib: code with PKCE, userinfo, refresh, logout."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc.jwk import KeySet

from ops.identity import claims, logout_token, tokens
from ops.identity.claims import Identity, Refused
from ops.identity.discovery import Described
from ops.identity.logout_token import LogoutToken
from ops.identity.outside import SECONDS, TOTAL_SECONDS, ProviderAway, bound, within
from ops.identity.vouching import Word
from ops.settings import Provider, Settings

T = TypeVar("T")
SIGNED_OUT = "signed-out"  # the state that comes back from the provider's own sign-out
OFFLINE = "offline_access"


@dataclass(frozen=True, slots=True)
class Beginning:
    """A sign-in that was begun: where to send the browser, and what must come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """The answer to a refresh: the raw tokens, and the refresh token to use from now on."""

    token: Mapping[str, Any]
    refresh: str


class ProviderClient(Described):
    """One provider of the settings. Thread-safe; its calls never hold a thread longer than 12 s.

    Never call it inside a database transaction: nobody's rows wait for a foreign server (P44).
    """

    def __init__(self, provider: Provider, redirect_uri: str) -> None:
        super().__init__(provider)
        self.redirect_uri = redirect_uri

    # What sign-in and sign-out call --------------------------------------------------

    def begin(self, *, max_age: int | None = None) -> Beginning:
        """Start a sign-in with fresh state, nonce and PKCE verifier (RFC 7636, S256). Raises ProviderAway.

        With `max_age` the person must prove anew who they are (OpenID Connect Core 1.0, 3.1.2.1); `finish` is
        given the same and checks that they did (P11).
        """
        metadata = self.metadata()
        state, nonce, verifier = generate_token(43), generate_token(43), secrets.token_urlsafe(48)
        prompts = ["login"] if max_age is not None else []
        if self.provider.prompt and self.provider.prompt not in prompts:
            prompts.append(self.provider.prompt)
        extra = {"prompt": " ".join(prompts)} if prompts else {}
        if max_age is not None:
            extra["max_age"] = str(max_age)
        with self._session(metadata) as session:
            url, _ = session.create_authorization_url(
                metadata["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier, **extra
            )
        return Beginning(url, state, nonce, verifier)

    def finish(
        self, answer: Mapping[str, str], *, nonce: str, verifier: str, max_age: int | None = None
    ) -> Identity:
        """Exchange the provider's answer for an Identity.

        `answer` is the callback's query; its state was already matched. Raises Refused where anything in it,
        in the tokens or in userinfo is wrong, ProviderAway where the provider fails.
        """
        return within(TOTAL_SECONDS, lambda: self._finish(answer, nonce, verifier, max_age))

    def renew(self, refresh: str) -> Renewed:
        """Use a refresh token; keep what comes back at once, for the old one may be used up (RFC 6749, 6).

        Raises Refused("invalid_grant") where the provider takes it no more, Refused("refresh") where it wants
        something else of us, ProviderAway.
        """
        return within(TOTAL_SECONDS, lambda: self._renew(refresh))

    def word(self, renewed: Renewed, sub: str) -> Word:
        """What the provider says now of the person `sub`. Raises Refused, ProviderAway."""
        return within(TOTAL_SECONDS, lambda: self._word(renewed, sub))

    def logout_token(self, token: str) -> LogoutToken:
        """A checked logout token (Back-Channel Logout 1.0, 2.6). Raises Refused, ProviderAway."""
        return within(TOTAL_SECONDS, lambda: self._logout_token(token))

    def logout_url(self, id_token: str | None, back_to: str) -> str | None:
        """Where the browser ends the provider's own session (RP-Initiated Logout 1.0), or None."""
        try:
            endpoint = self.metadata().get("end_session_endpoint")
        except ProviderAway:
            return None
        if not isinstance(endpoint, str):
            return None
        query = {
            "client_id": self.provider.client_id,
            "post_logout_redirect_uri": back_to,
            "state": SIGNED_OUT,
        }
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

    # The exchange -------------------------------------------------------------------------

    def _finish(self, answer: Mapping[str, str], nonce: str, verifier: str, max_age: int | None) -> Identity:
        metadata = self.metadata()
        self._check_answer(answer, metadata)
        with self._session(metadata) as session:
            token = self._asked(
                lambda: session.fetch_token(
                    metadata["token_endpoint"], code=answer["code"], code_verifier=verifier
                ),
                refused="code",
            )
            expected = tokens.Expected(
                metadata["issuer"], self.provider.client_id, nonce, token.get("access_token"), max_age
            )
            checked = self._checked(token.get("id_token"), metadata, expected)
            userinfo = self._userinfo(session, metadata, token)
        told = claims.identity(
            checked,
            userinfo,
            id_token=str(token.get("id_token")),
            groups_claim=self.provider.groups_claim,
            attributes=self.provider.attributes,
        )
        refresh = token.get("refresh_token")
        scope = token.get("scope")
        # RFC 6749, 5.1: where nothing is said of the scope, it is what was asked for.
        granted = scope.split() if isinstance(scope, str) else self.provider.scopes
        return replace(
            told, refresh=refresh if isinstance(refresh, str) else None, offline=OFFLINE in granted
        )

    def _renew(self, refresh: str) -> Renewed:
        metadata = self.metadata()
        with self._session(metadata) as session:
            token = self._asked(
                # Without a scope the answer has what was granted; naming more would be refused (RFC 6749, 6).
                lambda: session.refresh_token(metadata["token_endpoint"], refresh_token=refresh, scope=None),
                refused="refresh",
            )
        given = token.get("refresh_token")
        return Renewed(token, given if isinstance(given, str) and given else refresh)

    def _word(self, renewed: Renewed, sub: str) -> Word:
        metadata, checked = self.metadata(), None
        id_token, access_token = renewed.token.get("id_token"), renewed.token.get("access_token")
        if id_token is not None:
            # Core 1.0, 12.2: it should have no nonce, and everything else must be as at the sign-in.
            expected = tokens.Expected(metadata["issuer"], self.provider.client_id, None, access_token)
            checked = self._checked(id_token, metadata, expected)
        with self._session(metadata) as session:
            session.token = dict(renewed.token)
            userinfo = self._userinfo(session, metadata, renewed.token)
        told = claims.merged(checked, userinfo, sub)
        groups, _ = claims.read_groups(told, self.provider.groups_claim)
        attributes = claims.read_attributes(told, self.provider.attributes)
        return Word(metadata["issuer"], groups, attributes)

    def _logout_token(self, token: str) -> LogoutToken:
        metadata = self.metadata()
        algorithms, expected = tokens.allowed_algorithms(metadata), metadata["issuer"]
        return self._by_keys(
            lambda keys: logout_token.check(token, keys, algorithms, expected, self.provider.client_id)
        )

    def _asked(self, ask: Callable[[], Any], *, refused: str) -> dict[str, Any]:
        """The token endpoint's answer; `refused` names what it did not take."""
        try:
            return dict(ask())
        except AuthlibBaseError as error:
            gone = refused == "refresh" and error.error == "invalid_grant"
            raise Refused("invalid_grant" if gone else refused, str(error.error)) from error
        except (requests.RequestException, ValueError, TypeError, AttributeError) as error:
            raise ProviderAway(f"the token endpoint failed: {type(error).__name__}") from error

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
        self, id_token: object, metadata: Mapping[str, Any], expected: tokens.Expected
    ) -> dict[str, Any]:
        algorithms = tokens.allowed_algorithms(metadata)
        return self._by_keys(lambda keys: tokens.check_id_token(id_token, keys, algorithms, expected))

    def _by_keys(self, check: Callable[[KeySet], T]) -> T:
        """What `check` says of a token by the provider's keys, fetched again where its key is unknown (P10)."""
        try:
            return check(self._key_set(again=False))
        except tokens.UnknownKey:
            fresh = self._key_set(again=True)
        try:
            return check(fresh)
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
        scopes += [scope for scope in self.provider.scopes if scope not in scopes]
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


def clients(settings: Settings) -> dict[int, ProviderClient]:
    """The providers of the settings by their number.

    Each has a callback of its own, so that one's answer can never be taken for another's.
    """
    return {
        one.number: ProviderClient(
            one, settings.public_url + "/auth/callback" + (f"/{one.number}" if one.number > 1 else "")
        )
        for one in settings.oidc
    }


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
