"""The addresses below /scim/v2 (RFC 7644, 3.2): each calls one function of ops.provisioning."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, current_app, request
from scim2_models import (
    Context,
    NotFoundException,
    NotImplementedException,
    PatchOp,
    Resource,
    SearchRequest,
)
from werkzeug.exceptions import MethodNotAllowed

from ops.identity import ProviderAway
from ops.provisioning import Group, Person, Source, groups, users
from ops.provisioning.filters import check_length
from ops.web.declared import RECORD, Bearer, needs
from ops.web.gate import actor, house, platform
from ops.web.scim import answers
from ops.web.scim.door import enter

bp = Blueprint("scim", __name__, url_prefix="/scim/v2")
bp.register_error_handler(Exception, answers.failed)
client = Bearer(enter)
ALL = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ANSWERS = {
    "POST": Context.RESOURCE_CREATION_RESPONSE,
    "PUT": Context.RESOURCE_REPLACEMENT_RESPONSE,
    "PATCH": Context.RESOURCE_PATCH_RESPONSE,
    "GET": Context.RESOURCE_QUERY_RESPONSE,
}


@bp.get("/Users")
@needs(client)
def list_users() -> Response:
    """One page of users."""
    query = _query(Person)
    with platform().db.reading() as tx:
        found = users.page(tx, source(), query)
    return answers.listed(found, query)


@bp.post("/Users")
@needs(client, body=RECORD)
def create_user() -> Response:
    """Make a user."""
    user, here = answers.read(Person, Context.RESOURCE_CREATION_REQUEST), source(asking=True)
    with platform().db.transaction() as tx:
        made = users.create(tx, actor(), here, user)
    return _answer(made, Person, 201)


@bp.get("/Users/<user_id>")
@needs(client)
def get_user(user_id: str) -> Response:
    """One user."""
    with platform().db.reading() as tx:
        found = users.get(tx, source(), user_id)
    return _answer(found, Person)


@bp.put("/Users/<user_id>")
@needs(client, body=RECORD)
def replace_user(user_id: str) -> Response:
    """Replace a user."""
    user, here = answers.read(Person, Context.RESOURCE_REPLACEMENT_REQUEST), source(asking=True)
    with platform().db.transaction() as tx:
        made = users.replace(tx, actor(), here, user_id, user, _version())
    return _answer(made, Person)


@bp.patch("/Users/<user_id>")
@needs(client, body=RECORD)
def patch_user(user_id: str) -> Response:
    """Change parts of a user."""
    operations = answers.read(PatchOp[Person], Context.RESOURCE_PATCH_REQUEST)  # type: ignore[valid-type]  # made at run time
    here = source(asking=True)
    with platform().db.transaction() as tx:
        made = users.patch(tx, actor(), here, user_id, operations, _version())
    return _answer(made, Person)


@bp.delete("/Users/<user_id>")
@needs(client)
def delete_user(user_id: str) -> Response:
    """Delete a user: the person is switched off."""
    with platform().db.transaction() as tx:
        users.delete(tx, actor(), source(), user_id, _version())
    return answers.nothing()


@bp.get("/Groups")
@needs(client)
def list_groups() -> Response:
    """One page of groups."""
    query = _query(Group)
    with platform().db.reading() as tx:
        found = groups.page(tx, source(), query, members=_wants_members(query))
    return answers.listed(found, query)


@bp.post("/Groups")
@needs(client, body=RECORD)
def create_group() -> Response:
    """Make a group."""
    group = answers.read(Group, Context.RESOURCE_CREATION_REQUEST)
    with platform().db.transaction() as tx:
        made = groups.create(tx, actor(), source(), group)
    return _answer(made, Group, 201)


@bp.get("/Groups/<group_id>")
@needs(client)
def get_group(group_id: str) -> Response:
    """One group."""
    members = _wants_members(answers.wanted(Group))
    with platform().db.reading() as tx:
        found = groups.get(tx, source(), group_id, members=members)
    return _answer(found, Group)


@bp.put("/Groups/<group_id>")
@needs(client, body=RECORD)
def replace_group(group_id: str) -> Response:
    """Replace a group, its members too."""
    group = answers.read(Group, Context.RESOURCE_REPLACEMENT_REQUEST)
    with platform().db.transaction() as tx:
        made = groups.replace(tx, actor(), source(), group_id, group, _version())
    return _answer(made, Group)


@bp.patch("/Groups/<group_id>")
@needs(client, body=RECORD)
def patch_group(group_id: str) -> Response:
    """Change parts of a group, or who is in it."""
    operations = answers.read(PatchOp[Group], Context.RESOURCE_PATCH_REQUEST)
    with platform().db.transaction() as tx:
        made = groups.patch(tx, actor(), source(), group_id, operations, _version())
        if (
            made is None and "attributes" in request.args
        ):  # then the answer must have a body (RFC 7644, 3.5.2)
            made = groups.get(tx, source(), group_id)
    return answers.nothing() if made is None else _answer(made, Group)


@bp.delete("/Groups/<group_id>")
@needs(client)
def delete_group(group_id: str) -> Response:
    """Delete a group, and what it gave."""
    with platform().db.transaction() as tx:
        groups.delete(tx, actor(), source(), group_id, _version())
    return answers.nothing()


@bp.post("/Users/.search")
@needs(client)
def search_users() -> Response:
    """One page of users, asked for in a body."""
    query = _bounded(answers.read(SearchRequest[Person], Context.SEARCH_REQUEST))  # type: ignore[valid-type]  # made at run time
    with platform().db.reading() as tx:
        found = users.page(tx, source(), query)
    return answers.listed(found, query)


@bp.post("/Groups/.search")
@needs(client)
def search_groups() -> Response:
    """One page of groups, asked for in a body."""
    query = _bounded(answers.read(SearchRequest[Group], Context.SEARCH_REQUEST))
    with platform().db.reading() as tx:
        found = groups.page(tx, source(), query, members=_wants_members(query))
    return answers.listed(found, query)


@bp.route("/.search", methods=["POST"])
@bp.route("/Bulk", methods=["POST"])
@bp.route("/Me", methods=ALL)
@needs(client)
def not_here() -> Response:
    """What the RFC lets a service leave out."""
    raise NotImplementedException(
        detail="This service searches users and groups apart, and knows no Bulk and no Me"
    )


@bp.route("/", defaults={"rest": ""}, methods=ALL)
@bp.route("/<path:rest>", methods=ALL)
@needs(client)
def nowhere(rest: str) -> Response:
    """Any other address, and any other method: told in SCIM's own words."""
    adapter = current_app.url_map.bind("")
    methods = [
        method for method in ALL if adapter.match(request.path, method=method)[0] != request.endpoint
    ]  # fmt: skip
    if methods:
        raise MethodNotAllowed(valid_methods=methods)
    raise NotFoundException(detail="There is no such address")


def source(*, asking: bool = False) -> Source:
    """Whose people this service is about.

    `asking`: the provider is asked how it spells its issuer, where this process does not know yet; never inside
    a transaction (P44). Where it does not answer, people who are bound already can still be changed.
    """
    settings = platform().settings
    provider = house().providers.get(settings.scim_issuer)
    issuer = None
    if provider is None and asking:
        abort(501, "OPS_OIDC_ISSUER is not set: there is no provider whose people SCIM could tell")
    if provider is not None and asking:
        try:
            issuer = str(provider.metadata()["issuer"])
        except ProviderAway:
            current_app.logger.warning("the provider of OPS_SCIM_ISSUER does not answer")
    subject: Any = settings.scim_subject
    return Source(issuer, subject, base())


def base() -> str:
    """The address of this service, whatever Host says (P25)."""
    return platform().settings.public_url + "/scim/v2"


def _query(model: Any) -> SearchRequest[Any]:
    found: SearchRequest[Any] = SearchRequest[model].model_validate(
        _bounded_args(), scim_ctx=Context.SEARCH_REQUEST
    )
    return found


def _bounded_args() -> dict[str, str]:
    known = ("filter", "startIndex", "count", "attributes", "excludedAttributes")
    check_length(request.args.get("filter"))
    return {name: request.args[name] for name in known if name in request.args}


def _bounded(query: Any) -> Any:
    check_length(query.filter)
    return query


def _wants_members(parameters: Any) -> bool:
    """Whether the answer shall have members: they are many, and not read for nothing."""
    asked = {str(path).rpartition(":")[2].partition(".")[0].lower() for path in parameters.attributes or ()}
    spared = {str(path).rpartition(":")[2].lower() for path in parameters.excluded_attributes or ()}
    return "members" not in spared and (not asked or "members" in asked)


def _version() -> str | None:
    return request.headers.get("If-Match")


def _answer(found: Resource[Any], model: Any, status: int = 200) -> Response:
    return answers.resource(found, _ANSWERS[request.method], answers.wanted(model), status)
