"""What every command needs first: settings from the environment, and the services of a running `ops up`."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from psycopg import OperationalError
from sqlalchemy.orm import Session

from ops.catalog import ResourceErrors
from ops.db import Database, Unavailable
from ops.embedded import EmbeddedError, running
from ops.migrate import NotOurs
from ops.settings import Settings, SettingsError, load

P = ParamSpec("P")
R = TypeVar("R")


def settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings; where no address is given, that of an `ops up` that runs on the same OPS_HOME.

    Raises SettingsError.
    """
    found = load(os.environ if environ is None else environ)
    if found.database_url and found.redis_url:
        return found
    here = running(found.home)
    if here is None:
        return found
    return replace(
        found,
        database_url=found.database_url or here.database_url,
        redis_url=found.redis_url or here.redis_url,
    )


def needs_database(found: Settings) -> str:
    """The database's address. Raises a ClickException that says how to get one."""
    if found.database_url is None:
        raise click.ClickException(
            "No database: set OPS_DATABASE_URL, or start `ops up` in another terminal with the same OPS_HOME."
        )
    return found.database_url


@contextmanager
def writing() -> Iterator[Session]:
    """A transaction of a command's own, on a connection that is closed behind it."""
    url = needs_database(settings())
    database = Database(url, application_name="countersign command", pool_size=1)
    try:
        with database.transaction() as tx:
            yield tx
    finally:
        database.close()


def owner_url(found: Settings) -> str:
    """The address of the role that owns the schema `ops`."""
    return found.migration_url or needs_database(found)


def kindly(command: Callable[P, R]) -> Callable[P, R]:
    """Turn what is wrong with the surroundings into words and exit code 1, without a trace."""

    @wraps(command)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except SettingsError as error:
            raise click.ClickException(_listed("The settings are wrong:", error.problems)) from error
        except ResourceErrors as error:
            raise click.ClickException(
                _listed("The resources do not fit the tables:", str(error).split("\n"))
            ) from error
        except (EmbeddedError, NotOurs) as error:
            raise click.ClickException(str(error)) from error
        except (Unavailable, OperationalError) as error:
            raise click.ClickException(f"The database cannot be used: {_first_line(error)}") from error

    return called


def follow(parent: int | None) -> None:
    """End when the `ops up` that started this process ends, even by SIGKILL (Linux); no orphan stays."""
    if parent is None:
        return
    if sys.platform == "linux":
        pr_set_pdeathsig = 1  # prctl(2)
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)  # it ended before we could say so


def _listed(title: str, problems: list[str]) -> str:
    return "\n  ".join([title, *problems])


def _first_line(error: BaseException) -> str:
    # libpq's words name host, port and role, never the password.
    cause = error.__cause__ if isinstance(error, Unavailable) and error.__cause__ else error
    return str(getattr(cause, "orig", cause)).strip().partition("\n")[0]
