"""The application with a SCIM token, and a client that speaks with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from ops.actor import platform_actor
from ops.platform import Platform
from ops.provisioning import tokens
from tests.web.conftest import app, platform, provider, settings, visit
from tests.web.visiting import ORIGIN

__all__ = ["app", "platform", "provider", "settings", "visit"]
BASE = f"{ORIGIN}/scim/v2"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Scim:
    """A provider's SCIM client."""

    def __init__(self, app: Flask, platform: Platform, token: str) -> None:
        self.app, self.platform, self.token = app, platform, token
        self.client = app.test_client()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """One request; header names with underscores for hyphens."""
        told = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        extra = {} if body is None else {"json": body}
        return self.client.open(f"/scim/v2{path}", method=method, base_url=ORIGIN, headers=told, **extra)

    def user(self, sub: str, **attributes: Any) -> dict[str, Any]:
        """Make a user and return it."""
        body = {"schemas": [USER], "userName": f"{sub}@example.com", "externalId": sub, **attributes}
        answer = self("POST", "/Users", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json or {})

    def group(self, name: str, *users: dict[str, Any], **attributes: Any) -> dict[str, Any]:
        """Make a group of users and return it."""
        members = [{"value": user["id"]} for user in users]
        answer = self(
            "POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": members, **attributes}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json or {})

    def patch(self, path: str, *operations: dict[str, Any]) -> TestResponse:
        """Send a PATCH that must succeed."""
        answer = self("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})
        assert answer.status_code in (200, 204), answer.text
        return answer

    def sql(self, statement: str, **values: Any) -> list[Any]:
        """Look at, or change, the database."""
        with self.platform.db.transaction() as tx:
            result = tx.execute(sa.text(statement), values)
            return list(result.all()) if result.returns_rows else []

    def person(self, sub: str) -> Any:
        """The person of this subject."""
        return self.sql("SELECT * FROM ops.person WHERE sub = :sub", sub=sub)[0]

    def roles(self, sub: str) -> set[tuple[str, str]]:
        """The person's roles with their origins."""
        rows = self.sql(
            "SELECT r.role, r.origin FROM ops.person_role r JOIN ops.person p ON p.id = r.person_id "
            "WHERE p.sub = :sub",
            sub=sub,
        )
        return {(row.role, row.origin) for row in rows}

    def actions(self) -> list[str]:
        """What the trail holds, oldest first."""
        return [row.action for row in self.sql("SELECT action FROM ops.event ORDER BY id")]


@pytest.fixture
def token(platform: Platform) -> str:
    """A token of a client named entra."""
    with platform.db.transaction() as tx:
        return tokens.add(tx, platform_actor("command"), "entra")


@pytest.fixture
def scim(app: Flask, platform: Platform, token: str) -> Iterator[Scim]:
    """The client."""
    yield Scim(app, platform, token)
