"""Puts judged rows into `ops.import_row`, and says at the end how many there are of each kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.imports.source import storable
from ops.imports.verdicts import Verdict
from ops.words import t

_COPY = (
    "COPY ops.import_row (run_id, round, position, line, state, cells, row_key, base, after, twins, problems) "
    "FROM STDIN"
)
_NULL = "\\N"
_LINE = "\x01line\x01"  # stands for the first twin's line until PostgreSQL puts it there
_TWINS = sa.text(
    """
    WITH ranked AS (
        SELECT position, first_value(line) OVER w AS first, row_number() OVER w AS place FROM ops.import_row
        WHERE run_id = :id AND round = :round AND state <> 'bad' AND twins[:set] IS NOT NULL
        WINDOW w AS (PARTITION BY twins[:set] ORDER BY position)
    )
    UPDATE ops.import_row r SET state = 'bad', base = NULL, after = NULL, problems =
        json_build_array(json_build_array(CAST(:column AS text), replace(:sentence, :mark, ranked.first::text)))
    FROM ranked WHERE ranked.place > 1
      AND r.run_id = :id AND r.round = :round AND r.position = ranked.position
    """
)
# The rows were written a moment ago: nobody has counted them yet, and believed to be few they would be looked up one
# by one in each other, which takes hours for a million.
_HASHED = sa.text("SET LOCAL enable_nestloop = off")
_NESTED = sa.text("SET LOCAL enable_nestloop = on")
_COUNTS = sa.text(
    "SELECT state, count(*) AS many FROM ops.import_row WHERE run_id = :id AND round = :round GROUP BY state"
)


def stage(tx: Session, run_id: UUID, round_: int, verdicts: Sequence[Verdict]) -> None:
    """COPY the rows in, within the caller's transaction."""
    driver = tx.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    place = f"{run_id}\t{round_}\t"
    lines = [place + _line(one) for one in verdicts]
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write("".join(lines))


def twins(tx: Session, run_id: UUID, round_: int, sets: Sequence[Sequence[str]]) -> None:
    """Of rows that say the same where only one may, the first stays; the others are bad, and say which it was."""
    tx.execute(_HASHED)
    for place, names in enumerate(sets, 1):
        values: dict[str, Any] = {
            "id": run_id, "round": round_, "set": place, "column": names[-1], "mark": _LINE,
            "sentence": t("imports.row.twin", line=_LINE),
        }  # fmt: skip
        tx.execute(_TWINS, values)
    tx.execute(_NESTED)


def counts(tx: Session, run_id: UUID, round_: int) -> dict[str, int]:
    """How many rows of each state there are."""
    found = {row.state: int(row.many) for row in tx.execute(_COUNTS, {"id": run_id, "round": round_})}
    return {state: found.get(state, 0) for state in ("new", "changed", "same", "bad")}


def _line(one: Verdict) -> str:
    twins_ = None if one.twins is None or one.state == "bad" else one.twins
    key = None if one.key is None else list(one.key)
    parts = (
        str(one.position), str(one.line), one.state,
        _json([cell[0] if isinstance(cell, tuple) else cell for cell in one.cells]),
        _NULL if key is None else _json(key),
        _NULL if one.base is None else _json(one.base),
        _NULL if one.after is None else _json(one.after),
        _NULL if twins_ is None else _array(twins_),
        _NULL if not one.problems else _json(one.problems),
    )  # fmt: skip
    return "\t".join(parts) + "\n"


def _json(value: Any) -> str:
    # Plain ASCII: what line ends and tabs COPY would take for its own are escaped in it already.
    text = json.dumps(value)
    if "\\u0000" in text or "\\ud" in text:
        text = json.dumps(_storable(value))
    return text.replace("\\", "\\\\")


def _storable(value: Any) -> Any:
    """The same without what no JSON of PostgreSQL holds: zero bytes and halves of letters. Such rows are bad."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {name: _storable(item) for name, item in value.items()}
    return value


def _array(texts: Sequence[str | None]) -> str:
    items = []
    for text in texts:
        if text is None:
            items.append("NULL")
        else:
            plain = text.replace("\\", "\\\\").replace('"', '\\"')
            items.append(f'"{plain}"')
    joined = "{" + ",".join(items) + "}"
    return joined.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
