"""What users and groups have in common: identifiers, versions, pages, and what a write changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from scim2_models import ListResponse, NotFoundException, PreconditionFailedException, Resource, SearchRequest

DEFAULT_RESULTS = 100
MAX_OFFSET = 10_000_000
_CUT = 2000  # characters of one changed value in the trail


def checked_id(text: str) -> str:
    """The identifier as PostgreSQL takes it. Raises NotFoundException for what cannot be one of ours."""
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFoundException(detail="There is no such resource") from None


def missing(kind: str, resource_id: str) -> NotFoundException:
    """The error for a resource that is not there (any more)."""
    return NotFoundException(detail=f"There is no {kind} {resource_id}")


def etag(version: int) -> str:
    """A version as an entity tag: weak, for attributes may be left out of an answer (RFC 7644, 3.14)."""
    return f'W/"{version}"'


def checked_version(version: int, wanted: str | None) -> None:
    """Raise PreconditionFailedException unless the If-Match header `wanted` names this version."""
    if wanted is None or wanted.strip() == "*":
        return
    if not names(wanted, version):
        raise PreconditionFailedException(detail="The resource has changed; read it again")


def names(header: str, version: int) -> bool:
    """Whether a list of entity tags names the version, compared weakly (RFC 9110, 8.8.3.2)."""
    tags = {one.strip().removeprefix("W/") for one in header.split(",")}
    return etag(version).removeprefix("W/") in tags or "*" in tags


def meta(base: str, kind: str, row: Any) -> dict[str, Any]:
    """The `meta` of a row that has a version, times and an id."""
    return {
        "resourceType": kind,
        "created": row.created_at,
        "lastModified": row.modified_at,
        "location": f"{base}/{kind}s/{row.id}",
        "version": etag(row.version),
    }


def window(query: SearchRequest[Any], most: int) -> tuple[int, int]:
    """Offset and number of rows of the page asked for (RFC 7644, 3.4.2.4)."""
    offset = min(query.start_index_0 or 0, MAX_OFFSET)
    wanted = DEFAULT_RESULTS if query.count is None else query.count
    return offset, min(wanted, most)


def listed(model: type[Any], total: int, offset: int, found: Sequence[Any]) -> ListResponse[Any]:
    """One page of `total` resources of `model`, which begins after the first `offset`."""
    made: ListResponse[Any] = ListResponse[model](  # type: ignore[valid-type]  # known at run time
        total_results=total, start_index=offset + 1, items_per_page=len(found), resources=list(found)
    )
    return made


def difference(
    before: Resource[Any] | None, after: Resource[Any] | None
) -> tuple[dict[str, str | None] | None, dict[str, str | None] | None]:
    """The attributes that differ, before and after, as texts for the trail."""
    was, now = _flat(before), _flat(after)
    differ = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return (
        {name: was[name] for name in differ if name in was} if before is not None else None,
        {name: now[name] for name in differ if name in now} if after is not None else None,
    )


def _flat(resource: Resource[Any] | None) -> dict[str, str | None]:
    if resource is None:
        return {}
    told = resource.model_dump()
    return {
        name: (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:_CUT]
        for name, value in told.items()
        if name not in ("schemas", "meta", "members", "groups")
    }
