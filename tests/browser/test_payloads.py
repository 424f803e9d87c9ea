"""Over 200 script and formula payloads wherever a text can stand, read in Chromium: nothing runs, nothing leaves (P19).

A visitor of the browser tests complains of every violated policy, console error, and request to a stranger, and so
this only has to look: at lists, records, forms, histories, changes, people, roles, errors. Lists show fifty at once.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from psycopg import sql

from ops.exports import neutral_text
from tests.browser.conftest import demo_stage, without_complaint
from tests.browser.payloads import FORMULAS, MARKUP, PAYLOADS
from tests.browser.visitor import Visitor
from tests.stage import Stage

TABLE = '"><img src=x onerror=alert(4711)>'  # PostgreSQL's names have 63 bytes
COLUMN = "<svg/onload=alert(4711)>"
_TYPES = ("text", "varchar(400)", "json", "jsonb", "text[]", "odd.name")


def _fill(url: str) -> None:
    """A company that names everything so, and a platform where everybody and everything is named so."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA odd")
        connection.execute("CREATE DOMAIN odd.name AS text")
        columns = [
            sql.SQL("{} " + kind).format(sql.Identifier(f"{COLUMN}{n}")) for n, kind in enumerate(_TYPES)
        ]
        name = sql.Identifier("odd", TABLE)
        connection.execute(
            sql.SQL("CREATE TABLE {} (id int PRIMARY KEY, title text UNIQUE, {})").format(
                name, sql.SQL(", ").join(columns)
            )
        )
        connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(MARKUP[0])))
        for n in range(len(_TYPES)):
            place = sql.SQL("{}.{}").format(name, sql.Identifier(f"{COLUMN}{n}"))
            connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(place, sql.Literal(MARKUP[n])))
        connection.execute(
            sql.SQL("CREATE TABLE odd.child (id int PRIMARY KEY, {} int REFERENCES {}, note text)").format(
                sql.Identifier(COLUMN), name
            )
        )
        with connection.cursor() as cursor:
            for number, text in enumerate(PAYLOADS):
                held = json.dumps({text: text})
                values = (number, f"{number}{text}", text, text, held, held, [text, text], text)
                marks = sql.SQL(", ").join([sql.Placeholder()] * len(values))
                cursor.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(name, marks), values)
                cursor.execute("INSERT INTO odd.child VALUES (%s, %s, %s)", (number, number, text))


def _name_everything(url: str) -> None:
    """People, groups, roles, rules, notices, sessions: by hand, as an import or a provider could."""
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for number, text in enumerate(MARKUP):
            cursor.execute(
                "INSERT INTO ops.person (iss, sub, name, email) VALUES ('https://x.example', %s, %s, %s)",
                (f"p{number}", text[:200], text[:200]),
            )
            cursor.execute(
                "INSERT INTO ops.group_role (iss, group_name, role) VALUES (%s, %s, 'viewer')", (text, text)
            )
        cursor.execute(
            "UPDATE ops.person SET groups = %s, attributes = %s",
            (list(MARKUP[:40]), psycopg.types.json.Jsonb({"a": MARKUP[1]})),
        )
        cursor.execute("UPDATE ops.session SET agent = %s, ip = %s", (MARKUP[1], MARKUP[2]))
        cursor.execute("UPDATE ops.approval_rule SET name = %s || id, condition = ''", (MARKUP[1],))
        for number, text in enumerate(MARKUP[:40]):
            cursor.execute(
                "INSERT INTO ops.role (name, label, description) VALUES (%s, %s, %s)",
                (f"odd-{number}", text[:80], text),
            )
            cursor.execute(
                "INSERT INTO ops.notice (outbox_id, person_id, text, href) "
                "SELECT %s, id, %s, '/changes/' FROM ops.person WHERE sub IN ('oz', 'ann')",
                (-number - 1, text),
            )


@pytest.fixture(scope="module")
def odd_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with demo_stage(tmp_path_factory.mktemp("odd"), 14, _fill, OPS_ENV_LABEL=MARKUP[1]) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, odd_stage: Stage) -> Iterator[Callable[[str], Visitor]]:
    with without_complaint(odd_stage) as visitors:

        def make(sub: str) -> Visitor:
            one = Visitor(browser, odd_stage)
            one.page.on(
                "dialog",
                lambda dialog: (one.complaints.append(f"it ran: {dialog.message}"), dialog.dismiss()),
            )
            visitors.append(one)
            one.sign_in(sub)
            return one

        yield make


_INSIDE = "() => document.querySelectorAll('#main script, #main iframe, #main object').length"


def _looks(page: Page, *paths: str) -> None:
    for path in paths:
        answer = page.goto(path)
        assert answer is not None and answer.status < 500, (path, answer and answer.status)
        assert (
            page.evaluate(
                "() => document.querySelectorAll('#main script, #main iframe, #main object').length"
            )
            == 0
        ), path


def _table() -> str:
    return "/tables/odd." + quote(TABLE, safe="").replace(".", "%2E") + "/"


def test_company_rows_and_names(visit: Callable[[str], Visitor]) -> None:
    """P19: each payload in text, varchar, json, jsonb, an array, a domain, XML, a title, a reference, a comment."""
    oz = visit("oz")
    list_, page = _table(), oz.page
    _looks(page, "/", "/tables/", "/tables/?q=" + quote(TABLE), list_, "/tables/odd.child/")
    seen = page.evaluate("() => document.querySelectorAll('#main tbody tr').length")
    for _ in range(10):  # on by htmx: what it swaps in is read by it, too
        further = page.locator("#main a[href]", has_text=re.compile(r"^\s*Next\s*$"))
        if further.count() == 0:
            break
        with page.expect_response(lambda answer: "/tables/" in answer.url):
            further.click()
        page.wait_for_load_state("networkidle")
        seen += page.evaluate("() => document.querySelectorAll('#main tbody tr').length")
    assert seen >= len(PAYLOADS)
    page.goto(list_)
    texts = page.evaluate("() => document.querySelector('#main tbody').innerText")
    assert "<script>alert(4711)</script>" in texts  # it is there to be read, as a text
    for number in (0, 1, 2, 3, 17, 105, 110, 115, 150, 199):
        _looks(page, f"{list_}~{number}", f"{list_}~{number}/edit", f"{list_}~{number}/history")
    _looks(page, f"{list_}~1/delete", f"{list_}new", f"{list_}pick?q=%3C")
    for text in MARKUP[:5] + MARKUP[100:105]:
        _looks(
            page,
            f"{list_}?q={quote(text)}",
            f"{list_}?f.title.contains={quote(text)}&f.title.is={quote(text)}",
        )


def test_addresses_that_are_payloads(visit: Callable[[str], Visitor]) -> None:
    """P19, P26: errors say nothing back that could run."""
    oz = visit("oz")
    for text in MARKUP[::25]:
        path = quote(text, safe="")
        _looks(
            oz.page, f"/{path}", f"/tables/{path}/", f"/changes/{path}", f"/sign-in?next={path}&over={path}"
        )
        _looks(
            oz.page, f"/audit/?action={path}&change={path}", f"/people/?q={path}", f"{_table()}?sort={path}"
        )


def test_people_groups_roles_and_changes(visit: Callable[[str], Visitor], odd_stage: Stage) -> None:
    """P19: names, groups, browsers, roles, rules, reasons, comments, notices, the trail."""
    ann = visit("ann")
    for number in (20, 21, 22):
        ann.open(f"/tables/odd.child/~{number}/edit")
        ann.page.get_by_label("Note", exact=True).fill(MARKUP[number * 3])
        ann.page.get_by_label("Reason").fill(MARKUP[number * 4])
        ann.page.locator("#record-form button.primary").click()
        expect(ann.page.locator("#flashes")).to_contain_text("aved")
    ann.open("/tables/odd.child/~30/delete")
    ann.page.get_by_label("Reason").fill(MARKUP[5])
    ann.page.locator("#main form button.danger, #main form button.primary").first.click()
    expect(ann.page.locator("#flashes")).to_contain_text("waits for approval")
    change = ann.page.url
    _name_everything(odd_stage.database_url)
    oz = visit("oz")
    with psycopg.connect(odd_stage.database_url) as connection:
        people = [row[0] for row in connection.execute("SELECT id FROM ops.person ORDER BY id DESC LIMIT 3")]
        events = [row[0] for row in connection.execute("SELECT uid FROM ops.event ORDER BY id DESC LIMIT 6")]
    _looks(oz.page, "/", "/changes/", change, "/approvals/", "/audit/", "/people/", "/people/me", "/exports/")
    _looks(oz.page, *(f"/people/{number}" for number in people), *(f"/audit/{uid}" for uid in events))
    _looks(oz.page, *(f"/tables/odd.child/~{number}/history" for number in (20, 21, 22)))
    for link in oz.page.evaluate(
        "() => [...document.querySelectorAll('#rail a')].map((one) => one.pathname)"
    ):
        _looks(oz.page, link)
    oz.open("/people/")
    for link in oz.page.evaluate(
        "() => [...document.querySelectorAll('#main a')].map((one) => one.pathname)"
    )[:40]:
        _looks(oz.page, link)


def test_files_for_people_hold_no_formula(visit: Callable[[str], Visitor], tmp_path: Path) -> None:
    """P22: every cell a spreadsheet would take for a formula begins with an apostrophe; its name is only a name."""
    oz = visit("oz")
    oz.open(_table())
    oz.page.get_by_role("button", name="Export this list").click()
    link = oz.page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=60_000)
    with oz.page.expect_download() as waiting:
        link.click()
    name = waiting.value.suggested_filename
    assert name.endswith(".csv") and not set(name) & set('/\\<>"\r\n'), name
    file = tmp_path / "file.csv"
    waiting.value.save_as(file)
    with file.open(encoding="utf-8", newline="") as text:
        head, *rows = list(csv.reader(text))
    assert len(rows) == len(PAYLOADS)
    assert not [cell for row in (head, *rows) for cell in row[1:] if cell.startswith(tuple("=+-@\t\r\n"))]
    plain = head.index(f"{COLUMN}0")
    assert {row[plain] for row in rows} == {neutral_text(text) for text in PAYLOADS}
    assert sum(row[plain].startswith("'") for row in rows) >= len(FORMULAS)


def test_the_watch_would_see_it(visit: Callable[[str], Visitor]) -> None:
    """Were one of them let out as markup, the policy would hold it back and this would notice."""
    oz = visit("oz")
    put = "(text) => document.querySelector('#main').insertAdjacentHTML('beforeend', text)"
    for text in (MARKUP[5], f"<img src='https://evil.example/{len(MARKUP)}.png'>"):
        oz.page.evaluate(put, text)
        oz.page.wait_for_timeout(300)
        assert oz.complaints, text
        assert not [one for one in oz.complaints if "it ran" in one]
        oz.complaints.clear()
