"""The commands that look, migrate and take away: what they say and what they leave."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from ops.cli import main
from tests import servers


@pytest.fixture
def run(tmp_path: Path, redis_url: str):
    def call(*words: str, url: str | None = None, **environ: str) -> Result:
        given = {"OPS_HOME": str(tmp_path / "home"), "OPS_REDIS_URL": redis_url, **environ}
        if url:
            given["OPS_DATABASE_URL"] = url
        return CliRunner().invoke(main, list(words), env=given)

    return call


def schemas(url: str) -> set[str]:
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace").fetchall()}


def test_migrate_then_uninstall_leaves_nothing(run, database_url: str) -> None:
    before = schemas(database_url)
    assert "at revision" in run("migrate", url=database_url).output
    assert run("migrate", url=database_url).exit_code == 0  # again: nothing to do
    assert "ops" in schemas(database_url)
    result = run("uninstall", "--yes", url=database_url)
    assert "is gone" in result.output
    assert schemas(database_url) == before
    assert "no schema ops" in run("uninstall", "--yes", url=database_url).output


def test_uninstall_asks_first(run, ops_url: str) -> None:
    result = run("uninstall", url=ops_url)  # no answer on its input
    assert result.exit_code == 1
    assert "ops" in schemas(ops_url)


def test_a_schema_that_is_not_ours_is_refused_and_kept(run, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA ops; CREATE TABLE ops.theirs (id int)")
    for words in (("migrate",), ("uninstall", "--yes")):
        result = run(*words, url=database_url)
        assert result.exit_code == 1
        assert "not Countersign's" in result.output
    assert "wrong" in run("check", url=database_url).output
    with psycopg.connect(database_url, autocommit=True) as connection:
        assert connection.execute("SELECT to_regclass('ops.theirs')").fetchone() != (None,)


def test_check_of_a_good_set_up(run, shop_url: str) -> None:
    result = run("check", url=shop_url, OPS_RESOURCES="demo.resources")
    assert result.exit_code == 0, result.output
    for words in ("PostgreSQL", "ours and at revision", "Redis", "tables and views", "level B"):
        assert words in result.output
    assert "\n 2. " in result.output


def test_check_names_everything_that_is_wrong(run, database_url: str) -> None:
    nowhere = f"redis://127.0.0.1:{servers.free_port()}/0"
    result = run(
        "check", url=database_url, OPS_REDIS_URL=nowhere, OPS_TYPO="1", OPS_OIDC_ISSUER="http://127.0.0.1:9",
        OPS_OIDC_CLIENT_ID="x", OPS_OIDC_CLIENT_SECRET="y",
    )  # fmt: skip
    assert result.exit_code == 1
    for words in (
        "OPS_TYPO",
        "not there yet. Run: ops migrate",
        "Redis cannot be used",
        "127.0.0.1:9 cannot be used",
    ):
        assert words in result.output


def test_p42_no_secret_is_printed(run, tmp_path: Path) -> None:
    """P42: a wrong password shows nowhere, not even in the error."""
    url = f"postgresql://nobody:s3cret-word@127.0.0.1:{servers.free_port()}/x"
    for command in ("check", "migrate", "worker", "clock"):
        result = run(command, url=url)
        assert result.exit_code == 1
        assert "s3cret" not in result.output
        assert "Traceback" not in result.output


def test_level_a_is_told_from_level_b(run, ops_url: str) -> None:
    """P37: the level of protection is said as it is."""
    with psycopg.connect(ops_url, autocommit=True) as connection:
        connection.execute(
            "DROP ROLE IF EXISTS countersign_a_test; CREATE ROLE countersign_a_test LOGIN PASSWORD 'x'"
        )
    try:
        from urllib.parse import urlsplit

        parts = urlsplit(ops_url)
        url = f"postgresql://countersign_a_test:x@{parts.hostname}:{parts.port}{parts.path}"
        assert "Set OPS_MIGRATION_URL" in run("check", url=url).output
        assert run("migrate", url=url, OPS_MIGRATION_URL=ops_url).exit_code == 0
        assert "level A" in run("check", url=url, OPS_MIGRATION_URL=ops_url).output
        assert "level B" in run("check", url=ops_url).output
    finally:
        with psycopg.connect(ops_url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY countersign_a_test; DROP ROLE countersign_a_test")


def test_a_wrong_setting_stops_every_process_and_is_named(run, ops_url: str) -> None:
    for command in ("web", "worker", "clock", "up", "check"):
        result = run(command, url=ops_url, OPS_POOL_SIZE="many")
        assert result.exit_code == 1
        assert "OPS_POOL_SIZE='many'" in result.output


def test_demo_is_made_and_not_made_twice(run, database_url: str) -> None:
    assert run("demo", "--orders", "50", url=database_url).exit_code == 0
    again = run("demo", "--orders", "50", url=database_url)
    assert again.exit_code == 1
    assert "already" in again.output
    assert run("demo", "--orders", "60", "--drop", url=database_url).exit_code == 0


def test_log_lines_cannot_be_forged() -> None:
    """P42: what others wrote stays on its line."""
    import logging

    from ops.cli.logs import OneLine

    record = logging.LogRecord(
        "x", logging.INFO, "", 0, "job %s", ("a\n12:00:00 info forged\x1b[2J\u2028",), None
    )
    assert OneLine().format(record).count("\n") == 0
    assert "\x1b" not in OneLine().format(record)
