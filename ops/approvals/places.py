"""What a rule is about, as the table of rules and its YAML write it: `shop.orders`, `shop.*`, `*.orders`, `*`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

ANY = "*"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A table, every table of a schema, every table of a name, or every table."""

    schema: str
    table: str

    def __str__(self) -> str:
        """As it is written: `%`, `.` and `*` within a name stand percent-encoded."""
        if (self.schema, self.table) == (ANY, ANY):
            return ANY
        return f"{_written(self.schema)}.{_written(self.table)}"

    def covers(self, schema: str, table: str) -> bool:
        """Whether the table is one of these."""
        return self.schema in (ANY, schema) and self.table in (ANY, table)

    @property
    def general(self) -> bool:
        """Whether it is about whatever tables there are, not about tables of a name."""
        return self.table == ANY


EVERYWHERE = Place(ANY, ANY)


class NoPlace(ValueError):
    """The text names no table and no kind of tables."""


def parse_place(text: str) -> Place:
    """The place of its text. Raises NoPlace."""
    if text == ANY:
        return EVERYWHERE
    schema, point, table = text.partition(".")
    if not (schema and point and table) or "." in table:
        raise NoPlace(text)
    return Place(_read(schema), _read(table))


def _written(name: str) -> str:
    return name if name == ANY else name.replace("%", "%25").replace(".", "%2E").replace("*", "%2A")


def _read(part: str) -> str:
    if part != ANY and ANY in part:
        raise NoPlace(part)
    return part if part == ANY else unquote(part)
