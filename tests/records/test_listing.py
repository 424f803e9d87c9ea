"""Lists: pages walked in every order equal plain SQL, and cost what an index costs."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.db import reset_statements, statements
from ops.policy import NotVisible, view
from ops.records import (
    BadFilter,
    Page,
    UnknownColumn,
    from_query_string,
    one,
    page,
    related,
    statement,
    titles,
    to_query_string,
)


def seen(catalog, actor, name):
    return view(actor, catalog.table(name), catalog)


def walk(tx, it, text, size=50, most=200):
    """All keys from the first page to the last, following `next`."""
    keys, cursor = [], ""
    for _ in range(most):
        found = page(tx, it, from_query_string(it, f"{text}&{cursor}"), size=size)
        keys += [row.key for row in found.rows]
        if found.next is None:
            return keys
        cursor = found.next
    raise AssertionError("no end")


def walk_back(tx, it, text, size=50, most=200):
    """All keys from the last page to the first, following `previous`."""
    keys, cursor = [], "last=1"
    for _ in range(most):
        found = page(tx, it, from_query_string(it, f"{text}&{cursor}"), size=size)
        keys = [row.key for row in found.rows] + keys
        if found.previous is None:
            return keys
        cursor = found.previous
    raise AssertionError("no end")


def sorts():
    names = ("id", "number", "customer_id", "status", "total", "placed_at", "note", "due")
    return st.sampled_from([sign + name for name in names for sign in ("", "-")])


FILTERS = st.lists(
    st.sampled_from(
        [
            ("f.status.is=open", "status = 'open'"),
            ("f.status.not=open", "status <> 'open'"),
            ("f.total.gt=500", "total > 500"),
            ("f.total.between=100,200.5", "total BETWEEN 100 AND 200.5"),
            ("f.note.empty=", "(note IS NULL OR note = '')"),
            ("f.note.filled=", "NOT (note IS NULL OR note = '')"),
            ("f.note.contains=TE+1", "note ILIKE '%TE 1%'"),
            ("f.number.starts=SO-0001", "number LIKE 'SO-0001%'"),
            ("f.customer_id.in=1,2,3,50", "customer_id IN (1,2,3,50)"),
            ("f.due.ge=2024-03-01", "due >= '2024-03-01'"),
            ("f.due.lt=yesterday", "due < 'yesterday'"),
        ]
    ),
    max_size=2,
)


@given(sort=sorts(), chosen=FILTERS, size=st.sampled_from([7, 50, 301]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_walking_pages_equals_plain_sql(small, manager, sort, chosen, size):
    """P45: keyset pages, forwards and backwards, with NULLs and ties, lose and repeat no row."""
    database, catalog = small
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        text = "&".join([f"sort={sort}", *(one[0] for one in chosen)])
        name = sort.removeprefix("-")
        where = " AND ".join(["true", *(one[1] for one in chosen)])
        plain = f"SELECT id, {name}::text FROM orders WHERE {where}"
        expected = dict(tx.execute(sa.text(plain.replace(":", "\\:"))).all())
        keys = walk(tx, it, text, size)
        assert sorted(keys) == sorted(f"~{key}" for key in expected)
        assert walk_back(tx, it, text, size) == keys
        order = f"SELECT id FROM orders WHERE {where} ORDER BY {name} {'DESC' if sort[0] == '-' else 'ASC'}"
        for nulls in ("FIRST", "LAST"):
            firsts = list(tx.scalars(sa.text(f"{order} NULLS {nulls}")))
            if [expected[key] for key in firsts] == [expected[int(key[1:])] for key in keys]:
                return
        raise AssertionError("rows are not in the order asked for")


@pytest.mark.parametrize(
    "sort", ["placed_at", "-placed_at", "due", "-due", "id", "-id", "number", "customer_id"]
)
@pytest.mark.parametrize("deep", [False, True])
def test_served_sorts_read_few_buffers(large, manager, sort, deep):
    """P45: at most 2,000 buffers a statement on a large table, deep pages too."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        cursor = ""
        if deep:
            middle = page(tx, it, from_query_string(it, f"sort={sort}"), size=3000)
            cursor = middle.next
        assert page(tx, it, from_query_string(it, f"sort={sort}&{cursor}")).sortable["due"]
        assert buffers(tx, it, f"sort={sort}&{cursor}") < 500
        assert buffers(tx, it, f"sort={sort}&last=1") < 500


def test_walk_over_the_edge_of_nulls_in_a_large_table(large, manager):
    """P45: NULLs stay where the index has them; crossing into them is one more branch, not a scan."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        for sort, side in (("due", "last=1"), ("-due", "")):
            found = page(tx, it, from_query_string(it, f"sort={sort}&{side}"))
            assert all(row.cells["due"].null for row in found.rows)
        edge = tx.execute(sa.text("SELECT count(*) FROM orders WHERE due IS NULL")).scalar_one()
        found = page(tx, it, from_query_string(it, "sort=-due"), size=edge - 10)
        assert buffers(tx, it, f"sort=-due&{found.next}") < 500
        found = page(tx, it, from_query_string(it, f"sort=-due&{found.next}"))
        assert [row.cells["due"].null for row in found.rows] == [True] * 10 + [False] * 40


def test_filtered_by_an_indexed_column(large, manager):
    """P45: the filter's index serves the order too; a rare value is collected first."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        assert buffers(tx, it, "f.status.is=held&sort=-placed_at") < 500
        assert buffers(tx, it, "f.customer_id.is=17&sort=-placed_at") < 2000
        assert buffers(tx, it, "f.number.is=SO-000017&sort=-due") < 500
        found = page(tx, it, from_query_string(it, "f.customer_id.is=17&sort=-placed_at"))
        assert found.count.text == "1,000"
        found = page(tx, it, from_query_string(it, "f.status.is=held"))
        assert found.count.text == "more than 1,000"
        found = page(tx, it, from_query_string(it, ""))
        assert found.count.text == "about 200,000"


def buffers(tx, it, text):
    """The most buffers any statement of the page touches, by running it under EXPLAIN."""
    sent = []

    def remember(_conn, _cursor, sql, parameters, _context, _many):
        if sql.startswith(("SELECT", "WITH")):
            sent.append((sql, parameters))

    page(tx, it, from_query_string(it, text))  # knows the facts of the table from now on
    connection = tx.connection()
    sa.event.listen(connection, "before_cursor_execute", remember)
    try:
        page(tx, it, from_query_string(it, text))
    finally:
        sa.event.remove(connection, "before_cursor_execute", remember)
    worst = 0
    for sql, parameters in sent:
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters)
        top = plan.scalar_one()[0]["Plan"]
        worst = max(worst, top["Shared Hit Blocks"] + top["Shared Read Blocks"])
    assert sent
    return worst


def test_round_trips(large, manager):
    """Rows with their count once, titles once; with the rows where the list says what its columns point at."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        query = from_query_string(it, "sort=-placed_at&f.status.is=held")
        page(tx, it, query)
        reset_statements()
        found = page(tx, it, query)
        assert statements() == 1
        wanted = {"customer": {f"~{row.cells['customer_id'].text}" for row in found.rows}}
        named = titles(tx, catalog, manager, wanted)
        assert statements() == 2
        assert named["customer"] == {key: f"Customer {key[1:]}" for key in wanted["customer"]}
        pointing = {one.columns[0]: one for one in it.table.foreign_keys}
        together = page(tx, it, query, titled=False, pointing=pointing)
        assert statements() == 3 and together.count == found.count
        assert together.rows.keys == found.rows.keys
        assert together.rows.named["customer_id"] == {
            key[1:]: title for key, title in named["customer"].items()
        }
        reset_statements()
        page(tx, it, from_query_string(it, ""))
        assert statements() == 1  # the estimate is known already


def test_unserved_sort_is_said_and_not_done(large, manager):
    """A sort no index serves falls back to the table's own order, with a note."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        found = page(tx, it, from_query_string(it, "sort=total"))
        assert not found.sortable["total"] and found.sortable["placed_at"]
        assert found.sort == "-placed_at" and "No index" in found.notes[0].replace("no index", "No index")


def test_filters_no_index_serves(large, manager):
    """P45: a stretch is looked through, not counted; the page says so, offers all of it, and names the index."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        found = page(tx, it, from_query_string(it, "f.note.contains=note+77"))
        assert found.rows == [] and found.count.text == "not counted" and found.next and found.offer
        assert "20,000 rows" in found.notes[0]
        assert [one.sql.splitlines()[-1] for one in found.advice] == [
            "CREATE INDEX CONCURRENTLY ON public.orders USING gin (note gin_trgm_ops)"
        ]
        assert buffers(tx, it, "f.note.contains=note+77") < 2000
        found = page(tx, it, from_query_string(it, "f.note.contains=note+77&all=1"))
        assert len(found.rows) == 50 and found.count.text == "889" and not found.offer
        found = page(tx, it, from_query_string(it, "f.note.is=nothing+like+it"))
        assert found.rows == [] and found.next
        assert buffers(tx, it, "f.note.is=nothing+like+it") < 2000
        found = page(tx, it, from_query_string(it, "f.note.is=nothing+like+it&all=1"))
        assert found.rows == [] and found.count.text == "0" and found.next is None
        assert tx.scalar(sa.text("SELECT current_setting('statement_timeout')")) == "5s"


def test_search_in_a_large_table(large, manager):
    """Only what indexes serve is searched, and the page says what was not, and which index would."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        found = page(tx, it, from_query_string(it, "q=SO-00001"))
        assert len(found.rows) == 10 and found.count.text == "10"
        assert any("starts with" in note for note in found.notes)
        assert "gin (note gin_trgm_ops)" in found.advice[0].sql and found.offer
        assert buffers(tx, it, "q=SO-00001") < 2000
        assert buffers(tx, it, "q=SO-1") < 2000
        found = page(tx, it, from_query_string(it, "q=SO-1"))
        assert found.count.text == "more than 1,000" and len(found.rows) == 50
        assert found.rows[0].key == "~199999" and found.next  # the newest, not just any
        assert not found.capped  # found along the order, to its end
        assert len(page(tx, it, from_query_string(it, "q=so-00001")).rows) == 10  # whatever the capitals
        assert buffers(tx, it, "q=so-00001") < 2000
        found = page(tx, it, from_query_string(it, "q=777"))
        assert [row.key for row in found.rows][:1] == ["~777"]
        found = page(tx, it, from_query_string(it, "q=customer+17"))
        assert found.count.rows == 1000 and found.rows[0].cells["customer_id"].text.startswith("17")


def test_search_in_a_small_table(small, manager):
    database, catalog = small
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        assert page(tx, it, from_query_string(it, "q=OTE+123")).count.rows == 1
        assert page(tx, it, from_query_string(it, "q=stomer+17&sort=total")).count.rows > 10
        assert page(tx, it, from_query_string(it, "q=100%25")).rows == []


def test_what_is_hidden_or_masked_leads_to_nothing(small, operator, manager, stranger):
    """P14: a hidden column does not exist; a masked one cannot be filtered, sorted or searched."""
    database, catalog = small
    it = seen(catalog, operator, "customer")
    for text in ("f.risk.is=x", "sort=risk", "sort=-risk", "columns=risk", "f.nothing.is=1"):
        with pytest.raises(UnknownColumn):
            from_query_string(it, text)
    for text in ("f.iban.contains=MARKER", "sort=iban", "sort=-iban", "f.iban.empty="):
        with pytest.raises(BadFilter) as caught:
            from_query_string(it, text)
        assert caught.value.query.sort is None and "masked" in caught.value.problems[0]
    with pytest.raises(NotVisible):
        view(stranger, catalog.table("customer"))
    with database.reading() as tx:
        found = page(tx, it, from_query_string(it, "columns=id,name,iban"))
        assert found.rows[0].cells["iban"].text.startswith("••••")
        assert len(found.rows[0].cells["iban"].text) == 8
        assert page(tx, it, from_query_string(it, "q=IBANMARKER")).rows == []
        assert page(tx, seen(catalog, manager, "customer"), from_query_string(it, "q=IBANMARKER")).rows
        assert found.count.text == "180"  # rows one may not see are not counted either
        with pytest.raises(NotVisible):
            one(tx, it, "~10")
        assert one(tx, seen(catalog, manager, "customer"), "~10").title == "Customer 10"


def test_no_marker_leaves(small, operator):
    """P14: hidden values, masked values and rows behind a condition appear in no output whatever is asked."""
    database, catalog = small
    outputs = []
    with database.reading() as tx:
        customers, orders = seen(catalog, operator, "customer"), seen(catalog, operator, "orders")
        for sort in ("id", "-name", "country"):
            outputs.append(walk(tx, customers, f"sort={sort}"))
            outputs.append(page(tx, customers, from_query_string(customers, f"sort={sort}")))
        outputs.append(page(tx, customers, from_query_string(customers, "q=omer+10")))
        outputs.append(page(tx, orders, from_query_string(orders, "f.customer_id.is=10")))
        outputs.append(page(tx, orders, from_query_string(orders, "q=omer+100")))
        outputs.append(titles(tx, catalog, operator, {"customer": {"~10", "~11"}}))
        record = one(tx, customers, "~11")
        outputs += [record, related(tx, catalog, operator, customers, record)]
        outputs += [one(tx, orders, key) for key in ("~9", "~19")]
        outputs += [tuple(row) for row in tx.execute(statement(customers, from_query_string(customers, "")))]
        outputs += [tuple(row) for row in tx.execute(statement(orders, from_query_string(orders, "q=note")))]
    # A page does not show its rows of itself: all that came back with them is looked at.
    outputs += [(vars(one.rows), list(one.rows), one.rows.named) for one in outputs if isinstance(one, Page)]
    said = repr(outputs)
    assert "RISK-MARKER" not in said and "IBANMARKER" not in said and "SECRET-MARKER" not in said
    for gone in range(10, 201, 10):
        assert f"'Customer {gone}'" not in said and f"· Customer {gone}'" not in said
    assert "Customer 11" in said


def test_sorting_gives_nothing_away(small, operator):
    """P14: the order of rows by what one may read says nothing of what one may not."""
    database, catalog = small
    with database.reading() as tx:
        it = seen(catalog, operator, "customer")
        text = page(tx, it, from_query_string(it, "sort=name")).next
        assert "MARKER" not in repr(text)


def test_awkward_keys(small, manager):
    """Composite, padded, text and uuid keys; keys that are none do not end the transaction."""
    database, catalog = small
    with database.reading() as tx:
        prices = seen(catalog, manager, "price")
        found = page(tx, prices, from_query_string(prices, "f.Price%252EEUR.gt=1"))
        assert {row.key for row in found.rows} == {
            "~ab,%5B2024-01-01%2C2024-02-01%29",
            "~a%2Cb%2Fc,%5B2024-01-01%2C2024-02-01%29",
        }
        for row in found.rows:
            assert one(tx, prices, row.key).key == row.key
        tokens = seen(catalog, manager, "token")
        assert one(tx, tokens, "~6A2F41A3-C54C-4D2B-8F33-3B1F6A5C0A01").key.startswith("~6a2f")
        for it, bad in (
            (tokens, "~x"),
            (seen(catalog, manager, "orders"), "~abc"),
            (prices, "~a"),
            (seen(catalog, manager, "orders"), "~99999999999999999999"),
            (prices, "~a,nonsense"),
            (seen(catalog, manager, "orders"), "nothing"),
            (seen(catalog, manager, "loose"), "~1"),
        ):
            with pytest.raises(NotVisible):
                one(tx, it, bad)
        assert tx.scalar(sa.text("SELECT 1")) == 1


def test_tables_without_a_key_and_views(small, manager):
    """Rows that cannot be told apart are still all shown once."""
    database, catalog = small
    with database.reading() as tx:
        loose = seen(catalog, manager, "loose")
        seen_rows, cursor = [], ""
        for _ in range(5):
            found = page(tx, loose, from_query_string(loose, f"sort=-b&{cursor}"))
            seen_rows += [(row.cells["a"].text, row.cells["b"].text) for row in found.rows]
            if found.next is None:
                break
            cursor = found.next
        plain = tx.execute(sa.text("SELECT a::text, b FROM loose ORDER BY b DESC, a")).all()
        assert seen_rows == [tuple(row) for row in plain]
        opened = seen(catalog, manager, "open_orders")
        found = page(tx, opened, from_query_string(opened, "sort=number"))
        assert found.count.rows == 200 and found.rows[0].key is None and found.next


def test_view_of_a_large_table(large, manager):
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "open_orders")
        found = page(tx, it, from_query_string(it, "sort=number"))
        assert len(found.rows) == 50 and found.next is None and found.notes


def test_bad_values_are_told_and_kept_apart(small, manager):
    """A value that is none of its type: words, the rest of the query, and a transaction that lives on."""
    database, catalog = small
    it = seen(catalog, manager, "orders")
    for text in (
        "f.id.is=abc",
        "f.id.is=99999999999999999999",
        "f.total.between=1",
        "f.total.gt=1,5",
        "f.id.like=3",
        "f.total.true=",
        "q=" + "x" * 300,
        "f.status=open",
    ):
        with pytest.raises(BadFilter) as caught:
            from_query_string(it, text + "&f.status.is=open")
        assert [one.column for one in caught.value.query.filters] == ["status"]
    with database.reading() as tx:
        query = from_query_string(it, "f.placed_at.ge=soon&f.status.is=open&f.due.is=infinity")
        with pytest.raises(BadFilter) as caught:
            page(tx, it, query)
        assert [one.column for one in caught.value.query.filters] == ["status", "due"]
        assert page(tx, it, caught.value.query).rows == []


def test_cursors_of_another_list_are_refused_kindly(small, manager):
    database, catalog = small
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        other = page(tx, it, from_query_string(it, "sort=due")).next
        for cursor in (other, "after=nonsense", "after=%00", "before=W10", "after=é"):
            found = page(tx, it, from_query_string(it, f"sort=id&{cursor}"))
            assert found.rows[0].key == "~1" and len(found.notes) == 1
        empty = page(tx, it, from_query_string(it, "f.id.is=-1"))
        assert (empty.first, empty.previous, empty.next, empty.last) == (None, None, None, None)


def test_the_query_string_says_it_all(small, manager):
    _, catalog = small
    it = seen(catalog, manager, "orders")
    query = from_query_string(
        it, "f.status.in=open,held&f.note.contains=a%26b&q=x&sort=-due&columns=id,due&after=abc"
    )
    assert from_query_string(it, to_query_string(query)) == query
    assert "after" not in to_query_string(query, sort="due")


def test_p24_an_address_of_too_many_parts_is_told_and_not_an_error(small, manager):
    _, catalog = small
    with pytest.raises(BadFilter) as caught:
        from_query_string(seen(catalog, manager, "orders"), "&".join(f"f.id.is={n}" for n in range(201)))
    assert caught.value.query.filters == ()


def test_related(small, manager):
    """What points at a row: five of each and how many, in one round trip."""
    database, catalog = small
    with database.reading() as tx:
        it = seen(catalog, manager, "customer")
        record = one(tx, it, "~7")
        reset_statements()
        found = related(tx, catalog, manager, it, record)
        assert statements() == 1
        assert [(r.label, r.count.text, len(r.rows)) for r in found] == [("Orders", "3", 3)]
        assert found[0].args == {"f.customer_id.is": "7"}
        assert found[0].rows[0].title == "SO-000406 · Customer 7"
        back = from_query_string(seen(catalog, manager, "orders"), found[0].args)
        assert page(tx, seen(catalog, manager, "orders"), back).count.rows == 3


def test_the_export_statement_has_the_lists_rows_in_the_lists_order(small, manager):
    database, catalog = small
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        for text in ("sort=-due", "sort=total", "", "q=note+1", "f.status.is=open&sort=customer_id"):
            rows = tx.execute(statement(it, from_query_string(it, text))).all()
            assert [f"~{row.id}" for row in rows] == walk(tx, it, text)
            assert "secret" not in rows[0]._fields


@pytest.mark.slow
def test_a_list_page_costs_little_python(large, manager):
    """A page is a few milliseconds, not tens: what SQLAlchemy compiled is used again."""
    database, catalog = large
    with database.reading() as tx:
        it = seen(catalog, manager, "orders")
        for _ in range(3):
            page(tx, it, from_query_string(it, "sort=-placed_at&f.status.is=held"))
        started = time.process_time()
        for _ in range(20):
            page(tx, it, from_query_string(it, "sort=-placed_at&f.status.is=held"))
        assert (time.process_time() - started) / 20 < 0.03
