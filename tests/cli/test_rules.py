"""`ops rules` as its users see it: a file out, a difference shown, another owner asked; out and in again is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from ops.cli import main
from ops.db import Database

KEPT = """version: 1
rules:
- name: Everything at night
  tables:
  - '*'
  kinds:
  - delete
  sources:
  - bulk
  - import
  proposer_roles:
  - operator
  stages:
  - role: manager
    needed: 2
  expires: 72
  enabled: false
- name: Large stock
  tables:
  - public.stock
  kinds:
  - create
  - update
  columns:
  - amount
  condition: new.amount > 100
  min_rows: 10
  stages:
  - role: manager
    needed: 1
    due: 24
    remind: 8
    escalate_to: owner
  - people:
    - bo@example.com
    - 3
    needed: 1
"""


@pytest.fixture
def run(ops_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: Database):
    """run("export") -> Result of `ops rules export`; two owners, one with an address of his own."""
    monkeypatch.setenv("OPS_DATABASE_URL", ops_url)
    monkeypatch.setenv("OPS_HOME", str(tmp_path / "home"))
    with db.transaction() as tx:
        for text in (
            "CREATE TABLE public.stock (id int PRIMARY KEY, amount int)",
            "INSERT INTO ops.person (id, iss, sub, name, email, email_verified) VALUES "
            "(1, 'i', 'oz', 'Oz', 'oz@example.com', true), (2, 'i', 'bo', 'Bo', 'Bo@example.com', true), "
            "(3, 'i', 'max', 'Max', 'max@example.com', false), (4, 'i', 'ann', 'Ann', NULL, false)",
            "INSERT INTO ops.person_role VALUES (1, 'owner', 'hand'), (2, 'manager', 'hand'), (4, 'operator', 'hand')",
        ):
            tx.execute(sa.text(text))

    def call(*words: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, ["rules", *words], input=typed)

    return call


def lands(db: Database) -> None:
    """Let the change of rules take effect, as another owner's yes would: the door's own tests show that it must."""
    from ops import approvals, catalog, changes, identity
    from ops.changes import show

    with db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.person (id, iss, sub, name) VALUES (9, 'i', 'ola', 'Ola') ON CONFLICT DO NOTHING"
            )
        )
        tx.execute(sa.text("INSERT INTO ops.person_role VALUES (9, 'owner', 'hand') ON CONFLICT DO NOTHING"))
    with db.reading() as tx:
        known = catalog.load(tx, schemas=None, resources=[])
        ola = identity.actor_for(tx, 9, source="web")
        change_id = approvals.waiting_for(tx, ola)[-1]
        digest = show(tx, known, ola, change_id).digest
    assert changes.decide(db, known, ola, change_id, verdict="approve", digest=digest).state == "applied"


def bring(run, tmp_path: Path, text: str, *words: str, typed: str | None = None) -> Result:
    file = tmp_path / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    return run("import", str(file), "--as", "oz@example.com", *words, typed=typed)


def test_a_file_shows_what_is_other_and_asks_another_owner(run, tmp_path: Path, db: Database) -> None:
    """P17, P27: through the door; nothing is other until somebody else agrees. Out again it is the same file."""
    dry = bring(run, tmp_path, KEPT, "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "+ Large stock" in dry.output
    assert "+ condition: new.amount > 100" in dry.output
    with db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.change_set")) == 0
    sent = bring(run, tmp_path, KEPT, typed="Agreed with the auditors\ny\n")
    assert sent.exit_code == 0, sent.output
    assert "waits for another owner" in sent.output
    with db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.approval_rule")) == 0
        told = tx.execute(sa.text("SELECT state, source, reason FROM ops.change_set")).one()
    assert tuple(told) == ("in_review", "rules", "Agreed with the auditors")
    lands(db)
    assert run("export").stdout == KEPT
    again = bring(run, tmp_path, KEPT, "--remove")
    assert again.output == "Nothing is other.\n"


def test_what_the_file_leaves_out_stays_unless_it_is_taken_away(run, tmp_path: Path, db: Database) -> None:
    bring(run, tmp_path, KEPT, "--reason", "r", "--yes")
    lands(db)
    less = KEPT[: KEPT.index("- name: Large")].replace("needed: 2", "needed: 3")
    shown = bring(run, tmp_path, less, "--dry-run").output
    assert "~ Everything at night" in shown
    assert "left as they are: Large stock" in shown
    taken = bring(run, tmp_path, less, "--remove", "--reason", "r", "--yes")
    assert "- Large stock" in taken.output
    lands(db)
    with db.reading() as tx:
        rows = tx.execute(sa.text("SELECT name, stages FROM ops.approval_rule")).all()
    assert [tuple(row) for row in rows] == [("Everything at night", [{"role": "manager", "needed": 3}])]


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("version: 1", "version: 2", "version: 1"),
        ("version: 1", "version: [1", "no YAML"),
        ("version: 1", "version: !!python/object:os.system 1", "no YAML"),
        ("  - public.stock", "  - stock", "names no table"),
        ("  - public.stock", "  - public.gone", "no table"),
        ("  - amount\n", "  - weight\n", "no column weight"),
        ("new.amount > 100", "amount > 100", "new.amount"),
        ("role: manager\n    needed: 1", "rolle: manager\n    needed: 1", "rolle"),
        ("role: manager\n    needed: 1", "role: nobody\n    needed: 1", "no role “nobody”"),
        ("bo@example.com", "max@example.com", "“max@example.com” is no one person"),
        ("    - 3\n", "    - 77\n", "“77” is no one person"),
        ("needed: 1\n    due: 24", "needed: 0\n    due: 24", "whole number"),
        ("    due: 24\n", "", "after how many hours"),
        ("- name: Large stock", "- name: Everything at night", "two rules"),
        ("min_rows: 10", "min_rows: ten", "whole number"),
    ],
)
def test_what_makes_no_sense_is_not_sent(
    run, tmp_path: Path, db: Database, was: str, now: str, says: str
) -> None:
    assert was in KEPT
    answer = bring(run, tmp_path, KEPT.replace(was, now, 1), "--reason", "r", "--yes")
    assert answer.exit_code == 1, answer.output
    assert "Nothing was sent" in answer.output
    assert says in answer.output
    with db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.change_set")) == 0


def test_only_who_may_change_rules_asks_for_it(run, tmp_path: Path, db: Database) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(KEPT, encoding="utf-8")
    for who in ("bo@example.com", "4"):
        answer = run("import", str(file), "--as", who, "--reason", "r", "--yes")
        assert answer.exit_code == 1, answer.output
    assert "no one person" in run("import", str(file), "--as", "max@example.com", "--yes").output
    with db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.change_set")) == 0
