"""An export from asking to downloading: the person's own view of one snapshot, once, and in the trail."""

from __future__ import annotations

import csv
import hashlib
import io
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from ops import exports, work
from ops.actor import Actor
from ops.catalog import UnknownTable
from ops.exports import Gone, NoSuchRun
from ops.platform import Platform
from ops.policy import Forbidden, NotVisible
from ops.spool import at
from ops.work import Fenced
from tests.exports.conftest import person


def ask(platform: Platform, actor: Actor, ref: str, list_: str = "", token: str | None = None) -> UUID:
    return exports.request(platform, actor, ref, list_, token or uuid4().hex)


def claim(platform: Platform, run_id: UUID) -> work.Claim:
    with platform.db.reading() as tx:
        work_id = tx.scalar(sa.text("SELECT id FROM ops.work WHERE subject = :id"), {"id": str(run_id)})
    found = work.claim(platform.db, work_id, "test")
    assert found is not None
    return found


def written(platform: Platform, actor: Actor, ref: str, list_: str = "") -> list[dict[str, str]]:
    """Ask, write, download, and read the file as a spreadsheet would."""
    run_id = ask(platform, actor, ref, list_)
    exports.run(platform, claim(platform, run_id))
    found = exports.open_file(platform, actor, run_id)
    with found.file:
        data = found.file.read()
    assert hashlib.sha256(data).hexdigest() == found.sha256
    assert len(data) == found.bytes
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def shown(platform: Platform, actor: Actor, run_id: UUID) -> exports.Run:
    with platform.db.reading() as tx:
        return exports.show(tx, actor, run_id)


def execute(platform: Platform, text: str, **values: object) -> None:
    with platform.db.transaction() as tx:
        tx.execute(sa.text(text), values)


def actions(platform: Platform) -> list[tuple[str, str]]:
    with platform.db.reading() as tx:
        rows = tx.execute(sa.text("SELECT action, outcome FROM ops.event ORDER BY id"))
        return [(row.action, row.outcome) for row in rows]


def test_the_whole_way(platform: Platform, bo: Actor) -> None:
    """P35: asked, written and downloaded stand in the trail."""
    rows = written(platform, bo, "shop.orders", "sort=-placed_at")
    assert len(rows) == 400
    assert [row["placed_at"] for row in rows] == sorted((row["placed_at"] for row in rows), reverse=True)
    assert [name for name, _ in actions(platform)] == [
        "export.requested",
        "export.written",
        "export.downloaded",
    ]
    with platform.db.reading() as tx:
        (run,) = exports.mine(tx, bo)
    assert (run.state, run.written, run.expected) == ("done", 400, 400)


def test_the_lists_filters_are_the_files(platform: Platform, bo: Actor) -> None:
    rows = written(platform, bo, "shop.orders", "f.status.is=shipped")
    with platform.db.reading() as tx:
        count = tx.scalar(sa.text("SELECT count(*) FROM shop.orders WHERE status = 'shipped'"))
    assert len(rows) == count > 0
    assert {row["status"] for row in rows} == {"shipped"}


def test_p14_hidden_masked_and_row_conditions_hold(platform: Platform, ann: Actor, bo: Actor) -> None:
    """P14: what one may not see is not in the file either."""
    execute(platform, "UPDATE shop.customers SET iban = 'DE44MARKER1MARKER' WHERE id = 1")
    execute(platform, "UPDATE shop.customers SET country = 'IS', name = 'MARKER ICE' WHERE id = 2")
    columns = "columns=id,name,country,iban"
    everybody = written(platform, bo, "shop.customers", columns)
    assert "internal_risk_score" not in everybody[0]
    assert "MARKER1" not in repr(everybody)  # masked data: its export is a permission of its own
    text = repr(written(platform, ann, "shop.customers", columns))
    assert "MARKER1" not in text
    assert "MARKER ICE" not in text
    assert "MARKER ICE" in repr(everybody)
    for list_ in ("columns=id,internal_risk_score", "f.internal_risk_score.gt=1", "sort=internal_risk_score"):
        with pytest.raises(NotVisible):
            ask(platform, bo, "shop.customers", list_)
    with pytest.raises(exports.ExportError, match="masked"):
        ask(platform, ann, "shop.customers", "f.iban.starts=DE")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-x", "'-x"), ("@a", "'@a"), ("\tx", "'\tx"), ("\rx", "'\rx"),
        ("a=1", "a=1"), ("", ""), ("100% sure :x %(y)s", "100% sure :x %(y)s"),
        ('say "hi", you\nthere', 'say "hi", you\nthere'),
    ],
)  # fmt: skip
def test_p22_formulas_are_harmless(platform: Platform, bo: Actor, value: str, cell: str) -> None:
    """P22: a text that a spreadsheet would run is preceded by an apostrophe; all others are as they are."""
    execute(platform, "UPDATE shop.customers SET city = :value WHERE id = 3", value=value)
    row = next(row for row in written(platform, bo, "shop.customers", "columns=id,city") if row["id"] == "3")
    assert row["city"] == cell


def test_p22_numbers_and_dates_stay_themselves(platform: Platform, bo: Actor) -> None:
    execute(
        platform,
        'CREATE TABLE public.signs (id int PRIMARY KEY, n numeric, i interval, d date, "=name" text);'
        "INSERT INTO public.signs VALUES (1, -5.10, '-1 day', '-infinity', NULL), (2, 'NaN', NULL, NULL, '')",
    )
    platform.reload()
    first, second = written(platform, bo, "signs", "sort=id")
    assert (first["n"], first["i"], first["d"]) == ("-5.10", "-1 days", "-infinity")
    assert (second["n"], second["i"]) == ("NaN", "")
    assert "'=name" in first


def test_p20_values_in_filters_are_quoted(platform: Platform, bo: Actor) -> None:
    """P20: nothing a user types becomes SQL, though COPY takes no parameters."""
    for nasty in ("'); DROP TABLE shop.tickets; --", "\\'; SELECT 1", "%s %(x)s :y", "$$", "é\u2028"):
        from urllib.parse import quote

        assert written(platform, bo, "shop.customers", f"f.name.is={quote(nasty)}") == []


def test_p30_the_same_form_is_the_same_run(platform: Platform, bo: Actor) -> None:
    first = ask(platform, bo, "shop.orders", token="one-form-token-0123456789")
    assert ask(platform, bo, "shop.orders", token="one-form-token-0123456789") == first
    with platform.db.reading() as tx:
        assert len(exports.mine(tx, bo)) == 1
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.work")) == 1
    assert actions(platform) == [("export.requested", "done")]


def test_who_may_not_and_what_is_not_there(platform: Platform, bo: Actor) -> None:
    dee = person(platform.db, "Dee")
    with pytest.raises((Forbidden, NotVisible)):
        ask(platform, dee, "shop.orders")
    with pytest.raises(UnknownTable):
        ask(platform, bo, "shop.nothing")
    with platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM ops.export_run")) == 0


def test_another_persons_run_is_not_there(platform: Platform, ann: Actor, bo: Actor) -> None:
    run_id = ask(platform, bo, "shop.orders")
    exports.run(platform, claim(platform, run_id))
    with platform.db.reading() as tx, pytest.raises(NoSuchRun):
        exports.show(tx, ann, run_id)
    with pytest.raises(NoSuchRun):
        exports.open_file(platform, ann, run_id)
    with pytest.raises(NoSuchRun):
        exports.cancel(platform, ann, run_id)
    assert "export.downloaded" not in [name for name, _ in actions(platform)]


def test_p16_rights_taken_away_meanwhile(platform: Platform, bo: Actor) -> None:
    """P16: today's rights count when it is written, and again when it is downloaded."""
    asked, ready = ask(platform, bo, "shop.orders"), ask(platform, bo, "shop.orders")
    exports.run(platform, claim(platform, ready))
    execute(platform, "DELETE FROM ops.person_role")
    exports.run(platform, claim(platform, asked))
    run = shown(platform, bo, asked)
    assert run.state == "failed"
    assert "any more" in (run.error or "")
    with pytest.raises(Gone, match="rights"):
        exports.open_file(platform, bo, ready)


def test_p16_fewer_columns_since(platform: Platform, bo: Actor) -> None:
    """A manager's file with clear IBANs is not handed to one who is only an operator now."""
    run_id = ask(platform, bo, "shop.customers")
    exports.run(platform, claim(platform, run_id))
    execute(platform, "UPDATE ops.person_role SET role = 'operator'")
    with pytest.raises(Gone, match="rights"):
        exports.open_file(platform, bo, run_id)


def test_a_person_switched_off(platform: Platform, bo: Actor) -> None:
    run_id = ask(platform, bo, "shop.orders")
    execute(platform, "UPDATE ops.person SET disabled_at = now()")
    exports.run(platform, claim(platform, run_id))
    assert shown(platform, bo, run_id).state == "failed"


def test_p36_no_event_no_file(platform: Platform, bo: Actor) -> None:
    """P36: if the download cannot be written down, nothing is handed out."""
    run_id = ask(platform, bo, "shop.orders")
    exports.run(platform, claim(platform, run_id))
    execute(
        platform,
        "CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'no'; END $$;"
        "CREATE TRIGGER no BEFORE INSERT ON ops.event FOR EACH ROW EXECUTE FUNCTION public.no()",
    )
    with pytest.raises(sa.exc.DBAPIError):
        exports.open_file(platform, bo, run_id)


def test_cancelled_before_it_began(platform: Platform, bo: Actor) -> None:
    run_id = ask(platform, bo, "shop.orders")
    assert exports.cancel(platform, bo, run_id)
    assert not exports.cancel(platform, bo, run_id)
    with platform.db.reading() as tx:
        assert tx.scalar(sa.text("SELECT state FROM ops.work")) == "cancelled"
    assert shown(platform, bo, run_id).state == "cancelled"
    with pytest.raises(Gone):
        exports.open_file(platform, bo, run_id)


def test_p48_a_stale_holder_leaves_nothing(platform: Platform, bo: Actor) -> None:
    """P48: two hold it, one after the other; the first finishes last and is fenced."""
    run_id = ask(platform, bo, "shop.orders")
    stale = claim(platform, run_id)
    execute(platform, "UPDATE ops.work SET until = now() - interval '1 second'")
    fresh = claim(platform, run_id)
    with pytest.raises(Fenced):
        exports.run(platform, stale)
    exports.run(platform, fresh)
    with pytest.raises(Fenced):
        exports.run(platform, stale)
    run = shown(platform, bo, run_id)
    assert run.file == f"{run_id}-{fresh.fence}.csv"
    assert at(platform.settings.spool).names() == [run.file]
    assert [name for name, _ in actions(platform)].count("export.written") == 1


def test_asked_to_stop_it_is_given_back(platform: Platform, bo: Actor) -> None:
    """P54: SIGTERM gives work back; the attempt is not counted."""
    slow(platform)
    run_id = ask(platform, bo, "slow")
    exports.run(platform, claim(platform, run_id), lambda: True)
    with platform.db.reading() as tx:
        assert tx.execute(sa.text("SELECT state, attempts FROM ops.work")).one() == ("due", 0)
    assert shown(platform, bo, run_id).state == "waiting"
    assert list(at(platform.settings.spool).folder.iterdir()) == []


def test_cancelled_under_way(platform: Platform, bo: Actor) -> None:
    slow(platform)
    run_id = ask(platform, bo, "slow")
    held = claim(platform, run_id)
    import threading

    threading.Timer(1.0, exports.cancel, (platform, bo, run_id)).start()
    with pytest.raises(Fenced):
        exports.run(platform, held)
    assert shown(platform, bo, run_id).state == "cancelled"
    assert list(at(platform.settings.spool).folder.iterdir()) == []


def slow(platform: Platform, rows: int = 600) -> None:
    """A view whose rows take 20 ms each."""
    execute(
        platform,
        "CREATE FUNCTION public.lazy(i int) RETURNS text LANGUAGE plpgsql VOLATILE AS "
        "$$ BEGIN PERFORM pg_sleep(0.02); RETURN 'row ' || i; END $$",
    )
    execute(
        platform,
        "CREATE VIEW public.slow AS SELECT g AS id, public.lazy(g) AS text "
        f"FROM generate_series(1, {rows}) g",
    )
    platform.reload()


def test_old_files_and_orphans_are_swept(platform: Platform, bo: Actor) -> None:
    """P54: the disk is bounded."""
    import os

    spool = at(platform.settings.spool)
    kept, old = ask(platform, bo, "shop.orders"), ask(platform, bo, "shop.orders")
    for run_id in (kept, old):
        exports.run(platform, claim(platform, run_id))
    orphan = f"{uuid4()}-1.csv"
    with spool.writing(orphan) as out:
        out.write(b"x")
    for name in spool.names():
        os.utime(spool.folder / name, (1, 1))
    execute(
        platform, "UPDATE ops.export_run SET finished_at = now() - interval '8 days' WHERE id = :id", id=old
    )
    exports.tidy(platform)
    assert spool.names() == [shown(platform, bo, kept).file]
    with pytest.raises(Gone, match="deleted"):
        exports.open_file(platform, bo, old)


def test_too_many_at_once(platform: Platform, bo: Actor) -> None:
    for _ in range(20):
        ask(platform, bo, "shop.orders")
    with pytest.raises(exports.ExportError, match="waiting already"):
        ask(platform, bo, "shop.orders")


def test_redis_away_loses_nothing(platform: Platform, bo: Actor) -> None:
    """P48: asking works without Redis; the work waits in PostgreSQL."""
    from redis import Redis

    from tests import servers

    platform.redis = Redis(port=servers.free_port(), socket_timeout=1, socket_connect_timeout=1, retry=None)
    run_id = ask(platform, bo, "shop.orders")
    exports.run(platform, claim(platform, run_id))
    assert shown(platform, bo, run_id).state == "done"


def test_a_full_disk_leaves_no_half_file_and_is_tried_again(platform: Platform, bo: Actor) -> None:
    """The operating system refuses to write on: nothing is left, the work is due again."""
    import resource

    run_id = ask(platform, bo, "shop.order_lines")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        exports.run(platform, claim(platform, run_id))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(at(platform.settings.spool).folder.iterdir()) == []
    run = shown(platform, bo, run_id)
    assert (run.state, run.file) == ("waiting", None)
    execute(platform, "UPDATE ops.work SET due_at = now()")
    exports.run(platform, claim(platform, run_id))
    assert shown(platform, bo, run_id).state == "done"


def test_the_table_changed_since(platform: Platform, bo: Actor) -> None:
    """P47: a column of the list was dropped meanwhile: a clear message, no file."""
    execute(platform, "CREATE TABLE public.moving (id int PRIMARY KEY, a text, b text)")
    platform.reload()
    run_id = ask(platform, bo, "moving", "columns=id,b")
    execute(platform, "ALTER TABLE public.moving DROP COLUMN b")
    platform.reload()
    exports.run(platform, claim(platform, run_id))
    run = shown(platform, bo, run_id)
    assert run.state == "failed"
    assert "changed" in (run.error or "")


def test_a_worker_that_knows_the_table_as_it_was_looks_again(platform: Platform, bo: Actor) -> None:
    """P47: the catalog of a worker is older than the table; it heals without a restart."""
    execute(platform, "CREATE TABLE public.moving (id int PRIMARY KEY, a text, b text)")
    platform.reload()
    run_id = ask(platform, bo, "moving", "columns=id,b")
    other = ask(platform, bo, "moving")
    execute(platform, "ALTER TABLE public.moving DROP COLUMN b")
    exports.run(platform, claim(platform, other))
    assert shown(platform, bo, other).state == "done"
    exports.run(platform, claim(platform, run_id))
    run = shown(platform, bo, run_id)
    assert run.state == "failed"
    assert "changed" in (run.error or "")
    assert actions(platform)[-1] == ("export.written", "failed")


@pytest.mark.parametrize(
    "list_", ["a\x00b", "f.name.is=a\r\nSet-Cookie: a=b", "f.placed_at.is=yesterday evening", "a=1&" * 300]
)
def test_a_list_that_cannot_be_read_is_refused_at_once(platform: Platform, ann: Actor, list_: str) -> None:
    """P24: also values only PostgreSQL can judge; no worker tries them five times."""
    with pytest.raises(exports.ExportError):
        ask(platform, ann, "shop.orders", list_)
