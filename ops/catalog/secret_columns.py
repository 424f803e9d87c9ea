"""Which columns look like passwords and tokens: nobody sees them until a Resource names them."""

from __future__ import annotations

from itertools import pairwise

from ops.catalog.labels import split
from ops.catalog.model import Column

_SECRETS = """
    password passwd passwort passphrase passcode pwd secret secrets token tokens otp totp hotp cvv cvc csc
    passhash pwhash salt apikey privatekey credential credentials
"""
_WORDS = frozenset(_SECRETS.split())
_PAIRS = frozenset(
    {
        *(
            (first, "key")
            for first in ("api", "private", "secret", "access", "signing", "encryption", "session")
        ),
        *((first, "code") for first in ("recovery", "backup", "reset", "mfa")),
        *((first, "codes") for first in ("recovery", "backup", "mfa")),
        *((first, second) for first in ("pass", "pw") for second in ("hash", "digest", "word", "salt")),
        ("card", "pin"),
        ("mfa", "seed"),
    }
)
# "password_changed_at" and "tokens_used" tell nothing; the password itself is never of these kinds.
_HARMLESS = frozenset({"boolean", "date", "time", "timestamp", "interval", "integer", "number"})
_NUMERIC_SECRETS = frozenset({"password", "passcode", "pwd", "otp", "totp", "cvv", "cvc", "csc"})
_ABOUT = frozenset({"id", "type", "count", "hint", "expires", "expiry", "name", "status", "policy", "url"})


def looks_secret(column: Column) -> bool:
    """Whether a column is hidden until a Resource says otherwise, judged by its name and type."""
    words = [word.lower() for word in split(column.name)]
    if not words or (len(words) > 1 and words[-1] in _ABOUT):
        return False
    if column.category in _HARMLESS:
        return column.category in ("integer", "number") and words[-1] in _NUMERIC_SECRETS
    return bool(_WORDS.intersection(words)) or any(pair in _PAIRS for pair in pairwise(words))
