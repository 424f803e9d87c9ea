"""Reading the trail: what one may not see never leaves, pages neither miss nor repeat, evidence holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ops import audit, history
from ops.actor import Actor
from ops.catalog import Catalog, Resource, load
from ops.db import Database
from ops.history import Filters
from ops.policy import Forbidden, NotVisible, view

MARK = "MARKER-7731-must-never-appear"
SCHEMA = """
CREATE TABLE public.client (id int PRIMARY KEY, name text, country text, iban text, risk text);
INSERT INTO public.client VALUES (1, 'Open', 'DE', 'DE00123456789', 'r'), (2, 'Shut', 'IS', 'x', 'r');
"""


class Clients(Resource):
    table = "public.client"
    columns = ("id", "name", "country", "iban")
    hidden = ("risk",)
    masked = {"iban": "manager"}
    rows = {"operator": "country <> 'IS'"}


OPERATOR = Actor(1, "Ann", frozenset({"operator"}))
AUDITOR = Actor(3, "Cy", frozenset({"auditor"}))
MANAGER = Actor(2, "Bo", frozenset({"manager", "auditor"}))


@pytest.fixture
def told(db: Database) -> Iterator[tuple[Database, Catalog]]:
    """Events on a row one may see, on one an operator may not, and on a table that is gone."""
    with db.transaction() as tx:
        tx.connection().execution_options(no_parameters=True).exec_driver_sql(SCHEMA)
        tx.execute(sa.text("INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'i', 'ann', 'Ann')"))
    with db.reading() as tx:
        catalog = load(tx, schemas=None, resources=[Clients])
    entries = [
        audit.Entry("row.updated", table=("public", "client"), key="~1", reason="rang", change_id=1001,
                    before={"iban": MARK + "AAAA", "risk": MARK, "name": "Old"},
                    after={"iban": "DE00123456789", "risk": MARK, "name": "Open"}),
        audit.Entry("row.updated", table=("public", "client"), key="~2", reason=MARK,
                    before={"name": MARK}, after={"name": MARK}, facts={"note": MARK}),
        audit.Entry("row.deleted", table=("public", "client"), key="~9", before={"name": "Gone"}),
        audit.Entry("row.updated", table=("public", "no_more"), key="~" + MARK, reason=MARK,
                    after={"a": MARK}, facts={"b": MARK}),
    ]  # fmt: skip
    with db.transaction() as tx:
        audit.record(tx, OPERATOR, entries)
    yield db, catalog


def test_hidden_and_masked_columns_never_leave_p14(told: tuple[Database, Catalog]) -> None:
    """P14: row and column rules hold for history."""
    db, catalog = told
    with db.reading() as tx:
        events = history.timeline(tx, catalog, view(OPERATOR, catalog.table("client")), "~1")
    assert MARK not in repr(events)
    assert events[0].before == {"iban": "••••AAAA", "name": "Old"}
    assert events[0].hidden
    assert events[0].reason == "rang"


def test_a_row_one_may_not_see_has_no_history(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    with db.reading() as tx:
        clients = view(OPERATOR, catalog.table("client"))
        for key in ("~2", "~9", "~x", "~1,2", "nonsense"):
            with pytest.raises(NotVisible):
                history.timeline(tx, catalog, clients, key)
        assert tx.scalar(sa.text("SELECT 1")) == 1  # the page's transaction goes on


def test_a_row_that_is_gone_keeps_its_history_for_those_without_a_condition(
    told: tuple[Database, Catalog],
) -> None:
    db, catalog = told
    with db.reading() as tx:
        events = history.timeline(tx, catalog, view(AUDITOR, catalog.table("client")), "~9")
    assert [event.action for event in events] == ["row.deleted"]


def test_the_trail_needs_its_permission(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    with db.reading() as tx, pytest.raises(Forbidden):
        history.trail(tx, catalog, OPERATOR, Filters())


def test_the_trail_tells_of_a_lost_table_without_its_values(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    with db.reading() as tx:
        lost = history.trail(tx, catalog, MANAGER, Filters(table="no_more")).events
    assert MARK not in repr(lost)
    assert lost[0].hidden and lost[0].key is None and lost[0].reason is None


def test_a_reader_with_a_row_condition_sees_only_their_rows(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    owner_of_little = Actor(5, "Both", frozenset({"operator"}))
    rows = sa.text(f"SELECT {history.events.COLUMNS} FROM {history.events.JOINED} ORDER BY e.id")
    with db.reading() as tx:
        shown = history.events.readable(tx, catalog, owner_of_little, tx.execute(rows).all())
    assert MARK not in repr(shown)
    assert [event.key for event in shown] == ["~1", None, None, None]


def test_pages_of_the_trail_neither_miss_nor_repeat(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    with db.transaction() as tx:
        audit.record(tx, OPERATOR, [audit.Entry("sign_in", facts={"n": str(n)}) for n in range(23)])
    with db.reading() as tx:
        walked, page = [], history.trail(tx, catalog, AUDITOR, Filters(), size=5)
        assert page.newer is None
        while True:
            walked += page.events
            if page.older is None:
                break
            page = history.trail(tx, catalog, AUDITOR, Filters(), older_than=page.older, size=5)
        assert [e.id for e in walked] == sorted((e.id for e in walked), reverse=True)
        assert len({e.id for e in walked}) == 27
        back = history.trail(tx, catalog, AUDITOR, Filters(), newer_than=walked[-1].id, size=5)
        assert [e.id for e in back.events] == [e.id for e in walked[-6:-1]]
        only = history.trail(tx, catalog, AUDITOR, Filters(action="row.deleted", schema="public"))
    assert [event.key for event in only.events] == ["~9"]


def test_evidence_finds_a_changed_payload(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    with db.reading() as tx:
        uid = history.trail(tx, catalog, AUDITOR, Filters(action="row.deleted")).events[0].uid
        proof = history.evidence(tx, catalog, AUDITOR, uid)
        assert (proof.payload, proof.canonical) == ("matches", True)
        with pytest.raises(history.NoEvent):
            history.evidence(tx, catalog, AUDITOR, "not-a-uuid")
        with pytest.raises(history.NoEvent):
            history.evidence(tx, catalog, AUDITOR, "00000000-0000-7000-8000-000000000000")
    with db.transaction() as tx:
        tx.execute(sa.text("ALTER TABLE ops.event_payload DISABLE TRIGGER USER"))
        tx.execute(
            sa.text("UPDATE ops.event_payload SET body = replace(body, 'Gone', 'Kept') WHERE uid = :uid"),
            {"uid": uid},
        )
    with db.reading() as tx:
        assert history.evidence(tx, catalog, AUDITOR, uid).payload == "differs"


def test_a_change_tells_what_happened_to_it(told: tuple[Database, Catalog]) -> None:
    db, catalog = told
    with db.reading() as tx:
        assert [e.key for e in history.happenings(tx, catalog, AUDITOR, 1001)] == ["~1"]
