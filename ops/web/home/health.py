"""Alive, and ready: two different questions (P54)."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from ops import migrate
from ops.db import Busy, Unavailable
from ops.web.gate import needs, platform, public, tx

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@needs(public, polling=True)
def healthz() -> Response:
    """The process answers. Nothing outside it is asked, so a database that is away restarts nobody."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@needs(public, polling=True)
def readyz() -> Response:
    """Whether this process should be sent requests: 503 while the database or its migrations are missing.

    Redis being away is told and does not count: reading, editing and approving go on without it.
    """
    parts = {"database": _database(), "redis": _redis()}
    response = jsonify(parts)
    response.status_code = 200 if parts["database"] == "ok" else 503
    return response


def _database() -> str:
    try:
        reached = tx().scalar(sa.text("SELECT version_num FROM ops.alembic_version"))
    except (Unavailable, Busy, DBAPIError):
        return "away"
    # During a deploy an old process meets a newer schema, and goes on.
    return "ok" if reached and str(reached) >= migrate.head() else "migrations are missing: run ops migrate"


def _redis() -> str:
    try:
        platform().redis.ping()
    except (RedisError, OSError):
        return "away"
    return "ok"
