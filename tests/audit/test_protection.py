"""P37: the level of protection is what PostgreSQL says the role could do, partitions included."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ops.audit.protection import Protection, protection_level
from ops.db import Database


@pytest.fixture
def role(db: Database) -> Iterator[str]:
    """A database role that may add to the trail and read it, as docs/running.md sets it up."""
    name = f"app_{secrets.token_hex(4)}"
    with db.transaction() as tx:
        tx.execute(sa.text(f"CREATE ROLE {name}"))
        tx.execute(sa.text(f"GRANT USAGE ON SCHEMA ops TO {name}"))
        tx.execute(sa.text(f"GRANT SELECT, INSERT ON ops.event, ops.event_payload TO {name}"))
    yield name
    with db.transaction() as tx:
        tx.execute(sa.text(f"DROP OWNED BY {name}"))
        tx.execute(sa.text(f"DROP ROLE {name}"))


def level(db: Database, role: str, *grants: str) -> Protection:
    with db.transaction() as tx:
        for grant in grants:
            tx.execute(sa.text(grant))
        tx.execute(sa.text(f"SET LOCAL ROLE {role}"))
        return protection_level(tx)


def test_a_role_that_can_only_add_and_read_is_level_a(db: Database, role: str) -> None:
    assert level(db, role) == Protection("A", role, ())


def test_the_owner_of_the_trail_is_level_b(db: Database) -> None:
    with db.reading() as tx:
        found = protection_level(tx)
    assert found.level == "B" and "owns" in found.because


@pytest.mark.parametrize(
    ("grant", "because"),
    [
        ("GRANT UPDATE (line) ON ops.event TO {}", "update"),
        ("GRANT DELETE ON ops.event_payload TO {}", "delete"),
        ("GRANT TRUNCATE ON ops.event_default TO {}", "truncate"),
        ("GRANT DELETE ON ops.event_payload_default TO {}", "delete"),
    ],
)
def test_one_right_on_one_partition_is_enough_for_level_b(
    db: Database, role: str, grant: str, because: str
) -> None:
    assert level(db, role, grant.format(role)) == Protection("B", role, (because,))


def test_a_member_of_the_owner_is_level_b(db: Database, role: str) -> None:
    """SET ROLE is one statement away."""
    found = level(
        db,
        role,
        f"CREATE ROLE owner_{role}",
        f"GRANT ALL ON SCHEMA ops TO owner_{role}",
        f"ALTER TABLE ops.event OWNER TO owner_{role}",
        f"ALTER ROLE {role} NOINHERIT",  # PostgreSQL 15 knows no GRANT … WITH INHERIT FALSE
        f"GRANT owner_{role} TO {role}",
    )
    assert found.because == ("owns",)
    with db.transaction() as tx:
        tx.execute(sa.text("ALTER TABLE ops.event OWNER TO CURRENT_USER"))
        tx.execute(sa.text(f"DROP OWNED BY owner_{role}"))
        tx.execute(sa.text(f"DROP ROLE owner_{role}"))
