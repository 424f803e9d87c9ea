"""No marker is ever seen by who may not: pages, parts, files, errors, logs, Redis; order and counts tell nothing (P14).

The world and who may see what stand in tests/web/markers.py. The crawl is done once, for all of the cast.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from ops import changes, notices, outbox, work
from ops import exports as files
from ops import settings as settings_room
from ops.actor import Actor
from ops.app import create_app
from ops.changes import Operation
from ops.conditions import ARITY
from ops.db import Database
from ops.identity import current_actor, map_groups
from ops.platform import Platform, build
from tests import servers
from tests.conftest import Databases
from tests.stage import tables_are_analysed
from tests.web.markers import (
    BY_ROLE,
    FILLERS,
    HIDDEN,
    MASKED,
    RESOURCES,
    ROWS,
    TEXTS,
    WORLD,
    markers_in,
    may_see,
)
from tests.web.records.forms import posted
from tests.web.test_url_map import PART
from tests.web.visiting import ORIGIN, Visitor

CAST = ("ann", "bo", "cy", "dee", "oz")
CLIENTS = "/tables/client/"
KEYS = ("~1", "~2", "~3", "~4", "~5", "~6", "~51")
UNDER = ("", "/edit", "/delete", "/history")
MOST_OF_A_KIND, MOST = 2, 90
# One process does it all: the last tests judge what all the others were answered.
pytestmark = [pytest.mark.timeout(400)]
GROUPS = {"operations": ("desk",), "managers": ("manager",), "auditors": ("auditor",), "owners": ("owner",)}


class _Log(logging.Handler):
    """Everything any logger of this process says, traces included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Company:
    """The application on the world, its cast signed in, and everything they were ever answered."""

    def __init__(self, app: Flask, platform: Platform, log: _Log) -> None:
        self.app, self.platform, self.log = app, platform, log
        self.people = {sub: Visitor(app) for sub in CAST}
        self.tokens: dict[str, str] = {}
        for sub, visitor in self.people.items():
            visitor.arrive(platform, sub)
            visitor.get("/people/me")
            self.tokens[sub] = visitor.token()
        self.answers: dict[str, dict[str, set[str]]] = {sub: {} for sub in (*CAST, "nobody")}
        self.refusals: dict[tuple[str, str], TestResponse] = {}

    def sql(self, text: str, **values: Any) -> list[Any]:
        with self.platform.db.transaction() as tx:
            result = tx.execute(sa.text(text), values)
            return list(result.all()) if result.returns_rows else []

    def get(self, sub: str, address: str, *, part: bool = False, typed: str = "") -> TestResponse:
        """Ask, and keep which markers the answer holds; `typed` is what the person sent themselves."""
        client = self.people[sub].client if sub in self.people else Visitor(self.app).client
        answer = client.get(address, base_url=ORIGIN, headers=PART if part else {})
        return self._kept(sub, f"{'part ' if part else ''}{address}", answer, typed)

    def post(self, sub: str, address: str, data: Mapping[str, str], typed: str = "") -> TestResponse:
        """Send a form."""
        body = {**data, "csrf_token": self.tokens[sub]}
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = self.people[sub].client.post(address, base_url=ORIGIN, data=body, headers=headers)
        return self._kept(sub, f"POST {address}", answer, typed)

    def _kept(self, sub: str, address: str, answer: TestResponse, typed: str) -> TestResponse:
        said = answer.get_data().decode("utf-8", "replace") + repr(answer.headers.to_wsgi_list())
        found = markers_in(said) - markers_in(typed)
        self.answers[sub].setdefault(address, set()).update(found)
        assert answer.status_code < 500 or address.startswith("POST"), (sub, address, said[:500])
        return answer


@pytest.fixture(scope="module")
def company(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    databases, home = Databases(), tmp_path_factory.mktemp("markers")
    url = databases("ops")
    (home / "company_resources.py").write_text(RESOURCES)
    _world(url, provider)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    redis = f"{os.environ[servers.REDIS].rpartition('/')[0]}/{int(worker) % 16}"
    with Redis.from_url(redis) as client:
        client.flushdb()
    settings = settings_room.load(
        {
            "OPS_HOME": str(home), "OPS_DATABASE_URL": url, "OPS_REDIS_URL": redis, "OPS_PUBLIC_URL": ORIGIN,
            "OPS_RESOURCES": str(home / "company_resources.py"), "OPS_OIDC_ISSUER": provider,
            "OPS_OIDC_CLIENT_ID": "countersign-demo", "OPS_OIDC_CLIENT_SECRET": "demo-only",
            "OPS_LIMIT_EXPORT": "1000 per 1 minute",
        }
    )  # fmt: skip
    log = _Log()
    root = logging.getLogger()
    before = root.level
    root.addHandler(log)
    root.setLevel(logging.INFO)
    platform = build(settings, "web")
    found = Company(create_app(settings, platform), platform, log)
    _happenings(found)
    _everything(found)
    yield found
    root.removeHandler(log)
    root.setLevel(before)
    platform.close()
    databases.drop_all()


def _world(url: str, issuer: str) -> None:
    db = Database(url, application_name="countersign tests", pool_size=1)
    with db.transaction() as tx:
        tx.connection().execution_options(no_parameters=True).exec_driver_sql(WORLD)
        map_groups(tx, issuer, GROUPS)
    db.close()
    tables_are_analysed(url)


# What happened before anybody looks -------------------------------------------------------------


def _zed(company: Company) -> Actor:
    """A colleague who sees everything that is not hidden from everybody."""
    number = company.sql(
        "INSERT INTO ops.person (iss, sub, name) VALUES ('test', 'zed', 'Zed') RETURNING id"
    )[0][0]
    for role in ("full", "manager"):
        company.sql(
            "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, :role, 'hand')",
            id=number,
            role=role,
        )
    with company.platform.db.reading() as tx:
        return current_actor(tx, Actor(number, "Zed", request_id="zed"))


def _happenings(company: Company) -> None:
    """One change applied, four that wait, a row gone; those who must agree are told."""
    zed, catalog = _zed(company), company.platform.catalog
    client = catalog.by_name("public", "client")

    def propose(kind: Any, key: str | None, after: dict[str, str | None], names: Iterable[str]) -> Any:
        base = company.sql(f"SELECT {', '.join(f'{n}::text' for n in names)} FROM client WHERE id = :id",
                           id=int((key or "~1")[1:]))[0]._mapping if key else {}  # fmt: skip
        one = Operation(kind, client, key, dict(base), after)
        return changes.propose(company.platform.db, catalog, zed, [one], reason="as asked", token=uuid4().hex)

    visible = [name for name in client.columns if name not in HIDDEN]
    shown = ["name", "email", "phone", "code", "salary", "remark"]
    second = {name: _marker(name, 1, "B") for name in shown}
    assert propose("update", "~1", second, shown).state == "applied"
    assert propose("delete", "~6", {}, visible).state in ("applied", "in_review")
    for row in (1, 2, 3):
        after = {"diagnosis": _marker("diagnosis", row, "B"), "salary": _marker("salary", row, "B")}
        assert propose("update", f"~{row}", after, list(after)).state == "in_review"
    assert propose("delete", "~2", {}, visible).state == "in_review"
    new = {name: _marker(name, 5, "A") for name in (*shown, "diagnosis")} | {"id": "5", "region_id": "1"}
    assert propose("create", None, new, []).state == "in_review"
    company.sql("DELETE FROM client WHERE id = 6")
    while outbox.drain(company.platform.db, notices.HANDLERS):
        pass


def _marker(column: str, row: int, generation: str) -> str:
    text = f"MK{column.upper().replace('_', '')}{row}{generation}"
    said = {
        "email": f"x{text}@MKHOST{row}{generation}.org",
        "phone": f"{text}-9990",
        "remark": f"{row % 3}{text}",
    }
    return said.get(column, text)


# Everything there is to look at -----------------------------------------------------------------


def _everything(company: Company) -> None:
    for sub in (*CAST, "nobody"):
        for address in _addresses(company, sub):
            company.get(sub, address)
        if sub in CAST:
            _writes(company, sub)
            _exports(company, sub)
    for sub in CAST:  # again: the trail holds what they did themselves
        _crawl(company, sub)


def _addresses(company: Company, sub: str) -> Iterator[str]:
    yield from (
        "/",
        "/tables/",
        "/changes/",
        "/approvals/",
        "/audit/",
        "/exports/",
        "/people/",
        "/people/roles/",
    )
    yield from (f"/changes/{one.reference}" for one in _changes(company))
    for name in ("client", "letter", "region"):
        yield from (
            f"/tables/{name}/",
            f"/tables/{name}/new",
            f"/tables/{name}/pick?q=MK",
            f"/tables/{name}/?q=MK",
        )
        yield from (f"/tables/{name}/{key}{under}" for key in KEYS for under in UNDER)
    table = company.platform.catalog.by_name("public", "client")
    yield from (
        f"{CLIENTS}?columns={','.join(n for n in table.columns if n not in HIDDEN)}",
        f"{CLIENTS}?last=1",
    )
    sees_nothing = sub in ("dee", "nobody")
    for column in ("name", "note", "email") if sees_nothing else table.columns:
        yield from (f"{CLIENTS}?sort={column}", f"{CLIENTS}?sort=-{column}", f"{CLIENTS}?columns={column}")
        yield from (f"{CLIENTS}~1/reveal?column={column}", f"{CLIENTS}~1/reveal/field?column={column}")
        yield f"{CLIENTS}pick?q=&by={column}"
        # What masked and hidden ones answer is asked further down, with right and wrong guesses.
        if column not in (*MASKED, *HIDDEN) and not sees_nothing:
            yield from (f"{CLIENTS}?f.{column}.{op}={quote(_value(column, op))}" for op in ARITY)


def _value(column: str, op: str) -> str:
    if column in ("id", "region_id"):
        return {"between": "1,9", "in": "1,2"}.get(op, "1")
    return {"between": "A,z", "in": "a,b"}.get(op, "a")


def _changes(company: Company) -> list[Any]:
    return company.sql("SELECT 'CH-' || id AS reference FROM ops.change_set ORDER BY id")


def _writes(company: Company, sub: str) -> None:
    """Forms that the database, or a trigger, turns away with a row in its words; as the person's browser sends them."""
    for address, values in (
        (f"{CLIENTS}~1/edit", {"v.name": "bad"}),  # the whole row stands in the error's DETAIL
        ("/tables/letter/~1/edit", {"v.subject": "boom"}),
        ("/tables/letter/~1/edit", {"v.subject": "late"}),
        ("/tables/letter/~1/edit", {"v.client_id": "4"}),
        ("/tables/letter/~2/edit", {"v.client_id": "77"}),
        (f"{CLIENTS}~4/edit", {"v.name": "guess"}),
    ):
        page = BeautifulSoup(company.get(sub, address).text, "html.parser")
        fields = posted(page) if page.select_one("form#record-form") else {"form_token": uuid4().hex}
        form = {**fields, **values, "reason": "trying"}
        company.refusals[sub, "".join(values.values())] = company.post(sub, address, form)
    for one in _changes(company):
        company.post(sub, f"/changes/{one.reference}/decision", {"verdict": "approve", "digest": "0" * 64})
    for column in (*MASKED, *HIDDEN, *BY_ROLE):
        form = {"v.id": "70", "v.name": "Nobody", f"v.{column}": "typed", "form_token": uuid4().hex}
        company.post(sub, f"{CLIENTS}new", form)
    company.post(sub, f"{CLIENTS}~2/reveal", {"column": "note", "reason": "trying"})


def _exports(company: Company, sub: str) -> None:
    """Each list as a file, written by a worker and downloaded."""
    for table, query in (
        ("client", ""),
        ("client", "sort=name"),
        ("letter", ""),
        ("client", "f.phone.starts=MKPHONE1B"),
    ):
        form = {"table": table, "list": query, "form_token": uuid4().hex}
        answer = company.post(sub, "/exports/", form, typed=query)
        where = urlsplit(answer.headers.get("Location", "")).path
        if not where.startswith("/exports/"):
            continue
        for one in company.sql("SELECT id FROM ops.work WHERE subject = :id", id=where.rpartition("/")[2]):
            claim = work.claim(company.platform.db, one.id, "test")
            if claim is not None:
                files.run(company.platform, claim)
        for address in (where, f"{where}/progress", f"{where}/file", "/exports/"):
            company.get(sub, address)


def _crawl(company: Company, sub: str) -> None:
    """Every event of the trail; then every link from the pages on, a few of each kind."""
    for one in company.sql("SELECT uid FROM ops.event WHERE table_name = 'client' ORDER BY id LIMIT 60"):
        if company.get(sub, f"/audit/{one.uid}").status_code != 200:
            break
    waiting = [
        "/",
        "/audit/",
        "/changes/",
        "/approvals/",
        "/exports/",
        CLIENTS,
        "/tables/letter/",
        "/people/",
    ]
    seen: set[str] = set()
    kinds: dict[str, int] = {}
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        path = urlsplit(address)
        kind = (
            re.sub(r"~[^/?]+|CH-\d+|[0-9a-f-]{36}", "_", path.path) + "?" + re.sub(r"=[^&]*", "", path.query)
        )
        if address in seen or kinds.get(kind, 0) >= MOST_OF_A_KIND or address.startswith("/people/roles/"):
            continue  # what is given to roles holds no value of a row
        seen.add(address)
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = company.get(sub, address)
        if answer.mimetype == "text/html":
            found = re.findall(r'\s(?:href|hx-get)="(/[^"#/][^"#]*)', answer.text)
            waiting += [one.replace("&amp;", "&") for one in found if not one.startswith("/static/")]


# What must hold -----------------------------------------------------------------------------------


def test_the_errors_were_really_provoked(company: Company) -> None:
    """A whole row in the DETAIL of a check, a trigger's own DETAIL and HINT, an error at COMMIT: each met, in words."""
    for typed, words in (("bad", "name is good"), ("boom", "No such subject."), ("late", ""), ("77", "")):
        answer = company.refusals["ann", typed]
        problem = BeautifulSoup(answer.text, "html.parser").select_one("#errors, #problem")
        assert answer.status_code == 422, (typed, answer.status_code)
        assert problem is not None, typed
        said = problem.get_text(" ", strip=True)
        assert words in said.replace("_", " "), (typed, said)
        assert "incomplete" not in said, (typed, said)


def test_no_marker_in_logs_redis_or_what_waits(company: Company) -> None:
    """P42, P14: ids travel, values do not."""
    said = "\n".join(company.log.lines)
    assert "route=" in said  # the requests' own lines are there
    assert not markers_in(said), sorted(markers_in(said))
    with Redis.from_url(company.platform.settings.redis_url or "") as client:
        for key in client.scan_iter():
            kept = client.dump(key)
            assert not markers_in(f"{key!r} {kept!r}"), key
    for table in ("work", "outbox", "notice", "session", "reveal", "form_token", "lease"):
        rows = company.sql(f"SELECT to_jsonb(t)::text FROM ops.{table} t")
        assert not markers_in(repr(rows)), table


@pytest.mark.parametrize("sub", ["ann", "bo", "cy", "oz"])
def test_hidden_columns_are_answered_as_if_they_were_not_there(company: Company, sub: str) -> None:
    """P14: list, filter, sort, picker and reveal, word for word alike."""
    hidden = [*HIDDEN, *(("salary",) if sub in ("ann", "cy") else ())]
    for column in hidden:
        for address in (
            f"{CLIENTS}?f.%s.is=a", f"{CLIENTS}?f.%s.empty=", f"{CLIENTS}?sort=%s", f"{CLIENTS}?sort=-%s",
            f"{CLIENTS}?columns=%s", f"{CLIENTS}pick?by=%s", f"{CLIENTS}~1/reveal?column=%s",
        ):  # fmt: skip
            there = company.get(sub, address % column)
            nowhere = company.get(sub, address % "never_was")
            assert there.status_code == nowhere.status_code, address
            assert there.status_code in (404, 403), address
            assert _plain(there, column) == _plain(nowhere, "never_was"), address


def _plain(answer: TestResponse, column: str) -> str:
    text = re.sub(r"[\w.-]{30,}|\b[0-9a-f]{16}\b", "", answer.text)  # tokens, the request's own name
    return text.replace(column, "COLUMN")


@pytest.mark.parametrize("sub", ["ann", "bo", "cy", "oz"])
def test_masked_columns_are_neither_filtered_sorted_nor_searched(company: Company, sub: str) -> None:
    """P14: guessing through the mask finds nothing, whether the guess is right or wrong."""
    masked = [*(name for name in MASKED if not (sub == "bo" and name == "phone"))]
    masked += ["remark"] if sub in ("ann", "cy") else []
    for column in masked:
        right, wrong = _marker(column, 1, "B"), "nonsense"
        for address in (f"{CLIENTS}?f.{column}.is=%s", f"{CLIENTS}?f.{column}.starts=%s", f"{CLIENTS}?q=%s"):
            answers = [
                _plain(company.get(sub, address % quote(one), typed=one), one).replace(quote(one), "COLUMN")
                for one in (right, wrong)
            ]
            assert _numbers(answers[0]) == _numbers(answers[1]), (column, address)
        for op in ARITY:
            assert company.get(sub, f"{CLIENTS}?f.{column}.{op}=1,2").status_code == 422, (column, op)
        for sort in (column, f"-{column}"):
            assert company.get(sub, f"{CLIENTS}?sort={sort}").status_code == 422, sort
        assert company.get(sub, f"{CLIENTS}pick?by={column}").status_code == 404, column


def _numbers(text: str) -> list[str]:
    """What a list says in figures, and its rows."""
    rows = re.findall(r'<tr id="?r\d+"?>.*?(?=<tr|</tbody>)', text, re.S)
    counts = re.findall(r'class="quiet small"[^>]*>([^<]*)<', text)
    return [*rows, *counts]


@pytest.mark.parametrize("sub", ["ann", "bo", "cy", "oz"])
def test_counts_and_order_tell_of_no_row_out_of_sight(company: Company, sub: str) -> None:
    """P14: a count is that of the rows one sees, and a masked order orders nothing."""
    text = company.get(sub, CLIENTS).text
    keys = re.findall(r'href="?/tables/client/~(\d+)\b', text)
    assert sorted(map(int, set(keys))) == sorted(ROWS[sub])
    assert f"{len(ROWS[sub])} rows" in text
    ordered = [int(key) for key in dict.fromkeys(keys)]
    by_remark = [row for row in (3, 1, 2) if row in ROWS[sub]]
    if sub in ("ann", "cy"):
        assert ordered in (sorted(ordered), sorted(ordered, reverse=True))
    else:
        assert ordered == by_remark
    everything = str(FILLERS + 4)
    for address in ("/tables/", "/", CLIENTS, "/tables/region/~1"):
        shown = re.sub(r"<[^>]*>", " ", company.get(sub, address).text)
        assert everything not in re.findall(r"\d+", shown), address
    # A letter's own row is there; what it points at has no name where it is not theirs.
    for row in (1, 2, 3, 4):
        page = company.get(sub, f"/tables/letter/~{row}").text
        assert ("MKNAME" in page) == (row in ROWS[sub]), row
    region = re.sub(r"<[^>]*>", " ", company.get(sub, "/tables/region/~1").text)
    assert "FILLER" not in region


@pytest.mark.parametrize("sub", ["ann", "bo", "cy", "oz"])
def test_searching_for_a_row_out_of_sight_is_searching_for_nothing(company: Company, sub: str) -> None:
    for row in {1, 2, 3, 4} - ROWS[sub]:
        name = f"MKNAME{row}A"
        for address in (
            f"{CLIENTS}?q=%s",
            f"{CLIENTS}?f.name.is=%s",
            f"{CLIENTS}pick?q=%s",
            "/tables/letter/?q=%s",
        ):
            there = _plain(company.get(sub, address % name, typed=name), name)
            nowhere = _plain(company.get(sub, address % "MKNOWHERE", typed=name), "MKNOWHERE")
            assert _numbers(there) == _numbers(nowhere), (row, address)
        paths = [
            company.get(sub, f"{CLIENTS}~{key}{under}").status_code for key in (row, 999) for under in UNDER
        ]
        assert paths[: len(UNDER)] == paths[len(UNDER) :], row


def test_looking_at_the_sensitive_table_stands_in_the_trail(company: Company) -> None:
    """P35: rows once in five minutes for each person, lists each time, files when they are had."""
    seen = company.sql(
        "SELECT person_id, row_key, count(*) AS n FROM ops.event WHERE action = 'row.viewed' "
        "AND table_name = 'letter' GROUP BY 1, 2"
    )
    assert all(one.n == 1 for one in seen if one.row_key is not None)
    assert {one.row_key for one in seen} >= {None, "~1", "~2"}
    assert not company.sql("SELECT FROM ops.event WHERE action = 'row.viewed' AND table_name = 'client'")


@pytest.mark.parametrize("sub", [*CAST, "nobody"])
def test_nobody_sees_a_marker_that_is_not_theirs(company: Company, sub: str) -> None:
    """P14: on no page, in no file, in no error."""
    wrong = {
        address: lost
        for address, found in company.answers[sub].items()
        if (lost := sorted(one for one in found if not may_see(sub, one)))
    }
    assert not wrong, "\n".join(
        f"{sub} {address}: {', '.join(lost)}" for address, lost in list(wrong.items())[:40]
    )


@pytest.mark.parametrize("sub", CAST)
def test_everybody_sees_what_is_theirs(company: Company, sub: str) -> None:
    """The crawl reaches what there is to see: else the test above would say nothing."""
    seen = set().union(*company.answers[sub].values())
    for row in ROWS[sub]:
        generations = ("A", "B") if row == 1 else ("A",)
        for column in TEXTS:
            for generation in generations:
                marker = f"MK{column.upper().replace('_', '')}{row}{generation}"
                assert not may_see(sub, marker) or marker in seen, (sub, marker)
    if sub != "dee":
        assert {f"MKSUBJECT{n}A" for n in (1, 2, 3, 4)} <= seen
        assert len(company.answers[sub]) > 150
