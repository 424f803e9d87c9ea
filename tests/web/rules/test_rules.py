"""The approval rules: in words, what they would have asked about, and the forms that change them."""

from __future__ import annotations

from ops.db import statements
from tests.web.people.conftest import Town

REASON = "Asked for by the auditors."


def hidden(visitor: object) -> dict[str, str]:
    """What the open form carries unseen."""
    fields = visitor.page.select("#rule-form input[type=hidden]")  # type: ignore[attr-defined]  # a Visitor
    return {field["name"]: field["value"] for field in fields}


def credit(house: Town) -> str:
    """The number of the demo's rule about credit limits."""
    return str(house.one("SELECT id FROM ops.approval_rule WHERE condition <> ''"))


def test_rules_in_words_those_of_the_code_too(house: Town) -> None:
    for sub in ("bo", "cy", "oz"):
        visitor = house.visit(sub)
        assert visitor.get("/rules/").status_code == 200
        stored = visitor.page.select_one("#stored").get_text(" ", strip=True)
        assert (
            "New rows and edits that touch Credit limit and only if the new Credit limit is over 10,000"
            in stored
        )
        assert "One of the managers" in stored
        declared = visitor.page.select_one("#declared").text
        assert "Changes of rights and rules need another owner" in declared
        assert "Read-only here" in declared
    assert statements() <= 8
    assert house.visit("bo").page.select_one("a[href='/rules/new']") is None
    assert house.visit("ann").get("/rules/").status_code == 403
    assert house.visit("bo").get("/rules/new").status_code == 403
    for path in ("/rules/none", "/rules/99999", f"/rules/{2**70}", "/rules/99999/edit"):
        assert house.visit("oz").get(path).status_code == 404, path


def test_a_rule_is_tried_on_changes_that_were(house: Town) -> None:
    """A dry run: whom it would have asked about, nobody is told and nothing is written."""
    limit = house.row("ann", "customers", "~1")["credit_limit"]
    house.edit("ann", "customers", "~1", {"credit_limit": "20000.00"})
    house.edit("ann", "customers", "~1", {"city": "Elsewhere"})
    assert limit != "20000.00"
    house.sql("UPDATE ops.approval_rule SET enabled = false")
    oz = house.visit("oz")
    before = house.one("SELECT count(*) FROM ops.event")
    oz.get(f"/rules/{credit(house)}")
    tried = oz.page.select_one("#tried").get_text(" ", strip=True)
    assert "It would have stopped one change" in tried
    assert tried.count("CH-") == 1
    assert "switched off" in oz.page.select_one("h1 + .badge").text
    assert house.one("SELECT count(*) FROM ops.event") == before


def test_a_rule_is_tried_before_it_is_sent(house: Town) -> None:
    house.edit("ann", "customers", "~1", {"city": "Elsewhere"})
    oz = house.visit("oz")
    oz.get("/rules/new")
    said = {**hidden(oz), "name": "n", "place": "shop.customers", "kinds": "update", "condition": "changed(city)",
            "s0.who": "manager", "s0.needed": "1", "reason": "kept", "try": "1"}  # fmt: skip
    assert oz.post("/rules/new", said).status_code == 200
    assert oz.page.select_one("#tried").text.count("CH-") == 1
    assert oz.page.select_one("#f-reason").text.strip() == "kept"
    oz.post("/rules/new", {**said, "condition": "changed(name)"})
    assert "not have asked about the one change" in oz.page.select_one("#tried").text
    oz.post("/rules/new", {**said, "condition": "changed(nothing)"})
    assert oz.page.select_one("#tried") is None
    # Of a column one reads only masked nothing is learnt by trying (P14).
    oz.post("/rules/new", {**said, "condition": "new.iban starts with 'DE'"})
    assert "may see" in oz.page.select_one("#tried").text
    assert "CH-" not in oz.page.select_one("#tried").text


def test_a_new_rule_passes_the_door_without_a_script(house: Town) -> None:
    """P17, P35."""
    ola = house.ola()
    oz = house.visit("oz")
    oz.get("/rules/new")
    said = {**hidden(oz), "name": "Large orders", "place": "shop.orders", "kinds": ["create", "update"],
            "condition": "new.total > 5000", "s0.who": "manager", "s0.needed": "2", "enabled": "true",
            "reason": REASON}  # fmt: skip
    assert oz.post("/rules/new", {**said, "look": "1"}).status_code == 200  # its columns, and what it means
    assert oz.page.select_one("input[name=columns][value=total]")
    assert "the new Total is over 5,000" in oz.page.select_one("#condition-said").text
    assert oz.page.select_one("#f-name")["value"] == "Large orders"
    assert oz.post("/rules/new", {**said, "columns": ["total", "status"]}).status_code == 303
    oz.follow()
    difference = oz.page.select_one(".diff").get_text(" ", strip=True)
    for words in ("New rows and edits", "Status, Total", "the new Total is over 5,000", "yes"):
        assert words in difference, words
    assert "{" not in difference
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    row = house.sql("SELECT kinds, columns, stages FROM ops.approval_rule WHERE name = 'Large orders'")[0]
    assert tuple(row) == (
        ["create", "update"], ["status", "total"], [{"role": "manager", "needed": 2}],
    )  # fmt: skip
    oz.get("/rules/")
    assert "2 of the managers" in oz.page.select_one("#stored").text
    assert "Ola Berg agreed" in oz.page.select_one("#stored").text


def test_what_does_not_fit_is_said_and_kept(house: Town) -> None:
    oz = house.visit("oz")
    oz.get("/rules/new")
    base = {**hidden(oz), "name": "n", "place": "shop.orders", "kinds": "update", "condition": "", "s0.who": "manager",
            "s0.needed": "1", "reason": REASON}  # fmt: skip
    for wrong, field, says in (
        ({"name": ""}, "name", "needed"),
        ({"place": "shop.gone"}, "place", "not there any more"),
        ({"kinds": ""}, "kinds", "Tick at least one"),
        ({"s0.who": "viewer"}, "s0.who", "may decide"),
        ({"s0.needed": "0"}, "s0.needed", "from 1 to"),
        ({"s0.needed": "²"}, "s0.needed", "from 1 to"),
        ({"s0.due": "x"}, "s0.due", "from 1 to"),
        ({"s0.escalate_to": "owner"}, "s0.due", "after how many hours"),
        ({"s0.who": "people"}, "s0.find", "Find and tick"),
        ({"min_rows": "0"}, "min_rows", "from 1 to"),
        ({"condition": "total > 5"}, "condition", "write new.total"),
        ({"condition": "new.total >"}, "condition", ""),
        ({"reason": ""}, "reason", "Say why"),
        ({"name": "Deleting needs a manager"}, "name", ""),
    ):
        answer = oz.post("/rules/new", {**base, **wrong}, csrf=base["csrf_token"])
        if wrong.get("name") == "Deleting needs a manager":
            assert answer.status_code in (303, 422)  # taken: told now, or when it is applied
            continue
        assert answer.status_code == 422, wrong
        assert says in oz.page.select_one("#errors").text, wrong
        assert oz.page.select_one(f"#errors a[href='#f-{field}']"), wrong
        assert oz.page.find(id="f-s0.needed")["value"] == wrong.get("s0.needed", "1")


def test_the_condition_is_said_while_it_is_typed(house: Town) -> None:
    oz = house.visit("oz")
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    said = oz.get("/rules/condition?place=shop.orders&condition=changed(status)", **part).text
    assert "Status changes" in said
    assert "<html" not in said
    assert "said-wrong" in oz.get("/rules/condition?place=shop.orders&condition=new.nothing = 1", **part).text
    assert "Always." in oz.get("/rules/condition?place=shop.orders&condition=", **part).text


def test_editing_and_switching_off(house: Town) -> None:
    ola = house.ola()
    oz, rule = house.visit("oz"), credit(house)
    oz.get(f"/rules/{rule}/edit")
    assert oz.page.select_one("#f-condition")["value"] == "new.credit_limit > 10000"
    said = {**hidden(oz), "name": oz.page.select_one("#f-name")["value"], "place": "shop.customers",
            "kinds": ["update", "create"], "columns": "credit_limit", "condition": "new.credit_limit > 8000",
            "s0.who": "manager", "s0.needed": "1", "enabled": "true", "reason": REASON}  # fmt: skip
    assert oz.post(f"/rules/{rule}/edit", said).status_code == 303
    assert house.one("SELECT after FROM ops.operation") == {"condition": "new.credit_limit > 8000"}
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    oz.get(f"/rules/{rule}/switch")
    assert "Switch off" in oz.page.select_one("h1").text
    assert oz.post(f"/rules/{rule}/switch", {"reason": " "}).status_code == 422
    assert oz.post(f"/rules/{rule}/switch", {"reason": "Not any more."}).status_code == 303
    oz.get("/rules/")
    assert oz.page.select_one(f"#rule-{rule} .pending") is not None
    assert house.approve(ola, house.one("SELECT max(id) FROM ops.change_set")) == "applied"
    assert house.one("SELECT enabled FROM ops.approval_rule WHERE id = :id", id=int(rule)) is False
    oz.get(f"/rules/{rule}/switch")
    assert "Switch on" in oz.page.select_one("h1").text
