"""A supervisor in a process of its own, for tests that kill it or run it as somebody else.

`supervise.py HOME` prints what is said, then one JSON line with the addresses, and serves until standard
input ends or SIGTERM comes (whose handler calls `stop()` right where it interrupts).
"""

import json
import signal
import sys
from pathlib import Path
from types import FrameType

from ops.embedded import Embedded


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    services = Embedded(Path(sys.argv[1]), postgres=True, redis=True, say=say)

    def leave(number: int, frame: FrameType | None) -> None:
        services.stop()
        services.stop()  # as often as one likes
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    with services:
        served = {"database_url": services.database_url, "redis_url": services.redis_url}
        say(json.dumps(served | {"folder": str(services.folder)}))
        sys.stdin.read()


main()
