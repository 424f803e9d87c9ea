"""The tables of provisioning, for statements whose conditions a client's filter makes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from ops.db import SCHEMA

USERS = sa.table(
    "scim_user",
    sa.column("id", UUID(as_uuid=False)), sa.column("position", sa.BigInteger), sa.column("user_name", sa.Text),
    sa.column("user_key", sa.Text), sa.column("external_id", sa.Text), sa.column("active", sa.Boolean),
    sa.column("resource", JSONB), sa.column("person_id", sa.BigInteger), sa.column("version", sa.BigInteger),
    sa.column("created_at", sa.DateTime(timezone=True)), sa.column("modified_at", sa.DateTime(timezone=True)),
    schema=SCHEMA,
)  # fmt: skip
GROUPS = sa.table(
    "scim_group",
    sa.column("id", UUID(as_uuid=False)), sa.column("position", sa.BigInteger),
    sa.column("display_name", sa.Text), sa.column("display_key", sa.Text), sa.column("external_id", sa.Text),
    sa.column("version", sa.BigInteger), sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("modified_at", sa.DateTime(timezone=True)),
    schema=SCHEMA,
)  # fmt: skip
MEMBERS = sa.table(
    "scim_member",
    sa.column("group_id", UUID(as_uuid=False)), sa.column("user_id", UUID(as_uuid=False)),
    schema=SCHEMA,
)  # fmt: skip
