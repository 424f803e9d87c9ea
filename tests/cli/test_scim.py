"""`ops scim token` as its users see it: shown once, listed, removed; each step in the trail."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ops.cli import main
from ops.cli.check import findings
from ops.db import Database
from ops.provisioning import tokens
from ops.settings import load


@pytest.fixture
def run(ops_url: str, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """run("add", "entra") -> Result of `ops scim token add entra`."""
    monkeypatch.setenv("OPS_DATABASE_URL", ops_url)
    monkeypatch.setenv("OPS_HOME", str(tmp_path))

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["scim", "token", *words])

    return call


def test_a_token_is_shown_once_listed_and_removed(run, db: Database) -> None:
    """P42, P53: no default token; what is kept opens nothing."""
    assert "There is no token" in run("list").output
    made = run("add", "entra")
    assert made.exit_code == 0
    token = made.stdout.splitlines()[0]
    with db.reading() as tx:
        found = tokens.known(tx, token)
        assert found is not None and found.label == "entra"
        assert tokens.known(tx, token[:-1] + "x") is None
    listed = run("list").output
    assert "entra" in listed and "never used" in listed and token not in listed
    assert "already" in run("add", "entra").output
    assert run("add", "x" * 101).exit_code == 1 and run("add", "a\nb").exit_code == 1
    assert "no token named okta" in run("remove", "okta").output
    assert run("remove", "entra").exit_code == 0
    with db.reading() as tx:
        assert tokens.known(tx, token) is None
    with db.reading() as tx:
        rows = tx.execute(text("SELECT action FROM ops.event ORDER BY id")).all()
        assert [row.action for row in rows] == ["scim_token.added", "scim_token.removed"]


def test_check_notices_a_client_that_tells_no_more(run, db: Database, ops_url: str) -> None:
    """P9: roles by SCIM do not age; that nobody tells of them any more must not go unnoticed."""

    def notes() -> list[str]:
        return [one.text for one in findings(load({"OPS_DATABASE_URL": ops_url})) if "SCIM" in one.text]

    run("add", "entra")
    assert not notes()
    with db.transaction() as tx:
        tx.execute(text("UPDATE ops.scim_token SET used_at = now() - interval '8 days'"))
        tx.execute(text("INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'i', 's', 'n')"))
        tx.execute(text("INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'viewer', 'scim')"))
    assert ["entra was last used on" in one for one in notes()] == [True]
    run("remove", "entra")
    assert [one.startswith("1 people have roles by SCIM") for one in notes()] == [True]
