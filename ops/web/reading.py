"""Flask-SQLAlchemy on our engine: its scoped session is the request's one READ ONLY transaction.

`ops.db` stays the only place that begins and commits. Flask-SQLAlchemy contributes what it is good at, the
scope: one session for each application context, ended with it. Its own engine and its own way to begin are
not used, because limits and text forms must be sent with every BEGIN.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, cast

from flask import Flask, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from ops import direct
from ops.db import Database


class Reading(SQLAlchemy):
    """The extension, bound to the platform's Database."""

    def __init__(self, database: Database, app: Flask) -> None:
        self.database = database
        app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://"
        super().__init__(app, disable_autonaming=True, add_models_to_shell=False)

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Any:
        return self.database.engine

    def _make_session_factory(self, options: dict[str, Any]) -> Any:
        return self._begin

    def asking(self, what: str) -> Session:
        """The request's transaction; what is asked travels with its BEGIN (`ops.direct.answer`)."""
        if "opened_reading" in g:
            return direct.ask(self.session(), what)
        g.asked_with_begin = what
        return cast(Session, self.session())

    def _begin(self) -> Session:
        opened: AbstractContextManager[Session] = self.database.reading(asked=g.pop("asked_with_begin", None))
        tx = opened.__enter__()
        g.opened_reading = opened
        return tx

    def _teardown_session(self, exc: BaseException | None) -> None:
        self.end(exc)
        self.database.forget_ahead()

    def end(self, error: BaseException | None = None) -> BaseException | None:
        """End the reading, if one is open, and return `error`, or the plainer error it turns out to be.

        With an error it rolls back, and a database's error gets its name (Busy, Unavailable).
        """
        opened: AbstractContextManager[Session] | None = g.pop("opened_reading", None)
        if opened is None:
            return error
        self.session.registry.clear()
        try:
            opened.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
        except Exception as named:
            return named
        return error
