"""The demo company: its tables, what its groups mean here, and two approval rules to meet."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops import audit
from ops.actor import platform_actor
from ops.db import Database
from ops.identity import demo_provider
from ops.identity.people import map_groups
from ops.share import folder

SCHEMA = "shop"
RULES: tuple[dict[str, object], ...] = (
    {
        "name": "Deleting needs a manager",
        "tables": ["*"],
        "kinds": ["delete"],
        "columns": [],
        "condition": "",
    },
    {
        "name": "Credit limits over 10,000 need a manager",
        "tables": [f"{SCHEMA}.customers"],
        "kinds": ["create", "update"],
        "columns": ["credit_limit"],
        "condition": "new.credit_limit > 10000",
    },
)
_RULE = sa.text(
    """
    INSERT INTO ops.approval_rule (name, tables, kinds, columns, condition)
    VALUES (:name, CAST(:tables AS text[]), CAST(:kinds AS text[]), CAST(:columns AS text[]), :condition)
    ON CONFLICT (name) DO NOTHING RETURNING id
    """
)
# Seeded once: a rule somebody took away again stays away.
_SEEDED = sa.text("SELECT 1 FROM ops.event WHERE action = 'demo.seeded' LIMIT 1")


def is_there(url: str) -> bool:
    """Whether the database has a schema of the demo's name."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None, connect_timeout=5) as connection:
        return connection.execute("SELECT to_regnamespace(%s)", (SCHEMA,)).fetchone() != (None,)


def load(url: str, orders: int, *, drop: bool, say: Callable[[str], object]) -> None:
    """Make the demo's tables. Raises ClickException with advice."""
    sys.path.append(str(folder("demo").parent))  # in a wheel it lies among the files that ops carries
    from demo.load import DemoError
    from demo.load import load as load_tables

    try:
        load_tables(url, orders=orders, drop=drop, say=say)
    except DemoError as error:
        raise click.ClickException(str(error)) from error


def seed(db: Database, issuer: str | None) -> None:
    """Map the demo provider's groups to roles and, the first time, add the two rules, each with its event."""
    actor = platform_actor("command")
    with db.transaction() as tx:
        if issuer is not None:
            map_groups(tx, issuer, demo_provider.GROUP_ROLES)
        if tx.scalar(_SEEDED) is None:
            entries = [_rule(tx, rule) for rule in RULES]
            audit.record(tx, actor, [*(entry for entry in entries if entry), audit.Entry("demo.seeded")])


def _rule(tx: Session, rule: dict[str, object]) -> audit.Entry | None:
    added = tx.scalar(_RULE, rule)
    if added is None:
        return None
    after = {name: ",".join(value) if isinstance(value, list) else str(value) for name, value in rule.items()}
    return audit.Entry(
        "rule.created",
        reason="demo data",
        after={"id": str(added), **after, "role": "manager", "needed": "1"},
    )
