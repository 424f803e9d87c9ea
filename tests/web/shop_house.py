"""The application on the demo wholesaler, and what the tests of changes, approvals and the trail do there.

house.delete("ann", "customers", "~7")       Ann asks that a row be deleted; rules of the demo make it wait
house.visit("bo").get("/changes/CH-1001")    Bo looks at it
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from ops import changes, policy
from ops import settings as settings_room
from ops.actor import Actor
from ops.changes import Operation, Outcome
from ops.cli import demo
from ops.db import Database
from ops.identity import demo_provider
from ops.platform import Platform
from ops.settings import Settings
from ops.share import folder
from tests.web.visiting import ORIGIN, Visitor


def seeded(url: str, issuer: str) -> None:
    """Give a clone of "shop" the demo's rules and groups."""
    database = Database(url, application_name="countersign tests")
    demo.seed(database, issuer)
    database.close()


def shop_settings(url: str, redis_url: str, issuer: str, home: str) -> Settings:
    """Settings of the demo on `url`, which is a clone of "shop" with rules and groups of the issuer's (`seeded`)."""
    return settings_room.load(
        {
            "OPS_HOME": home,
            "OPS_DATABASE_URL": url,
            "OPS_REDIS_URL": redis_url,
            "OPS_RESOURCES": str(folder("demo") / "resources.py"),
            "OPS_PUBLIC_URL": ORIGIN,
            "OPS_OIDC_ISSUER": issuer,
            "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET,
        }
    )


class House:
    """One application with its cast; browsers are kept, so that each person signs in once."""

    def __init__(self, app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> None:
        self.app = app
        self.platform = platform
        self._visit = visit
        self._visitors: dict[str, Visitor] = {}

    def visit(self, sub: str) -> Visitor:
        """The person's browser, signed in."""
        if sub not in self._visitors:
            self._visitors[sub] = self._visit(sub)
        return self._visitors[sub]

    def actor(self, sub: str) -> Actor:
        """The person as the door knows them."""
        self.visit(sub)
        found = self.sql(
            "SELECT p.id, p.name, ARRAY(SELECT role FROM ops.person_role r WHERE r.person_id = p.id) "
            "AS roles FROM ops.person p WHERE p.sub = :sub",
            sub=sub,
        )[0]
        return Actor(found.id, found.name, frozenset(found.roles), request_id=f"test-{sub}")

    def sql(self, text: str, **values: Any) -> Sequence[Any]:
        """Run a statement of anybody's, as the company's own services do."""
        with self.platform.db.transaction() as tx:
            result = tx.execute(sa.text(text), values)
            return result.all() if result.returns_rows else []

    def one(self, text: str, **values: Any) -> Any:
        """The first column of the first row."""
        return self.sql(text, **values)[0][0]

    def row(self, sub: str, table: str, key: str) -> dict[str, str | None]:
        """What the person sees of a row, unmasked columns alone."""
        seen = policy.view(self.actor(sub), self.platform.catalog.by_name("shop", table))
        names = [one.name for one in seen.columns if not one.masked]
        (key_column,) = seen.table.key
        with self.platform.db.reading() as tx:
            found = tx.execute(
                seen.select(*(seen.text(name) for name in names)).where(
                    seen.raw(key_column) == seen.constant(key_column, key[1:])
                )
            ).one()
        return dict(zip(names, found, strict=True))

    def delete(self, sub: str, table: str, key: str, **said: Any) -> Outcome:
        """Ask that a row be deleted."""
        one = Operation(
            "delete", self.platform.catalog.by_name("shop", table), key, self.row(sub, table, key)
        )
        return self.propose(sub, one, **said)

    def edit(self, sub: str, table: str, key: str, after: Mapping[str, str | None], **said: Any) -> Outcome:
        """Ask for new values."""
        base = {name: value for name, value in self.row(sub, table, key).items() if name in after}
        return self.propose(
            sub, Operation("update", self.platform.catalog.by_name("shop", table), key, base, after), **said
        )

    def propose(self, sub: str, *operations: Operation, **said: Any) -> Outcome:
        """Take operations to the door."""
        actor = replace(self.actor(sub), source="web")
        return changes.propose(self.platform.db, self.platform.catalog, actor, operations, **said)

    def state(self, outcome: Outcome) -> str:
        """What the change is now."""
        return str(self.one("SELECT state FROM ops.change_set WHERE id = :id", id=outcome.change_id))

    def events(self, action: str, outcome: str = "done") -> int:
        """How many such events the trail has."""
        return int(
            self.one(
                "SELECT count(*) FROM ops.event WHERE action = :action AND outcome = :outcome",
                action=action,
                outcome=outcome,
            )
        )

    def role(self, name: str, permission: str) -> None:
        """A role of the company's own with one permission."""
        self.sql(
            "INSERT INTO ops.role (name, label, permissions) VALUES (:name, :label, ARRAY[:permission])",
            name=name, label=name.capitalize(), permission=permission,
        )  # fmt: skip

    def gives_role(self, sub: str, role: str) -> None:
        """Another role for somebody, as if two owners had agreed on it long ago."""
        self.sql(
            "INSERT INTO ops.person_role (person_id, role, origin) VALUES (:id, :role, 'hand') ON CONFLICT DO NOTHING",
            id=self.actor(sub).person_id,
            role=role,
        )

    def rule(self, name: str, **columns: object) -> int:
        """A rule that stands at once, as if two owners had agreed on it long ago: one manager for every update."""
        values = {"tables": ["shop.customers"], "kinds": ["update"], "columns": [], "condition": "",
                  "role": "manager", "needed": 1, **columns}  # fmt: skip
        return int(
            self.one(
                "INSERT INTO ops.approval_rule (name, tables, kinds, columns, condition, stages) VALUES (:name, "
                ":tables, :kinds, CAST(:columns AS text[]), :condition, "
                "jsonb_build_array(jsonb_build_object('role', CAST(:role AS text), 'needed', CAST(:needed AS int)))) "
                "RETURNING id",
                name=name,
                **values,
            )
        )

    def decide(self, sub: str, outcome: Outcome, verdict: str = "approve", **fields: str) -> Visitor:
        """Press a button of the open page of a change; `fields` replace what the form holds."""
        visitor = self.visit(sub)
        form = {
            str(one["name"]): str(one.get("value", ""))
            for one in visitor.page.select("form#decision input[name]")
        }
        said = {**form, "verdict": verdict, **fields}
        visitor.post(f"/changes/{outcome.reference}/decision", said, csrf=said.get("csrf_token") or "")
        return visitor


@pytest.fixture
def settings(shop_url: str, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    """Those of the demo: a folder of tests names this one in its conftest, and `house` beside it."""
    return shop_settings(shop_url, redis_url, provider, str(tmp_path))


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> House:
    """The application on a demo of its own."""
    return House(app, platform, visit)
