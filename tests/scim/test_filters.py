"""Filters in SQL mean what the library's own evaluator says they mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scim2_models import ScimFilter

from ops.provisioning import Person
from tests.scim.conftest import ENTERPRISE, Scim

PEOPLE: list[dict[str, Any]] = [
    {"sub": "a-1", "userName": "Ann", "displayName": "Ann Arbor", "title": "Clerk", "name": {"familyName": "Arbor"}},
    {
        "sub": "b-2", "userName": "bo%_", "active": False,
        "emails": [{"value": "bo@x.example", "type": "work", "primary": True}],
    },
    {
        "sub": "C-3", "userName": "ÇY", "title": "clerk", ENTERPRISE: {"department": "North"},
        "emails": [{"value": "cy@x.example", "type": "home"}, {"value": "cy@work.example", "type": "work"}],
    },
    {"sub": "d-4", "userName": 'de"e', "name": {"familyName": "Field", "givenName": "Dee"}},
]  # fmt: skip
ATTRIBUTES = (
    "userName", "externalId", "displayName", "title", "name.familyName", "emails", "emails.type", "emails.value",
    f"{ENTERPRISE}:department",
)  # fmt: skip
WORDS = (
    "Ann",
    "ann",
    "clerk",
    "Clerk",
    "x.example",
    "work",
    "C-3",
    "c-3",
    "%",
    "_",
    "",
    "çy",
    "ÇY",
    "north",
    '"',
    "Field",
)

values = st.sampled_from(WORDS)
comparisons = st.builds(
    lambda name, op, value: f"{name} {op} {ScimFilter.quote(value)}",
    st.sampled_from(ATTRIBUTES), st.sampled_from(("eq", "ne", "co", "sw", "ew")), values,
)  # fmt: skip
others = st.sampled_from(
    (
        "active eq true", "active eq false", "active ne true", "title pr", "emails pr", "name pr", "title eq null",
        'emails[type eq "work"]', 'emails[type eq "work" and value co "bo"]', "emails[primary eq true]",
        'emails[not (type eq "work")]', "emails.primary eq true", f"{ENTERPRISE}:department pr",
        'meta.resourceType eq "User"', 'meta.created gt "2020-01-01T00:00:00Z"',
    )
)  # fmt: skip
filters = st.recursive(
    comparisons | others,
    lambda inner: (
        st.builds(lambda a, op, b: f"({a} {op} {b})", inner, st.sampled_from(("and", "or")), inner)
        | st.builds(lambda a: f"not ({a})", inner)
    ),
    max_leaves=4,
)


@pytest.fixture
def people(scim: Scim) -> list[Any]:
    """The people as SCIM tells them again."""
    for one in PEOPLE:
        scim.user(one["sub"], **{name: value for name, value in one.items() if name != "sub"})
    return [Person.model_validate(one) for one in scim("GET", "/Users").json["Resources"]]


def _found(scim: Scim, expression: str) -> set[str]:
    answer = scim.client.get(
        "/scim/v2/Users",
        query_string={"filter": expression},
        base_url="http://localhost:8000",
        headers={"Authorization": f"Bearer {scim.token}"},
    )
    assert answer.status_code == 200, (expression, answer.text)
    found = {one["userName"] for one in answer.json.get("Resources", [])}
    assert answer.json["totalResults"] == len(found)
    return found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expression=filters)
def test_sql_and_the_reference_agree(scim: Scim, people: list[Any], expression: str) -> None:
    """P20: bound values, the meaning of RFC 7644, 3.4.2.2."""
    bound = ScimFilter[Person](expression)  # type: ignore[valid-type]  # made at run time
    expected = {one.user_name for one in people if bound.match(one)}
    assert _found(scim, expression) == expected, expression


def test_groups_by_name_and_member(scim: Scim) -> None:
    ann = scim.user("ann")
    scim.group("Ops", ann, externalId="g-1")
    scim.group("Empty")
    for expression, expected in (
        ('displayName eq "ops"', {"Ops"}),
        ('externalId eq "g-1"', {"Ops"}),
        ('externalId eq "G-1"', set()),
        ("members pr", {"Ops"}),
        (f'members[value eq "{ann["id"]}"]', {"Ops"}),
        (f'not (members.value eq "{ann["id"]}")', {"Empty"}),
        ('displayName sw "e" or displayName co "ps"', {"Ops", "Empty"}),
        ('members[value eq "x\' OR 1=1 --"]', set()),
    ):
        answer = scim("POST", "/Groups/.search", {"schemas": [
            "urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": expression})  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert {one["displayName"] for one in answer.json["Resources"]} == expected, expression
