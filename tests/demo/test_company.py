"""The company the demo makes: it adds up, its history is plausible, it has every shape the catalog must know."""

# ruff: noqa: E501 - a query is easier to read on its own line than cut to pieces

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from demo import Sizes, load

ORDERS = 3000
UNTIL = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
# Each query finds rows that contradict each other; a sound demo has none.
CONTRADICTIONS = {
    "total is the sum of the lines": """
        select o.id from shop.orders o join shop.order_lines l on l.order_id = o.id
        group by o.id having sum(l.amount) <> o.total""",
    "every order has lines": """
        select id from shop.orders o where not exists (select from shop.order_lines l where l.order_id = o.id)""",
    "line numbers count from one": """
        select order_id from shop.order_lines group by order_id having min(line_no) <> 1 or max(line_no) <> count(*)""",
    "nothing happens after today": """
        select id::text from shop.orders where placed_at > {until} or updated_at > {until} or updated_at < placed_at
        union all select id::text from shop.payments where received_at > {until} or created_at > {until}
        union all select id::text from shop.refunds where refunded_at > {until}
        union all select id::text from shop.shipments where delivered_at > {until} or shipped_at > {until}
        union all select id::text from shop.tickets where opened_at > {until} or updated_at > {until}
        union all select id::text from shop.customers where created_at > {until} or updated_at > {until}""",
    "nobody orders before they are a customer": """
        select o.id from shop.orders o join shop.customers c on c.id = o.customer_id
        where o.placed_at < c.created_at - interval '1 day'""",
    "payments are in the currency of the order": """
        select p.id from shop.payments p join shop.orders o on o.id = p.order_id where p.currency <> o.currency""",
    "nobody pays more than the order": """
        select o.id from shop.payments p join shop.orders o on o.id = p.order_id
        group by o.id having sum(p.amount) > o.total""",
    "no refund is more than its payment": """
        select r.id from shop.refunds r join shop.payments p on p.id = r.payment_id where r.amount > p.amount""",
    "drafts are neither paid nor shipped": """
        select o.id from shop.orders o where status = 'draft' and (exists (select from shop.payments where order_id = o.id)
        or exists (select from shop.shipments where order_id = o.id))""",
    "old orders are not waiting to be picked": """
        select id from shop.orders where placed_at < {until} - interval '30 days'
        and status in ('draft', 'confirmed', 'picking')""",
    "IBANs have right check digits and a bank that does not exist": """
        select iban from shop.customers where iban is not null and (substr(iban, 5, 4) <> 'DEMO' or mod((
            '13142224' || substr(iban, 9) || (ascii(iban) - 55) || (ascii(substr(iban, 2)) - 55)
            || substr(iban, 3, 2))::numeric, 97) <> 1)""",
    "mail goes to nobody real": """
        select email from shop.customers where email not like '%.example'""",
}
# Each query must find something: the dirt and the odd values that an admin has to survive.
PRESENT = {
    "leading space": "select 1 from shop.customers where name like ' %'",
    "shouting": "select 1 from shop.customers where name = upper(name)",
    "the same name twice": "select name from shop.customers group by name having count(*) > 1",
    "NULL and empty text": """select 1 from shop.customers where phone is null
        and exists (select from shop.customers where phone = '')""",
    "right-to-left text": "select 1 from shop.customers where notes ~ '[א-ת]'",
    "emoji": "select 1 from shop.customers where notes like '%🚚%'",
    "bidirectional control": "select 1 from shop.customers where notes like '%' || chr(8238) || '%'",
    "markup": "select 1 from shop.customers where notes like '<script>%'",
    "a formula": "select 1 from shop.customers where notes like '=HYPERLINK%'",
    "a very long note": "select 1 from shop.customers where length(notes) > 30000",
    "branches": "select 1 from shop.customers where parent_id is not null",
    "hidden customers in Iceland with orders": """select 1 from shop.customers c join shop.orders o on o.customer_id = c.id
        where c.country = 'IS'""",
    "credit limits on both sides of 10,000": """select 1 from shop.customers where credit_limit > 10000
        and exists (select from shop.customers where credit_limit between 1 and 10000)""",
    "a date before Christ": "select 1 from shop.suppliers where supplier_since < '0001-01-01'",
    "24:00": "select 1 from shop.warehouses where closes_at = '24:00'",
    "infinity": "select 1 from shop.shipments where eta = 'infinity'",
    "an interval of months": "select 1 from shop.shipments where extract(month from transit_time) = 1",
    "not a number": """select 1 from shop."LegacyPriceList" where "Price.EUR" = 'NaN'""",
    "a key with slash and comma": """select 1 from shop."LegacyPriceList" where "Item No" like '%/%,%'""",
    "a key that is also an address": """select 1 from shop."LegacyPriceList" where "Item No" = 'new'""",
    "numbers beyond a double": "select 1 from shop.payments where gateway_id > 9007199254740992",
    "many digits": "select 1 from shop.products where scale(cost) > 20",
    "three states": "select 1 from shop.products having count(distinct coalesce(active::text, 'null')) = 3",
    "an image": "select 1 from shop.products where image is not null",
    "an empty range": "select 1 from shop.products where isempty(price_validity)",
    "JSON with a key twice": """select 1 from shop.tickets where payload::text like '%"via"%"via"%'""",
    "the same log line twice": "select 1 from shop.import_log t group by t.* having count(*) > 1",
    "a row outside the months": "select 1 from shop.stock_movements_other",
    "stock below nothing": "select 1 from shop.stock_levels where on_hand < 0",
}
TYPES = {
    "bigint", "integer", "smallint", "text", "character varying(12)", "character(2)", "character(3)", "numeric",
    "numeric(14,2)", "real", "boolean", "date", "daterange", "datemultirange", "time without time zone", "interval",
    "timestamp with time zone", "uuid", "json", "jsonb", "text[]", "bytea", "tsvector", "inet", "cidr", "macaddr",
    "point", "bit(8)", "shop.order_status", "shop.storage_kind[]", "shop.dimensions", "shop.email_address",
    "shop.iban", "shop.quantity",
}  # fmt: skip

Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def ask(make_module_database: Callable[[], str]) -> Iterator[Ask]:
    """Asks one small demo, made once for this module; whatever is written is rolled back."""
    url = make_module_database()
    load(url, orders=ORDERS, until=UNTIL, say=lambda _line: None)
    with psycopg.connect(url) as connection:

        def run(query: str) -> list[tuple[object, ...]]:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

        yield run
        connection.rollback()


def test_row_counts_follow_the_sizes(ask: Ask) -> None:
    sizes = Sizes.of(ORDERS)
    wanted = {
        "customers": sizes.customers,
        "suppliers": sizes.suppliers,
        "products": sizes.products,
        "orders": ORDERS,
        "payouts": sizes.payouts,
        "stock_movements": sizes.movements,
        "tickets": sizes.tickets,
        "import_log": sizes.log_lines,
        "warehouses": 6,
    }
    assert {table: ask(f"select count(*) from shop.{table}")[0][0] for table in wanted} == wanted
    lines = ask("select count(*)::float / 3000 from shop.order_lines")[0][0]
    assert isinstance(lines, float)
    assert 2.3 < lines < 2.7


@pytest.mark.parametrize("rule", CONTRADICTIONS)
def test_nothing_contradicts_itself(ask: Ask, rule: str) -> None:
    query = CONTRADICTIONS[rule].replace("{until}", f"timestamptz '{UNTIL.isoformat()}'")
    assert ask(query) == [], rule


@pytest.mark.parametrize("oddity", PRESENT)
def test_the_dirt_of_a_real_company_is_there(ask: Ask, oddity: str) -> None:
    assert ask(PRESENT[oddity]), oddity


def test_business_reaches_today_and_is_skewed(ask: Ask) -> None:
    newest = ask("select max(placed_at) from shop.orders")[0][0]
    assert isinstance(newest, datetime)
    assert (UNTIL - newest).total_seconds() < 7200
    shares = dict(ask("select status::text, count(*)::float / 3000 from shop.orders group by 1"))
    assert len(shares) == 8
    assert float(str(shares["delivered"])) > 0.8
    paid = ask("""select avg((p.paid = o.total)::int)::float from shop.orders o
        cross join lateral (select sum(amount) as paid from shop.payments where order_id = o.id) p
        where o.status in ('delivered', 'shipped')""")[0][0]
    assert isinstance(paid, float)
    assert paid > 0.95


def test_every_type_the_catalog_must_know_has_a_column(ask: Ask) -> None:
    found = ask("""select distinct format_type(a.atttypid, a.atttypmod) from pg_attribute a
        join pg_class c on c.oid = a.attrelid where c.relnamespace = 'shop'::regnamespace and attnum > 0""")
    assert {str(row[0]) for row in found} >= TYPES


def test_every_shape_of_table_is_there(ask: Ask) -> None:
    kinds = dict(
        ask("""select relname::text, relkind::text from pg_class
        where relnamespace = 'shop'::regnamespace and relkind in ('r', 'p', 'v', 'm') and not relispartition""")
    )
    assert kinds.pop("stock_movements") == "p"
    assert kinds.pop("open_orders") == "v"
    assert kinds.pop("monthly_revenue") == "m"
    assert set(kinds) == {
        "customers", "suppliers", "product_categories", "products", "warehouses", "stock_levels", "orders",
        "order_lines", "payments", "refunds", "payouts", "shipments", "tickets", "import_log", "LegacyPriceList",
    }  # fmt: skip
    assert set(kinds.values()) == {"r"}
    keyless = ask("""select relname::text from pg_class c where relnamespace = 'shop'::regnamespace and relkind = 'r'
        and not exists (select from pg_constraint where conrelid = c.oid and contype = 'p')""")
    assert keyless == [("import_log",)]
    actions = ask("select distinct confdeltype::text from pg_constraint where contype = 'f' order by 1")
    assert actions == [("a",), ("c",), ("n",), ("r",)]
    assert ask("select count(*) from pg_inherits where inhparent = 'shop.stock_movements'::regclass") == [
        (21,)
    ]


def test_lists_of_orders_are_served_by_indexes_that_order_the_ties(ask: Ask) -> None:
    found = {str(row[0]) for row in ask("select indexdef from pg_indexes where schemaname = 'shop'")}
    for columns in ("(placed_at, id)", "(status, placed_at, id)", "(customer_id, placed_at, id)", "(total, id)",
                    "(number text_pattern_ops)"):  # fmt: skip
        assert any(f"shop.orders USING btree {columns}" in definition for definition in found), columns
    assert not any("orders USING btree (sales_rep" in definition for definition in found)


def test_the_trigger_keeps_updated_at_and_new_rows_get_free_numbers(ask: Ask) -> None:
    ask("update shop.orders set sales_rep = 'K. Nobody' where id = 7")
    assert ask("select updated_at = now() from shop.orders where id = 7") == [(True,)]
    assert ask(
        "insert into shop.orders (customer_id, warehouse_id) values (1, 1) returning id, number, total::text"
    ) == [(ORDERS + 1, "SO-003001", "0.00")]
    assert ask("insert into shop.customers (name, country) values ('New', 'NL') returning number") == [
        ("C-000201",)
    ]
    assert ask("insert into shop.tickets (subject) values ('Help') returning number") == [("T-000151",)]


def test_nothing_of_the_workshop_is_left_lying_about(ask: Ask) -> None:
    left = ask("""select proname::text from pg_proc where pronamespace = 'shop'::regnamespace and not exists
        (select from pg_depend d where d.objid = pg_proc.oid and d.deptype = 'e') order by 1""")
    assert left == [("touch_updated_at",)]
