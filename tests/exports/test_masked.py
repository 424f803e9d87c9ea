"""Exports of masked data: a permission of its own, and a file that says what it does not hold (P18, P35)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ops import exports, history
from ops.actor import Actor
from ops.history import Filters
from ops.identity import current_actor
from ops.platform import Platform
from tests.exports.conftest import person
from tests.exports.test_export import ask, claim, execute, shown, written

COLUMNS = "columns=id,name,iban"


def _events(platform: Platform, reader: Actor, action: str) -> list[Any]:
    with platform.db.reading() as tx:
        reader = current_actor(tx, reader)
        return history.trail(tx, platform.catalog, reader, Filters(action=action)).events


def test_p18_a_column_the_resource_masks_is_exported_in_full_only_with_the_permission(
    platform: Platform, bo: Actor
) -> None:
    """Bo reads the column on screen; a file of all of it is another matter."""
    execute(platform, "UPDATE shop.customers SET iban = 'DE44MARKER1MARKER' WHERE id = 1")
    execute(
        platform,
        "INSERT INTO ops.role (name, label, permissions) VALUES ('extracts', 'Extracts', '{exports.unmasked}')",
    )
    assert "MARKER1" not in repr(written(platform, bo, "shop.customers", COLUMNS))
    both = person(platform.db, "Bea", "manager", "extracts")
    assert "MARKER1" in repr(written(platform, both, "shop.customers", COLUMNS))
    alone = person(
        platform.db, "Al", "operator", "extracts"
    )  # the permission alone shows nothing that is masked
    assert "MARKER1" not in repr(written(platform, alone, "shop.customers", COLUMNS))
    # What one reads one may still filter by: the rows are the list's.
    assert len(written(platform, bo, "shop.customers", "f.iban.is=DE44MARKER1MARKER")) == 1


def test_p18_a_file_made_with_the_permission_goes_with_it(platform: Platform) -> None:
    """P16: taken away between writing and downloading, the file is not handed out."""
    execute(
        platform,
        "INSERT INTO ops.role (name, label, permissions) VALUES ('extracts', 'Extracts', '{exports.unmasked}')",
    )
    both = person(platform.db, "Bea", "manager", "extracts")
    run_id = ask(platform, both, "shop.customers", COLUMNS)
    exports.run(platform, claim(platform, run_id))
    execute(platform, "UPDATE ops.role SET permissions = '{}'")
    try:
        exports.open_file(platform, both, run_id)
    except exports.Gone:
        return
    raise AssertionError("the file was handed out")


def test_p35_page_and_event_say_what_was_masked_and_left_out(
    platform: Platform, bo: Actor, ann: Actor
) -> None:
    run_id = ask(platform, ann, "shop.customers", COLUMNS)
    exports.run(platform, claim(platform, run_id))
    assert shown(platform, ann, run_id).masked == ("iban",)
    exports.open_file(platform, ann, run_id).file.close()
    with platform.db.reading() as tx:
        bodies = tx.scalars(sa.text("SELECT body FROM ops.event_payload ORDER BY at DESC LIMIT 1")).all()
    assert '"left_out":"internal_risk_score"' in bodies[0]
    reader = person(platform.db, "Cy", "auditor")
    for action in ("export.written", "export.downloaded"):
        (event,) = _events(platform, reader, action)
        assert event.facts["masked"] == "iban"
        assert "name" in event.facts["columns"].split(", ")
        assert "internal_risk_score" not in repr(
            event
        )  # hidden from everybody: the auditor is not told of it
        assert event.hidden


def test_p14_the_query_of_an_export_tells_a_reader_no_value_they_may_not_see(
    platform: Platform, bo: Actor
) -> None:
    """Bo filters by a column that the auditor sees as a mask."""
    ask(
        platform,
        bo,
        "shop.customers",
        "f.iban.is=DE44MARKER1MARKER&f.city.is=Oslo&after=eyJhIjoxfQ&sort=iban",
    )
    reader = person(platform.db, "Cy", "auditor")
    (event,) = _events(platform, reader, "export.requested")
    assert event.facts["list"] == "f.city.is=Oslo"
    assert event.hidden
