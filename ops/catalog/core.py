"""SQLAlchemy's picture of a business table: names always quoted, columns of the exact PostgreSQL type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import UserDefinedType


class PgType(UserDefinedType[str]):
    """A PostgreSQL type by its own text, such as `numeric(12,2)` or `shop."odd type"[]`.

    Binds and results pass through untouched: a `str` goes out without a type, so PostgreSQL reads it as
    the type it is compared with or cast to. The text comes from `format_type`, never from a person: it stands
    in SQL as it is.
    """

    cache_ok = True

    def __init__(self, type_text: str) -> None:
        self.type_text = type_text

    def get_col_spec(self, **_: Any) -> str:
        """The type's text for CAST; a percent sign doubled, as the driver's parameter style wants it."""
        return self.type_text.replace("%", "%%")


def core_table(schema: str, name: str, columns: Iterable[tuple[str, str]]) -> sa.Table:
    """A table in a MetaData of its own, from (column name, type text); without constraints and defaults."""
    return sa.Table(
        quoted_name(name, quote=True),
        sa.MetaData(),
        *(sa.Column(quoted_name(column, quote=True), PgType(text)) for column, text in columns),
        schema=quoted_name(schema, quote=True),
    )
