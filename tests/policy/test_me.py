"""`me` and `my groups` in row conditions: bound, served by indexes, and never more than nothing where unknown."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.policy.company import Company


@pytest.mark.parametrize(
    ("rows", "about", "expected"),
    [
        ("owner = me", {}, [1, 3]),
        ("me = owner", {}, [1, 3]),
        ("owner = me.email", {}, [1, 3]),
        ("owner != me", {}, [2]),
        ("not owner = me", {}, [2]),
        ("owner = me or owner is null", {}, [1, 3, 4]),
        ("owner = me", {"email": "ANN@x.org"}, []),
        ("owner = me", {"email": None}, []),
        ("owner != me", {"email": None}, []),
        ("not owner = me", {"email": None}, []),
        ("owner = me or owner is null", {"email": None}, [4]),
        ("owner_id = me.id", {}, [1]),
        ("owner_id < me.id", {"person_id": 3}, [1, 2]),
        ("owner_id = me.id", {"person_id": None}, []),
        ("name = me.name", {"name": "B"}, [2]),
        ("name = me.sub", {"sub": "C"}, [3]),
        ("name = me.sub", {"sub": None}, []),
        ("country = me.country", {"attributes": {"country": "IS"}}, [3, 4]),
        ("country = me.country", {}, []),
        ('country = me."home country"', {"attributes": {"home country": "IS"}}, [3, 4]),
        ("salary > me.level", {"attributes": {"level": "15"}}, [2, 3]),
        # What the column cannot hold equals nothing, and is no error of the database.
        ("salary > me.level", {"attributes": {"level": "much"}}, []),
        ("owner_id = me.desk", {"attributes": {"desk": "99999999999999999999"}}, []),
        ("owner_id = me.desk", {"attributes": {"desk": "a' or 1=1 --"}}, []),
        ("uid != me.uid", {"attributes": {"uid": "no uuid"}}, []),
        ("owner = me.x", {"attributes": {"x": "a\x00b"}}, []),
        ("team in my groups", {"groups": ("red", "green")}, [1]),
        ("team in my groups", {"groups": ("blue", "red")}, [1, 2, 3]),
        ("team not in my groups", {"groups": ("red",)}, [2, 3]),
        ("team in my groups", {"groups": ()}, []),
        ("team not in my groups", {"groups": ()}, []),
        ("owner_id in my groups", {"groups": ("2", "admins", "3")}, [2, 3]),
        ("team in my groups and owner = me", {"groups": ("blue",)}, [3]),
    ],
)
def test_me(company: Company, rows: str, about: dict[str, object], expected: list[int]) -> None:
    """P14: what is not known of the person is NULL, which no comparison passes, nor its opposite."""
    company.role("own", verbs="see edit", rows=rows)
    seen = company.view("own", **about)
    assert company.rows(seen) == expected and company.rows(seen, "edit") == expected


def test_an_index_serves_it(company: Company) -> None:
    """Bound as constants of the column's type: the planner can use the index."""
    company.sql(
        "INSERT INTO shop.customer (id, name, country, owner, team) "
        "SELECT n, 'N', 'DE', 'p' || n || '@x.org', 't' || n FROM generate_series(100, 5000) n"
    )
    company.sql("CREATE INDEX customer_team ON shop.customer (team)")
    with company.db.transaction() as tx:
        tx.execute(sa.text("ANALYZE shop.customer"))
    company.role("own", rows="owner = me")
    company.role("ours", rows="team in my groups")
    for held, index in (("own", "customer_owner_idx"), ("ours", "customer_team")):
        seen = company.view(held, groups=("t200", "t300"))
        statement = seen.select(seen.text("id"))
        compiled = statement.compile(company.db.engine, compile_kwargs={"render_postcompile": True})
        with company.db.reading() as tx:
            plan = tx.connection().exec_driver_sql(f"EXPLAIN {compiled}", dict(compiled.params)).scalars()
            assert index in "\n".join(plan)
        assert "ann@x.org" not in str(compiled) and "t200" not in str(compiled), "P20: values are bound"


def test_the_same_text_for_everybody(company: Company) -> None:
    """No statement grows with who asks: only bound values differ."""
    company.role("own", rows="owner = me and country = me.country")
    texts = {
        str(company.view("own", email=email, attributes=told).select(sa.literal_column("1")))
        for email in ("a", "b", None)
        for told in ({}, {"country": "IS"})
    }
    assert len(texts) == 1
