"""What we speak of by SCIM: the attributes kept of users and groups (RFC 7643), and nothing beside them.

An attribute we have no use for (a phone number, a photo, a certificate, a password) is not in the schema: it is
read over and never kept.
"""

# The library reads annotations when it makes a class: they must not be put off, as elsewhere in the house.
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Pagination,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    Schema,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MAX_RESULTS = 200  # in one page
MAX_MEMBERS = 20_000  # in one request
MAX_SHOWN = 50_000  # members in one answer
MAX_TEXT = 1000  # of any one value
MAX_RESOURCE = 32_768  # of a user, as JSON

# Unknown attributes are read over; the two other tolerances are Microsoft Entra's ways of speaking.
POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class Name(ComplexAttribute):
    """The parts of a name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None


class Email(ComplexAttribute):
    """An e-mail address. It is for reaching people, never for knowing them (P2)."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


class GroupMembership(ComplexAttribute):
    """A group the user is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None
    type: Annotated[str | None, Mutability.read_only] = Field(None, examples=["direct"])


class EnterpriseUser(Extension):
    """What a company says of where its people work (RFC 7643, 4.3)."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None


class User(Resource[Any]):
    """A person who may sign in (RFC 7643, 4.1)."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    title: str | None = None
    user_type: str | None = None
    preferred_language: str | None = None
    locale: str | None = None
    timezone: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None


class GroupMember(ComplexAttribute):
    """A user of a group. Groups within groups are not kept: providers tell members one by one."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A group of people (RFC 7643, 4.2)."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    members: list[GroupMember] | None = None


# With its extension; the type checker knows it as the User it is.
Person: type[User] = User[EnterpriseUser]  # type: ignore[misc]  # the library makes it at run time

CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MAX_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    pagination=Pagination(cursor=False, index=True, max_page_size=MAX_RESULTS),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="A token made by `ops scim token add`, as in RFC 6750.",
            primary=True,
        )
    ],
)
RESOURCE_TYPES = (ResourceType.from_resource(Person), ResourceType.from_resource(Group))
SCHEMAS: tuple[Schema, ...] = tuple(
    model.to_schema() for model in (User, EnterpriseUser, Group, ServiceProviderConfig, ResourceType, Schema)
)
PROVIDER = ScimProvider([User, EnterpriseUser, Group], RESOURCE_TYPES, CONFIG, POLICY)
