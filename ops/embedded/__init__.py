"""PostgreSQL and Redis for a machine that has neither: found, started, kept alive, stopped.

Owns the binaries' whereabouts, the account they run as, the folders and passwords they get, and
the one thread that watches them. Refuses to know what is kept in the databases, and it never touches a
server that it did not start itself.

Start reading at `supervisor.Embedded`; `running` tells another command what a running `ops up` serves.
"""

from ops.embedded.binaries import find_postgres, find_redis
from ops.embedded.errors import EmbeddedError
from ops.embedded.remembered import Running, running
from ops.embedded.supervisor import Embedded

__all__ = ["Embedded", "EmbeddedError", "Running", "find_postgres", "find_redis", "running"]
