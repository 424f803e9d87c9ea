"""`ops person` as its users see it: break-glass accounts, people listed, switched off and on."""

from __future__ import annotations

import pyotp
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from ops.cli import main
from ops.db import Database


@pytest.fixture
def run(ops_url: str, tmp_path, monkeypatch: pytest.MonkeyPatch):
    """run("list") -> Result of `ops person list`."""
    monkeypatch.setenv("OPS_DATABASE_URL", ops_url)
    monkeypatch.setenv("OPS_HOME", str(tmp_path))

    def call(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, ["person", *words], input=typed)

    return call


def test_a_break_glass_account_is_shown_once(run, db: Database) -> None:
    """P42, P53: its secrets are printed and kept nowhere in the clear; made again, they are others."""
    made = run("add", "--break-glass", "red-box")
    assert made.exit_code == 0, made.output
    told = dict(line.split(maxsplit=1) for line in made.stdout.splitlines())
    assert told["name"] == "red-box"
    assert len(told["password"]) >= 20
    assert pyotp.parse_uri(told["address"]).secret == told["secret"]
    assert "OPS_BREAK_GLASS=1" in made.stderr
    with db.reading() as tx:
        kept = tx.execute(sa.text("SELECT password, totp FROM ops.break_glass")).one()
        trail = tx.scalars(sa.text("SELECT action FROM ops.event")).all()
    assert told["password"] not in kept.password
    assert told["secret"] not in kept.totp
    assert trail == ["break_glass.added"]
    again = run("add", "--break-glass", "red-box")
    assert told["secret"] not in again.output
    assert "red-box" in run("list").output


def test_a_password_of_ones_own_is_not_printed(run) -> None:
    word = "correct horse battery staple"
    made = run("add", "--break-glass", "--ask-password", "red", typed=f"{word}\n{word}\n")
    assert made.exit_code == 0, made.output
    assert word not in made.output
    short = run("add", "--break-glass", "--ask-password", "red", typed="short\nshort\n")
    assert short.exit_code == 1
    assert "14 to 200 characters" in short.output


def test_what_cannot_be_done_is_said(run) -> None:
    assert "appear when they first sign in" in run("add", "ann").output
    assert "Not usable" in run("add", "--break-glass", "two words").output
    assert "off already, or is unknown" in run("disable", "7").output
    assert "on already, or is unknown" in run("enable", "7").output


def test_people_are_switched_off_and_on(run, db: Database) -> None:
    """P9: at once, also where no page can be reached; the trail says it was by command."""
    with db.transaction() as tx:
        tx.execute(
            sa.text("INSERT INTO ops.person (iss, sub, name) VALUES ('https://id.example', 'a', 'Ann')")
        )
    assert "Ann\t\thttps://id.example\ton" in run("list").output
    assert run("disable", "1").output == "Person 1 is switched off.\n"
    assert "switched off" in run("list").output
    assert run("enable", "1").output == "Person 1 is switched on.\n"
    with db.reading() as tx:
        assert tx.scalars(sa.text("SELECT action FROM ops.event ORDER BY id")).all() == [
            "people.disabled",
            "people.enabled",
        ]
