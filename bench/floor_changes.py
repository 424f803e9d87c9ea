"""The floor's pages about changes: the same rows as the product's, by the best SQL there is for them, and no rights.

It reads the product's own tables, so both look at the same million change sets. Whose turn it is, it takes from
`ops.turn`, as the product does; who may see what is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, render_template, request

from bench import floor
from bench.floor import app

ROLES = ["manager", "operator"]
NAMED = """coalesce((SELECT k.name FROM shop.customers k WHERE f.table_name = 'customers' AND k.id = f.key),
    (SELECT o.number FROM shop.orders o WHERE f.table_name = 'orders' AND o.id = f.key),
    (SELECT p.name FROM shop.products p WHERE f.table_name = 'products' AND p.id = f.key)) AS name"""
ROWS = f"""
SELECT c.id, c.title, {NAMED}, c.state, f.kind, f.table_name, p.name AS proposer, c.created_at, s.role
FROM {{page}} AS n JOIN ops.change_set c ON c.id = n.id JOIN ops.person p ON p.id = c.proposer_id
JOIN LATERAL (SELECT o.kind, o.table_name, (o.row_key ->> 0)::bigint AS key FROM ops.operation o
              WHERE o.change_id = c.id AND o.position = 0) AS f ON true
LEFT JOIN ops.stage s ON s.change_id = c.id AND s.revision = c.revision AND s.closed_at IS NULL
    AND c.state = 'in_review'
ORDER BY c.id DESC"""
TURNS = """(SELECT t.change_id AS id FROM ops.turn t WHERE t.asked = ANY(%(asked)s)
    AND 1 <> ALL (t.had) ORDER BY t.due_at, t.change_id DESC LIMIT %(limit)s)"""
TABLE = """{% macro lines(rows) %}<table>{% for row in rows %}<tr><td><a href="/changes/CH-{{ row[0] }}">{{ row[1] }}:
{{ row[2] }}</a></td>{% for value in row[3:9] %}<td>{{ value or '' }}</td>{% endfor %}<td>CH-{{ row[0] }}</td></tr>
{% endfor %}</table>{% endmacro %}"""
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Changes</title><p>{{ person }}</p>'
LIST = app.jinja_env.from_string(
    TABLE
    + HEAD
    + "{{ lines(rows) }}{% if rows %}<a href='?before={{ rows[-1][0] }}'>Older</a>{% endif %}</html>"
)
DESK = app.jinja_env.from_string(
    TABLE + HEAD + "{% for rows in lists %}{{ lines(rows) }}{% endfor %}{% for one in notices %}"
    "<li>{{ one[0] }} {{ one[1] }}</li>{% endfor %}</html>"
)
RECORD = app.jinja_env.from_string(
    HEAD
    + "<dl>{% for name, value in row.items() %}<dt>{{ name }}</dt><dd>{{ value or '' }}</dd>{% endfor %}</dl>"
    "{% for one in open %}<a href='/changes/CH-{{ one[0] }}'>{{ one[1] }}</a>{% endfor %}"
    "<ol>{% for at, action, body in events %}<li>{{ at }} {{ action }} {{ body }}</li>{% endfor %}</ol></html>"
)
CHANGE = app.jinja_env.from_string(
    HEAD
    + """<h1>{{ change }}</h1>{% for table in (operations, stages, decisions, events) %}<table>
{% for row in table %}<tr>{% for value in row %}<td>{{ value or '' }}</td>{% endfor %}</tr>{% endfor %}
</table>{% endfor %}<form method="post"><input type="hidden" name="csrf" value="{{ csrf }}"><textarea></textarea>
</form></html>"""
)
ORDER = (
    "id",
    "number",
    "customer",
    "placed_at",
    "status",
    "currency",
    "total",
    "sales_rep",
    "delivery_note",
    "metadata",
)
OF_ORDER = """
SELECT o.id, o.number, k.name, o.placed_at, o.status, o.currency, o.total, o.sales_rep, o.delivery_note, o.metadata
FROM shop.orders o JOIN shop.customers k ON k.id = o.customer_id WHERE o.id = %(key)s"""
OPEN_OF_ORDER = """
SELECT c.id, c.title FROM ops.open_row o JOIN ops.change_set c ON c.id = o.change_id
WHERE o.schema_name = 'shop' AND o.table_name = 'orders' AND o.row_key = jsonb_build_array(%(key)s::text)
AND c.state IN ('submitted', 'in_review', 'approved', 'applying') ORDER BY c.id DESC LIMIT 20"""
EVENTS = """
SELECT e.at, e.action, p.body FROM ops.event e LEFT JOIN ops.event_payload p ON p.uid = e.uid AND p.at = e.at """
OF_ROW = """
WHERE e.schema_name = 'shop' AND e.table_name = 'orders' AND e.row_key = %(row)s ORDER BY e.id DESC LIMIT 10"""
OF_CHANGE = (
    "SELECT c.*, p.name FROM ops.change_set c JOIN ops.person p ON p.id = c.proposer_id WHERE c.id = %(id)s",
    """SELECT o.kind, o.table_name, o.base, o.after, r.number, r.delivery_note FROM ops.operation o
    LEFT JOIN shop.orders r ON o.table_name = 'orders' AND r.id = (o.row_key ->> 0)::bigint
    WHERE o.change_id = %(id)s ORDER BY o.position""",
    "SELECT role, needed, why, closed_at, due_at FROM ops.stage WHERE change_id = %(id)s ORDER BY position",
    """SELECT p.name, d.verdict, d.comment FROM ops.decision d JOIN ops.person p ON p.id = d.person_id
    WHERE d.change_id = %(id)s""",
    EVENTS + "WHERE e.change_id = %(id)s ORDER BY e.id",
)


@app.get("/changes")
def changes() -> str:
    """50 changes, newest first: in some states, one person's, or from a place on."""
    where, values = ["c.id < %(before)s"], {"before": request.args.get("before", 1 << 60)}
    if request.args.get("who") == "mine":
        where.append("c.proposer_id = 1")
    page = f"(SELECT c.id FROM ops.change_set c WHERE {' AND '.join(where)} ORDER BY c.id DESC LIMIT 50)"
    if states := request.args.getlist("state"):
        # The newest of each from the index that has them in order: nothing finds them sooner.
        newest = page.replace(" ORDER", " AND c.state = s.state ORDER")
        each = f"unnest(%(states)s::text[]) AS s (state), LATERAL {newest} AS x"
        page = f"(SELECT x.id FROM {each} ORDER BY 1 DESC LIMIT 50)"
        values["states"] = states
    return _page(LIST, rows=(ROWS.format(page=page), values))


@app.get("/approvals")
def approvals() -> str:
    """50 changes that wait for one person."""
    return _page(LIST, rows=(ROWS.format(page=TURNS), {"asked": [*ROLES, "#1"], "limit": 50}))


@app.get("/desk")
def desk() -> str:
    """What waits, what one asked for, what one said lately, what one was told."""
    mine = "(SELECT id FROM ops.change_set WHERE proposer_id = 1 ORDER BY id DESC LIMIT 100)"
    said = "(SELECT change_id AS id FROM ops.decision WHERE person_id = 1 ORDER BY decided_at DESC LIMIT 5)"
    waits = (ROWS.format(page=TURNS), {"asked": [*ROLES, "#1"], "limit": 100})
    told = (
        "SELECT text, created_at FROM ops.notice WHERE person_id = 1 AND many > 0 ORDER BY id DESC LIMIT 10"
    )
    found = _read(waits, (ROWS.format(page=mine), {}), (ROWS.format(page=said), {}), (told, {}))
    waiting, own, decided, notices = found[2:]
    return render_template(DESK, person=found[0], lists=[waiting[:10], own[:10], decided], notices=notices)


@app.get("/records/<int:key>")
def record(key: int) -> str:
    """One order with its open changes and its history."""
    values = {"key": key, "row": f"~{key}"}
    found = _read((OF_ORDER, values), (OPEN_OF_ORDER, values), (EVENTS + OF_ROW, values))
    row = dict(zip(ORDER, found[2][0], strict=True))
    return render_template(RECORD, person=found[0], row=row, open=found[3], events=found[4])


@app.get("/changes/CH-<int:number>")
def change(number: int) -> str:
    """One change: what it does, its stages, what was said, what happened."""
    person, csrf, head, *others = _read(*((text, {"id": number}) for text in OF_CHANGE))
    if not head:
        abort(404)
    operations, stages, decisions, events = others
    return render_template(
        CHANGE, person=person, csrf=csrf, change=head[0], operations=operations, stages=stages, decisions=decisions,
        events=events,
    )  # fmt: skip


def _page(template: Any, rows: tuple[str, dict[str, Any]]) -> str:
    person, _, found = _read(rows)
    return render_template(template, person=person, rows=found)


def _read(*asked: tuple[str, dict[str, Any]]) -> Sequence[Any]:
    """Who it is, their token, and the rows of each statement, in one transaction."""
    connection = floor._connection()
    connection.execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'")
    person, csrf = floor._person(connection)
    found = [connection.execute(text.encode(), values or None).fetchall() for text, values in asked]
    connection.execute("COMMIT")
    return [person, csrf, *found]
