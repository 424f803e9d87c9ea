"""Level A of the trail, with two real roles: the application's may add and read, and nothing else (P37)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from ops import migrate
from ops.actor import platform_actor
from ops.app import create_app
from ops.audit import Entry, record
from ops.audit.protection import protection_level
from ops.cli.check import findings
from ops.clock import Clock
from ops.db import Database
from ops.identity import demo_provider, map_groups
from ops.platform import build
from ops.provisioning import tokens
from ops.settings import load
from tests import servers
from tests.conftest import Databases
from tests.web.conftest import provider
from tests.web.visiting import ORIGIN, Visitor

__all__ = ["provider"]

TRAIL = ("ops.event", "ops.event_payload")


@dataclass
class Two:
    """A database whose schema belongs to one role and whose application is another."""

    admin: str
    owner: str
    application: str

    @property
    def role(self) -> str:
        """The application's role."""
        return str(urlsplit(self.application).username)

    def ask(self, url: str, statement: str) -> list[tuple[object, ...]]:
        """Run one statement as the holder of `url`."""
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]  # a test's own words
            return cursor.fetchall() if cursor.description else []


def _as(url: str, role: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:secret-{role}@{place}"))


@pytest.fixture
def two(make_database: Databases) -> Iterator[Two]:
    """A fresh database, an owner and an application; migrated as `ops migrate` does it."""
    make_database()
    url = servers.url_of(make_database.names[-1], direct=True)
    names = [f"{kind}_{os.getpid()}" for kind in ("owner", "app")]
    with servers.admin() as connection:
        for name in names:
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Literal(f"secret-{name}")))
        database = sql.Identifier(urlsplit(url).path[1:])
        connection.execute(
            sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(database, sql.Identifier(names[0]))
        )
    both = Two(url, _as(url, names[0]), _as(url, names[1]))
    yield both
    with psycopg.connect(url, autocommit=True) as connection:
        for name in names:
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
    with servers.admin() as connection:
        for name in names:
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def _migrated(two: Two) -> Database:
    assert migrate.upgrade(two.owner, two.application) == migrate.head()
    return Database(two.application, application_name="countersign tests", pool_size=1)


def test_the_application_adds_and_reads_and_nothing_else(two: Two) -> None:
    """P37: refused for the trail and for each of its partitions, by rights, not by triggers alone."""
    db = _migrated(two)
    with db.transaction() as tx:
        record(tx, platform_actor("command"), [Entry("sign_out")])
        assert protection_level(tx).level == "A" and protection_level(tx).because == ()
    db.close()
    parts = [
        str(row[0])
        for head in TRAIL
        for row in two.ask(two.owner, f"SELECT relid::regclass::text FROM pg_partition_tree('{head}')")
    ]
    assert len(parts) > 50
    for part in parts:
        for statement in (
            f"UPDATE {part} SET at = now()", f"DELETE FROM {part}", f"TRUNCATE {part}", f"DROP TABLE {part}",
            f"ALTER TABLE {part} DISABLE TRIGGER ALL", f"ALTER TABLE {part} ADD COLUMN x int",
            f"CREATE TRIGGER t BEFORE INSERT ON {part} FOR EACH ROW EXECUTE FUNCTION ops.refuse_to_change_the_trail()",
            f"CREATE RULE r AS ON INSERT TO {part} DO INSTEAD NOTHING", f"ALTER TABLE {part} OWNER TO CURRENT_USER",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                two.ask(two.application, statement)
    for statement in (
        "ALTER TABLE ops.event DETACH PARTITION ops.event_default", "DROP SCHEMA ops CASCADE",
        "CREATE TABLE ops.mine (a int)", "SELECT ops.make_trail_partitions(30)",
        f"SELECT ops.grant_application('{two.role}')", "UPDATE ops.alembic_version SET version_num = 'x'",
        "SET session_replication_role = replica", "ALTER FUNCTION ops.refuse_to_change_the_trail() RENAME TO x",
        "SET ROLE " + str(urlsplit(two.owner).username),
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            two.ask(two.application, statement)
    assert two.ask(two.application, "SELECT count(*) FROM ops.event") == [(1,)]


def test_it_works_with_everything_else(two: Two) -> None:
    """The same rights on every other table, again after each `ops migrate`, whatever somebody granted by hand."""
    _migrated(two).close()
    two.ask(two.owner, f"GRANT ALL ON ops.event, ops.event_default, ops.person TO {two.role}")
    two.ask(two.owner, "GRANT UPDATE (line) ON ops.event TO PUBLIC")
    _migrated(two).close()
    rows = two.ask(
        two.application,
        "SELECT c.relname, array_to_string(ARRAY(SELECT p FROM unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE',"
        "'TRUNCATE','REFERENCES','TRIGGER']) p WHERE has_table_privilege(c.oid, p)), ' '), "
        "has_any_column_privilege(c.oid, 'UPDATE') FROM pg_class c "
        "WHERE c.relnamespace = 'ops'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition",
    )
    for name, rights, columns in rows:
        if name in ("event", "event_payload"):
            assert (rights, columns) == ("SELECT INSERT", False), name
        elif name == "alembic_version":
            assert rights == "SELECT"
        else:
            assert rights == "SELECT INSERT UPDATE DELETE", name
    two.ask(two.application, "INSERT INTO ops.outbox (kind, body) VALUES ('x', '{}')")
    two.ask(two.application, "UPDATE ops.outbox SET done_at = now()")


def test_later_tables_and_partitions_have_the_right_rights_at_once(two: Two) -> None:
    """P37: default privileges give the application a new table, and no right on a new partition of the trail."""
    _migrated(two).close()
    two.ask(two.owner, "CREATE TABLE ops.later (a int)")
    two.ask(two.application, "INSERT INTO ops.later VALUES (1)")
    two.ask(two.owner, "SELECT ops.make_trail_partitions(27)")
    two.ask(
        two.owner,
        "SELECT ops.make_trail_partition('event', 'old', 'FOR VALUES FROM (''2001-01-01'') TO (''2001-02-01'')')",
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        two.ask(two.application, "DELETE FROM ops.event_old")
    db = Database(two.application, application_name="countersign tests", pool_size=1)
    with db.reading() as tx:
        assert protection_level(tx).level == "A"
    db.close()


def test_check_names_the_level(two: Two) -> None:
    """P37: A where it is A; with the application as the owner's member it says B, and what is wrong."""

    def said(**environ: str) -> list[tuple[str, str]]:
        told = [(one.mark, one.text) for one in findings(load(environ))]
        return [(mark, text) for mark, text in told if "level" in text or "append to the trail" in text]

    urls = {"OPS_DATABASE_URL": two.application, "OPS_MIGRATION_URL": two.owner}
    migrate.upgrade(two.owner)
    assert [mark for mark, _text in said(**urls)] == ["wrong"]
    _migrated(two).close()
    assert [(mark, "level A" in text) for mark, text in said(**urls)] == [("right", True)]
    assert [(mark, "level B" in text) for mark, text in said(OPS_DATABASE_URL=two.owner)] == [("note", True)]
    two.ask(two.admin, f"GRANT {urlsplit(two.owner).username} TO {two.role}")
    assert [(mark, "level B" in text) for mark, text in said(**urls)] == [("wrong", True)]


def test_one_role_for_all_stays_as_it_was(database_url: str) -> None:
    """P37: with one role nothing is granted, and the level is B."""
    assert migrate.upgrade(database_url, database_url) == migrate.head()
    db = Database(database_url, application_name="countersign tests", pool_size=1)
    with db.reading() as tx:
        assert protection_level(tx).level == "B"
    db.close()


def test_the_product_works_as_the_applications_role(
    two: Two, redis_url: str, provider: str, tmp_path: Path
) -> None:
    """P37, P43: sign-in, a change, an export, SCIM and the clock need no right that level A withholds."""
    _migrated(two).close()
    two.ask(
        two.owner,
        "CREATE SCHEMA shop; CREATE TABLE shop.thing (id int PRIMARY KEY, name text); "
        f"GRANT USAGE ON SCHEMA shop TO {two.role}; GRANT ALL ON shop.thing TO {two.role}; "
        "INSERT INTO shop.thing VALUES (1, 'one')",
    )
    found = load(
        {
            "OPS_HOME": str(tmp_path), "OPS_DATABASE_URL": two.application, "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": ORIGIN, "OPS_OIDC_ISSUER": provider, "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET,
        }
    )  # fmt: skip
    platform = build(found, "web")
    with platform.db.transaction() as tx:
        map_groups(tx, provider, demo_provider.GROUP_ROLES)
        token = tokens.add(tx, platform_actor("command"), "entra")
    app = create_app(found, platform)
    oz = Visitor(app)
    oz.sign_in("oz")
    assert "level A" in oz.get("/audit/").text
    assert oz.get("/tables/shop.thing/~1/edit").status_code == 200
    form = {one["name"]: one.get("value", "") for one in oz.page.select("main form input[type=hidden]")}
    assert oz.post("/tables/shop.thing/~1/edit", {**form, "v.name": "two"}).status_code == 303
    assert two.ask(two.owner, "SELECT name FROM shop.thing") == [("two",)]
    user = app.test_client().post(
        "/scim/v2/Users",
        base_url=ORIGIN,
        json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "externalId": "a"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert user.status_code == 201, user.text
    clock = Clock(platform, platform.redis)
    clock._next = dict.fromkeys(clock._next, 0.0)
    assert clock.tick() and not clock._troubles
    platform.close()
