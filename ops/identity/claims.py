"""What a provider says of a person, bounded and checked: from claims of any shape to one Identity."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

CLOCKS_DIFFER = 60  # seconds between ours and the provider's clock
MAX_GROUPS = 2000
MAX_GROUP_NAME = 256
MAX_ATTRIBUTE = 256
MAX_SUBJECT = 255  # OpenID Connect Core 1.0, section 2: sub has at most 255 ASCII characters


class Refused(Exception):
    """A sign-in that must not succeed. `reason` is a short code for the trail and the page."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider vouches for them.

    `groups` is None where the provider did not tell them in a usable form, which is not an empty list (P4);
    `warning` then says why: "missing", "malformed" or "too_many". `auth_time` is when they proved who they
    are, where the provider says it; `refresh` a refresh token, good without a session where `offline`.
    """

    iss: str
    sub: str
    name: str
    email: str | None
    email_verified: bool
    timezone: str
    locale: str
    groups: tuple[str, ...] | None
    warning: str | None
    sid: str | None
    id_token: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    auth_time: float | None = None
    issued_at: float | None = None
    refresh: str | None = field(default=None, repr=False)
    offline: bool = False


def identity(
    token: Mapping[str, Any],
    userinfo: Mapping[str, Any] | None,
    *,
    id_token: str,
    groups_claim: str,
    attributes: Sequence[str] = (),
) -> Identity:
    """Make one Identity of the checked ID token's claims and the userinfo answer.

    `attributes` names the claims that are kept for row conditions.

    The ID token's word counts before userinfo's. Raises Refused where `sub` is unusable or where userinfo
    speaks of somebody else (OpenID Connect Core 1.0, section 5.3.2; P2).
    """
    sub = subject(token)
    if userinfo is not None and userinfo.get("sub") != sub:
        raise Refused("other_subject", "userinfo speaks of another subject than the ID token")
    told = {**(userinfo or {}), **token}
    # Address and its proof belong together: never one from the token and the other from userinfo.
    source = token if "email" in token else (userinfo or {})
    email = _line(source.get("email"), 320)
    groups, warning = read_groups(told, groups_claim)
    return Identity(
        iss=token["iss"],
        sub=sub,
        name=_line(told.get("name"), 200) or _line(told.get("preferred_username"), 200) or email or sub,
        email=email,
        email_verified=email is not None and source.get("email_verified") is True,
        timezone=_timezone(told.get("zoneinfo")),
        locale=_locale(told.get("locale")),
        groups=groups,
        warning=warning,
        sid=_line(token.get("sid"), 255),
        id_token=id_token,
        attributes=read_attributes(told, attributes),
        auth_time=_past(token.get("auth_time")),
        issued_at=_moment(token.get("iat")),
    )


def merged(token: Mapping[str, Any] | None, userinfo: Mapping[str, Any] | None, sub: str) -> dict[str, Any]:
    """The claims of a refresh for the person `sub`: the ID token's before userinfo's; either may be missing.

    Raises Refused where one of them speaks of somebody else (OpenID Connect Core 1.0, 5.3.2 and 12.2).
    """
    for claims in (token, userinfo):
        if claims is not None and claims.get("sub") != sub:
            raise Refused("other_subject", "the provider speaks of another subject than before")
    return {**(userinfo or {}), **(token or {})}


def subject(claims: Mapping[str, Any]) -> str:
    """The `sub` claim. Raises Refused where it is not a usable text; it is never trimmed or folded."""
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= MAX_SUBJECT or not _storable(sub):
        raise Refused("subject", "the sub claim is not a text of 1 to 255 characters")
    return sub


def read_groups(claims: Mapping[str, Any], name: str) -> tuple[tuple[str, ...] | None, str | None]:
    """The groups of claim `name`, or None and the reason why they cannot be used (P4, P24)."""
    if name not in claims:
        return None, "missing"
    value = claims[name]
    if not isinstance(value, list):
        return None, "malformed"
    if len(value) > MAX_GROUPS:
        return None, "too_many"
    if not all(
        isinstance(group, str) and len(group) <= MAX_GROUP_NAME and _storable(group) for group in value
    ):
        return None, "malformed"
    return tuple(dict.fromkeys(value)), None


def read_attributes(claims: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """The named claims that are one short text, number or truth value, as texts; all others are left out."""
    found: dict[str, str] = {}
    for name in names:
        value = claims.get(name)
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, int):
            value = str(value)
        if isinstance(value, str) and len(value) <= MAX_ATTRIBUTE and _storable(value):
            found[name] = value
    return found


def _storable(text: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, no half of a character (JSON can name both)."""
    return "\x00" not in text and not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


def _moment(value: object) -> float | None:
    """A NumericDate (RFC 7519, section 2) as seconds since 1970, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        return None
    return float(value)


def _past(value: object) -> float | None:
    """The same, where it is not of the future: a proof not given yet would count as fresh for ever."""
    found = _moment(value)
    return found if found is not None and found <= time.time() + CLOCKS_DIFFER else None


def _line(value: object, limit: int) -> str | None:
    """One bounded line of text without control characters, or None."""
    if not isinstance(value, str):
        return None
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value[: limit * 2]
    )
    return " ".join(kept.split())[:limit] or None


def _timezone(value: object) -> str:
    if isinstance(value, str) and len(value) < 64:
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            return "UTC"
    return "UTC"


def _locale(value: object) -> str:
    if isinstance(value, str) and len(value) < 36:
        try:
            return str(Locale.parse(value.replace("-", "_")))
        except (ValueError, LookupError):
            return "en"
    return "en"
