"""SCIM users and the people behind them: bound by subject, on and off at once, with their history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ops.actor import platform_actor
from ops.app import create_app
from ops.identity.switching import SwitchedOffElsewhere, disable, enable
from ops.platform import Platform
from ops.provisioning import tokens
from ops.settings import Settings
from tests.scim.conftest import BASE, ENTERPRISE, PATCH, USER, Scim
from tests.web.visiting import Visitor

HOME = "/people/me"


def test_a_person_is_made_before_their_first_sign_in(
    scim: Scim, visit: Callable[..., Visitor], provider: str
) -> None:
    """P2: (iss, sub) and never an address; whoever signs in by it later is this person, with these roles."""
    user = scim.user(
        "ann", displayName="Ann A.", emails=[{"value": "ann@elsewhere.example", "primary": True}]
    )
    assert user["meta"]["location"] == f"{BASE}/Users/{user['id']}"
    scim.sql("INSERT INTO ops.group_role VALUES (:iss, 'auditing', 'auditor')", iss=provider)
    scim.group("auditing", user)
    person = scim.person("ann")
    assert (person.iss, person.name, person.email, person.email_verified) == (
        provider, "Ann A.", "ann@elsewhere.example", False,
    )  # fmt: skip
    assert scim.roles("ann") == {("auditor", "scim")}
    assert visit("ann").get("/audit/").status_code == 200
    again = scim.person("ann")
    assert again.id == person.id and again.email == "ann@example.com"
    assert scim.roles("ann") == {("auditor", "scim"), ("operator", "provider")}


def test_an_address_binds_nobody(scim: Scim, visit: Callable[..., Visitor]) -> None:
    """P2: a user of the same address and another subject is another person."""
    visit("ann")
    scim.user("other", userName="ann@example.com", emails=[{"value": "ann@example.com"}])
    assert scim.person("other").id != scim.person("ann").id
    assert not scim.roles("other")


def test_without_a_subject_a_user_stands_for_nobody(scim: Scim) -> None:
    answer = scim("POST", "/Users", {"schemas": [USER], "userName": "later"})
    assert answer.status_code == 201
    assert scim.sql("SELECT count(*) FROM ops.person")[0][0] == 0
    scim.patch(f"/Users/{answer.json['id']}", {"op": "add", "path": "externalId", "value": "later"})
    assert scim.person("later").disabled_at is None


@pytest.mark.parametrize("how", ["patch", "put", "delete", "entra"])
def test_switched_off_reaches_open_sessions_at_once(
    how: str, scim: Scim, visit: Callable[..., Visitor]
) -> None:
    """P9: no session, no refresh token and no right is left after the transaction; the history stays."""
    user, ann = scim.user("ann"), visit("ann")
    assert ann.get(HOME).status_code == 200
    person = scim.person("ann")
    scim.sql(
        "INSERT INTO ops.refresh (person_id, iss, offline, token, due_at) VALUES (:id, 'x', true, 'x', now())",
        id=person.id,
    )
    path = f"/Users/{user['id']}"
    if how == "patch":
        scim.patch(path, {"op": "replace", "value": {"active": False}})
    elif how == "entra":
        scim.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    elif how == "put":
        assert scim("PUT", path, {**user, "active": False}).status_code == 200
    else:
        assert scim("DELETE", path).status_code == 204
        assert scim("GET", path).status_code == 404
    assert ann.get(HOME).status_code == 303
    off = scim.person("ann")
    assert (off.id, off.disabled_by) == (person.id, "scim") and off.disabled_at is not None
    for table in ("session", "refresh"):
        assert not scim.sql(f"SELECT 1 FROM ops.{table} WHERE person_id = :id", id=person.id)
    address = visit().to_provider()
    assert visit().client.get(address).status_code in (303, 404)  # the demo's provider is elsewhere
    assert "people.disabled" in scim.actions()
    assert scim.sql("SELECT 1 FROM ops.event WHERE person_id = :id", id=person.id)


def test_on_again_after_delete_with_the_same_subject(scim: Scim) -> None:
    user = scim.user("ann")
    first = scim.person("ann").id
    scim("DELETE", f"/Users/{user['id']}")
    scim.user("ann", userName="ann2")
    assert (scim.person("ann").id, scim.person("ann").disabled_at) == (first, None)


def test_scim_does_not_switch_on_whom_a_hand_switched_off(scim: Scim) -> None:
    """P9, P17: the word by hand stays, whatever SCIM says, and takes the place of SCIM's."""
    user = scim.user("ann")
    person = scim.person("ann").id
    with scim.platform.db.transaction() as tx:
        assert disable(tx, platform_actor("command"), person, by="hand", reason="left")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": True})
    assert scim.person("ann").disabled_by == "hand"
    with scim.platform.db.transaction() as tx:
        assert enable(tx, platform_actor("command"), person, by="hand")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    with scim.platform.db.transaction() as tx, pytest.raises(SwitchedOffElsewhere):
        enable(tx, platform_actor("command"), person, by="hand")
    with scim.platform.db.transaction() as tx:
        assert not disable(tx, platform_actor("command"), person, by="hand")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": True})
    assert scim.person("ann").disabled_by == "hand"


def test_words_without_active_switch_nobody_on(scim: Scim) -> None:
    user = scim.user("ann", active=False)
    assert scim.person("ann").disabled_by == "scim"
    told = {name: value for name, value in user.items() if name != "active"}
    assert scim("PUT", f"/Users/{user['id']}", told).json["active"] is False
    scim.patch(f"/Users/{user['id']}", {"op": "remove", "path": "active"})
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "x"})
    assert scim.person("ann").disabled_by == "scim"


def test_another_subject_is_another_person(scim: Scim, provider: str) -> None:
    """P2: nobody takes over a history by being renamed in the provider."""
    scim.sql(
        "INSERT INTO ops.group_role VALUES (:iss, 'ops', 'operator') ON CONFLICT DO NOTHING", iss=provider
    )
    user = scim.user("ann")
    scim.group("ops", user)
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "externalId", "value": "bea"})
    assert scim.person("ann").disabled_by == "scim" and not scim.roles("ann")
    assert scim.person("bea").disabled_at is None and scim.roles("bea") == {("operator", "scim")}


def test_one_subject_stands_for_one_user(scim: Scim) -> None:
    scim.user("ann")
    again = scim("POST", "/Users", {"schemas": [USER], "userName": "second", "externalId": "ann"})
    assert (again.status_code, again.json["scimType"]) == (409, "uniqueness")
    same = scim("POST", "/Users", {"schemas": [USER], "userName": "ANN@example.com"})
    assert (same.status_code, same.json["scimType"]) == (409, "uniqueness")
    assert scim.sql("SELECT count(*) FROM ops.scim_user")[0][0] == 1


def test_attributes_for_row_conditions_and_nothing_else_is_kept(scim: Scim) -> None:
    user = scim.user(
        "ann",
        title="Clerk",
        phoneNumbers=[{"value": "1"}],
        password="never",
        **{ENTERPRISE: {"department": "North"}},
    )
    assert scim.person("ann").scim_attributes == {"department": "North", "title": "Clerk"}
    kept = scim.sql("SELECT resource::text AS kept FROM ops.scim_user")[0].kept
    assert "never" not in kept and "phone" not in kept.lower() and "password" not in str(user)


def test_every_write_is_in_the_trail_with_who_and_from_where(scim: Scim) -> None:
    """P35, P36, P42: the client's label, the request's id; no token anywhere."""
    user = scim.user("ann")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "displayName", "value": "Ann B."})
    scim("DELETE", f"/Users/{user['id']}")
    assert scim.actions() == [
        "scim_token.added", "people.provisioned", "people.provisioned", "people.disabled", "people.provisioned",
    ]  # fmt: skip
    lines = scim.sql(
        "SELECT e.line, p.body, e.request_id FROM ops.event e JOIN ops.event_payload p USING (uid) ORDER BY e.id"
    )
    assert all('"source":"scim"' in row.line and row.request_id for row in lines[1:])
    assert all("SCIM: entra" in row.body for row in lines[1:])
    assert '"before":{},"facts"' in lines[2].body and '"after":{"displayName":"Ann B."}' in lines[2].body
    assert not any(scim.token in row.line + row.body for row in lines)


def test_versions_guard_against_lost_updates(scim: Scim) -> None:
    user = scim.user("ann")
    path = f"/Users/{user['id']}"
    seen = scim("GET", path)
    assert seen.headers["ETag"] == user["meta"]["version"] == 'W/"1"'
    assert scim("GET", path, If_None_Match='W/"1"').status_code == 304
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    assert scim("PATCH", path, body, If_Match='W/"1"').headers["ETag"] == 'W/"2"'
    late = scim("PATCH", path, body, If_Match='W/"1"')
    assert late.status_code == 412 and late.json["status"] == "412"
    assert scim("DELETE", path, If_Match='W/"1"').status_code == 412
    assert scim("DELETE", path, If_Match='W/"2"').status_code == 204


def test_the_provider_away_holds_new_people_not_leavers(scim: Scim) -> None:
    """P10: whoever leaves is switched off though the provider's discovery is down."""
    user = scim.user("ann")
    provider = scim.app.extensions["countersign"].providers[1]
    keep = provider.metadata
    from ops.identity import ProviderAway

    def away() -> object:
        raise ProviderAway("away")

    provider.metadata = away
    try:
        later = scim("POST", "/Users", {"schemas": [USER], "userName": "new", "externalId": "new"})
        assert later.status_code == 503 and later.headers["Retry-After"]
        scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": False})
    finally:
        provider.metadata = keep
    assert scim.person("ann").disabled_by == "scim"
    assert scim.sql("SELECT count(*) FROM ops.scim_user")[0][0] == 1


def test_a_removed_token_opens_nothing(scim: Scim) -> None:
    assert scim("GET", "/Users").status_code == 200
    with scim.platform.db.transaction() as tx:
        tokens.remove(tx, platform_actor("command"), "entra")
    assert scim("GET", "/Users").status_code == 401


def test_the_user_name_may_be_the_subject(
    settings: Settings, platform: Platform, token: str, provider: str
) -> None:
    """P2: as OPS_SCIM_SUBJECT says; compared exactly, as a sign-in's sub is."""
    told = replace(settings, scim_subject="userName")
    platform.settings = replace(platform.settings, scim_subject="userName")
    scim = Scim(create_app(told, platform), platform, token)
    user = scim.user("x-1", userName="ann")
    assert scim.person("ann").iss == provider and not scim.sql("SELECT 1 FROM ops.person WHERE sub = 'x-1'")
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "externalId", "value": "x-2"})
    assert scim.person("ann").disabled_at is None
    scim.patch(f"/Users/{user['id']}", {"op": "replace", "path": "userName", "value": "Ann"})
    assert scim.person("ann").disabled_by == "scim" and scim.person("Ann").disabled_at is None
