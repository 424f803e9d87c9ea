"""How often somebody may do what costs others something: sign in, reveal, ask for exports (P24).

Counted in Redis for all processes together. Where Redis is away each process counts for itself, so the limits
hold, each times the number of processes; nobody is kept out because Redis is away, and nobody waits for it longer
than a quarter of a second in five.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
import math
import threading
import time
from collections.abc import Mapping
from hashlib import sha256

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

log = logging.getLogger("ops.web.limits")

REDIS_SECONDS = 0.25
AWAY_SECONDS = 5.0  # how long Redis is not asked again after it did not answer
_PREFIX = "countersign:limits"


class Limits:
    """The limits of one application: `hit` counts, and says how long to wait where it was too often."""

    def __init__(self, redis_url: str, allowed: Mapping[str, str], *, key: str) -> None:
        """`allowed` is name -> "20 per minute"; `key` keeps addresses of people out of Redis."""
        self._allowed: dict[str, RateLimitItem] = {name: parse(text) for name, text in allowed.items()}
        self._key = key.encode()
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(
            RedisStorage(
                redis_url,
                key_prefix=_PREFIX,
                socket_timeout=REDIS_SECONDS,
                socket_connect_timeout=REDIS_SECONDS,
                retry=None,  # type: ignore[arg-type]  # handed on to redis.from_url as it is
            )
        )
        self._lock = threading.Lock()
        self._away_until = 0.0

    def __contains__(self, name: str) -> bool:
        return name in self._allowed

    def hit(self, name: str, who: str) -> int | None:
        """Count one use of `name` by `who` (see `by_person`, `by_address`); seconds to wait if it was one too many."""
        item = self._allowed[name]
        digest = hmac.new(self._key, f"{name} {who}".encode(), sha256).hexdigest()[:32]
        if self._is_there():
            try:
                return _hit(self._shared, item, name, digest)
            except (RedisError, OSError) as error:
                self._went_away(error)
        return _hit(self._local, item, name, digest)

    def _is_there(self) -> bool:
        with self._lock:
            return time.monotonic() >= self._away_until

    def _went_away(self, error: Exception) -> None:
        with self._lock:
            first = self._away_until == 0.0 or time.monotonic() >= self._away_until
            self._away_until = time.monotonic() + AWAY_SECONDS
        if first:
            log.warning("Redis does not answer (%s): rates are counted in each process", type(error).__name__)


def _hit(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, name: str, who: str) -> int | None:
    if limiter.hit(item, name, who):
        return None
    left = limiter.get_window_stats(item, name, who).reset_time - time.time()
    return min(max(1, math.ceil(left)), item.get_expiry())


def by_person(person_id: int) -> str:
    """The name under which a person is counted, whatever browser they use."""
    return f"person {person_id}"


def by_address(address: str | None) -> str:
    """The name under which a client is counted that nobody has signed in from; of IPv6 the /64 a household has."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "address unknown"
    if found.version == 6:
        mapped = found.ipv4_mapped
        return f"address {mapped or ipaddress.ip_network((found, 64), strict=False)}"
    return f"address {found}"
