"""SCIM's JSON: bodies read within bounds, answers and errors written as RFC 7644 wants them."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, current_app, g, request
from pydantic import ValidationError
from scim2_models import (
    Context,
    Error,
    InvalidSyntaxException,
    ListResponse,
    Message,
    Resource,
    ResponseParameters,
    SCIMException,
)
from werkzeug.exceptions import HTTPException

from ops.db import Busy, Unavailable, sqlstate
from ops.identity import ProviderAway
from ops.provisioning import POLICY, names
from ops.web.scim.door import NoToken

CONTENT_TYPE = "application/scim+json"
MAX_DEPTH = 20
_TAKES_TURNS = {"40001", "40P01"}  # serialization_failure, deadlock_detected: another try succeeds


def read(model: Any, context: Context) -> Any:
    """The request's body as `model`. Raises SCIMException, ValidationError."""
    kind = request.mimetype
    if kind not in (CONTENT_TYPE, "application/json", ""):
        raise InvalidSyntaxException(detail=f"The body must be {CONTENT_TYPE}")
    try:
        payload = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        raise InvalidSyntaxException(detail="The body is not JSON") from None
    if not isinstance(payload, dict) or _depth(payload) > MAX_DEPTH:
        raise InvalidSyntaxException(detail="The body must be a JSON object of reasonable depth")
    return model.model_validate(payload, scim_ctx=context, scim_policy=POLICY)


def wanted(model: Any) -> ResponseParameters[Any]:
    """Which attributes the answer shall have. Raises ValidationError."""
    told = {name: request.args[name] for name in ("attributes", "excludedAttributes") if name in request.args}
    found: ResponseParameters[Any] = ResponseParameters[model].model_validate(told)
    return found


def resource(
    found: Resource[Any],
    context: Context,
    parameters: ResponseParameters[Any] | None = None,
    status: int = 200,
) -> Response:
    """One resource with its address and entity tag; 304 where the client has this version."""
    meta = found.meta
    headers = {}
    if meta is not None and meta.version:
        headers["ETag"] = meta.version
        seen = request.headers.get("If-None-Match")
        if request.method == "GET" and seen and names(seen, int(meta.version[3:-1])):
            return Response(status=304, headers=headers)
    if meta is not None and meta.location:
        headers["Location" if status == 201 else "Content-Location"] = str(meta.location)
    return message(found, context, parameters, status, headers)


def message(
    found: Resource[Any] | Message,
    context: Context,
    parameters: ResponseParameters[Any] | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """Any SCIM message."""
    body = found.model_dump_json(scim_ctx=context, response_parameters=parameters, scim_policy=POLICY)
    return Response(body, status, headers, content_type=CONTENT_TYPE)


def listed(found: ListResponse[Any], parameters: ResponseParameters[Any] | None = None) -> Response:
    """A page of resources."""
    return message(found, Context.RESOURCE_QUERY_RESPONSE, parameters)


def nothing() -> Response:
    """Done, and there is nothing to show."""
    return Response(status=204)


def failed(error: Exception) -> Response:
    """The answer to any error: SCIM's own body, never a trace, SQL or a secret (P26)."""
    told, headers = _told(error)
    status = told.status or 500
    if status >= 500 and not isinstance(error, SCIMException):
        current_app.logger.error("request %s failed", g.get("request_id", ""), exc_info=error)
    if status == 503:
        headers["Retry-After"] = "5"
    return Response(told.model_dump_json(), status, headers, content_type=CONTENT_TYPE)


def _told(error: Exception) -> tuple[Error, dict[str, str]]:
    if isinstance(error, NoToken):
        return error.to_error(), {"WWW-Authenticate": 'Bearer realm="SCIM"'}
    if isinstance(error, SCIMException):
        return error.to_error(), {}
    if isinstance(error, ValidationError):
        return Error.from_validation_errors(error)[0], {}
    if isinstance(error, HTTPException) and error.code is not None and error.response is None:
        return Error(status=error.code, detail=error.description), _kept(error)
    if isinstance(error, Unavailable | Busy | ProviderAway) or sqlstate(error) in _TAKES_TURNS:
        return Error(status=503, detail="Not now: nothing was written; try again"), {}
    return Error(status=500, detail=_broken()), {}


def _kept(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}


def _broken() -> str:
    return f"Something went wrong here; its id is {g.get('request_id', '')}"


def _depth(value: object, deep: int = 0) -> int:
    if deep > MAX_DEPTH:
        return deep
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(one, deep + 1) for one in inner), default=deep)
