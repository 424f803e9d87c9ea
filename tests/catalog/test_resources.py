"""Declared resources: what they change, and that every mistake is found at start-up, with its number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ops.catalog import Catalog, Mask, Resource, ResourceErrors, Rule, SearchColumn, resources_from
from ops.catalog.resource import OPTIONS
from ops.db import Database
from tests.catalog.conftest import catalog_of

ROOT = Path(__file__).parents[2]


def resource(name: str = "Things", **options: Any) -> type[Resource]:
    return type(name, (Resource,), options)


def problems(database: Database, *resources: type[Resource]) -> list[str]:
    with pytest.raises(ResourceErrors) as caught:
        catalog_of(database, resources=resources)
    return caught.value.problems


def test_a_resource_shapes_its_table(nasty: Database) -> None:
    class Customers(Resource):
        table = "public.customers"
        label = "Clients"
        label_one = "Client"
        group = "Sales"
        title = "{name} ({parent.email})"
        columns = ("name", "email", "api_token")
        search = ("email", "parent.name")
        readonly = ("email",)
        hidden = ("tokens_used",)
        masked = {"email": "finance"}  # as users write it
        order = "name"
        rows = {"operator": "id < 50"}  # as users write it
        rules = (
            Rule("Deleting", kinds=("delete",)),
            Rule("Renaming", columns=("name",), condition="new.id > 5"),
        )
        labels = {"name": "Full name"}  # as users write it
        help = {"name": "As in the contract"}  # as users write it

        def not_an_option(self) -> None: ...

    catalog = catalog_of(nasty, resources=[Customers])
    table = catalog.table("customers")
    assert (table.label, table.label_one, table.group) == ("Clients", "Client", "Sales")
    (parent,) = table.foreign_keys
    assert table.resource.title == (
        ("column", "name"),
        ("text", " ("),
        ("reference", parent, "email"),
        ("text", ")"),
    )
    assert table.resource.columns == ("name", "email", "api_token")
    assert table.resource.search == (SearchColumn("email"), SearchColumn("name", parent))
    assert table.resource.hidden == {"tokens_used", "password_hash"}, "a secret named in columns is shown"
    assert table.resource.readonly == {"email"} and dict(table.resource.masked) == {"email": Mask("finance")}
    assert table.resource.order == "name" and table.resource.declared == "Customers"
    assert set(table.resource.rows) == {"operator"} and len(table.resource.rules) == 2
    assert table.columns["name"].label == "Full name" and table.columns["name"].help == "As in the contract"
    assert "Sales" in [group.label for group in catalog.groups]


def test_a_reference_without_a_column_is_the_other_tables_title(nasty: Database) -> None:
    catalog = catalog_of(nasty, resources=[resource(table="events", title="{customer}: {kind}")])
    part = catalog.table("events").resource.title[0]
    assert part[0] == "reference" and part[1].target_ref == "customers" and part[2] is None


def test_odd_tables_can_be_named(nasty: Database) -> None:
    odd = resource(table="we.ird %s.Odd, Näme. of 100%", title="{Größe} {x y}", columns=('quo"te', "a:b"))
    table = catalog_of(nasty, resources=[odd]).by_name("we.ird %s", "Odd, Näme. of 100%")
    assert table.resource.columns == ('quo"te', "a:b")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "E101 Things.table: not set"),
        (
            {"table": "public.custmers"},
            "E102 Things.table: no table 'public.custmers' that this role may read;",
        ),
        ({"table": "custmers"}, "mean 'public.customers'? There are "),
        (
            {"table": "customers", "columns": ("nmae",)},
            "E103 Things.columns: no column 'nmae' in public.customers; did you mean 'name'? It has id,",
        ),
        ({"table": "customers", "columns": ("zzz",)}, "in public.customers; it has id, name"),
        ({"table": "customers", "readonly": ("x",)}, "E103 Things.readonly"),
        ({"table": "customers", "labels": {"x": "X"}}, "E103 Things.labels"),
        ({"table": "customers", "help": {"x": "X"}}, "E103 Things.help"),
        ({"table": "customers", "order": "-x"}, "E103 Things.order"),
        ({"table": "customers", "masked": {"x": "finance"}}, "E103 Things.masked"),
        ({"table": "customers", "hidden": ("x",)}, "E103 Things.hidden"),
        ({"table": "customers", "search": ("parent.nmae",)}, "E103 Things.search: no column 'nmae'"),
        ({"table": "customers", "title": "{parent.nmae}"}, "E103 Things.title: no column 'nmae'"),
        ({"table": "customers", "title": "{paremt}"}, "E104 Things.title: 'paremt' is neither a column"),
        ({"table": "customers", "search": ("boss.name",)}, "E104 Things.search: no foreign key 'boss'"),
        ({"table": "customers", "title": "{name"}, "E105 Things.title: a lone '{' at position 1"),
        ({"table": "customers", "title": "same"}, "E105 Things.title: no field"),
        ({"table": "customers", "hidden": ("id",)}, "E106 Things.hidden: 'id' is part of the key"),
        ({"table": "customers", "masked": {"id": "x"}}, "E106 Things.masked: 'id' is part of the key"),
        (
            {"table": "customers", "hidden": ("name",), "columns": ("name",)},
            "E107 Things.hidden: 'name' is hidden but",
        ),
        ({"table": "customers", "hidden": ("name",), "order": "name"}, "E107 Things.hidden"),
        (
            {"table": "customers", "masked": {"name": "x"}, "order": "name"},
            "E107 Things.order: 'name' is masked",
        ),
        (
            {"table": "every_type", "order": "j"},
            "E109 Things.order: 'j' is json, which PostgreSQL cannot sort",
        ),
        ({"table": "customers", "columns": "name"}, "E110 Things.columns: expected a list of names"),
        ({"table": "customers", "columns": (1,)}, "E110 Things.columns: expected names of columns, not 1"),
        ({"table": "customers", "label": 3}, "E110 Things.label: expected a text, not 3"),
        ({"table": "customers", "sensitive": 1}, "E110 Things.sensitive: expected True or False, not 1"),
        ({"table": "customers", "masked": ("email",)}, "E110 Things.masked: expected a dict"),
        ({"table": "customers", "rules": "delete"}, "E110 Things.rules: expected a list of Rule"),
        ({"table": "customers", "rows": ["a"]}, "E110 Things.rows: expected a condition"),
        (
            {"table": "customers", "colums": ("name",)},
            "E111 Things.colums: no such option; did you mean 'columns'?",
        ),
        ({"table": "customers", "rows": "name >"}, "E112 Things.rows: 'name >' cannot be read"),
        ({"table": "customers", "rows": {"operator": "nmae = 'x'"}}, "E112 Things.rows: "),
        (
            {"table": "customers", "rules": (Rule("R", kinds=("destroy",)),)},
            "E113 Things.rules: 'R': no kind 'destroy'",
        ),
        ({"table": "customers", "rules": (Rule("R", columns=("x",)),)}, "E103 Things.rules"),
        ({"table": "customers", "rules": (Rule("R", needed=0),)}, "E113 Things.rules: 'R': it needs a role"),
        (
            {"table": "customers", "rules": (Rule("R"), Rule("R"))},
            "E113 Things.rules: every rule needs a name",
        ),
        ({"table": "customers", "rules": (Rule("R", condition="name = 'x'"),)}, "E113 Things.rules: "),
        ({"table": "every_type", "search": ("b",)}, "E115 Things.search: 'b' is bytea"),
        ({"table": "customers", "title": "{parent}"}, "E116 Things.title: needs the title of another row"),
    ],
)
def test_mistakes_are_found_at_start_up(nasty: Database, options: dict[str, Any], expected: str) -> None:
    found = problems(nasty, resource(**options))
    assert any(expected in problem for problem in found), found


@pytest.mark.parametrize(
    "condition", ["num_limited > whole", "num_limited > num", "v3 = t", "da < tsz", "e = 'a%b'"]
)
def test_conditions_compare_columns_of_one_family(nasty: Database, condition: str) -> None:
    catalog = catalog_of(nasty, resources=[resource(table="every_type", rows=condition)])
    assert set(catalog.table("every_type").resource.rows) == {"*"}
    wrong = resource(table="every_type", rows="ip = whole")
    assert "E112 Things.rows: " in problems(nasty, wrong)[0]


def test_all_problems_are_reported_at_once(nasty: Database) -> None:
    first = resource("First", table="customers", columns=("nmae", "emial"), order="x")
    second = resource("Second", table="public.customers")
    third = resource("Third", table="nowhere")
    found = problems(nasty, first, second, third)
    assert [problem[:4] for problem in found] == ["E102", "E103", "E103", "E103", "E108"]
    assert found[-1] == "E108 Second.table: 'public.customers' is already shaped by First"


def test_a_circle_of_titles_is_found(nasty: Database) -> None:
    events = resource("Events", table="events", title="{customer}")
    customers = resource("Customers", table="customers", title="{name} {parent}")
    assert [problem[:24] for problem in problems(nasty, events, customers)] == ["E116 Customers.title: ne"]


def test_resources_of_a_file_or_module(tmp_path: Path) -> None:
    file = tmp_path / "shapes.py"
    file.write_text(
        "from ops.catalog import Resource, Rule\n"
        "class B(Resource):\n    table = 'b'\n"
        "class A(Resource):\n    table = 'a'\n"
    )
    assert [r.__name__ for r in resources_from(str(file))] == ["B", "A"]
    file.write_text(file.read_text() + "RESOURCES = [A]\n")
    assert [r.__name__ for r in resources_from(str(file))] == ["A"]
    file.write_text("from ops.catalog import Resource\nRESOURCES = [Resource, 3]\n")
    with pytest.raises(ResourceErrors, match=r"E114 .* holds what is no Resource"):
        resources_from(str(file))
    file.write_text("class\n")
    for wrong in (str(file), str(tmp_path / "absent.py"), "no.such.module"):
        with pytest.raises(ResourceErrors, match=r"E114 OPS_RESOURCES: .* cannot be imported"):
            resources_from(wrong)


def test_the_page_on_resources_names_every_option_and_every_error() -> None:
    page = (ROOT / "docs" / "resources.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ops" / "catalog").glob("*.py"))
    for option in OPTIONS:
        assert f"`{option}`" in page, f"explain the option `{option}` in docs/resources.md"
    for number in sorted(set(re.findall(r"\bE1\d\d\b", source))):
        assert f"| {number} |" in page, f"explain {number} in docs/resources.md"


def test_no_resource_is_no_catalog_less(catalog: Catalog) -> None:
    assert all(table.resource.declared is None for table in catalog)
