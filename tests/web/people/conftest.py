"""The demo wholesaler with its cast, and Ola, a second owner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from ops import changes
from ops.changes import Operation
from ops.platform import Platform
from ops.settings import Settings
from tests.web.shop_house import House, shop_settings
from tests.web.visiting import Visitor


@pytest.fixture
def settings(shop_url: str, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    return shop_settings(shop_url, redis_url, provider, str(tmp_path))


class Town(House):
    """The house with shortcuts of these tests."""

    def id_of(self, sub: str) -> int:
        """The person's number."""
        self.visit(sub)
        return int(self.one("SELECT id FROM ops.person WHERE sub = :sub", sub=sub))

    def stranger(self, sub: str, name: str, *roles: str, origin: str = "hand") -> int:
        """Somebody who has never signed in, with these roles."""
        made = self.one(
            "INSERT INTO ops.person (iss, sub, name, email) VALUES ('https://elsewhere.example', :sub, :name, "
            "CAST(:sub AS text) || '@example.com') RETURNING id",
            sub=sub, name=name,
        )  # fmt: skip
        for role in roles:
            self.sql(
                "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, :role, :origin)",
                id=made, role=role, origin=origin,
            )  # fmt: skip
        return int(made)

    def ola(self) -> int:
        """A second owner."""
        return self.stranger("ola", "Ola Berg", "owner")

    def approve(self, person_id: int, change_id: int) -> str:
        """Let the person agree to a change; its state then."""
        with self.platform.db.reading() as tx:
            from ops import identity

            actor = identity.actor_for(tx, person_id, source="web", request_id="test")
            digest = changes.show(tx, self.platform.catalog, actor, change_id).digest
        done = changes.decide(
            self.platform.db, self.platform.catalog, actor, change_id, verdict="approve", digest=digest
        )
        return done.state

    def gives(self, sub: str, person_id: int, role: str, **said: str) -> int:
        """Ask at the door that a role be given; the change's number."""
        table = self.platform.catalog.by_name("ops", "person_role")
        one = Operation("create", table, None, {}, {"person_id": str(person_id), "role": role})
        return self.propose(sub, one, **said).change_id

    def last(self, action: str) -> dict[str, object]:
        """What the trail tells of the newest event of this action."""
        import json

        row = self.sql(
            "SELECT e.outcome, e.person_id, e.row_key, p.body FROM ops.event e "
            "JOIN ops.event_payload p ON p.uid = e.uid AND p.at = e.at WHERE e.action = :action "
            "ORDER BY e.id DESC LIMIT 1",
            action=action,
        )[0]
        return {"outcome": row.outcome, "person": row.person_id, "key": row.row_key, **json.loads(row.body)}


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> Town:
    return Town(app, platform, visit)
