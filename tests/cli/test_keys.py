"""`ops keys`: keys change under sessions and sealed values, and neither is lost (P53)."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from ops.cli import main
from ops.keys import Ring, key_id

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4


@pytest.fixture
def run(tmp_path: Path, redis_url: str, ops_url: str) -> Callable[..., Result]:
    def call(*words: str, **environ: str) -> Result:
        given = {"OPS_HOME": str(tmp_path / "home"), "OPS_REDIS_URL": redis_url, "OPS_DATABASE_URL": ops_url}
        return CliRunner().invoke(main, ["keys", *words], env={**given, **environ})

    return call


def _seal(url: str, ring: Ring, persons: int) -> None:
    """Refresh tokens of so many people, as sign-in keeps them."""
    from ops.identity import refreshing

    with psycopg.connect(url) as connection:
        for number in range(1, persons + 1):
            connection.execute(
                "INSERT INTO ops.person (id, iss, sub, name) OVERRIDING SYSTEM VALUE VALUES (%s, 'i', %s, 'P')",
                (number, str(number)),
            )
            sealed = ring.seal(refreshing.PURPOSE, b"token %d" % number, bound_to=refreshing._place(number))
            columns = "person_id, iss, token, offline, due_at"
            connection.execute(
                f"INSERT INTO ops.refresh ({columns}) VALUES (%s, 'i', %s, true, now())", (number, sealed)
            )


def _opened(url: str, ring: Ring) -> list[bytes]:
    from ops.identity import refreshing

    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT person_id, token FROM ops.refresh ORDER BY person_id").fetchall()
    return [
        ring.unseal(refreshing.PURPOSE, token, bound_to=refreshing._place(person)) for person, token in rows
    ]


def test_values_are_sealed_anew_p53(run: Callable[..., Result], ops_url: str) -> None:
    """P53: with the new key alone everything opens, and it stands in the trail without a key in it."""
    _seal(ops_url, Ring(OLD), 3)
    given = {"OPS_ENCRYPTION_KEY": NEW, "OPS_ENCRYPTION_KEY_PREVIOUS": OLD, "OPS_SECRET_KEY": NEW[::-1]}
    result = run("rotate", **given)
    assert result.exit_code == 0, result.output
    assert "Values sealed anew: 3" in result.output and "may go now" in result.output
    assert OLD not in result.output and NEW not in result.output
    assert _opened(ops_url, Ring(NEW)) == [b"token 1", b"token 2", b"token 3"]
    assert "Values sealed anew: 0" in run("rotate", **given).output
    with psycopg.connect(ops_url) as connection:
        told = connection.execute("SELECT line::text FROM ops.event WHERE action = 'keys.rotated'").fetchall()
    assert len(told) == 2 and NEW not in str(told) and OLD not in str(told)


def test_without_the_earlier_key_nothing_changes_p53(run: Callable[..., Result], ops_url: str) -> None:
    """P53: it says which key is missing."""
    _seal(ops_url, Ring(OLD), 2)
    result = run("rotate", OPS_ENCRYPTION_KEY=NEW, OPS_SECRET_KEY=OLD)
    assert result.exit_code == 1
    assert "Nothing was changed" in result.output and key_id(OLD) in result.output
    assert len(_opened(ops_url, Ring(OLD))) == 2


def test_keys_of_ours_are_made_anew_p53(run: Callable[..., Result], ops_url: str, tmp_path: Path) -> None:
    """P53: files under OPS_HOME."""
    assert run("rotate").exit_code == 0
    file = tmp_path / "home" / "encryption-key"
    first = file.read_text().split()
    _seal(ops_url, Ring(first[0]), 1)
    result = run("rotate")
    assert "New keys were made: OPS_SECRET_KEY, OPS_ENCRYPTION_KEY" in result.output
    second = file.read_text().split()
    assert second[1:] == first and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert _opened(ops_url, Ring(second[0])) == [b"token 1"]
    assert re.search(r"Earlier keys dropped: [1-9]", run("forget").output)
    assert len(file.read_text().split()) == 1
    assert _opened(ops_url, Ring(file.read_text().strip())) == [b"token 1"]
