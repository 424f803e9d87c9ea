"""The whole URL map, by each of the cast, with every verb, as a page and as a part; and a crawl that changes nothing.

The table stands in tests/web/url_map.py.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urljoin, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from ops import changes, exports, imports, work
from ops.app import create_app
from ops.catalog import key_text
from ops.platform import build
from ops.web import gate
from tests import servers
from tests.conftest import Databases
from tests.stage import tables_are_analysed
from tests.web.shop_house import House, seeded, shop_settings
from tests.web.url_map import CAST, TABLE
from tests.web.visiting import ORIGIN, Visitor, visiting

PART = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": f"{ORIGIN}/tables/"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What a GET may write, each in a short transaction of its own (promise 21): nothing else.
MAY_WRITE = {"session", "event", "event_payload", "leaf", "change_seen"}


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    verb: str
    address: str
    expected: Mapping[str, str]
    body: str

    def __str__(self) -> str:
        return f"{self.verb} {self.address}"


def _lines() -> list[Line]:
    found = []
    for text in TABLE.strip().splitlines():
        if not text.startswith("#"):
            verb, address, *rest = text.split()
            statuses, body = rest[: len(CAST)], rest[len(CAST) :]
            found.append(Line(verb, address, dict(zip(CAST, statuses, strict=True)), " ".join(body)))
    return found


LINES = _lines()


class Town(House):
    """The application on the demo, with a change that waits, one withdrawn, an export done: `places` names them."""

    def __init__(self, app: Flask, platform: gate.Platform) -> None:
        super().__init__(app, platform, visiting(app, platform))
        self.nobody = Visitor(app)
        self.places = self._prepare()

    def person(self, name: str) -> Visitor:
        """A browser with a page open whose form token it can send."""
        who = self.nobody if name == "nobody" else self.visit(name)
        if who.page_token is None or who.cookie is None:
            who.get("/sign-in" if name == "nobody" else "/people/me")
            if who.answer.status_code != 200:
                self._visitors.pop(name)
                return self.person(name)
            who.page_token = who.token()
        return who

    def _prepare(self) -> dict[str, str]:
        for sub in CAST[1:]:
            self.visit(sub)
        customer = self.one("SELECT '~' || min(id) FROM shop.customers")
        self.sql("UPDATE shop.customers SET iban = 'NL00TEST0000000001' WHERE '~' || id = :key", key=customer)
        other = self.one("SELECT '~' || max(id) FROM shop.customers")
        waits = self.edit("ann", "customers", customer, {"credit_limit": "18001.00"}, reason="a good year")
        back = self.edit("ann", "customers", other, {"credit_limit": "18002.00"}, reason="a mistake")
        changes.withdraw(self.platform.db, self.platform.catalog, self.actor("ann"), back.change_id)
        done = exports.request(self.platform, self.actor("ann"), "shop.products", "", "t" * 22)
        self._write(done)
        somebody = self.one(
            "INSERT INTO ops.person (iss, sub, name) VALUES ('https://elsewhere.example', 'x', 'Nina') RETURNING id"
        )
        self.sql("INSERT INTO ops.person_role (person_id, role) VALUES (:id, 'viewer')", id=somebody)
        # What needs a fresh sign-in is reached for as long as the tests take.
        self.sql("UPDATE ops.session SET auth_time = now() + interval '1 hour'")
        # Something that was written shows in the trail, too.
        first = self.one("SELECT uid FROM ops.event ORDER BY id LIMIT 1")
        return {
            "customer": customer, "change": waits.reference, "withdrawn": back.reference,
            "event": str(first), "done": str(done), "brought": self._brought(), "somebody": str(somebody),
            "role": self._role(), "rule": self.one("SELECT min(id)::text FROM ops.approval_rule"),
            "mapping": self._mapping(), "view": self._view(),
        }  # fmt: skip

    def _brought(self) -> str:
        file = io.BytesIO(b"id,name\n1,x\n")
        return str(
            imports.upload(self.platform, self.actor("ann"), "shop.customers", "a.csv", file, "t" * 22)
        )

    def _role(self) -> str:
        self.sql("INSERT INTO ops.role (name, label) VALUES ('finance', 'Finance')")
        self.sql(
            "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) "
            "VALUES ('finance', 'shop', 'orders', '{see}')"
        )
        return "finance"

    def _view(self) -> str:
        """A saved view of Ann's that operators share."""
        return str(self.one(
            "INSERT INTO ops.saved_view (owner_id, schema_name, table_name, name, role, list) "
            "SELECT id, 'shop', 'orders', 'Shipped', 'operator', 'f.status.is=shipped' FROM ops.person "
            "WHERE sub = 'ann' RETURNING id"
        ))  # fmt: skip

    def _mapping(self) -> str:
        found = self.sql("SELECT iss, group_name, role FROM ops.group_role WHERE role = 'operator'")[0]
        return quote(key_text(tuple(found)), safe="~,")

    def _write(self, run_id: UUID) -> None:
        work_id = self.one("SELECT id FROM ops.work WHERE subject = :id", id=str(run_id))
        claim = work.claim(self.platform.db, work_id, "test")
        assert claim is not None
        exports.run(self.platform, claim)


@pytest.fixture(scope="module")
def town(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    databases = Databases()
    url = databases("shop")
    seeded(url, provider)
    tables_are_analysed(url)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    redis = f"{os.environ[servers.REDIS].rpartition('/')[0]}/{int(worker) % 16}"
    settings = shop_settings(url, redis, provider, str(tmp_path_factory.mktemp("town")))
    # Rates have a test of their own; here everybody asks for everything.
    settings = replace(settings, rates=dict.fromkeys(settings.rates, "100000 per 1 minute"))
    platform = build(settings, "web")
    yield Town(create_app(settings, platform), platform)
    platform.close()
    databases.drop_all()


def _ask(
    town: Town, name: str, line: Line, *, part: bool, verb: str | None = None, **said: str
) -> TestResponse:
    who = town.person(name)
    headers = {**(PART if part else {}), "Sec-Fetch-Site": "same-origin", **said}
    body = dict(parse_qsl(line.body, keep_blank_values=True))
    if line.verb == "POST":
        body["csrf_token"] = who.page_token or ""
    return who.client.open(
        line.address.format(**town.places),
        method=verb or line.verb,
        base_url=ORIGIN,
        headers=headers,
        data=body if line.verb == "POST" else None,
    )


def _expected(line: Line, name: str, *, part: bool) -> str:
    page_status, _, part_status = line.expected[name].partition("/")
    return part_status or page_status if part else page_status


def _judged(answer: TestResponse, expected: str, *, part: bool) -> str | None:
    """What is wrong with the answer, if anything."""
    if expected == "in":
        if part:
            right = answer.status_code == 200 and answer.headers.get("HX-Redirect", "").startswith(
                "/sign-in?"
            )
        else:
            right = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in?")
        return None if right else f"{answer.status_code} instead of being sent to sign-in"
    if str(answer.status_code) != expected:
        return f"{answer.status_code} instead of {expected}"
    if answer.headers.get("HX-Redirect"):
        return "is sent to sign-in"
    whole = answer.mimetype == "text/html" and "<html" in answer.text and answer.status_code not in (303, 308)
    if (
        part and whole and 'class="plain"' not in answer.text
    ):  # what replaces the page is whole (docs/screens.md)
        return "a whole page where a part was asked for"
    return None


def _lacks(answer: TestResponse) -> list[str]:
    """Headers that the answer should carry and does not (promises 19 and 26)."""
    found = [name for name, value in HEADERS.items() if answer.headers.get(name) != value]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy or "unsafe" in policy or "frame-ancestors 'none'" not in policy:
        found.append("Content-Security-Policy")
    if "X-Request-Id" not in answer.headers or "Cache-Control" not in answer.headers:
        found.append("X-Request-Id or Cache-Control")
    if answer.mimetype == "text/html" and answer.headers.get("Cache-Control") != "no-store":
        found.append("no-store")
    return found


def test_every_endpoint_stands_in_the_table(town: Town) -> None:
    """P13: whoever adds an address says here what each of the cast gets."""
    matcher = town.app.url_map.bind(urlsplit(ORIGIN).netloc)
    covered = set()
    for line in LINES:
        path = urlsplit(line.address.format(**town.places)).path
        rule, _values = matcher.match(path, line.verb, return_rule=True)
        covered.add((rule.rule, line.verb))
    missing = [
        f"{verb} {rule.rule} ({rule.endpoint})"
        for rule in town.app.url_map.iter_rules()
        for verb in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if (rule.rule, verb) not in covered
        # Programs with a token of their own: tests/scim/test_door.py
        and not isinstance(town.app.view_functions[rule.endpoint].needs, gate.Bearer)
    ]
    assert not missing, "add to the table of tests/web/url_map.py: " + "; ".join(missing)


@pytest.mark.parametrize("line", LINES, ids=str)
def test_each_of_the_cast_gets_what_the_table_says(town: Town, line: Line) -> None:
    """P13, P26: pages and parts, GET, HEAD and POST; never an error of ours, all headers there."""
    wrong = []
    for name in CAST:
        for part in (False, True):
            answer = _ask(town, name, line, part=part)
            if line.address == "/sign-out":
                town.person(name).page_token = None
            problem = _judged(answer, _expected(line, name, part=part), part=part)
            wrong += [f"{name}, {'part' if part else 'page'}: {what}" for what in (problem,) if what]
            wrong += [f"{name}: no {header}" for header in _lacks(answer)]
            if line.verb == "GET":
                head = _ask(town, name, line, part=part, verb="HEAD")
                if head.status_code != answer.status_code or head.data:
                    wrong.append(f"{name}: HEAD answers {head.status_code}, {len(head.data)} bytes")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line", [line for line in LINES if line.verb == "POST"], ids=str)
def test_no_form_counts_from_elsewhere_or_without_its_token(town: Town, line: Line) -> None:
    """P21: for each address that takes a form, whoever sends it."""
    if line.address.startswith("/auth/backchannel-logout"):
        return  # called by providers' servers: tests/identity/test_logout_token.py
    for name in CAST:
        for site in ("cross-site", "same-site", "none"):
            answer = _ask(town, name, line, part=False, **{"Sec-Fetch-Site": site})
            assert answer.status_code == 403, (name, site)
        who = town.person(name)
        before = who.page_token
        for token in ("", "forged", town.person("bo" if name != "bo" else "ann").page_token):
            who.page_token = token
            answer = _ask(town, name, line, part=False)
            sent_away = line.expected[name] == "in" and answer.status_code == 303
            assert sent_away or answer.status_code == 400, (name, token, answer.status_code)
        who.page_token = before


@pytest.mark.parametrize("line", LINES, ids=str)
def test_other_verbs_are_refused(town: Town, line: Line) -> None:
    """P13: what an address does not take is answered 405 (or the way to sign in), and never an error of ours."""
    path = urlsplit(line.address.format(**town.places)).path
    taken = town.app.url_map.bind(urlsplit(ORIGIN).netloc).allowed_methods(path)
    for verb in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW", "PROPFIND"):
        if verb in taken:
            continue
        for name in ("nobody", "ann", "oz"):
            answer = _ask(town, name, line, part=False, verb=verb)
            assert answer.status_code == 405, (verb, name, answer.status_code)
            assert "Allow" in answer.headers
            assert not _lacks(answer), (verb, name)


def _digests(town: Town) -> dict[str, str]:
    """Of each table, of the company and of ours, a digest of all its rows."""
    tables = town.sql(
        "SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND NOT c.relispartition "
        "AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    return {
        one.name: town.one(
            f"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {one.name} t"
        )
        for one in tables
        if one.nspname != "ops" or one.relname not in MAY_WRITE
    }


@pytest.mark.timeout(400)
def test_a_crawl_changes_nothing(town: Town) -> None:
    """P21, P26: each of the cast follows every link by GET; rows and changes stay, no answer is an error of ours."""
    before = _digests(town)
    assert len(before) > 20
    for name in CAST:
        seen = _crawl(town, name)
        assert len(seen) > (2 if name in ("nobody", "dee") else 100), (name, len(seen))
    assert _digests(town) == before


MOST_OF_A_KIND = 3  # addresses that differ in values alone: the list by every filter of every row has no end


# These carry the state of the list they came from along: which list it was makes no other page of them.
PANELS = {
    "records.filter_panel": ("path", "edit"),
    "views.columns": (),
    "views.menu": (),
    "views.new": (),
}


def _crawl(town: Town, name: str) -> dict[str, int]:
    who = town.person(name)
    waiting = [line.address.format(**town.places) for line in LINES if line.verb == "GET"]
    seen: dict[str, int] = {}
    kinds: dict[tuple[str, ...], int] = {}
    while waiting:
        address = waiting.pop(0)
        kind = _kind(town, address)
        most = 1 if kind[0] in PANELS else MOST_OF_A_KIND
        if address in seen or kinds.get(kind, 0) >= most:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = who.client.get(address, base_url=ORIGIN)
        seen[address] = answer.status_code
        assert answer.status_code < 500, (name, address)
        assert not _lacks(answer), (name, address, _lacks(answer))
        if answer.mimetype == "text/html":
            waiting += _links(address, answer)
        if "Location" in answer.headers and _is_ours(answer.headers["Location"]):
            waiting.append(answer.headers["Location"])
    return seen


def _links(address: str, answer: TestResponse) -> list[str]:
    found = re.findall(r'\s(?:href|src|action|hx-get|formaction)="([^"#]*)', answer.text)
    ways = [urljoin(address, one.replace("&amp;", "&").replace("&#39;", "'")) for one in found]
    return [one for one in ways if _is_ours(one)]


def _is_ours(address: str) -> bool:
    return address.startswith("/") and not address.startswith("//")


def _kind(town: Town, address: str) -> tuple[str, ...]:
    """The endpoint, its table, and which things the query says: not about what."""
    parts = urlsplit(address)
    try:
        endpoint, values = town.app.url_map.bind(urlsplit(ORIGIN).netloc).match(parts.path, "GET")
    except RequestRedirect:
        return ("moved", parts.path)
    except HTTPException:
        return ("nowhere", parts.path)
    said = sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})
    if endpoint in PANELS:
        said = [name for name in said if name in PANELS[endpoint]]
    return (endpoint, str(values.get("table", "")), str(values.get("name", "")), *said)
