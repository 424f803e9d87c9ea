"""PostgreSQL judges: types, NULLs, and conditions that cannot be evaluated."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from ops.conditions import Filter, Unevaluable, holds, judge, parse, well_formed

ROW = {
    "new.total": ("numeric", "10000.5"),
    "old.total": ("numeric", "9"),
    "new.note": ("text", None),
    "old.note": ("text", "x"),
    "new.code": ("bpchar", "ab "),
    "new.at": ("timestamp with time zone", "infinity"),
    "new.data": ("json", '{"a": 1}'),
    "old.data": ("json", '{"a": 1}'),
    "new.big": ("bigint", "9"),
    "new.days": ("interval", "1 mon"),
    "new.paid": ("boolean", "t"),
    "new.empty": ("text", ""),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("new.total > 10000", True),
        ("new.total > 10000 and old.total <= 10000", True),
        ("new.big > 10", False),  # as numbers, not as texts
        ("new.total > old.total", True),
        ("changed(note) and changed(total) and not changed(data)", True),
        ("new.note = 'x'", False),
        ("new.note != 'x'", False),  # NULL is neither
        ("not new.note = 'x'", False),
        ("new.note is null and new.note is empty and old.note is not empty", True),
        ("new.empty is empty and new.empty is not null", True),
        ("new.code = 'ab'", True),
        ("new.code = 'ab cd'", False),  # a char(n) constant is not cut to fit
        ("new.at > '2024-01-01'", True),
        ("new.days between '29 days' and '31 days'", True),
        ("new.paid is true", True),
        ("old.note contains 'X'", True),
        ("old.note starts with 'X'", False),
        ("old.note contains '%'", False),
        ("new.total in (1, 10000.5)", True),
        ("new.total not in (1, 2)", True),
    ],
)
def test_judged_by_postgresql(database, text, expected):
    with database.reading() as tx:
        assert holds(tx, parse(text), ROW) is expected


def test_what_cannot_be_evaluated_is_raised_and_the_transaction_lives_on(database):
    """Callers fail closed: an error is never False."""
    with database.reading() as tx:
        for text in (
            "new.total > 'abc'",
            "new.gone = 1",
            "new.data = '{}'",
            "new.at > 'soon'",
            "new.total = new.note",
        ):
            with pytest.raises(Unevaluable):
                holds(tx, parse(text), ROW)
        cases = [
            (parse(text), ROW) for text in ("new.big = 9", "new.total > 'abc'", "new.big = 8", "new.gone = 1")
        ]
        answers = judge(tx, cases)
        assert [a if isinstance(a, bool) else type(a) for a in answers] == [
            True,
            Unevaluable,
            False,
            Unevaluable,
        ]
        assert tx.scalar(sa.text("SELECT 1")) == 1


def test_well_formed_never_says_no_to_what_postgresql_takes(database):
    """False means refused, True means taken; None is for PostgreSQL to say."""
    texts = (
        "1",
        " 12 ",
        "-0",
        "1.5",
        "1e5",
        "1e400",
        "NaN",
        "Infinity",
        "abc",
        "",
        "99999999999",
        "0x1F",
        "1_000",
        "t",
        "yes",
        "of",
        "2024-02-30",
        "2024-02-29",
        "2024-01-01 10:00",
        "2024-01-01T10:00:00.5+02",
        "today",
        "24:00",
        "0044-03-15 BC",
        "1 mon",
        "6a2f41a3-c54c-4d2b-8f33-3b1f6a5c0a01",
        "{6a2f41a3c54c4d2b8f333b1f6a5c0a01}",
        "١٢",
        "10.0.0.1",
        "-",
        "+5",
        "99999-01-01",
    )
    types = (
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "double precision",
        "boolean",
        "uuid",
        "date",
        "text",
        "timestamp with time zone",
        "timestamp without time zone",
        "interval",
        "inet",
        "real",
    )
    with database.reading() as tx:
        for name in types:
            for text in texts:
                said = well_formed(name, text)
                if said is None:
                    continue
                tx.execute(sa.text("SAVEPOINT s"))
                try:
                    tx.execute(sa.text(f"SELECT CAST(CAST(:v AS text) AS {name}) IS NULL"), {"v": text})
                    taken = True
                except sa.exc.DBAPIError:
                    tx.execute(sa.text("ROLLBACK TO SAVEPOINT s"))
                    taken = False
                assert said is taken, (name, text)


def test_lists_in_filters_take_commas():
    assert Filter("a", "in", "x,y\\,z,\\\\").values() == ("x", "y,z", "\\")


def test_a_rule_cannot_ask_who_asks(database):
    """Closed: where nobody asks, a condition about the person cannot be evaluated."""
    with database.reading() as tx:
        for text in ("new.note = me", "new.note in my groups"):
            with pytest.raises(Unevaluable, match="nobody asks"):
                holds(tx, parse(text), ROW)
