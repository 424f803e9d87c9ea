"""What becomes of uploads: deleted after a week or at once, ended with their person, given up with a word."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa

from ops import imports
from ops.actor import Actor
from ops.imports.source import spool_of
from ops.offboarding import offboard, preview
from ops.platform import Platform
from ops.work import Buried
from tests.imports.conftest import bring, checked, claim, execute, shown, staged

FILE = "sku,name\nA,Anvil\nx\n"


def one(platform: Platform, text: str, **values: object):
    with platform.db.reading() as tx:
        return tx.scalar(sa.text(text), values)


def test_uploads_and_rows_go_after_a_week(platform: Platform, ann: Actor) -> None:
    old, new = (checked(platform, ann, bring(platform, ann, FILE)) for _ in range(2))
    execute(
        platform,
        "UPDATE ops.import_run SET created_at = now() - interval '9 days', checked_at = now() - interval '8 days' "
        "WHERE id = :id",
        id=old.id,
    )
    imports.tidy(platform)
    imports.tidy(platform)
    assert shown(platform, ann, old.id).file is None and shown(platform, ann, new.id).file is not None
    assert spool_of(platform.settings).names() == [new.file]
    assert one(platform, "SELECT count(*) FROM ops.import_row WHERE run_id = :id", id=old.id) == 0
    assert one(platform, "SELECT count(*) FROM ops.import_row WHERE run_id = :id", id=new.id) == 2


def test_rows_of_an_earlier_dry_run_go(platform: Platform, ann: Actor) -> None:
    run = checked(platform, ann, bring(platform, ann, FILE))
    run = checked(platform, ann, run.id)
    assert run.round == 2 and len(staged(platform, run, "new")) == 1
    imports.tidy(platform)
    assert one(platform, "SELECT count(*) FROM ops.import_row WHERE run_id = :id", id=run.id) == 2
    assert len(staged(platform, run, "new")) == 1


def test_a_file_no_import_knows_goes_and_others_rooms_are_left_alone(platform: Platform, ann: Actor) -> None:
    import os

    spool = spool_of(platform.settings)
    with spool.writing(f"{uuid4()}.csv") as out:
        out.write(b"x")
    bring(platform, ann, FILE)
    for name in spool.names():
        os.utime(spool.folder / name, (1, 1))
    from ops import exports

    exports.tidy(platform)
    assert len(spool.names()) == 2
    imports.tidy(platform)
    assert len(spool.names()) == 1


def test_somebody_leaves(platform: Platform, ann: Actor, oz: Actor) -> None:
    """What nobody was asked about ends; what was proposed is a change, and goes the way of those."""
    waiting = bring(platform, ann, FILE)
    imports.check(platform, ann, waiting, shown(platform, ann, waiting).plan)
    with platform.db.reading() as tx:
        found = [one for one in preview(tx, oz, ann.person_id or 0) if one.kind == "import"]
    assert [(one.fate, one.href) for one in found] == [("ends", f"/imports/{waiting}")]
    with platform.db.transaction() as tx:
        offboard(tx, oz, ann.person_id or 0)
    assert one(platform, "SELECT state FROM ops.import_run WHERE id = :id", id=waiting) == "cancelled"
    assert one(platform, "SELECT state FROM ops.work WHERE kind = 'import'") == "cancelled"


def test_given_up_says_so(platform: Platform, ann: Actor) -> None:
    run_id = bring(platform, ann, FILE)
    imports.check(platform, ann, run_id, shown(platform, ann, run_id).plan)
    held = claim(platform, run_id)
    with platform.db.transaction() as tx:
        imports.bury(tx, Buried(held.id, held.kind, held.subject))
    run = shown(platform, ann, run_id)
    assert run.state == "failed" and "several times" in str(run.error)
    assert checked(platform, ann, run_id).state == "checked", "and may be asked for again"


def test_a_change_that_could_not_be_made_says_so(platform: Platform, ann: Actor) -> None:
    run = checked(platform, ann, bring(platform, ann, FILE))
    made = imports.propose(platform, ann, run.id, reason="x", mode="chunks", token="t" * 22)
    assert not imports.discard(platform, ann, run.id), "its rows are still needed"
    execute(platform, "UPDATE ops.person_role SET role = 'viewer' WHERE person_id = :id", id=ann.person_id)
    imports.run(platform, claim(platform, run.id))
    assert one(platform, "SELECT state FROM ops.change_set WHERE id = :id", id=made.change_id) == "failed"
    assert "roles" in str(shown(platform, ann, run.id).error)
    assert one(platform, "SELECT count(*) FROM stock") == 0


def test_stopped_while_the_change_is_made_another_goes_on(platform: Platform, ann: Actor) -> None:
    """P48, P54: given back, and gone on with: each row is in the change once."""
    run = checked(platform, ann, bring(platform, ann, "sku,name\n" + "".join(f"S{n},x\n" for n in range(50))))
    made = imports.propose(platform, ann, run.id, reason="x", mode="chunks", token="t" * 22)
    imports.run(platform, claim(platform, run.id), lambda: True)
    assert one(platform, "SELECT state FROM ops.work WHERE subject LIKE '%offer'") == "due"
    imports.run(platform, claim(platform, run.id))
    assert (
        one(platform, "SELECT count(*) FROM ops.change_target WHERE change_id = :id", id=made.change_id) == 50
    )
    assert one(platform, "SELECT total FROM ops.change_bulk WHERE change_id = :id", id=made.change_id) == 50
