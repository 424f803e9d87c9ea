"""Values encrypted at rest: AES-256-GCM under a key that is not in the database (P53).

A sealed value is text: `v1.KEYID.BASE64URL(nonce || ciphertext || tag)`. The key of each purpose is derived by
HKDF-SHA-256 (RFC 5869), so that a value sealed for one purpose opens for no other; what it is bound to (a row's
key) is authenticated with it (AAD, RFC 5116), so that it opens in no other row.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12  # NIST SP 800-38D, 5.2.1.1
_SEALED = re.compile(r"^v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]{38,})$")


class Unsealable(Exception):
    """A sealed value that no key at hand opens: altered, moved, or its key is gone. Names no value."""


class Ring:
    """The key that seals, and earlier keys that still open. Made of Settings by `keys.ring`."""

    __slots__ = ("_keys", "_names")

    def __init__(self, key: str, previous: Sequence[str] = ()) -> None:
        self._keys = (key, *previous)
        self._names = [key_id(one) for one in self._keys]

    def __repr__(self) -> str:
        return f"Ring({', '.join(self._names)})"

    @property
    def current(self) -> str:
        """The id of the key that seals; it says nothing about the key."""
        return self._names[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys at hand, the sealing one first."""
        return tuple(self._names)

    def seal(self, purpose: str, plain: bytes, *, bound_to: str = "") -> str:
        """`plain` encrypted for one purpose ("identity.refresh") and one place ("person 7")."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = _cipher(self._keys[0], purpose).encrypt(nonce, plain, bound_to.encode())
        return f"v1.{self.current}.{base64.urlsafe_b64encode(nonce + box).rstrip(b'=').decode('ascii')}"

    def unseal(self, purpose: str, sealed: str, *, bound_to: str = "") -> bytes:
        """What `seal` was given, with the same purpose and place. Raises Unsealable."""
        found = _SEALED.match(sealed)
        if found is None:
            raise Unsealable("this is no sealed value")
        if found[1] not in self._names:
            raise Unsealable(
                f"no key at hand has the id {found[1]}; it may have been OPS_ENCRYPTION_KEY once"
            )
        raw = _bytes(found[2])
        cipher = _cipher(self._keys[self._names.index(found[1])], purpose)
        try:
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode())
        except InvalidTag as error:
            raise Unsealable("a sealed value was altered, or stands where it was not sealed for") from error

    def is_current(self, sealed: str) -> bool:
        """Whether the key that seals now has sealed this; if not, `ops keys rotate` seals it again."""
        found = _SEALED.match(sealed)
        return found is not None and found[1] == self.current


def key_id(key: str) -> str:
    """Eight hex digits that name a key without telling anything about it."""
    return hashlib.sha256(b"countersign key id " + key.encode()).hexdigest()[:8]


@lru_cache(maxsize=64)
def _cipher(key: str, purpose: str) -> AESGCM:
    derived = HKDF(SHA256(), 32, salt=None, info=f"countersign seal {purpose}".encode()).derive(key.encode())
    return AESGCM(derived)


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Unsealable("this is no sealed value") from error
