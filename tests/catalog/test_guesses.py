"""What people see where nobody shaped a table: labels, titles, columns, search, order, groups."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ops.catalog import Catalog, Table
from ops.catalog.labels import label, labels, singular
from ops.catalog.secret_columns import looks_secret
from ops.catalog.titles import BadTemplate, parse


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("customer_id", "Customer"),
        ("placed_at", "Placed"),
        ("order_lines", "Order lines"),
        ("id", "ID"),
        ("vat_number", "VAT number"),
        ("iban", "IBAN"),
        ("last_ip", "Last IP"),
        ("callback_url", "Callback URL"),
        ("LegacyPriceList", "Legacy price list"),
        ("Price.EUR", "Price EUR"),
        ("HTTPStatus", "HTTP status"),
        ("Valid until", "Valid until"),
        ("größe", "Größe"),
        ("at", "At"),
        ("___", "___"),
        ("us_states", "US states"),
    ],
)
def test_labels(name: str, text: str) -> None:
    assert label(name) == text


def test_two_columns_are_never_called_the_same() -> None:
    assert labels(["customer", "customer_id"]) == {"customer": "Customer", "customer_id": "Customer ID"}


@pytest.mark.parametrize(
    ("many", "one"),
    [
        ("Orders", "Order"),
        ("Order lines", "Order line"),
        ("Categories", "Category"),
        ("Addresses", "Address"),
        ("Boxes", "Box"),
        ("Warehouses", "Warehouse"),
        ("Statuses", "Status"),
        ("Movies", "Movie"),
        ("News", "News"),
        ("Staff", "Staff"),
        ("Address", "Address"),
    ],
)
def test_singular(many: str, one: str) -> None:
    assert singular(many) == one


def _title(table: Table) -> str:
    return "".join(part[1] if part[0] == "text" else f"{{{part[1]}}}" for part in table.resource.title)


def test_titles_of_databases_nobody_here_wrote(foreign: Callable[[str], Catalog]) -> None:
    northwind, pagila = foreign("northwind"), foreign("pagila")
    assert {ref: _title(table) for ref, table in northwind.tables.items()} == {
        "categories": "{category_name}",
        "customer_customer_demo": "{customer_id} · {customer_type_id}",
        "customer_demographics": "{customer_type_id}",
        "customers": "{company_name}",
        "employee_territories": "{employee_id} · {territory_id}",
        "employees": "{first_name} {last_name}",
        "order_details": "{order_id} · {product_id}",
        "orders": "{order_id}",
        "products": "{product_name}",
        "region": "{region_description}",
        "shippers": "{company_name}",
        "suppliers": "{company_name}",
        "territories": "{territory_description}",
        "us_states": "{state_name}",
    }
    assert {ref: _title(pagila.table(ref)) for ref in ("actor", "film", "city", "country", "staff")} == {
        "actor": "{first_name} {last_name}",
        "film": "{title}",
        "city": "{city}",
        "country": "{country}",
        "staff": "{first_name} {last_name}",
    }


def test_columns_search_and_order(foreign: Callable[[str], Catalog]) -> None:
    film = foreign("pagila").table("film")
    assert film.resource.columns[:2] == ("title", "film_id")
    assert len(film.resource.columns) == 8 and "rating" in film.resource.columns
    assert not {"fulltext", "description"} & set(film.resource.columns)
    assert [column.name for column in film.resource.search] == ["title"]
    assert film.resource.order == "-film_id"
    assert film.columns["film_id"].label == "Film ID" and film.columns["language_id"].label == "Language"
    assert foreign("northwind").table("customers").resource.order == "customer_id"
    assert foreign("pagila").table("payment").resource.order is None
    assert foreign("pagila").table("staff").resource.hidden == {"password"}


def test_every_table_has_something_to_show(catalog: Catalog) -> None:
    for table in catalog:
        shown = set(table.resource.columns)
        assert shown <= set(table.columns) and not shown & table.resource.hidden
        assert len(shown) <= 8 and (shown or not table.columns)
        assert {part[1] for part in table.resource.title if part[0] == "column"} <= set(table.columns)


def test_groups(catalog: Catalog, foreign: Callable[[str], Catalog]) -> None:
    assert [group.label for group in catalog.groups] == ["Public", "We ird %s"]
    (only,) = foreign("pagila").groups
    assert only.label == "Tables"
    kinds = [table.kind.endswith("view") for table in only.tables]
    assert kinds == sorted(kinds), "views come last"
    assert sum(len(group.tables) for group in catalog.groups) == len(catalog.tables)


def test_what_looks_secret(catalog: Catalog) -> None:
    columns = catalog.table("customers").columns
    assert {name for name, column in columns.items() if looks_secret(column)} == {
        "api_token",
        "password_hash",
    }


def test_templates() -> None:
    assert parse("{number} · {customer.name}!") == [
        ("field", "number"), ("text", " · "), ("field", "customer.name"), ("text", "!"),
    ]  # fmt: skip
    assert parse("{{{a}}}") == [("text", "{"), ("field", "a"), ("text", "}")]
    for wrong in ("", "no field", "{", "a}", "{}", "{a", "{ }", "{a{b}}"):
        with pytest.raises(BadTemplate):
            parse(wrong)
