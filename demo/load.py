"""Makes the demo database: fills the sizes into the SQL files beside this one; the server does the rest."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
SCHEMA = "shop"
# How a schema is known to be ours, so that `drop=True` never takes a company's own schema of that name.
MARK = "Countersign demo:"

STEPS = (
    ("tables", "schema.sql"),
    ("names and numbers", "data/1_randomness.sql"),
    ("customers and suppliers", "data/2_partners.sql"),
    ("products and stock", "data/3_stock.sql"),
    ("orders", "data/4_orders.sql"),
    ("payments, refunds, payouts", "data/5_money.sql"),
    ("shipments and tickets", "data/6_service.sql"),
    ("keys and indexes", "constraints.sql"),
    ("triggers and views", "finish.sql"),
)

# `:name` as in psql, but never the second half of a `::cast`.
PLACEHOLDER = re.compile(r"(?<![:\w]):([a-z_]+)\b")


class DemoError(Exception):
    """The demo could not be made; the message says why and what to do."""


@dataclass(frozen=True)
class Sizes:
    """How many rows each part gets for a number of orders.

    Up to a million orders everything grows in step. Above, what would only fill the disk stops growing: lines
    drop from 2.5 to 1.5 an order, and payments, refunds and shipments exist for the newest million only.
    """

    orders: int
    customers: int
    suppliers: int
    products: int
    recent: int
    payouts: int
    movements: int
    tickets: int
    log_lines: int
    lines_extra: int
    number_width: int

    @classmethod
    def of(cls, orders: int) -> "Sizes":
        """The sizes for `orders` orders. Raises DemoError unless it is between 1 and 100 million."""
        if not 1 <= orders <= 100_000_000:
            raise DemoError(f"The number of orders must be between 1 and 100,000,000, not {orders:,}.")
        return cls(
            orders=orders,
            customers=_between(200, orders // 20, 1_000_000),
            suppliers=_between(60, orders // 250, 2_000),
            products=_between(400, orders // 10, 30_000),
            recent=min(orders, 1_000_000),
            payouts=_between(200, orders // 50, 100_000),
            movements=_between(2_000, orders * 2, 1_000_000),
            tickets=_between(150, orders // 25, 200_000),
            log_lines=_between(100, orders // 20, 50_000),
            lines_extra=3 if orders <= 1_000_000 else 1,
            number_width=max(6, len(str(orders))),
        )


def load(
    url: str,
    *,
    orders: int = 5000,
    seed: int = 1,
    drop: bool = False,
    until: datetime | None = None,
    say: Callable[[str], object] = print,
) -> None:
    """Makes the schema `shop` with `orders` orders in the database at `url`, in one transaction.

    The same `orders`, `seed` and `until` (the moment business has reached; now if not given) give the same
    rows. With `drop`, a demo that is already there is taken away first; a schema of that name that is not the
    demo never is. `say` gets one line per step. Raises DemoError for sizes out of range, where the schema
    exists, where the role may not create one, or where the database is not UTF-8; nothing has changed then.
    """
    sizes = Sizes.of(orders)
    if not 0 <= seed < 2**31:
        raise DemoError(f"The seed must be between 0 and {2**31 - 1:,}, not {seed:,}. Nothing was changed.")
    moment = int((until or datetime.now(UTC)).timestamp())
    values = {**asdict(sizes), "seed": seed, "until": moment}
    started = time.monotonic()
    # Without the driver's name SQLAlchemy's URLs are libpq's.
    address = re.sub(r"^postgresql\+\w+:", "postgresql:", url)
    # Server-side prepared statements break behind PgBouncer in transaction mode.
    with psycopg.connect(address, autocommit=True, prepare_threshold=None) as connection:
        with connection.transaction():
            _make_room(connection, drop=drop)
            for title, name in STEPS:
                began = time.monotonic()
                connection.execute(_filled((HERE / name).read_text("utf-8"), values).encode())
                say(f"  {title}: {time.monotonic() - began:.1f} s")
        _settle(connection)
    say(f"Demo ready: {orders:,} orders in schema {SCHEMA}, {time.monotonic() - started:.1f} s.")


def _between(low: int, wish: int, high: int) -> int:
    return max(low, min(wish, high))


def _filled(text: str, values: Mapping[str, int]) -> str:
    """`text` with each `:name` replaced by its whole number; numbers only, so nothing needs quoting."""
    return PLACEHOLDER.sub(lambda match: str(int(values[match[1]])), text)


def _make_room(connection: psycopg.Connection, *, drop: bool) -> None:
    """Checks that the schema can be made, takes an old demo away if asked, sets the transaction's limits."""
    # Two loaders at once: the second waits here, then finds the demo of the first.
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [MARK])
    found = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [SCHEMA]
    ).fetchone()
    facts = connection.execute(
        "select current_database(), current_user, has_database_privilege(current_database(), 'create'),"
        " current_setting('server_encoding')"
    ).fetchone()
    if facts is None:
        raise DemoError("The database did not answer. Nothing was changed.")
    database, role, may_create, encoding = facts
    if encoding != "UTF8":
        raise DemoError(f"Database {database} is encoded as {encoding}, not UTF8. Nothing was changed.")
    if found and not (found[0] or "").startswith(MARK):
        raise DemoError(
            f"Database {database} already has a schema {SCHEMA} that is not the demo. Nothing was changed."
            " Use another database for the demo."
        )
    if found and not drop:
        raise DemoError(
            f"The demo is already in database {database}. Nothing was changed."
            " To make it anew, allow it to be dropped."
        )
    if not may_create:
        raise DemoError(
            f"Role {role} may not create schemas in database {database}. Nothing was changed."
            f" Its owner can allow it: GRANT CREATE ON DATABASE {database} TO {role}."
        )
    if found:
        connection.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(SCHEMA)))
    for setting, value in _settings():
        connection.execute("select set_config(%s, %s, true)", [setting, value])


def _settings() -> Iterable[tuple[str, str]]:
    """What holds for this transaction only; none of it needs a privileged role."""
    return (
        ("search_path", f"{SCHEMA}, pg_catalog"),
        ("client_encoding", "UTF8"),
        ("timezone", "UTC"),
        ("datestyle", "ISO"),
        ("client_min_messages", "warning"),
        ("statement_timeout", "0"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "0"),
        ("synchronous_commit", "off"),
        ("work_mem", "128MB"),
        ("maintenance_work_mem", "512MB"),
    )


def _settle(connection: psycopg.Connection) -> None:
    """Vacuums and analyses, so that the first page is as fast as the thousandth."""
    names = connection.execute(
        "select relname from pg_class where relnamespace = %s::regnamespace and relkind in ('r', 'm')",
        [SCHEMA],
    ).fetchall()
    for (name,) in names:
        connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(SCHEMA, name)))
    connection.execute(sql.SQL("analyze {}").format(sql.Identifier(SCHEMA, "stock_movements")))
