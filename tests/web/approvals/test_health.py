"""How approvals go, as a page and as a file: for those who may read it, with names and never a value."""

from __future__ import annotations

import csv
import io

from tests.web.shop_house import House


def decided(house: House) -> None:
    """Bo opens one change and approves it, and rejects another without having opened it."""
    one = house.delete("ann", "tickets", "~7", title="Delete T-000007")
    bo = house.visit("bo")
    bo.get(f"/changes/{one.reference}")
    house.decide("bo", one)
    two = house.delete("ann", "tickets", "~8")
    digest = house.one("SELECT digest FROM ops.change_set WHERE id = :id", id=two.change_id)
    bo.get("/people/me")
    house.decide("bo", two, "reject", digest=digest, comment="No")
    assert house.state(two) == "rejected"


def test_opening_a_page_is_written_down_for_who_could_decide(house: House) -> None:
    one = house.delete("ann", "tickets", "~7")
    for sub in ("ann", "cy", "bo", "bo"):
        assert house.visit(sub).get(f"/changes/{one.reference}").status_code == 200
    rows = house.sql(
        "SELECT p.sub, s.revision FROM ops.change_seen s JOIN ops.person p ON p.id = s.person_id"
    )
    assert [tuple(row) for row in rows] == [("bo", 1)]


def test_managers_auditors_and_owners_read_it(house: House) -> None:
    decided(house)
    for sub in ("bo", "cy", "oz"):
        visitor = house.visit(sub)
        assert visitor.get("/approvals/health").status_code == 200
        assert "Bo" in visitor.page.select_one("#people tbody").text
        assert visitor.page.select_one("#spread svg title") is not None
        assert "T-000007" not in visitor.page.select_one("main").text, "a title may name what one may not see"
    row = house.visit("cy").page.select_one("#people tbody tr")
    cells = [cell.text for cell in row.select("td")]
    assert cells[:4] == ["2", "1", "1", "0"]
    assert cells[5] == "1 of 2", "one was decided without having been opened"
    for sub in ("ann", "dee"):
        assert house.visit(sub).get("/approvals/health").status_code == 403
        assert house.visit(sub).get("/approvals/health.csv").status_code == 403


def test_the_file_says_the_same_and_is_an_event_first(house: House) -> None:
    """P22, P35."""
    house.sql(
        "UPDATE ops.approval_rule SET name = '=cmd()' WHERE id = (SELECT min(id) FROM ops.approval_rule)"
    )
    decided(house)
    cy = house.visit("cy")
    answer = cy.get("/approvals/health.csv?days=90")
    assert answer.mimetype == "text/csv" and "90" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    person = next(row for row in rows if row["what"] == "person")
    assert (person["count"], person["approved"], person["without_opening"]) == ("2", "1", "1")
    assert not any(row["name"].startswith("=") for row in rows)
    assert house.events("approvals.downloaded") == 1


def test_another_span_than_those_offered_is_the_first(house: House) -> None:
    for odd in ("0", "-1", "31", "x", "9" * 30):
        assert house.visit("cy").get(f"/approvals/health?days={odd}").status_code == 200
        assert "Last 30 days" in house.visit("cy").page.select_one("[aria-current=true]").text


def test_a_pair_is_named(house: House) -> None:
    """Bo approves what Max asks for, and Max what Bo asks for, and nobody else's."""
    house.visit("bo")
    house.sql("INSERT INTO ops.person (id, iss, sub, name) VALUES (990, 'x', 'max', 'Max')")
    house.sql(
        """
        WITH p AS (SELECT id AS bo FROM ops.person WHERE sub = 'bo'), m AS (
            INSERT INTO ops.change_set (title, source, state, digest, proposer_id)
            SELECT 'T', 'form', 'applied', 'd', CASE WHEN n % 2 = 0 THEN p.bo ELSE 990 END
            FROM p, generate_series(1, 6) n RETURNING id, proposer_id
        ), w AS (SELECT m.id, CASE WHEN m.proposer_id = 990 THEN p.bo ELSE 990 END AS who FROM m, p), y AS (
            INSERT INTO ops.change_party SELECT id, who, 'decider', 'approver' FROM w
        ), s AS (
            INSERT INTO ops.stage (change_id, revision, position, role, needed, why, opened_at, closed_at)
            SELECT id, 1, 1, 'manager', 1, '{r}', now(), now() FROM w
        )
        INSERT INTO ops.decision (change_id, revision, person_id, position, verdict, digest)
        SELECT id, 1, who, 1, 'approve', 'd' FROM w
        """
    )
    cy = house.visit("cy")
    cy.get("/approvals/health")
    text = cy.page.select_one("#pairs").text
    assert "Max" in text and "approved 3 changes" in text
    assert any(line.startswith("pair,") for line in cy.get("/approvals/health.csv").text.splitlines())
