"""What this service can do, told to clients that ask first (RFC 7644, 4)."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, request
from scim2_models import Context, ListResponse, Meta, NotFoundException, ResourceType, Schema

from ops.provisioning import CONFIG, RESOURCE_TYPES, SCHEMAS
from ops.web.declared import needs
from ops.web.scim import answers
from ops.web.scim.views import base, bp, client


@bp.get("/ServiceProviderConfig")
@needs(client)
def config() -> Response:
    """What this service can do."""
    return answers.message(_placed(CONFIG, "ServiceProviderConfig"), Context.RESOURCE_QUERY_RESPONSE)


@bp.get("/ResourceTypes")
@bp.get("/ResourceTypes/<name>")
@needs(client)
def resource_types(name: str | None = None) -> Response:
    """Users and Groups, or one of them."""
    return _described(RESOURCE_TYPES, "ResourceTypes", name, ResourceType)


@bp.get("/Schemas")
@bp.get("/Schemas/<name>")
@needs(client)
def schemas(name: str | None = None) -> Response:
    """Which attributes there are."""
    return _described(SCHEMAS, "Schemas", name, Schema)


def _described(found: Any, where: str, name: str | None, model: Any) -> Response:
    placed = [_placed(one, f"{where}/{one.id}") for one in found]
    if name is not None:
        one = next((each for each in placed if str(each.id).lower() == name.lower()), None)
        if one is None:
            raise NotFoundException(detail=f"There is no {name}")
        return answers.message(one, Context.RESOURCE_QUERY_RESPONSE)
    if "filter" in request.args:
        abort(403, "What this service can do is not filtered (RFC 7644, 4)")
    return answers.listed(
        ListResponse[model](
            total_results=len(placed), start_index=1, items_per_page=len(placed), resources=placed
        )
    )


def _placed(found: Any, where: str) -> Any:
    kind = type(found).__name__.partition("[")[0]
    return found.model_copy(update={"meta": Meta(resource_type=kind, location=f"{base()}/{where}")})
