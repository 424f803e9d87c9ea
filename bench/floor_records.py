"""The floor's searches, picker, detail and form of a record: the same rows as the product's, by the best SQL for them.

No rights, no formats, no advice. The detail shows what the product's shows: the order with what it points at, the
first ten of each related table with a capped count, the changes that wait for it and what happened to it last.
"""

from __future__ import annotations

from flask import abort, render_template, request

from bench import floor
from bench.floor import app
from bench.floor_changes import EVENTS, HEAD, OF_ROW, OPEN_OF_ORDER, _read

ORDER = """
SELECT o.*, k.name AS customer, w.name AS warehouse FROM shop.orders o
JOIN shop.customers k ON k.id = o.customer_id JOIN shop.warehouses w ON w.id = o.warehouse_id
WHERE o.id = %(key)s"""
LINES = """
SELECT l.line_no, p.name, l.quantity, l.unit_price, l.discount_percent, l.amount, l.product_id
FROM shop.order_lines l JOIN shop.products p ON p.id = l.product_id
WHERE l.order_id = %(key)s ORDER BY l.line_no LIMIT 50"""
RELATED = {
    "lines": "order_lines l JOIN shop.products p ON p.id = l.product_id",
    "payments": "payments l",
    "shipments": "shipments l",
    "tickets": "tickets l",
}
SHOWN = {
    "lines": "l.line_no, p.name, l.quantity, l.unit_price, l.amount",
    "payments": "l.id, l.method, l.state, l.amount, l.created_at",
    "shipments": "l.id, l.tracking, l.carrier, l.parcels, l.shipped_at",
    "tickets": "l.id, l.number, l.subject, l.state, l.priority",
}
WAREHOUSES = "SELECT id, name FROM shop.warehouses ORDER BY name LIMIT 51"
OF_ORDER = (
    "id customer_id placed_at updated_at requested_for status warehouse_id currency number total sales_rep"
)
NAMES = (*OF_ORDER.split(), "delivery_note", "metadata", "customer", "warehouse")
CUSTOMERS = "number, name, status, city, country, credit_limit, email, created_at"
# What the product's search looks at, each by its index: a number, a name that begins so, an e-mail.
OF_CUSTOMER = "number = %(exact)s OR name LIKE %(begins)s OR lower(email::text) = lower(%(exact)s)"
FOUND = {
    "order": "id IN (SELECT id FROM shop.orders WHERE number LIKE %(begins)s UNION SELECT id FROM shop.orders "
    "WHERE customer_id IN (SELECT id FROM shop.customers WHERE name LIKE %(begins)s LIMIT 200))",
    "customer": OF_CUSTOMER,
}
TABLE = """{% macro table(rows) %}<table>{% for row in rows %}<tr>{% for value in row %}<td>{{ value or '' }}</td>
{% endfor %}</tr>{% endfor %}</table>{% endmacro %}"""
FORM = '<form method="post"><input type="hidden" name="csrf" value="{{ csrf }}">'
FIELDS = """{% for name, value in row.items() %}<label>{{ name }}
<input name="{{ name }}" value="{{ value or '' }}"></label>{% endfor %}"""
ROWS = app.jinja_env.from_string(
    TABLE + HEAD + "<p>{{ count }}</p>" + FORM + "</form>{{ table(rows) }}</html>"
)
WHOLE = app.jinja_env.from_string(
    TABLE
    + HEAD
    + "<dl>{% for name, value in row.items() %}<dt>{{ name }}</dt><dd>{{ value or '' }}</dd>{% endfor %}</dl>"
    "{% for name, count, rows in related %}<h2>{{ name }} {{ count }}</h2>{{ table(rows) }}{% endfor %}"
    "{{ table(open) }}{{ table(events) }}" + FORM + "</form></html>"
)
EDIT = app.jinja_env.from_string(
    HEAD
    + FORM
    + FIELDS
    + '<select name="warehouse_id">{% for key, name in warehouses %}<option value="{{ key }}"'
    "{% if key == row.warehouse_id %} selected{% endif %}>{{ name }}{% endfor %}</select>"
    "{% for line in lines %}{% for value in line %}<input name='l{{ loop.index }}' value='{{ value }}'>"
    "{% endfor %}{% endfor %}<button>Save</button></form></html>"
)
OFFERS = app.jinja_env.from_string(
    "<ul>{% for key, number, name in rows %}<li data-key='{{ key }}'>{{ number }} {{ name }}{% endfor %}</ul>"
)


@app.get("/found/<way>")
def found(way: str) -> str:
    """The rows of a search and their capped count: by an index, in the list's own order."""
    where = FOUND[way]
    table, columns, order = (
        ("orders", floor.COLUMNS, "placed_at") if way == "order" else ("customers", CUSTOMERS, "created_at")
    )
    rows = f"SELECT {columns} FROM shop.{table} WHERE {where} ORDER BY {order} DESC, id DESC LIMIT 50"
    count = f"SELECT count(*) FROM (SELECT 1 FROM shop.{table} WHERE {where} LIMIT 1001) x"
    values = _asked()
    person, csrf, rows_found, counted = _read((rows, values), (count, values))
    return render_template(ROWS, person=person, csrf=csrf, rows=rows_found, count=counted[0][0])


@app.get("/pick")
def pick() -> str:
    """Ten customers, found as in their list."""
    text = f"SELECT id, number, name FROM shop.customers WHERE {OF_CUSTOMER} ORDER BY created_at DESC, id DESC LIMIT 10"
    return render_template(OFFERS, rows=_read((text, _asked()))[2])


def _asked() -> dict[str, str]:
    text = request.args["q"]
    return {"exact": text, "begins": text + "%"}


@app.get("/orders/<int:key>/whole")
def whole(key: int) -> str:
    """An order with what belongs to it, waits for it and happened to it."""
    values = {"key": key, "row": f"~{key}"}
    lists = []
    for name, source in RELATED.items():
        inner = f"FROM shop.{source} WHERE l.order_id = %(key)s"
        lists.append((f"SELECT {SHOWN[name]} {inner} LIMIT 10", values))
        lists.append((f"SELECT count(*) FROM (SELECT 1 {inner} LIMIT 201) x", values))
    person, csrf, row, waiting, events, *others = _read(
        (ORDER, values), (OPEN_OF_ORDER, values), (EVENTS + OF_ROW, values), *lists
    )
    if not row:
        abort(404)
    related = [(name, others[2 * n + 1][0][0], others[2 * n]) for n, name in enumerate(RELATED)]
    shown = {
        "row": dict(zip(NAMES, row[0], strict=True)),
        "related": related,
        "open": waiting,
        "events": events,
    }
    return render_template(WHOLE, person=person, csrf=csrf, **shown)


@app.get("/orders/<int:key>/form")
def form(key: int) -> str:
    """An order as a form, with its lines and the warehouses to choose from."""
    values = {"key": key}
    person, csrf, row, lines, warehouses = _read((ORDER, values), (LINES, values), (WAREHOUSES, {}))
    if not row:
        abort(404)
    return render_template(
        EDIT, person=person, csrf=csrf, row=dict(zip(NAMES, row[0], strict=True)), lines=lines, warehouses=warehouses
    )  # fmt: skip
