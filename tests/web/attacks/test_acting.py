"""Actions, whose own code sees whole rows: what they work with stays out of the page (P14, P21, P29)."""

from __future__ import annotations

import base64
import re
import zlib

from tests.web.actions.test_actions import form, send
from tests.web.bulk.conftest import ManyHouse

JUDGE = "/tables/client/~1/act/judge"


def opened_up(text: str) -> str:
    """Everything that can be read in a text without a key: base64, packed or not."""
    found = [text]
    for part in re.findall(r"[A-Za-z0-9_-]{12,}", text):
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) if len(part) % 4 != 1 else b""
        found.append(raw.decode("latin-1"))
        try:
            found.append(zlib.decompress(raw).decode("latin-1"))
        except zlib.error:
            continue
    return "\n".join(found)


def test_p14_what_an_action_carries_along_cannot_be_read(house: ManyHouse) -> None:
    """P14: hidden columns that an action reads and sets stand in the form it is agreed to by; nobody can read them."""
    ann = house.visit("ann")
    ann.get(JUDGE)
    assert send(ann, JUDGE, "look", why="because").status_code == 200
    said = opened_up(str(form(ann)["sealed"])) + ann.answer.text
    assert "SALARY1" not in said and "NAME1" in said
    assert send(ann, JUDGE, "do").status_code == 303
    assert house.one("SELECT salary FROM client WHERE id = 1") == "SALARY1 more"


def test_p29_a_seal_is_for_one_person_row_and_action(house: ManyHouse) -> None:
    """P29: another's seal, one of another row, one with a sign changed: worked out anew, nothing done."""
    ann, bo = house.visit("ann"), house.visit("bo")
    ann.get(JUDGE)
    send(ann, JUDGE, "look", why="because")
    taken = {**form(ann), "step": "do"}
    csrf = taken.pop("csrf_token")
    bo.get(JUDGE)
    assert bo.post(JUDGE, taken).status_code == 409
    other = JUDGE.replace("~1", "~3")
    assert ann.post(other, taken, csrf=csrf).status_code == 409
    sealed = str(taken["sealed"])
    for wrong in (
        "",
        "x",
        sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:],
        sealed[1:],
        "v1.00000000." + "A" * 60,
    ):
        assert ann.post(JUDGE, {**taken, "sealed": wrong}, csrf=csrf).status_code == 409
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p14_a_parameter_names_no_row_that_is_not_there_for_the_person(house: ManyHouse) -> None:
    """P14: the key of a row out of sight is no value, whether there is such a row or not."""
    ann, bo = house.visit("ann"), house.visit("bo")
    ann.get(JUDGE)
    for key in ("1", "2"):
        assert send(ann, JUDGE, "look", why="because", vault=key).status_code == 422
    many = "/tables/client/act/judge?k=~1"
    ann.get(many)
    assert send(ann, many, "do", why="because", vault="1").status_code == 422
    assert house.one("SELECT count(*) FROM ops.change_set") == 0
    bo.get(JUDGE)
    assert send(bo, JUDGE, "look", why="because", vault="1").status_code == 200
    assert send(bo, JUDGE, "look", why="because", vault="2").status_code == 422


def test_p21_an_action_looked_at_is_a_row_looked_at(house: ManyHouse) -> None:
    """P21, P35: the effect shows what stands in the row, whichever way one came; what is not there is no sight."""
    path = "/tables/letter/~1/act/stamp"
    ann = house.visit("ann")
    ann.get("/tables/client/")
    assert ann.post(path, {"a.why": "x"}).status_code == 200
    assert "SUBJECT1" in ann.answer.text
    assert house.events("row.viewed") == 1
    ann.get("/tables/client/")
    assert ann.post("/tables/letter/act/stamp", {"a.why": "x", "k": "~2"}).status_code == 200
    assert "SUBJECT2" in ann.answer.text
    assert house.events("row.viewed") == 2
    assert ann.get("/tables/letter/~77/act/stamp").status_code == 404
    assert house.events("row.viewed") == 2


def test_p24_what_no_text_holds_is_no_argument(house: ManyHouse) -> None:
    """P24: refused beside its field, for one row and for many, and kept; nothing breaks."""
    ann = house.visit("ann")
    for path in (JUDGE, "/tables/client/act/judge?k=~1"):
        for step in ("look", "do"):
            ann.get(path)
            assert send(ann, path.partition("?")[0], step, why="a\x00b").status_code == 422, (path, step)
    assert house.one("SELECT count(*) FROM ops.change_set") == 0


def test_p14_p15_an_action_is_not_even_tried_on_rows_that_are_not_the_person_s(house: ManyHouse) -> None:
    """P14, P15: one role shows every client, another lets act on some: no effect is worked out of the others."""
    ann = house.visit("ann")
    house.sql("INSERT INTO ops.role (name, label, permissions) VALUES ('reader', 'Reader', '{}')")
    house.sql(
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked) "
        "VALUES ('reader', 'public', 'client', '{see}', '', '{salary}', '{}')"
    )
    house.gives_role("ann", "reader")
    assert ann.get("/tables/client/~2").status_code == 200
    ann.get(JUDGE)
    other, path = JUDGE.replace("~1", "~2"), "/tables/client/act/judge"
    csrf = ann.token()
    assert ann.post(other, {"a.why": "x", "step": "look"}, csrf=csrf).status_code == 404
    ticked = {"k": ["~1", "~2"], "list": "", "a.why": "x", "form_token": "t" * 30}
    assert ann.post(path, {**ticked, "step": "look"}, csrf=csrf).status_code == 200
    assert "NAME1!" in ann.answer.text and "NAME2!" not in ann.answer.text
    assert ann.post(path, {**ticked, "step": "do"}, csrf=csrf).status_code == 303
    said = house.sql("SELECT row_key, state, after FROM ops.change_target ORDER BY position")
    assert [(one.row_key, one.state) for one in said] == [(["1"], "applied"), (["2"], "unseen")]
    assert not said[1].after, "nothing was worked out for it"
    assert house.one("SELECT name FROM client WHERE id = 2") == "NAME2"
