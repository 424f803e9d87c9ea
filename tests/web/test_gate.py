"""What every request passes: closed by default, only from our own pages, nothing kept, nothing loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from ops.app import create_app
from ops.db import statements
from ops.platform import Platform
from ops.settings import Settings
from ops.web import gate
from ops.web.session import who_is
from tests.web.visiting import Visitor

Visit = Callable[..., Visitor]


def test_an_endpoint_that_says_nothing_stops_the_start(app: Flask) -> None:
    """P13."""
    app.view_functions["bare"] = lambda: "x"
    with pytest.raises(gate.Undeclared, match="bare"):
        gate.check_endpoints(app)


def test_every_page_but_the_public_ones_asks_for_a_session(app: Flask, visit: Visit) -> None:
    """P13: walks every route."""
    visitor = visit()
    public = {name for name, view in app.view_functions.items() if view.needs is gate.public}
    assert public <= {
        "static_files.file", "health.healthz", "health.readyz", "signing.sign_in", "signing.begin",
        "signing.callback", "signing.sign_out", "account.appearance", "backchannel.logout",
        "signing.break_glass.ask", "signing.break_glass.enter",
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if rule.endpoint in public or "GET" not in (rule.methods or ()):
            continue
        if isinstance(app.view_functions[rule.endpoint].needs, gate.Bearer):
            continue  # programs with a token of their own: tests/scim
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        answer = visitor.get(path)
        if answer.status_code != 404:
            assert answer.status_code == 303, path
            assert answer.headers["Location"].startswith("/sign-in?next="), path


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_another_site_changes_nothing(visit: Visit, site: str) -> None:
    """P21: Fetch Metadata, even with the right token."""
    visitor = visit("ann")
    assert visitor.post("/sign-out", site=site).status_code == 403
    assert visitor.get("/").status_code == 200


def test_where_no_metadata_is_sent_origin_decides(visit: Visit) -> None:
    """P21."""
    visitor = visit("ann")
    assert visitor.post("/sign-out", site=None).status_code == 403
    visitor.get("/")
    assert (
        visitor.post("/sign-out", site=None, Origin="http://localhost:8000.evil.example").status_code == 403
    )
    visitor.get("/")
    assert visitor.post("/sign-out", site=None, Origin="http://localhost:8000").status_code == 303


def test_a_token_that_was_found_genuine_lets_no_other_pass(visit: Visit) -> None:
    """P21: what was judged for a session is remembered for that session and that token alone."""
    ann, bo = visit("ann"), visit("bo")
    token = ann.token()
    for sent, of, status in (
        (token, ann, 303), (token, ann, 303), (token[:-1], ann, 400), (None, ann, 400), (token, bo, 400),
        (token, ann, 303),
    ):  # fmt: skip
        assert of.post("/notices/read", csrf=sent).status_code == status


@pytest.mark.parametrize("csrf", [None, "made-up"])
def test_a_form_needs_its_token(visit: Visit, csrf: str | None) -> None:
    """P21."""
    visitor = visit("ann")
    assert visitor.post("/sign-out", csrf=csrf).status_code == 400
    assert "earlier session" in visitor.page.text
    assert visitor.get("/").status_code == 200


def test_anothers_token_is_none(visit: Visit) -> None:
    """P21: the token belongs to one session."""
    ann, bo = visit("ann"), visit("bo")
    assert ann.post("/sign-out", csrf=bo.token()).status_code == 400


def test_an_expired_session_sends_a_page_and_a_part_to_sign_in(visit: Visit, platform: Platform) -> None:
    visitor = visit("ann")
    with platform.db.transaction() as tx:
        tx.execute(sa.text("DELETE FROM ops.session"))
    answer = visitor.get("/tables/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2Ftables%2F&over=1")
    part = visitor.get("/tables/", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.headers["HX-Redirect"] == "/sign-in?next=%2Ftables%2F&over=1"
    assert part.text == ""
    sent = visitor.post(
        "/notices/read", csrf="x", **{"HX-Request-Type": "partial", "HX-Current-URL": "http://localhost:8000/tables/?q=a"}
    )  # fmt: skip
    assert sent.headers["HX-Redirect"] == "/sign-in?next=%2Ftables%2F%3Fq%3Da&over=1"


@pytest.mark.parametrize("header", ["Referer", "HX-Current-URL"])
def test_a_page_we_cannot_read_the_address_of_is_no_error(visit: Visit, header: str) -> None:
    """P25: whatever these headers hold, the way back is a path of ours."""
    for odd in (
        "http://[",
        "//evil.example/",
        "http://evil.example//evil.example",
        "/\\evil.example",
        "\x7f",
    ):
        answer = visit().post("/notices/read", csrf=None, **{header: odd})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=%2F"), odd


def test_no_redirect_names_the_host_that_was_asked_for(visit: Visit) -> None:
    """P25."""
    answer = visit("ann").client.get("/tables?q=a", base_url="http://evil.example")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/tables/?q=a")


def test_a_part_is_the_page_without_its_frame(visit: Visit) -> None:
    visitor = visit("ann")
    part = visitor.get("/tables/", **{"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "<html" not in part.text
    assert "<h1>Tables</h1>" in part.text
    assert "HX-Request-Type" in part.headers["Vary"]
    assert "<html" in visitor.get("/tables/").text


def test_headers_of_every_answer(visit: Visit, provider: str) -> None:
    """P19, P26."""
    visitor = visit("ann")
    for path in ("/", "/sign-in", "/nowhere", "/healthz", "/tables/"):
        headers = visitor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        for part in (
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            f"form-action 'self' {provider}",
        ):
            assert part in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_by_their_digest(visit: Visit) -> None:
    visitor = visit()
    visitor.get("/sign-in")
    address = visitor.page.select_one("link[rel=stylesheet]")["href"]
    kept = visitor.get(address)
    assert kept.status_code == 200
    assert "immutable" in kept.headers["Cache-Control"]
    assert visitor.get(address.partition("?")[0]).headers["Cache-Control"] == "no-cache"
    for other in (
        "/static/package.json",
        "/static/node_modules/x",
        "/static/css/../package.json",
        "/static/css/none",
    ):
        assert visitor.get(other).status_code == 404


def test_a_page_costs_few_round_trips(visit: Visit, app: Flask) -> None:
    """Session, person, roles and the frame's counts are one statement, in the page's one transaction."""
    visitor = visit("ann")
    visitor.get("/tables/")  # what rights are, a process reads once
    assert visitor.get("/tables/").status_code == 200
    assert statements() == 2  # BEGIN with the arrival, COMMIT


def test_who_arrives_is_asked_with_little_planning(visit: Visit, app: Flask) -> None:
    """The first page of a new connection reads at most 2,000 blocks to know whose it is, its plans included."""
    visit("ann").get("/tables/")
    database_url = app.extensions["countersign"].platform.db.url
    with psycopg.connect(database_url) as first:
        sessions = first.execute("SELECT id FROM ops.session WHERE person_id IS NOT NULL").fetchall()
    with psycopg.connect(database_url) as fresh:
        asked = who_is(sessions[0][0].hex(), idle=timedelta(hours=1))
        found = fresh.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {asked}".encode()).fetchone()
        assert found is not None
        told = fresh.execute(asked.encode()).fetchone()
    top, planning = found[0][0]["Plan"], found[0][0].get("Planning", {})
    blocks = (one.get(f"Shared {how} Blocks", 0) for one in (top, planning) for how in ("Hit", "Read"))
    assert told is not None and '"under_way"' in told[0]
    assert sum(blocks) <= 2_000


def test_pages_read_in_a_read_only_transaction(app: Flask, visit: Visit) -> None:
    """P21: a GET writes nothing, whatever a view tries."""
    visitor = visit("ann")

    @gate.needs(gate.signed_in)
    def writes() -> str:
        gate.tx().execute(sa.text("DELETE FROM public.thing"))
        return "written"

    app.view_functions["home.tables"] = writes
    assert visitor.get("/tables/").status_code == 500
    assert "read-only" not in visitor.page.text
    assert visitor.answer.headers["X-Request-Id"] in visitor.page.text


def test_hosts_are_not_believed(visit: Visit) -> None:
    """P25."""
    visitor = visit()
    begun = visitor.client.get("/sign-in", base_url="http://evil.example")
    assert "evil.example" not in begun.text
    assert "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Fauth%2Fcallback" in visitor.to_provider()


def test_too_large_a_body_is_refused(visit: Visit) -> None:
    """P24."""
    visitor = visit("ann")
    assert visitor.post("/notices/read", {"newest": "x" * 3_000_000}).status_code == 413


def test_behind_https_the_cookie_is_bound_to_the_host(
    settings: Settings, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P5."""
    object.__setattr__(platform.settings, "public_url", "https://ops.example.com")
    secure = create_app(settings, platform)
    answer = secure.test_client().get("/sign-in", base_url="https://ops.example.com")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-countersign=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]


def test_the_request_log_holds_no_values(visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    """P42."""
    caplog.set_level("INFO", "ops.request")
    visitor = visit("ann")
    visitor.get("/tables/?q=marker-4711")
    visitor.get("/marker-4711")
    assert "marker-4711" not in caplog.text
    assert visitor.cookie not in caplog.text
    assert "route=/tables/" in caplog.text


def test_appearance_works_without_scripts(visit: Visit) -> None:
    visitor = visit("ann")
    sent = {"theme": "dark", "density": "comfortable", "keys": "off"}
    answer = visitor.post("/appearance", sent, Referer="http://localhost:8000/tables/")
    assert answer.headers["Location"] == "/tables/"
    visitor.get("/")
    root = visitor.page.select_one("html")
    assert (root["data-theme"], root["data-density"], root["data-keys"]) == ("dark", "comfortable", "off")
    assert visitor.post("/appearance", {**sent, "theme": "x"}).status_code == 422
