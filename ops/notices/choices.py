"""What a person chose: the way of each kind of notice, and the hour of their daily mail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from ops.notices.kinds import KINDS, Route

USUAL_HOUR = 7


class NoSuchRoute(ValueError):
    """A kind or a way that does not exist, or a way this kind may not take."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The way of every kind, and the hour (0 to 23, on the person's own clock) of the daily mail."""

    routes: Mapping[str, Route]
    hour: int


_ROUTES = sa.text("SELECT kind, route FROM ops.notice_choice WHERE person_id = :person")
_HOUR = sa.text("SELECT hour FROM ops.notice_hour WHERE person_id = :person")
_KEEP_ROUTES = sa.text(
    "INSERT INTO ops.notice_choice (person_id, kind, route) "
    "SELECT :person, c.key, c.value FROM jsonb_each_text(CAST(:routes AS jsonb)) AS c "
    "ON CONFLICT (person_id, kind) DO UPDATE SET route = excluded.route"
)
_KEEP_HOUR = sa.text(
    "INSERT INTO ops.notice_hour (person_id, hour) VALUES (:person, :hour) "
    "ON CONFLICT (person_id) DO UPDATE SET hour = excluded.hour"
)


def choices(tx: Session, person_id: int) -> Choices:
    """What the person chose, and the usual where they chose nothing."""
    chosen = {row.kind: row.route for row in tx.execute(_ROUTES, {"person": person_id})}
    routes = {name: cast(Route, chosen.get(name, kind.usual)) for name, kind in KINDS.items()}
    hour = tx.scalar(_HOUR, {"person": person_id})
    return Choices(routes, USUAL_HOUR if hour is None else hour)


def choose(tx: Session, person_id: int, routes: Mapping[str, str], hour: int) -> None:
    """Keep the ways of the kinds named and the hour. Raises NoSuchRoute, and then nothing is kept."""
    for name, route in routes.items():
        if name not in KINDS or route not in KINDS[name].routes:
            raise NoSuchRoute(name)
    if not 0 <= hour <= 23:
        raise NoSuchRoute("hour")
    tx.execute(_KEEP_ROUTES, {"person": person_id, "routes": json.dumps(dict(routes))})
    tx.execute(_KEEP_HOUR, {"person": person_id, "hour": hour})
