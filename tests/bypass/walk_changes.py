"""Every road of the pages of a change: said, attached, decided, revised, retried, undone, lent, in an emergency."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

from tests.bypass.conftest import number
from tests.bypass.walk import Walk
from tests.web.records.forms import posted


def talk(walk: Walk) -> None:
    """Something is said, a file is put there and taken away, the change is rehearsed once more, then withdrawn."""
    reference = walk.limit("ann")
    here = f"/changes/{reference}"
    walk.press("ann", here, "form#talk-form", {"said": "@Bo Marsh please"})
    walk.clock()
    walk.worker()
    ann = walk.visit("ann")
    ann.get(here)
    form = posted(ann.page, "attach-form")
    form["file"] = (io.BytesIO(b"a letter"), "letter.txt")
    assert ann.post(f"{here}/files", form, csrf=str(form["csrf_token"])).status_code == 303
    file = walk.one("SELECT id FROM ops.change_file")
    walk.sends_form("ann", f"{here}/files/{file}/removal", {})
    walk.sends_form("ann", f"{here}/rehearsal", {})
    walk.clock()
    walk.worker()
    walk.sends_form("ann", f"{here}/withdrawal", {})
    assert walk.at(reference) == "withdrawn" and walk.worth() == "5000.00"


def decided(walk: Walk) -> None:
    """Sent back, revised, agreed, failed, tried again, undone; one at a time of its own, which a worker applies."""
    reference = walk.limit("ann")
    here = f"/changes/{reference}"
    assert walk.says("bo", reference, "send_back", comment="15,000 will do").status_code == 303
    walk.press("ann", f"{here}/edit", "form#revise-form", {"v.0.credit_limit": "15000.00"})
    walk.sql("ALTER TABLE shop.customers ADD CONSTRAINT in_the_way CHECK (credit_limit < 14000) NOT VALID")
    assert walk.agrees("bo", reference) == "failed"
    walk.sql("ALTER TABLE shop.customers DROP CONSTRAINT in_the_way")
    assert {one.table for one in walk.watch.undoored()} == {"shop.customers"}, "shapes are watched too"
    walk.watch.forget()
    walk.press("ann", here, "form#retry")
    assert (walk.at(reference), walk.worth()) == ("applied", "15000.00")
    walk.press("ann", f"{here}/undo", "form#undo-form", {"reason": "a slip"})
    assert walk.at(walk.newest()) == "applied" and walk.worth() == "5000.00"
    moment = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    later = walk.edits("ann", "shop.customers/~2", {"v.credit_limit": "15000.00", "apply_at": moment})
    assert walk.agrees("bo", later) == "approved"
    walk.sql("UPDATE ops.change_set SET apply_at = now() WHERE id = :id", id=number(later))
    walk.clock()
    walk.worker()
    assert (walk.at(later), walk.worth(2)) == ("applied", "15000.00")


def emergency(walk: Walk) -> None:
    """Applied past those who are asked; its review is closed by one of them."""
    walk.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('fire', 'Fire', '{changes.emergency}')")
    walk.gives_role("ann", "fire")
    walk.watch.forget()
    reference = walk.limit("ann", "~3")
    walk.press("ann", f"/changes/{reference}/emergency", "form#emergency-form", {"reason": "It is night"})
    assert (walk.at(reference), walk.worth(3)) == ("applied", "18500.00")
    said = {"comment": "I called her", "finding": "justified"}
    walk.press("bo", f"/changes/{reference}", "form#close-review", said)


def delegation(walk: Walk) -> None:
    """A seat is lent and taken back."""
    today = datetime.now(UTC).date()
    said = {"to": str(walk.actor("max").person_id), "starts": today.isoformat(), "reason": "holiday",
            "ends": (today + timedelta(days=3)).isoformat()}  # fmt: skip
    walk.press("bo", "/delegations/", "form#delegate", said)
    walk.press("bo", "/delegations/", "#given form")


def notices(walk: Walk) -> None:
    """One is read, then all; another way for them is chosen."""
    walk.limit("ann", "~4")
    walk.clock()
    walk.press("bo", "/notices/", "#inbox form[action$='/read']")
    walk.press("bo", "/notices/", "form#read-notices")
    walk.press("bo", "/notices/preferences", "form#preferences", {"asks": "mail"})
    walk.limit("ann", "~4")
    walk.clock()
    walk.worker()


SCENES = (talk, decided, emergency, delegation, notices)
