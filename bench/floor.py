"""The floor: a bare Flask application that does the least honest work for the same pages, by hand.

A session row, the person's row, a CSRF token, a capped count, the best SQL for the page, and for a save
one UPDATE and one audit row in one commit. What Countersign adds on top is the price of its promises.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading

import psycopg
from flask import Flask, abort, render_template, request

URL = os.environ["BENCH_DATABASE_URL"]
KEY = b"a key of the bench, not a secret"
COLUMNS = "number, customer_id, status, currency, total, warehouse_id, sales_rep, placed_at"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Orders</title>
<p>{{ person }} · {{ count }}</p>
<form method="post"><input type="hidden" name="csrf" value="{{ csrf }}"></form>
<table>{% for row in rows %}<tr><td><a href="/orders/{{ row[8] }}">{{ row[0] }}</a></td><td>{{ row[9] }}</td>
{% for value in row[2:5] %}<td>{{ value }}</td>{% endfor %}<td>{{ row[10] }}</td>
{% for value in row[6:8] %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}</table>
{% if rows %}<a href="?after={{ rows[-1][7] }},{{ rows[-1][8] }}">Next</a>{% endif %}</html>"""
FORM = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Order</title><form method="post">
<input type="hidden" name="csrf" value="{{ csrf }}">{% for name, value in row.items() %}
<label>{{ name }} <input name="{{ name }}" value="{{ value or '' }}"></label>{% endfor %}
<button>Save</button></form>"""

app = Flask(__name__)
# Compiled once, as templates in files are: Flask's render_template_string compiles at each request.
LIST, ORDER = app.jinja_env.from_string(PAGE), app.jinja_env.from_string(FORM)
_local = threading.local()


def _connection() -> psycopg.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(URL, autocommit=True, prepare_threshold=None)
    return _local.connection


def _person(connection: psycopg.Connection) -> tuple[str, str]:
    token = request.cookies.get("floor", "")
    row = connection.execute(
        "SELECT p.name FROM bench.session s JOIN bench.person p ON p.id = s.person_id WHERE s.id = %s",
        (hashlib.sha256(token.encode()).digest(),),
    ).fetchone()
    if row is None:
        abort(401)
    return row[0], hmac.new(KEY, token.encode(), "sha256").hexdigest()


@app.get("/orders")
def orders() -> str:
    """50 orders, newest first or by total; filtered by status, or from a place on."""
    connection = _connection()
    where, values = ["true"], []
    if status := request.args.get("status"):
        where.append("status = %s::shop.order_status")
        values.append(status)
    count_where, count_values = " AND ".join(where), list(values)
    column = "total" if request.args.get("sort") == "total" else "placed_at"
    if after := request.args.get("after"):
        place, _, key = after.rpartition(",")
        where.append(f"({column}, id) < (%s, %s)")
        values += [place, key]
    connection.execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'")
    person, csrf = _person(connection)
    rows = connection.execute(
        f"SELECT o.*, c.name, w.name FROM (SELECT {COLUMNS}, id FROM shop.orders WHERE {' AND '.join(where)} "
        f"ORDER BY {column} DESC, id DESC LIMIT 50) o LEFT JOIN shop.customers c ON c.id = o.customer_id "
        f"LEFT JOIN shop.warehouses w ON w.id = o.warehouse_id "
        f"ORDER BY o.{column} DESC, o.id DESC",
        values,
    ).fetchall()
    count = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM shop.orders WHERE {count_where} LIMIT 1001) x", count_values
    ).fetchone()[0]
    connection.execute("COMMIT")
    return render_template(LIST, person=person, csrf=csrf, rows=rows, count=count)


@app.post("/orders/many")
def orders_many() -> tuple[str, int]:
    """A note for many orders: locked, one UPDATE, one audit row each by one INSERT, one commit."""
    connection = _connection()
    connection.execute("BEGIN; SET LOCAL statement_timeout = '5s'")
    person, csrf = _person(connection)
    if not hmac.compare_digest(request.form["csrf"], csrf):
        abort(403)
    keys, note = [int(key) for key in request.form.getlist("k")], request.form["delivery_note"]
    before = connection.execute(
        "SELECT id, delivery_note FROM shop.orders WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (keys,)
    ).fetchall()
    connection.execute("UPDATE shop.orders SET delivery_note = %s WHERE id = ANY(%s)", (note, keys))
    connection.execute(
        "INSERT INTO bench.audit (person, row_key, before, after) "
        "SELECT %s, k, b, %s FROM unnest(%s::bigint[], %s::text[]) AS x (k, b)",
        (person, note, [key for key, _ in before], [text for _, text in before]),
    )
    connection.execute("COMMIT")
    return "", 303


@app.route("/orders/<int:key>", methods=["GET", "POST"])
def order(key: int) -> str | tuple[str, int]:
    """One order as a form; saving it is one UPDATE and one audit row in one commit."""
    connection = _connection()
    if request.method == "GET":
        connection.execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'")
        _, csrf = _person(connection)
        cursor = connection.execute("SELECT * FROM shop.orders WHERE id = %s", (key,))
        row = dict(zip([c.name for c in cursor.description], cursor.fetchone(), strict=True))
        connection.execute("COMMIT")
        return render_template(ORDER, csrf=csrf, row=row)
    connection.execute("BEGIN; SET LOCAL statement_timeout = '5s'")
    person, csrf = _person(connection)
    if not hmac.compare_digest(request.form["csrf"], csrf):
        abort(403)
    before = connection.execute(
        "SELECT delivery_note FROM shop.orders WHERE id = %s FOR UPDATE", (key,)
    ).fetchone()
    connection.execute(
        "UPDATE shop.orders SET delivery_note = %s WHERE id = %s", (request.form["delivery_note"], key)
    )
    connection.execute(
        "INSERT INTO bench.audit (person, row_key, before, after) VALUES (%s, %s, %s, %s)",
        (person, key, before[0], request.form["delivery_note"]),
    )
    connection.execute("COMMIT")
    return "", 303
