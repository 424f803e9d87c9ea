"""Every `ops` command is run against a company's tables under the watch; none of them writes a row of the company.

`ops up` brings web, worker, clock and the demo's sign-in as processes of their own; the worker does a piece of work
meanwhile. Only `ops demo` makes tables, those of the made-up company, and touches no other.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import psycopg
import pytest
from click.testing import CliRunner

from ops.cli import main
from tests import servers
from tests.bypass.watch import Watch
from tests.conftest import Databases

RULES = """version: 1
rules:
- name: By a file
  tables:
  - shop.orders
  kinds:
  - update
  condition: new.total > 999999
  stages:
  - role: manager
    needed: 1
"""
# What each is called with, what is typed, and how it ends. "up" is run apart, "demo" on a database of its own.
CALLS: dict[str, tuple[tuple[str, ...], int]] = {
    "migrate": ((), 0),
    "check": ((), 0),
    "version": ((), 0),
    "keys rotate": ((), 0),
    "keys forget": ((), 0),
    "person add": (("--break-glass", "red-box"), 0),
    "person list": ((), 0),
    "person disable": (("9",), 0),
    "person enable": (("9",), 0),
    "resource scaffold": (("shop.orders",), 0),
    "rules export": ((), 0),
    "rules import": (("{rules}", "--as", "oz@example.com", "--reason", "r", "--yes"), 0),
    "scim token add": (("entra",), 0),
    "scim token list": ((), 0),
    "scim token remove": (("entra",), 0),
    "uninstall": (("--yes",), 0),  # the last: the watch's triggers on our own tables go with them
}
BY_UP = {"up", "web", "worker", "clock", "demo-sign-in"}
ALONE = {"demo"}


def commands(at: click.Command = main, path: str = "") -> Iterator[str]:
    """The words of every command there is, hidden ones too."""
    if isinstance(at, click.Group):
        for name, one in at.commands.items():
            yield from commands(one, f"{path} {name}".strip())
    else:
        yield path


@pytest.fixture
def environ(make_database: Databases, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings of the demo on a database with orders in it."""
    return {"OPS_HOME": str(tmp_path / "home"), "OPS_REDIS_URL": redis_url, "OPS_DATABASE_URL": make_database("shop"),
            "OPS_SCHEMAS": "shop"}  # fmt: skip


@pytest.fixture
def watch(environ: dict[str, str]) -> Iterator[Watch]:
    made = watch_over(environ["OPS_DATABASE_URL"])
    yield made
    made.close()


def watch_over(url: str) -> Watch:
    """The watch, past a pooler."""
    return Watch(servers.url_of(urlsplit(url).path[1:], direct=True))


def test_every_command_is_run_here() -> None:
    """A new one says here how it is called, and is watched from then on."""
    assert set(commands()) == CALLS.keys() | BY_UP | ALONE


def test_a_rogue_command_is_missed_and_caught(
    environ: dict[str, str], watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def rogue() -> None:
        with psycopg.connect(environ["OPS_DATABASE_URL"], application_name="rogue") as connection:
            connection.execute("DELETE FROM shop.refunds")

    monkeypatch.setitem(main.commands, "rogue", rogue)
    assert set(commands()) - CALLS.keys() - BY_UP - ALONE == {"rogue"}
    assert CliRunner().invoke(main, ["rogue"], env=environ).exit_code == 0
    caught = watch.undoored()
    assert caught and {(one.table, one.op, one.program) for one in caught} == {
        ("shop.refunds", "DELETE", "rogue")
    }


def test_p27_no_command_writes_a_row_of_the_company(
    environ: dict[str, str], watch: Watch, tmp_path: Path
) -> None:
    """P17, P27: run one after the other, as somebody at the keyboard would."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    with psycopg.connect(environ["OPS_DATABASE_URL"], autocommit=True) as direct:
        direct.execute(
            "INSERT INTO ops.person (id, iss, sub, name, email, email_verified) VALUES "
            "(8, 'i', 'oz', 'Oz', 'oz@example.com', true), (9, 'i', 'bo', 'Bo', NULL, false)"
        )
        direct.execute("INSERT INTO ops.person_role VALUES (8, 'owner', 'hand'), (9, 'manager', 'hand')")
    watch.forget()
    for words, (more, code) in CALLS.items():
        said = [one.format(rules=rules) for one in more]
        result = CliRunner().invoke(main, [*words.split(), *said], env=environ)
        assert result.exit_code == code, f"{words}: {result.output}"
        assert not (past := watch.undoored()), f"ops {words}: {list(map(str, past))}"
    assert not watch.tables()


def test_p27_what_up_starts_writes_no_row_by_itself(
    environ: dict[str, str], watch: Watch, tmp_path: Path
) -> None:
    """P17, P27: up, web, worker, clock and the demo's sign-in, with the demo there already and work that is due."""
    port, log = servers.free_port(), tmp_path / "up.log"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("OPS_")}
    command = [sys.executable, "-m", "ops", "up", "--demo", "--port", str(port)]
    with psycopg.connect(environ["OPS_DATABASE_URL"], autocommit=True) as direct, log.open("wb") as out:
        direct.execute("INSERT INTO ops.work (kind, subject, max_attempts) VALUES ('apply', '1:1', 2)")
        process = subprocess.Popen(
            command,
            env={**bare, **environ, "OPS_WEB_WORKERS": "1"},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            _until(lambda: "Countersign runs at" in log.read_text(), log)
            done = "SELECT count(*) FROM ops.work WHERE kind = 'apply' AND state = 'done'"
            _until(lambda: direct.execute(done).fetchone() == (1,), log)
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0, log.read_text()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    # Once, where nobody has been yet: what the made-up company's groups mean, and two rules to meet.
    past = [one for one in watch.undoored() if one.table not in ("ops.approval_rule", "ops.group_role")]
    assert not past, list(map(str, past))
    assert not [table for table in watch.tables() if table.startswith("shop.")]


def _until(there: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + 40
    while not there():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def test_the_demo_makes_its_own_tables_and_touches_no_other(
    make_database: Databases, redis_url: str, tmp_path: Path
) -> None:
    """The one command that writes rows: those of the company that is made up, in a schema of its own."""
    url = make_database("ops")
    with psycopg.connect(url, autocommit=True) as direct:
        direct.execute("CREATE TABLE public.thing AS SELECT 1 AS id")
    watch = watch_over(url)
    given = {"OPS_HOME": str(tmp_path / "home"), "OPS_REDIS_URL": redis_url, "OPS_DATABASE_URL": url}
    for more in ((), ("--drop",)):
        result = CliRunner().invoke(main, ["demo", "--orders", "10", *more], env=given)
        assert result.exit_code == 0, result.output
    elsewhere = {
        (one.op, one.table)
        for one in watch.undoored()
        if "shop" not in one.table.split(" on ")[-1].split(".")
    }
    assert elsewhere <= {("CREATE EXTENSION", ".pg_trgm")}, "where the server has it, searching is fast"
    watch.close()
