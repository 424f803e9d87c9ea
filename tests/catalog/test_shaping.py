"""What a Resource shapes beyond names: groups, formats, links, computed columns, filters, defaults, own functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from ops.catalog import Field, Refuse, Resource, ResourceErrors, Section, Table, action, later, validates
from ops.catalog.acting import Message
from ops.catalog.texts import NoText, text_for, text_of, value_of
from ops.db import Database
from tests.catalog.conftest import catalog_of

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "resources.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.fixture(scope="module")
def demo(make_module_database: Callable[..., str]) -> Iterator[Database]:
    """The demo company."""
    database = Database(make_module_database("shop"), application_name="countersign tests")
    yield database
    database.close()


def declared(name: str = "Things", **options: Any) -> type[Resource]:
    return type(name, (Resource,), {"__module__": __name__, **options})


def shaped(database: Database, **options: Any) -> Table:
    catalog = catalog_of(database, resources=[declared(**options)])
    return next(table for table in catalog if table.resource.declared == "Things")


def problems(database: Database, **options: Any) -> list[str]:
    with pytest.raises(ResourceErrors) as caught:
        shaped(database, **{"table": "shop.orders", **options})
    return caught.value.problems


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.findall(r"class (\w+)", block)[0])
def test_every_example_of_the_page_on_resources_works(demo: Database, block: str) -> None:
    namespace: dict[str, Any] = {"__name__": "examples"}
    exec(compile(block, "docs/resources.md", "exec"), namespace)
    classes = [
        one
        for one in namespace.values()
        if isinstance(one, type) and issubclass(one, Resource) and one is not Resource
    ]
    assert classes
    catalog = catalog_of(demo, resources=classes)
    assert {table.resource.declared for table in catalog} >= {one.__name__ for one in classes}


def test_groups_formats_links_filters_and_defaults_are_kept(demo: Database) -> None:
    table = shaped(
        demo,
        table="shop.orders",
        groups={"Order": ("number", "status"), "Money": ("total", "late")},
        formats={
            "total": ("money", "currency"),
            "status": ("badge", {"on_hold": "warn"}),
            "late": "duration",
        },
        links={
            "Shop": "https://shop.example.com/o/{number}?c={customer_id}",
            "Ours": "/tables/shop.orders/~{id}",
        },
        computed={"late": "now() - placed_at"},
        filters=("status",),
        named_filters={"Open": ("status.in=confirmed,picking", "customer.country.is=NO")},
        default_filter="status.not=cancelled",
        defaults={"status": "confirmed", "requested_for": date(2026, 11, 21), "total": Decimal("1.50")},
    )
    shape = table.resource
    assert shape.sections == (Section("Order", ("number", "status")), Section("Money", ("total", "late")))
    assert shape.formats["total"].of == "currency" and shape.formats["status"].tones == {"on_hold": "warn"}
    shop, ours = shape.links
    assert shop.columns == {"number", "customer_id"} and ours.parts == (
        ("text", "/tables/shop.orders/~"),
        ("column", "id"),
    )
    assert shape.filters == ("status",) and shape.default_filter == (("f.status.not", "cancelled"),)
    assert shape.named_filters["Open"] == (
        ("f.status.in", "confirmed,picking"), ("f.customer.country.is", "NO"),
    )  # fmt: skip
    assert shape.defaults == {"status": "confirmed", "requested_for": "2026-11-21", "total": "1.50"}


def test_computed_columns_have_the_type_postgresql_gives_them(demo: Database) -> None:
    table = shaped(
        demo,
        table="shop.orders",
        columns=("number", "lines_", "country"),
        computed={
            "lines_": "SELECT count(*) FROM shop.order_lines l WHERE l.order_id = orders.id",
            "country": "SELECT c.country FROM shop.customers c WHERE c.id = customer_id",
            "state": "status",
            "mail": "SELECT c.email FROM shop.customers c WHERE c.id = orders.customer_id -- by id: 100%",
            "tags": "ARRAY[currency::text, '50% :off']",
        },
        labels={"lines_": "Lines"},
        help={"country": "Where they are"},
    )
    found = table.computed
    assert {name: one.category for name, one in found.items()} == {
        "lines_": "integer", "country": "text", "state": "enum", "mail": "text", "tags": "array",
    }  # fmt: skip
    assert found["state"].enum_values[0] == "draft" and found["lines_"].label == "Lines"
    assert found["country"].help == "Where they are" and found["country"].computed
    assert all(one.nullable and one.comparable and not one.insertable for one in found.values())
    assert set(found).isdisjoint(table.columns) and table.column("mail") is found["mail"]


def test_every_mistake_in_how_rows_are_shown_has_its_number(demo: Database) -> None:
    for options, said in (
        ({"groups": {"A": ("number",), "B": ("number",)}}, "E118 Things.groups: 'number' stands in 'A' and in 'B'"),
        ({"groups": {"A": ("numbr",)}}, "E103 Things.groups: no column 'numbr' in shop.orders; did you mean 'number'?"),
        ({"groups": ("number",)}, "E110 Things.groups"),
        ({"formats": {"total": "mony"}}, "E119 Things.formats: 'total': no format 'mony'; did you mean 'money'?"),
        ({"formats": {"number": "money"}}, "E119 Things.formats: 'number' is text, which 'money' cannot show"),
        ({"formats": {"total": ("money", "curency")}}, "E103 Things.formats: no column 'curency'"),
        ({"formats": {"status": ("badge", {"draft": "red"})}}, "E119 Things.formats: 'status': no tone 'red'"),
        ({"formats": {"total": ("percent", "x")}}, "E119 Things.formats: 'total': 'percent' takes nothing more"),
        ({"links": {"X": "{number}"}}, "E120 Things.links: 'X': begin with https://host/"),
        ({"links": {"X": "javascript:alert({id})"}}, "E120 Things.links"),
        ({"links": {"X": "https://{number}.example.com/"}}, "E120 Things.links"),
        ({"links": {"X": "https://example.com{number}/"}}, "E120 Things.links"),
        ({"links": {"X": "//example.com/{number}"}}, "E120 Things.links"),
        ({"links": {"X": "https://example.com/{nmber}"}}, "E103 Things.links: no column 'nmber'"),
        ({"links": {"X": "https://example.com/{"}}, "E105 Things.links: 'X': a lone '{'"),
        ({"computed": {"x": "totl + 1"}}, "E121 Things.computed: 'x': PostgreSQL says: column \"totl\" does not exist"),
        ({"computed": {"total": "1"}}, "E121 Things.computed: 'total' is a column of shop.orders"),
        ({"computed": {"x": "SELECT 1, 2"}}, "E121 Things.computed: 'x': PostgreSQL says: subquery must return"),
        ({"computed": {"x": "(1"}}, "E121 Things.computed: 'x': PostgreSQL says: syntax error"),
        ({"computed": ["x"]}, "E110 Things.computed"),
        ({"filters": ("statu",)}, "E103 Things.filters: no column 'statu'"),
        ({"default_filter": "status=draft"}, "E122 Things.default_filter: 'status=draft': write COLUMN.HOW=VALUE"),
        ({"default_filter": "status.is=none"}, "E122 Things.default_filter: 'status.is=none'"),
        ({"named_filters": {"A": "customr.name.is=x"}}, "E104 Things.named_filters: no foreign key 'customr'"),
        ({"defaults": {"total": "much"}}, "E125 Things.defaults: 'total' is numeric(14,2), which cannot be 'much'"),
        ({"defaults": {"total": object()}}, "E125 Things.defaults: 'total': object is no value a column can hold"),
        (
            {"masked": {"margin": "finance"}, "computed": {"margn": "1"}},
            "E103 Things.masked: no column 'margin' in shop.orders; did you mean 'margn'?",
        ),
    ):  # fmt: skip
        found = problems(demo, **options)  # type: ignore[arg-type]  # options of every kind
        assert any(one.startswith(said) for one in found), (options, found)


def test_actions_are_read_from_their_signatures(demo: Database) -> None:
    class Acts:
        @action("Refund", permission="orders.refund", approval=True, many=True, danger=True)
        def refund(
            self,
            order: dict[str, Any],
            *,
            amount: Decimal,
            why: Annotated[str | None, Field(label="Why", help="For the file", lines=3)] = None,
            notify: bool = True,
            on: date = date(2026, 11, 21),
            at: datetime | None = None,
            kind: Literal["full", "part"] = "full",
            warehouse: Annotated[int, Field(table="shop.warehouses")],
        ) -> dict[str, Any]:
            """Give it back.

            More words.
            """
            if amount > order["total"]:
                raise Refuse("More than the order")
            later("erp.refund", order=order["id"], amount=amount, on=on, lines=[1, None])
            return {"status": "returned"}

        @action("Open one", approval="finance")
        def open_one(self, *, number: str) -> dict[str, Any]:
            return {"number": number}

    table = shaped(demo, table="shop.orders", refund=Acts.refund, open_one=Acts.open_one)
    refund, open_one = table.resource.deeds
    assert (refund.scope, refund.many, refund.permission, refund.asks) == (
        "row",
        True,
        "orders.refund",
        "manager",
    )
    assert refund.help == "Give it back." and refund.danger
    assert (open_one.scope, open_one.many, open_one.asks) == ("none", False, "finance")
    fields = {one.name: one for one in refund.parameters}
    assert {name: one.kind for name, one in fields.items()} == {
        "amount": "number", "why": "text", "notify": "boolean", "on": "date", "at": "timestamp", "kind": "choice",
        "warehouse": "reference",
    }  # fmt: skip
    assert [name for name, one in fields.items() if one.required] == ["amount", "warehouse"]
    assert (fields["why"].label, fields["why"].help, fields["why"].lines) == ("Why", "For the file", 3)
    assert (fields["on"].default, fields["notify"].default) == ("2026-11-21", "true")
    assert fields["warehouse"].target == "shop.warehouses" and fields["warehouse"].read("3") == 3
    assert fields["kind"].options == (("full", "Full"), ("part", "Part"))
    with pytest.raises(ValueError, match="x"):
        fields["kind"].read("x")
    ran = refund.run({"id": 7, "total": Decimal(9)}, {"amount": Decimal("1.5"), "warehouse": 3})
    assert ran.answer == {"status": "returned"}
    assert ran.messages == (
        Message("erp.refund", {"order": "7", "amount": "1.5", "on": "2026-11-21", "lines": ["1", None]}),
    )
    with pytest.raises(Refuse, match="More than"):
        refund.run({"id": 7, "total": Decimal(9)}, {"amount": Decimal(10), "warehouse": 3})
    with pytest.raises(RuntimeError, match="later"):
        later("erp.refund")


def test_every_mistake_in_a_function_has_its_number(demo: Database) -> None:
    def two_rows(self: Any, a: Any, b: Any) -> None: ...
    def typeless(self: Any, row: Any, *, x) -> None: ...  # type: ignore[no-untyped-def]  # without a type on purpose
    def odd(self: Any, row: Any, *, x: complex) -> None: ...
    def nowhere(self: Any, row: Any, *, x: Annotated[int, Field(table="shop.warehose")]) -> None: ...
    def fine(self: Any, row: Any) -> None: ...
    def none(self: Any) -> None: ...
    def judge(self: Any, total: Any) -> None: ...
    def row(self: Any, row: Any) -> None: ...
    def asks(self: Any, row: Any) -> None: ...
    def listing(self: Any, total: Any) -> None: ...
    def judge_two(self: Any, total: Any) -> None: ...

    for function, said in (
        (action("A")(two_rows), "E124 Things.f: it gets one row"),
        (action("A")(typeless), "E124 Things.f: the parameter 'x' needs a type"),
        (action("A")(odd), "E124 Things.f: the parameter 'x': use str, int"),
        (action("A")(nowhere), "E124 Things.f: the parameter 'x': no table 'shop.warehose'; did you mean"),
        (action(" ")(row), "E124 Things.f: it needs a label"),
        (action("A", permission="Refund!")(asks), "E124 Things.f: a permission is named area.verb"),
        (action("A", many=True)(none), "E124 Things.f: many=True is for actions on a row"),
        (validates()(judge), "E123 Things.f: @validates needs names of columns"),
        (validates("totl")(listing), "E103 Things.f: no column 'totl'"),
        (validates("total", "status")(judge_two), "E123 Things.f: it gets the values of total, status"),
    ):
        found = problems(demo, f=function)
        assert any(one.startswith(said) for one in found), (said, found)
    assert any(
        "two actions are called 'A'" in one
        for one in problems(demo, f=action("A")(fine), g=action("A")(none))
    )


def test_a_validator_answers_with_a_sentence(demo: Database) -> None:
    class Judges:
        @validates("total", "status")
        def sane(self, total: Any, status: Any) -> str | None:
            if status == "draft" and total:
                raise Refuse("A draft has no total")
            return "Too much" if total > 100 else None

    (one,) = shaped(demo, table="shop.orders", sane=Judges.sane).resource.validators
    assert one.columns == ("total", "status")
    assert one.problem([Decimal(101), "picking"]) == "Too much"
    assert one.problem([Decimal(1), "draft"]) == "A draft has no total" and one.problem([0, "draft"]) is None


def test_texts_become_values_and_back(demo: Database) -> None:
    columns = catalog_of(demo).by_name("shop", "orders").columns
    products = catalog_of(demo).by_name("shop", "products").columns
    assert value_of(columns["total"], "12.50") == Decimal("12.50") and value_of(columns["id"], "7") == 7
    assert value_of(columns["requested_for"], "2026-11-21") == date(2026, 11, 21)
    assert value_of(columns["placed_at"], "2026-11-21 10:00:00+00") == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert value_of(columns["placed_at"], "infinity") == "infinity", "what Python cannot hold stays a text"
    assert (
        value_of(columns["metadata"], '{"a": [1]}') == {"a": [1]} and value_of(columns["total"], None) is None
    )
    assert value_of(products["active"], "true") is True
    assert text_for(products["tags"], ["a", 'b"\\', None]) == '{"a","b\\"\\\\",NULL}'
    assert text_of({"a": Decimal("1.5")}) == '{"a": "1.5"}' and text_of(True) == "true"
    assert text_of(b"\x01\xff") == "\\x01ff"
    with pytest.raises(NoText):
        text_of(object())
