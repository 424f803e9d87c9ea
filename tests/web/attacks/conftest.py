"""A company whose values name their cell: Ann sees her own clients, no salary, and masks; Bo and Oz see all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from ops import settings as settings_room
from ops.db import Database
from ops.identity import demo_provider, map_groups
from ops.platform import Platform
from ops.settings import Settings
from tests.conftest import Databases
from tests.web.bulk.conftest import ManyHouse
from tests.web.visiting import ORIGIN, Visitor

WORLD = """
CREATE TABLE public.client (
    id int PRIMARY KEY, name text NOT NULL, code text UNIQUE, note text, salary text, owner_mail text, extra jsonb);
CREATE INDEX client_salary ON public.client (salary, id);
CREATE TABLE public.badge (id int PRIMARY KEY,
    client_code text REFERENCES public.client (code) ON DELETE CASCADE, label text);
CREATE TABLE public.tag (id int PRIMARY KEY, badge_id int REFERENCES public.badge ON DELETE CASCADE);
CREATE TABLE public.letter (id int PRIMARY KEY, client_id int REFERENCES public.client ON DELETE CASCADE,
    subject text NOT NULL, body text);
CREATE TABLE public.vault (id int PRIMARY KEY, word text);
INSERT INTO public.client SELECT n, 'NAME' || n, 'CODE-' || n || '-99990' || n, 'NOTE' || n, 'SALARY' || n,
    CASE WHEN n IN (1, 3) THEN 'ann@example.com' ELSE 'other@example.com' END, '{"pin": "PIN"}'
    FROM generate_series(1, 6) AS n;
INSERT INTO public.badge SELECT n, 'CODE-' || n || '-99990' || n, 'LABEL' || n FROM generate_series(1, 6) AS n;
INSERT INTO public.tag SELECT n, n FROM generate_series(1, 6) AS n;
INSERT INTO public.letter SELECT n, n, 'SUBJECT' || n, 'BODY' || n FROM generate_series(1, 6) AS n;
INSERT INTO public.vault VALUES (1, 'VAULT1');
INSERT INTO ops.role (name, label, permissions) VALUES ('desk', 'Desk', '{imports.run}'), ('full', 'Full', '{}');
INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked) VALUES
    ('full', '*', '*', '{see,create,edit,delete,export,act,approve}', '', '{}', '{}'),
    ('desk', 'public', 'client', '{see,create,edit,delete,export,act}', 'owner_mail = me', '{salary}', '{}'),
    ('desk', 'public', 'badge', '{see,create,edit,delete,export}', '', '{}', '{}'),
    ('desk', 'public', 'tag', '{see}', '', '{}', '{}'),
    ('desk', 'public', 'letter', '{see,create,edit,delete,export,act}', '', '{}', '{}');
"""

RESOURCES = '''
"""How the company shapes its tables."""
from typing import Annotated
from ops.catalog import Field, Resource, action, later

class Clients(Resource):
    table = "client"
    title = "{name}"
    columns = ("id", "name", "code", "salary", "owner_mail")
    masked = {"code": ("full", "last4")}

    @action("Judge", many=True)
    def judge(self, client, *, why: str, vault: Annotated[int | None, Field(table="vault")] = None):
        later("company.judged", about=client["note"], why=why)
        return {"note": client["note"] + " judged", "salary": client["salary"] + " more", "name": client["name"] + "!"}

class Letters(Resource):
    table = "letter"
    title = "{subject}"
    sensitive = True

    @action("Stamp", many=True)
    def stamp(self, letter, *, why: str):
        return {"subject": letter["subject"] + why}
'''
GROUPS = {
    "operations": ("desk",),
    "managers": ("full",),
    "auditors": ("auditor",),
    "owners": ("owner", "full"),
}


@pytest.fixture
def settings(make_database: Databases, redis_url: str, provider: str, tmp_path: Path) -> Settings:
    def prepare(url: str) -> None:
        database = Database(url, application_name="countersign tests", pool_size=1)
        with database.transaction() as tx:
            tx.connection().execution_options(no_parameters=True).exec_driver_sql(WORLD)
            tx.execute(sa.text("UPDATE ops.rights SET stamp = stamp"))
            map_groups(tx, provider, GROUPS)
        database.close()

    url = make_database.prepared("ops", f"attacked_{urlsplit(provider).port}", prepare)
    (tmp_path / "company_resources.py").write_text(RESOURCES)
    return settings_room.load(
        {
            "OPS_HOME": str(tmp_path),
            "OPS_DATABASE_URL": url,
            "OPS_REDIS_URL": redis_url,
            "OPS_PUBLIC_URL": ORIGIN,
            "OPS_RESOURCES": str(tmp_path / "company_resources.py"),
            "OPS_OIDC_ISSUER": provider,
            "OPS_OIDC_CLIENT_ID": demo_provider.CLIENT_ID,
            "OPS_OIDC_CLIENT_SECRET": demo_provider.CLIENT_SECRET,
        }
    )


@pytest.fixture
def house(app: Flask, platform: Platform, visit: Callable[..., Visitor]) -> ManyHouse:
    return ManyHouse(app, platform, visit)
