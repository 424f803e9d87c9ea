"""The demo wholesaler with more people than the demo has, and what they do on its pages.

ref = house.limit("ann", "~1")           Ann asks for a limit of 18,500 on the record's form: a manager is asked
house.says("bo", ref)                    Bo presses Approve on the page he opened
house.forces("ann", ref)                 Ann sends the form that her page does not offer, with its true digest
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ops import work
from ops.identity.demo_provider import CAST, SECOND_OWNER, DemoPerson
from ops.platform import Platform
from tests.web.conftest import app, platform, running_provider, shop_url, visit
from tests.web.records import forms
from tests.web.shop_house import settings
from tests.web.visiting import Visitor

__all__ = ["app", "platform", "settings", "shop_url", "visit"]
MORE = (
    DemoPerson("max", "Max Lund", ("managers",), "a second manager"),
    DemoPerson("mia", "Mia Holm", ("managers",), "a third manager"),
    DemoPerson("eve", "Eve Stone", ("operations",), "a second operator"),
    DemoPerson("pat", "Pat Quinn", ("operations", "managers"), "operator and manager at once"),
)


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    """The issuer of a running demo provider that knows all of them."""
    with running_provider((*CAST, SECOND_OWNER, *MORE)) as issuer:
        yield issuer


class House(forms.House):
    """The application with its people, and what they do and try there."""

    def another(self, sub: str) -> Visitor:
        """A further browser of the same person."""
        return self._visit(sub)

    def limit(self, sub: str, key: str = "~1", to: str = "18500.00", **said: str) -> str:
        """Ask for a credit limit on the record's form; the reference of what came of it."""
        return self.edits(sub, f"shop.customers/{key}", {"v.credit_limit": to, **said})

    def edits(self, sub: str, record: str, said: Mapping[str, str | None]) -> str:
        """Send the form of a record; the reference of the change it made."""
        visitor = self.fill(sub, f"/tables/{record}/edit", {"reason": "a good year", **said})
        assert visitor.answer is not None
        assert visitor.answer.status_code == 303, visitor.page.get_text(" ", strip=True)[:1500]
        return self.newest()

    def newest(self) -> str:
        """The reference of the change that was made last."""
        return f"CH-{self.one('SELECT max(id) FROM ops.change_set')}"

    def at(self, reference: str) -> str:
        """The state a change is in."""
        return str(self.one("SELECT state FROM ops.change_set WHERE id = :id", id=number(reference)))

    def worth(self, key: int = 1) -> str:
        """The credit limit that stands in the row."""
        return str(self.one("SELECT credit_limit FROM shop.customers WHERE id = :id", id=key))

    def says(self, sub: str | Visitor, reference: str, verdict: str = "approve", **said: str) -> TestResponse:
        """Open the change and press a button of its form, which must be offered."""
        visitor = self.visit(sub) if isinstance(sub, str) else sub
        assert visitor.get(f"/changes/{reference}").status_code == 200
        return self.sends(visitor, reference, forms.posted(visitor.page, "decision"), verdict, **said)

    def forces(self, sub: str, reference: str, verdict: str = "approve", **said: str) -> TestResponse:
        """Send a decision that one's page offers no form for, with the digest as it truly is."""
        visitor = self.visit(sub)
        visitor.get(f"/changes/{reference}")
        assert visitor.page.select_one("form#decision") is None, "the form is offered: press its button"
        digest = self.one("SELECT digest FROM ops.change_set WHERE id = :id", id=number(reference))
        visitor.get("/people/me")
        held = {"csrf_token": visitor.token(), "form_token": f"forged-{sub}-{reference}-{verdict}"[:40]}
        return self.sends(visitor, reference, {**held, "digest": digest, "comment": "mine"}, verdict, **said)

    def sends(
        self, visitor: Visitor, reference: str, held: Mapping[str, str], verdict: str = "approve", **said: str
    ) -> TestResponse:
        """Send a decision's form as it was held, maybe long ago."""
        body = {**held, "verdict": verdict, **said}
        return visitor.post(f"/changes/{reference}/decision", body, csrf=body["csrf_token"])

    def held(self, sub: str, reference: str) -> tuple[Visitor, dict[str, str]]:
        """Open a change and keep its form on the screen."""
        visitor = self.visit(sub)
        assert visitor.get(f"/changes/{reference}").status_code == 200
        return visitor, forms.posted(visitor.page, "decision")

    def yeses(self, reference: str) -> int:
        """How many have agreed."""
        return int(
            self.one(
                "SELECT count(*) FROM ops.decision WHERE change_id = :id AND verdict = 'approve'",
                id=number(reference),
            )
        )

    def rule(self, name: str, **columns: object) -> int:
        """A rule about credit limits, unless `columns` say otherwise."""
        return super().rule(name, **{"kinds": ["create", "update"], "columns": ["credit_limit"], **columns})

    def on_screen(self) -> tuple[str, Visitor, dict[str, str]]:
        """Ann asks for a limit, and Bo has it on the screen: the reference, his browser, its form."""
        reference = self.limit("ann")
        return reference, *self.held("bo", reference)

    def works(self, kind: str, subject: str) -> None:
        """Do what is due of this kind, by the entry that a worker's child has."""
        from jobs import run

        for row in self.sql(
            "SELECT id FROM ops.work WHERE kind = :kind AND subject LIKE :subject AND state = 'due'",
            kind=kind,
            subject=subject,
        ):
            claim = work.claim(self.platform.db, UUID(str(row.id)), "test")
            if claim is not None:
                run.perform(self.platform, claim)

    def unmoved(self, reference: str, key: int = 1, worth: str = "5000.00", state: str = "in_review") -> None:
        """Nothing was written, and nobody's yes counts."""
        assert (self.at(reference), self.worth(key)) == (state, worth)
        written = self.one(
            "SELECT count(*) FROM ops.event WHERE change_id = :id AND action LIKE 'row.%' AND outcome = 'done'",
            id=number(reference),
        )
        assert written == 0


def number(reference: str) -> int:
    """The number in CH-1042."""
    return int(reference.removeprefix("CH-"))


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> House:
    """The wholesaler; the first customers are ordinary ones of 5,000."""
    made = House(app, platform, visit)
    made.sql("UPDATE shop.customers SET credit_limit = 5000, status = 'active', country = 'DE' WHERE id <= 9")
    return made
