"""Every type: what the catalog says of it, and that its values go in and come out as text."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops.catalog import Catalog, PgType
from ops.db import Database

CATEGORIES = {
    "text": "t v v3 c5 bp one n by_c th ths",
    "integer": "id small whole o by_default",
    "number": "num num_limited num_rough r d doubled",
    "money": "cash",
    "boolean": "flag",
    "date": "da",
    "time": "ti tiz",
    "timestamp": "ts tsz",
    "interval": "iv ivd",
    "enum": "e",
    "uuid": "u",
    "json": "j jb",
    "xml": "x",
    "bytes": "b",
    "network": "ip net mac mac8",
    "bits": "b8 b1 bv bvu",
    "search": "tv tq",
    "array": "es tha texts v3s grid js",
    "range": "ir tr mr fr",
    "composite": "dim",
    "geometry": "pt bx",
    "other": "lsn rc",
}

# Texts as PostgreSQL prints them under the settings of every transaction; Python could hold few of them.
VALUES = {
    "small": "-32768", "whole": "2147483647", "num": "NaN", "num_limited": "9999999999.99",
    "num_rough": "12300", "r": "-Infinity", "d": "0.1", "cash": None, "flag": "true",
    "t": 'a\\b\'c"d %s :x ü\n', "v": "", "v3": "äöü", "c5": "ab   ", "bp": "x  ", "one": "x", "n": "Name",
    "by_c": "c", "b": '\\x00ff', "j": '{"a":  1.00}', "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "jb": '{"a": 12345678901234567890.10}', "x": "<a>1</a>", "da": "infinity", "ti": "24:00:00",
    "tiz": "23:59:59.123+05:30", "ts": "0044-03-15 00:00:00 BC", "tsz": "-infinity", "iv": "1 mon",
    "ivd": "3 days 04:05:06.78", "ip": "10.0.0.1/8", "net": "10.0.0.0/8", "mac": "08:00:2b:01:02:03",
    "mac8": "08:00:2b:01:02:03:04:05", "b8": "10101010", "b1": "1", "bv": "101", "bvu": "1010101010101",
    "e": "a%b", "es": "{a%b,quo'te,Ünï}", "th": "abc", "ths": "xyz", "tha": "{abc,NULL}",
    "texts": '{"a,b",NULL,"",NULL}', "v3s": "{abc,d}", "grid": "{{1,2},{3,4}}", "js": '{"{\\"a\\": 1}"}',
    "dim": "(1,)", "ir": "[1,5)", "tr": '(,"2026-01-01 00:00:00+00"]', "mr": "{[2026-01-01,2026-02-01)}",
    "fr": "[1,2.5]", "tv": "'a':1 'b':2", "tq": "'a' & 'b'", "pt": "(1,2)", "bx": "(3,4),(1,2)",
    "lsn": "16/B374D848", "rc": "pg_class", "o": "42", "by_default": "77",
}  # fmt: skip


def test_categories(catalog: Catalog) -> None:
    columns = catalog.table("every_type").columns
    expected = {name: category for category, names in CATEGORIES.items() for name in names.split()}
    assert {name: column.category for name, column in columns.items()} == expected


def test_limits_defaults_and_generation(catalog: Catalog) -> None:
    columns = catalog.table("every_type").columns
    lengths = {name: column.max_length for name, column in columns.items() if column.max_length is not None}
    assert lengths == {"v3": 3, "c5": 5, "one": 1, "b8": 8, "b1": 1, "bv": 5, "th": 3, "ths": 3}
    assert (columns["num_limited"].precision, columns["num_limited"].scale) == (12, 2)
    assert (columns["num_rough"].precision, columns["num_rough"].scale) == (5, -2)
    assert columns["num"].precision is None
    assert columns["whole"].default == "7" and columns["t"].default is None
    assert columns["th"].default and "abc" in columns["th"].default and columns["th"].nullable
    assert columns["ths"].default and not columns["ths"].nullable
    assert columns["doubled"].generated and columns["doubled"].default is None and columns["doubled"].computed
    assert columns["id"].identity == "always" and columns["id"].computed
    assert columns["by_default"].identity == "by default" and not columns["by_default"].computed


def test_enums_and_arrays(catalog: Catalog) -> None:
    columns = catalog.table("every_type").columns
    labels = ("z last", "a%b", "quo'te", "Ünï")
    assert columns["e"].enum_values == columns["es"].enum_values == labels
    assert columns["es"].element == columns["e"].type == '"we.ird %s"."My %Enum"'
    assert columns["texts"].element == "text" and columns["tha"].element == "public.three"


def test_types_for_casting(catalog: Catalog) -> None:
    columns = catalog.table("every_type").columns
    types = {name: (columns[name].type, columns[name].base, columns[name].cast_type) for name in columns}
    assert types["v3"] == ("character varying(3)", "character varying(3)", "character varying")
    assert types["c5"] == ("character(5)", "character(5)", "bpchar")
    assert types["b8"] == ("bit(8)", "bit(8)", '"bit"')
    assert types["ths"] == ("public.three_strict", "character varying(3)", "character varying")
    assert types["num_limited"] == ("numeric(12,2)", "numeric(12,2)", "numeric")


def test_comparable(catalog: Catalog) -> None:
    columns = catalog.table("every_type").columns
    incomparable = {name for name, column in columns.items() if not column.comparable}
    assert incomparable == {"j", "x", "js", "dim", "pt", "bx"}


def _knows_xml(tx: Session) -> bool:
    # Some builds of PostgreSQL have the type but not the library that reads it.
    return bool(
        tx.scalar(sa.text("SELECT EXISTS (SELECT FROM pg_config WHERE setting LIKE '%--with-libxml%')"))
    )


def test_every_value_goes_in_and_comes_out_as_text(nasty: Database, catalog: Catalog) -> None:
    table = catalog.table("every_type")
    assert set(VALUES) == {name for name, column in table.columns.items() if not column.computed}
    key = table.core.c["id"]
    with nasty.transaction() as tx:
        values = VALUES | ({} if _knows_xml(tx) else {"x": None})
        insert = table.core.insert().values(
            {name: sa.cast(value, PgType(table.columns[name].cast_type)) for name, value in values.items()}
        )
        row = tx.execute(insert.returning(key.cast(sa.Text))).scalar_one()
        shown = [sa.cast(table.core.c[name], sa.Text).label(name) for name in values]
        select = sa.select(*shown).where(key == sa.cast(row, PgType("bigint")))
        found = dict(tx.execute(select).mappings().one())
        # A cast of char(n) to text drops its padding, as PostgreSQL does everywhere.
        assert found == values | {"c5": "ab", "bp": "x"}
        for name, column in table.columns.items():
            if not column.comparable or column.computed or values[name] is None:
                continue
            same = table.core.c[name] == sa.cast(values[name], PgType(column.cast_type))
            assert tx.scalar(sa.select(sa.func.count()).select_from(table.core).where(same)) == 1, name
        tx.execute(table.core.delete())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v3", "four"),
        ("c5", "sixsix"),
        ("b8", "101"),
        ("b8", "101010101"),
        ("bv", "101010"),
        ("th", "four"),
        ("ths", "no"),
        ("v3s", "{four}"),
        ("tha", "{four}"),
        ("num_limited", "99999999999"),
        ("e", "unheard of"),
    ],
)
def test_nothing_is_cut_silently(nasty: Database, catalog: Catalog, name: str, value: str) -> None:
    """`CAST(x AS varchar(3))` would cut; `cast_type` has no length, so PostgreSQL refuses instead."""
    table = catalog.table("every_type")
    given = {"ths": "ok", name: value}
    values = {
        column: sa.cast(text, PgType(table.columns[column].cast_type)) for column, text in given.items()
    }
    with pytest.raises(DBAPIError), nasty.transaction() as tx:
        tx.execute(table.core.insert().values(values))


def test_no_bind_is_given_a_type_of_its_own(nasty: Database, catalog: Catalog) -> None:
    """A `::VARCHAR` on a parameter would make PostgreSQL compare texts instead of values."""
    table = catalog.table("every_type")
    statement = table.core.update().values(whole="5", e=sa.cast("a%b", PgType(table.columns["e"].cast_type)))
    compiled = str(statement.where(table.core.c["da"] == "infinity").compile(nasty.engine))
    assert "::" not in compiled
    assert '"my %enum"' not in compiled and '"My %%Enum"' in compiled


def test_odd_names_are_quoted_everywhere(nasty: Database, catalog: Catalog) -> None:
    """P20 identifiers come from the catalog and are always quoted."""
    table = catalog.by_name("we.ird %s", "Odd, Näme. of 100%")
    assert table.comment == "It's odd: 100%" and table.columns["a:b"].comment == "a :colon"
    with nasty.transaction() as tx:
        changed = table.core.update().values(
            {name: sa.cast("9", PgType(column.cast_type)) for name, column in table.columns.items()}
        )
        tx.execute(changed.where(table.core.c["%(x)s"] == "1", table.core.c["id,%"] == "a/b,c %"))
        columns = [sa.cast(table.core.c[name], sa.Text) for name in table.columns]
        assert tx.execute(sa.select(*columns)).one() == ("9",) * 7
        tx.execute(table.core.delete())
        one = {name: sa.cast("1", PgType(column.cast_type)) for name, column in table.columns.items()}
        tx.execute(table.core.insert().values(one))
