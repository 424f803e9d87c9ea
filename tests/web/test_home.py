"""The desk, the overview of tables, alive and ready, and pages when the ground is away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from ops import settings as settings_room
from ops.app import create_app
from ops.db import Busy, CommitUnknown, Database, Unavailable
from ops.platform import Platform, redis_client
from ops.web import gate
from tests.web.visiting import ORIGIN, Visitor

Visit = Callable[..., Visitor]


def test_the_desk_says_what_to_do_next(visit: Visit) -> None:
    visitor = visit("ann")
    text = visitor.page.select_one("main").text
    assert "You have asked for no change yet" in text
    assert "No notices" in text
    assert visit("bo").page.select_one("#waiting") is not None
    assert visitor.page.select_one(".env").text == "testing"


def test_notices_are_shown_and_marked(visit: Visit, platform: Platform) -> None:
    visitor = visit("ann")
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.notice (outbox_id, person_id, text, href) "
                "SELECT 1, id, '<b>CH-1001</b> is applied', '/changes/CH-1001' FROM ops.person"
            )
        )
    visitor.get("/")
    assert "1" in visitor.page.select_one("#bell").text
    assert "<b>CH-1001</b> is applied" in visitor.page.select_one("#notices").text
    newest = visitor.page.select_one("input[name=newest]")["value"]
    visitor.post("/notices/read", {"newest": newest, "next": "/"})
    visitor.follow()
    assert "All notices are read" in visitor.page.select_one("#flashes").text
    assert "1" not in visitor.page.select_one("#bell").text


def test_tables_are_found_by_a_part_of_their_name(visit: Visit) -> None:
    visitor = visit("ann")
    visitor.get("/tables/?q=THI")
    assert [a["href"] for a in visitor.page.select("main a[data-row]")] == ["/tables/thing/"]
    visitor.get("/tables/?q=<script>")
    assert "No table is called “<script>”" in visitor.page.select_one("main").text
    assert "<script>" not in visitor.answer.text.partition("<main")[2]


def test_a_stranger_sees_no_table(visit: Visit) -> None:
    """P14."""
    visitor = visit("dee")
    visitor.get("/tables/")
    assert "thing" not in visitor.answer.text
    assert "There is no table you may see" in visitor.page.text


def test_alive_and_ready_are_two_questions(visit: Visit, platform: Platform) -> None:
    """P54."""
    visitor = visit()
    assert visitor.get("/healthz").text == "ok\n"
    assert visitor.get("/readyz").json == {"database": "ok", "redis": "ok"}
    platform.redis = redis_client("redis://127.0.0.1:1/0")
    assert visitor.get("/readyz").json == {"database": "ok", "redis": "away"}
    assert visitor.answer.status_code == 200


def test_a_database_away_is_a_clean_page_that_heals(visit: Visit, platform: Platform) -> None:
    """P46: 503 with an id, no trace; back without a restart."""
    visitor = visit("ann")
    good = platform.db.url
    platform.db.engine.dispose()
    platform.db.url = "postgresql://ops:secret-4711@127.0.0.1:1/ops"
    answer = visitor.get("/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "The database cannot be reached" in visitor.page.text
    assert "secret-4711" not in answer.text
    assert "Traceback" not in answer.text
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/readyz").status_code == 503
    platform.db.url = good
    assert visitor.get("/").status_code == 200


def test_killed_connections_heal_at_once(visit: Visit, platform: Platform) -> None:
    """P46."""
    visitor = visit("ann")
    with Database(platform.db.url, application_name="killer").transaction() as tx:
        tx.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unavailable("x-4711"), 503, "cannot be reached"),
        (Busy("x-4711"), 503, "very busy"),
        (CommitUnknown("x-4711"), 503, "saved once, never twice"),
        (RuntimeError("x-4711"), 500, "went wrong on our side"),
        (LookupError("x-4711"), 500, "went wrong on our side"),
    ],
)
def test_errors_say_what_to_do_and_tell_nothing_else(
    app: Flask, visit: Visit, error: Exception, status: int, words: str
) -> None:
    """P26."""
    visitor = visit("ann")

    @gate.needs(gate.signed_in)
    def fails() -> str:
        raise error

    app.view_functions["home.tables"] = fails
    for headers in ({}, {"HX-Request-Type": "partial"}):
        answer = visitor.get("/tables/", **headers)
        assert answer.status_code == status
        assert words in visitor.page.text
        assert "x-4711" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
        assert answer.headers["HX-Push-Url"] == "false"


def test_a_refusal_is_a_page_and_an_event(app: Flask, visit: Visit, platform: Platform) -> None:
    """P35: 403 inside the frame, with its event committed."""
    visitor = visit("dee")
    permission = next(iter(gate.policy.Permission))

    @gate.needs(permission)
    def closed() -> str:
        return "secret"

    app.view_functions["home.tables"] = closed
    answer = visitor.get("/tables/")
    assert answer.status_code == 403
    assert "secret" not in answer.text
    assert visitor.page.select_one("#rail")
    with platform.db.reading() as tx:
        rows = tx.execute(sa.text("SELECT action, request_id FROM ops.event WHERE outcome = 'refused'")).all()
    assert [tuple(row) for row in rows] == [("access", answer.headers["X-Request-Id"])]


def test_an_unknown_address_is_a_page(visit: Visit) -> None:
    assert visit().get("/no/such/page").status_code == 404
    visitor = visit("ann")
    assert visitor.post("/tables/").status_code == 405


def test_in_production_there_is_no_demo(platform: Platform, tmp_path: Path) -> None:
    """P53: the demo people are never shown, and plain http never starts."""
    environ = {
        "OPS_ENV": "production",
        "OPS_HOME": str(tmp_path),
        "OPS_DATABASE_URL": platform.db.url,
        "OPS_REDIS_URL": "redis://127.0.0.1:1/0",
        "OPS_SECRET_KEY": "4f6ac1de9b7f4a0d8c3e5a217b90d4e6",
        "OPS_ENCRYPTION_KEY": "b1946ac92492d2347c6235b4d2611184",
        "OPS_PUBLIC_URL": ORIGIN,
        "OPS_OIDC_ISSUER": "http://localhost:9400",
        "OPS_OIDC_CLIENT_ID": "countersign-demo",
        "OPS_OIDC_CLIENT_SECRET": "x",
    }
    with pytest.raises(settings_room.SettingsError):
        settings_room.load(environ)
    environ |= {"OPS_PUBLIC_URL": "https://ops.example.com", "OPS_OIDC_ISSUER": "https://localhost:1"}
    with pytest.raises(settings_room.SettingsError, match="lets anyone in as anyone"):
        settings_room.load(environ)
    environ["OPS_OIDC_CLIENT_ID"] = "countersign"
    settings = settings_room.load(environ)
    app = create_app(settings, Platform(settings, platform.db, platform.catalog, platform.redis))
    answer = app.test_client().get("/sign-in", base_url="https://ops.example.com")
    assert answer.status_code == 200
    assert "made-up people" not in answer.text


@pytest.mark.parametrize("sub", ["ann", "bo", "cy", "oz", "dee"])
def test_every_link_of_the_frame_leads_somewhere(visit: Visit, app: Flask, sub: str) -> None:
    visitor = visit(sub)
    links = {a["href"] for a in visitor.page.select("#rail a, #bell a, #person-menu a")}
    assert {"/", "/tables/", "/people/me"} <= links
    for link in links:
        assert visitor.get(link.partition("#")[0]).status_code == 200, link


def test_the_desk_counts_what_waits_and_says_since_when(visit: Visit, platform: Platform) -> None:
    """What waits by age, what I said lately, what is overdue; every number is one of rows I may see."""
    visit("ann")
    bo = visit("bo")
    with platform.db.transaction() as tx:
        tx.execute(sa.text(
            "INSERT INTO public.thing VALUES (1, 'first');"
            "INSERT INTO ops.change_set (id, title, source, state, digest, proposer_id, created_at) "
            "SELECT n, 'Change ' || n, 'form', 'in_review', 'd', p.id, now() - make_interval(hours => (n - 1000) * 20) "
            "FROM ops.person p, generate_series(1000, 1005) AS n WHERE p.sub = 'ann';"
            "INSERT INTO ops.operation (change_id, position, kind, schema_name, table_name, table_digest, row_key, "
            "base, after) SELECT n, 0, 'update', 'public', 'thing', 'x', '[\"1\"]', "
            "'{\"name\": \"first\"}', '{\"name\": \"x\"}' "
            "FROM generate_series(1000, 1005) AS n;"
            "INSERT INTO ops.change_party SELECT c.id, c.proposer_id, 'maker', 'proposer' FROM ops.change_set c;"
            "INSERT INTO ops.stage (change_id, revision, position, role, needed, why, due_at) "
            "SELECT n, 1, 1, 'manager', 2, '{a rule}', CASE n WHEN 1001 THEN now() - interval '1 hour' END "
            "FROM generate_series(1000, 1005) AS n;"
            "INSERT INTO ops.change_party SELECT 1000, id, 'decider', 'approver' FROM ops.person WHERE sub = 'bo';"
            "INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest) "
            "SELECT 1000, 1, id, 1, 'approve', 'd' FROM ops.person WHERE sub = 'bo'"
            .replace(":", "\\:")
        ))  # fmt: skip
    bo.get("/")
    assert len(bo.page.select("#waiting li")) == 5
    assert "Overdue since" in bo.page.select_one("#waiting").text
    said = bo.page.select_one("#ages title").text
    assert said == "What waits for you, by age: < 1 h 0, < 1 day 1, 1 day 1, 2 days 1, 3+ days 2"
    assert [one.text for one in bo.page.select("#ages .value")] == ["1", "1", "1", "2"]
    assert (
        "You said yes" in bo.page.select_one("#lately").text
        and "CH-1000" in bo.page.select_one("#lately").text
    )
    ann = visit("ann")
    assert ann.page.select_one("#ages") is None
    assert "waiting 6" in ann.page.select_one("#ends title").text
    with platform.db.transaction() as tx:  # what one may not see is in no number
        tx.execute(sa.text("UPDATE ops.person_role SET role = 'viewer'"))
    bo.get("/")
    assert bo.page.select_one("#ages") is None and bo.page.select_one("#lately") is None
