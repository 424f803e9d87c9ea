"""How many rows a question that nobody prepared an index for would find: asked for two seconds at most."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ops.db import BUSY_STATES, sqlstate
from ops.records.counting import UNKNOWN, Count, counted


def patiently_counted(tx: Session, rows: sa.Select[Any]) -> Count:
    """Count up to a thousand of the rows; UNKNOWN where two seconds do not suffice. The transaction goes on."""
    tx.execute(sa.text("SAVEPOINT ops_patience"))
    tx.execute(sa.text("SET LOCAL statement_timeout = '2s'"))
    try:
        return counted(tx, rows)
    except DBAPIError as error:
        if error.connection_invalidated or sqlstate(error) not in BUSY_STATES:
            raise
        return UNKNOWN
    finally:
        # Undoes the shorter limit as well.
        tx.execute(sa.text("ROLLBACK TO SAVEPOINT ops_patience"))
