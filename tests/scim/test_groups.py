"""SCIM groups: roles by the same mapping as tokens' groups, at once, told apart by their origin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from ops.actor import platform_actor
from ops.db import statements
from ops.provisioning import remap
from tests.scim.conftest import GROUP, PATCH, Scim
from tests.web.visiting import Visitor


@pytest.fixture(autouse=True)
def mapping(scim: Scim, provider: str) -> Iterator[None]:
    """What groups mean: owners stay out of it."""
    for name, role in (
        ("counting", "auditor"),
        ("g-77", "auditor"),
        ("checking", "auditor"),
        ("buying", "operator"),
    ):
        scim.sql("INSERT INTO ops.group_role VALUES (:iss, :name, :role)", iss=provider, name=name, role=role)
    yield


def test_members_come_and_go_at_once_in_open_sessions(scim: Scim, visit: Callable[..., Visitor]) -> None:
    """P9: the next request knows."""
    user, dee = scim.user("dee"), visit("dee")
    assert dee.get("/audit/").status_code == 403
    group = scim.group("counting")
    scim.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    assert dee.get("/audit/").status_code == 200
    scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    assert dee.get("/audit/").status_code == 403
    assert scim.actions().count("roles.changed") == 2


def test_roles_of_tokens_and_hands_are_left_alone(scim: Scim, visit: Callable[..., Visitor]) -> None:
    """P4: each role remembers where it came from."""
    user = scim.user("ann")
    visit("ann")
    scim.sql("INSERT INTO ops.person_role SELECT id, 'operator', 'hand' FROM ops.person")
    scim.sql("INSERT INTO ops.person_role SELECT id, 'viewer', 'setting' FROM ops.person")
    group = scim.group("buying", user)
    assert scim.roles("ann") == {
        ("operator", "provider"), ("operator", "hand"), ("viewer", "setting"), ("operator", "scim"),
    }  # fmt: skip
    scim("DELETE", f"/Groups/{group['id']}")
    assert scim.roles("ann") == {("operator", "provider"), ("operator", "hand"), ("viewer", "setting")}


def test_out_of_a_group_is_out_of_it_though_a_token_still_names_it(
    scim: Scim, visit: Callable[..., Visitor]
) -> None:
    """P9: SCIM's word is the younger one; the next sign-in tells anew."""
    user, ann = scim.user("ann"), visit("ann")
    group = scim.group("operations", user)
    assert scim.roles("ann") == {("operator", "provider"), ("operator", "scim")}
    assert ann.get("/tables/public.thing/new").status_code == 200
    scim.patch(
        f"/Groups/{group['id']}", {"op": "remove", "path": "members", "value": [{"value": user["id"]}]}
    )
    assert not scim.roles("ann") and scim.person("ann").groups == []
    assert ann.get("/tables/public.thing/new").status_code == 403
    told = scim.sql(
        "SELECT p.body FROM ops.event e JOIN ops.event_payload p USING (uid) "
        "WHERE e.action = 'roles.changed' ORDER BY e.id DESC LIMIT 1"
    )[0].body
    assert '"origin":"provider,scim"' in told and '"after":{"roles":""}' in told
    visit("ann")
    assert scim.roles("ann") == {("operator", "provider")}
    again = scim.group("operations", user)
    scim.patch(f"/Groups/{again['id']}", {"op": "replace", "path": "displayName", "value": "others"})
    assert not scim.roles("ann")


def test_a_group_means_its_name_or_its_external_id(scim: Scim) -> None:
    user = scim.user("ann")
    group = scim.group("Ledger people", user, externalId="g-77")
    assert scim.roles("ann") == {("auditor", "scim")}
    assert set(scim.person("ann").scim_groups or ()) == {"Ledger people", "g-77"}
    scim.patch(f"/Groups/{group['id']}", {"op": "remove", "path": "externalId"})
    assert not scim.roles("ann")
    scim.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "buying"})
    assert scim.roles("ann") == {("operator", "scim")}


def test_two_groups_of_one_role(scim: Scim) -> None:
    user = scim.user("ann")
    one, two = scim.group("counting", user), scim.group("checking", user)
    scim("DELETE", f"/Groups/{one['id']}")
    assert scim.roles("ann") == {("auditor", "scim")}
    body = {"schemas": [GROUP], "displayName": "checking", "members": []}
    assert scim("PUT", f"/Groups/{two['id']}", body).status_code == 200
    assert not scim.roles("ann")


def test_simultaneous_changes_of_one_person_lose_nothing(scim: Scim) -> None:
    """P9: put into one group while taken out of another that means the same: the role stays."""
    user = scim.user("ann")

    def put(client: Scim, group: str) -> TestResponse:
        return client.patch(
            f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
        )

    for _ in range(6):
        one, two = scim.group("counting", user), scim.group("checking")

        with ThreadPoolExecutor(2) as pool:
            done = [
                pool.submit(put, Scim(scim.app, scim.platform, scim.token), two["id"]),
                pool.submit(Scim(scim.app, scim.platform, scim.token), "DELETE", f"/Groups/{one['id']}"),
            ]
        assert [each.result().status_code for each in done] == [204, 204]
        assert scim.roles("ann") == {("auditor", "scim")}
        scim("DELETE", f"/Groups/{two['id']}")


def test_the_ways_in_which_entra_speaks(scim: Scim) -> None:
    ann, bo = scim.user("ann"), scim.user("bo")
    group = scim.group("counting")
    path = f"/Groups/{group['id']}"
    scim.patch(path, {"op": "Add", "path": "members", "value": [{"value": ann["id"]}, {"value": bo["id"]}]})
    scim.patch(path, {"op": "Remove", "path": "members", "value": [{"value": bo["id"]}]})
    found = scim("GET", f'/Groups?filter=id eq "{group["id"]}" and members eq "{ann["id"]}"').json
    assert found["totalResults"] == 1
    assert scim("GET", f"{path}?excludedAttributes=members").json.get("members") is None
    assert [one["value"] for one in scim("GET", path).json["members"]] == [ann["id"]]
    assert scim("GET", f"/Users/{ann['id']}").json["groups"][0]["display"] == "counting"


def test_a_stranger_is_no_member(scim: Scim) -> None:
    body = {
        "schemas": [GROUP],
        "displayName": "x",
        "members": [{"value": "5b0c2f5e-6a57-4c2a-9d55-2f2f0d1f7a11"}],
    }
    answer = scim("POST", "/Groups", body)
    assert (answer.status_code, answer.json["scimType"]) == (400, "invalidValue")
    assert scim.sql("SELECT count(*) FROM ops.scim_group")[0][0] == 0
    group = scim.group("counting")
    wrong = {"op": "add", "path": "members", "value": [{"value": group["id"]}]}
    answer = scim("PATCH", f"/Groups/{group['id']}", {"schemas": [PATCH], "Operations": [wrong]})
    assert answer.status_code == 400


def test_a_changed_mapping_reaches_everyone_in_the_group(scim: Scim, provider: str) -> None:
    users = [scim.user(f"u{n}") for n in range(5)]
    scim.group("counting", *users)
    scim.sql("UPDATE ops.group_role SET role = 'manager' WHERE group_name = 'counting'")

    def again(tx: Session) -> int:
        return remap(tx, platform_actor("web"), provider, ["counting"])

    with scim.platform.db.transaction() as tx:
        assert again(tx) == 5
    assert scim.roles("u3") == {("manager", "scim")}
    with scim.platform.db.transaction() as tx:
        assert again(tx) == 0


def test_five_thousand_users_in_pages_of_few_statements(scim: Scim) -> None:
    """P24, P45: as many statements for 5,000 users as for one, and no more rows than a page has."""
    scim.sql(
        "INSERT INTO ops.scim_user (user_name, user_key, external_id, resource) "
        "SELECT 'u' || n, 'u' || n, 'u' || n, '{}' FROM generate_series(1, 5000) n"
    )
    seen: set[str] = set()
    start = 1
    while True:
        page = scim("GET", f"/Users?startIndex={start}&count=1000").json
        if not page.get("Resources"):
            break
        assert page["totalResults"] == 5000 and page["itemsPerPage"] <= 200
        assert statements() <= 10  # BEGIN and COMMIT are two of each three
        seen |= {one["userName"] for one in page["Resources"]}
        start += page["itemsPerPage"]
    assert len(seen) == 5000
    assert scim("GET", "/Users?count=0").json == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": 5000, "startIndex": 1, "itemsPerPage": 0, "Resources": [],
    }  # fmt: skip
    ids = [row.id for row in scim.sql("SELECT id::text FROM ops.scim_user")]
    group = scim.group("counting", *({"id": each} for each in ids))
    assert len(group["members"]) == 5000
    one = {"op": "remove", "path": f'members[value eq "{ids[7]}"]'}
    scim.patch(f"/Groups/{group['id']}", one)
    assert statements() <= 18
    assert len(scim("GET", f"/Groups/{group['id']}").json["members"]) == 4999


def test_an_answer_with_members_without_end_is_refused(scim: Scim) -> None:
    """P24: who reads groups of that size leaves the members out."""
    scim.sql(
        "INSERT INTO ops.scim_user (user_name, user_key, resource) "
        "SELECT 'u' || n, 'u' || n, '{}' FROM generate_series(1, 5001) n"
    )
    scim.sql(
        "INSERT INTO ops.scim_group (display_name, display_key) SELECT 'g' || n, 'g' || n FROM generate_series(1, 10) n"
    )
    scim.sql("INSERT INTO ops.scim_member SELECT g.id, u.id FROM ops.scim_group g, ops.scim_user u")
    answer = scim("GET", "/Groups")
    assert (answer.status_code, answer.json["scimType"]) == (400, "tooMany")
    spared = scim("GET", "/Groups?excludedAttributes=members")
    assert spared.status_code == 200 and spared.json["totalResults"] == 10
    assert "members" not in spared.json["Resources"][0]
    assert scim("GET", "/Groups?attributes=displayName").status_code == 200
