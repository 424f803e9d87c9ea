"""`ops check` names columns that look personal and that nobody masks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ops.cli.personal import unmasked
from ops.db import Database
from ops.platform import Platform, read_catalog
from ops.settings import load


@pytest.fixture
def platform(db: Database, redis_url: str) -> Iterator[Platform]:
    with db.transaction() as tx:
        tx.execute(
            sa.text("CREATE TABLE public.client (id int PRIMARY KEY, email text, iban text, colour text)")
        )
    settings = load({"OPS_DATABASE_URL": db.url, "OPS_REDIS_URL": redis_url})
    from redis import Redis

    with Redis.from_url(redis_url) as redis:
        yield Platform(settings, db, read_catalog(settings, db), redis)


def test_what_looks_personal_is_named_until_a_role_masks_or_hides_it(platform: Platform) -> None:
    said = unmasked(platform)
    assert said is not None
    assert "public.client.email, public.client.iban" in said
    assert "colour" not in said
    with platform.db.transaction() as tx:
        tx.execute(
            sa.text(
                "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, masked, hidden) "
                "VALUES ('viewer', 'public', 'client', '{see}', '{\"email\": \"email\"}', '{iban}')"
            )
        )
    assert unmasked(platform) is None
