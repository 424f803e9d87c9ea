"""What a provider says of a person, bounded and checked: from claims of any shape to one Identity."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale

MAX_GROUPS = 2000
MAX_GROUP_NAME = 256
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
    `warning` then says why: "missing", "malformed" or "too_many".
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


def identity(
    token: Mapping[str, Any], userinfo: Mapping[str, Any] | None, *, id_token: str, groups_claim: str
) -> Identity:
    """Make one Identity of the checked ID token's claims and the userinfo answer.

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
    )


def subject(claims: Mapping[str, Any]) -> str:
    """The `sub` claim. Raises Refused where it is not a usable text; it is never trimmed or folded."""
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= MAX_SUBJECT or "\x00" in sub:
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
        isinstance(group, str) and len(group) <= MAX_GROUP_NAME and "\x00" not in group for group in value
    ):
        return None, "malformed"
    return tuple(dict.fromkeys(value)), None


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
