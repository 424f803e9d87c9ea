"""Every road by which rights are changed and people come, look and go: each waits for another owner or is no right."""

from __future__ import annotations

from tests.bypass.walk import Walk
from tests.scim.conftest import PATCH, Scim
from tests.web.reviews.test_pages import start, verdicts

WHY = "They take over in December."


def _agreed(walk: Walk) -> None:
    assert walk.agrees("ola", walk.newest()) == "applied"


def roles(walk: Walk) -> None:
    """A role of the company's is made, renamed, given a right, and taken away with it."""
    said = {"name": "stock", "label": "Stock", "permissions": ["jobs.read"], "reason": WHY}
    walk.press("oz", "/people/roles/new", "form#role-form", said)
    _agreed(walk)
    walk.press("oz", "/people/roles/stock/edit", "form#role-form", {"label": "Stock keepers", "reason": WHY})
    _agreed(walk)
    right = "/people/roles/stock/tables/shop.orders"
    walk.press("oz", right, "form#right-form", {"verbs": ["see"], "reason": WHY})
    _agreed(walk)
    walk.press("oz", f"{right}/delete", "form#delete-form", {"reason": WHY})
    _agreed(walk)
    walk.press("oz", "/people/roles/stock/delete", "form#delete-form", {"reason": WHY})
    _agreed(walk)


def groups_and_rules(walk: Walk) -> None:
    """A group gets a meaning and loses it; a rule is made, edited and switched off."""
    iss = walk.one("SELECT iss FROM ops.person WHERE sub = 'oz'")
    said = {"group_name": "night", "iss": iss, "role": "viewer", "reason": WHY}
    walk.press("oz", "/people/groups/new", "form#mapping-form", said)
    _agreed(walk)
    oz = walk.visit("oz")
    oz.get("/people/groups/")
    link = next(a for a in oz.page.select("#mapped a[href$='/remove']") if "night" in str(a["href"]))
    walk.press("oz", str(link["href"]), "form#remove-form", {"reason": WHY})
    _agreed(walk)
    said = {"name": "Walked", "place": "shop.orders", "kinds": ["update"], "s0.who": "manager", "s0.needed": "1",
            "enabled": "true", "reason": WHY}  # fmt: skip
    walk.press("oz", "/rules/new", "form#rule-form", {**said, "condition": "new.total > 999999"})
    _agreed(walk)
    rule = walk.one("SELECT id FROM ops.approval_rule WHERE name = 'Walked'")
    walk.press("oz", f"/rules/{rule}/edit", "form#rule-form", {**said, "condition": "new.total > 888888"})
    _agreed(walk)
    walk.press("oz", f"/rules/{rule}/switch", "form#switch-form", {"reason": WHY})
    _agreed(walk)


def people(walk: Walk) -> None:
    """Somebody is given a role, loses it, is switched off and on, loses sessions, leaves; the owner looks as a role."""
    dee = walk.actor("dee").person_id
    walk.press("oz", f"/people/{dee}/roles/new", "form#give", {"role": "viewer", "reason": WHY})
    _agreed(walk)
    walk.press("oz", f"/people/{dee}/roles/viewer/take", "form#take", {"reason": WHY})
    _agreed(walk)
    walk.another("dee")
    walk.sends_form("oz", f"/people/{dee}/sessions/{_session(walk, 'dee')}/end", {})
    walk.another("dee")
    walk.sends_form("oz", f"/people/{dee}/sessions/end", {})
    for way in ("off", "on"):
        walk.press("oz", f"/people/{dee}/{way}", "form#switch", {"reason": WHY})
    walk.sends_form("oz", f"/people/{dee}/leave", {"reason": "Last day"})
    walk.press("oz", "/people/preview", "form#preview", {"role": "viewer"})
    walk.sends_form("oz", "/people/preview/stop", {})


def _session(walk: Walk, sub: str) -> str:
    return str(walk.one(
        "SELECT substr(encode(sha256(s.id), 'hex'), 1, 32) FROM ops.session s JOIN ops.person p ON p.id = s.person_id "
        "WHERE p.sub = :sub ORDER BY s.created_at DESC LIMIT 1", sub=sub
    ))  # fmt: skip


def reviews(walk: Walk) -> None:
    """A review is started, judged and signed; what it takes away is asked for as a change."""
    walk.gives_role("eve", "viewer")
    walk.watch.forget()
    address = start(walk)
    for sub in ("cy", "oz"):
        said = {name: "remove" if "~viewer~hand" in name else "keep"
                for name in verdicts(walk, sub, f"{address}?open=1")}  # fmt: skip
        said |= {"c" + name[1:]: "not needed" for name in said}
        if said:
            assert walk.visit(sub).post(f"{address}/lines", said).status_code == 303
    walk.press("oz", address, f"form[action='{address}/signature']")
    walk.press("oz", address, f"form[action='{address}/removals']")
    _agreed(walk)


def signing(walk: Walk) -> None:
    """People sign in, prove it again, choose colours, end a session of their own, go."""
    ann = walk.another("ann")
    ann.get("/people/me")
    assert ann.post("/appearance", {"theme": "dark", "next": "/"}).status_code == 303
    walk.sends_form("ann", f"/people/me/sessions/{_session(walk, 'ann')}/end", {})
    walk.sql("UPDATE ops.session SET auth_time = now() - interval '1 hour'")
    walk.press("bo", "/sign-in/again?next=/", "form#sign-in-again")
    walk.fresh()
    mia = walk.another("mia")
    mia.get("/people/me")
    assert mia.post("/sign-out").status_code == 303


def scim(walk: Walk) -> None:
    """A provider's program makes, changes and deletes people and groups; what is not there is asked for, too."""
    from ops.actor import platform_actor
    from ops.provisioning import tokens

    with walk.platform.db.transaction() as tx:
        client = Scim(walk.app, walk.platform, tokens.add(tx, platform_actor("command"), "entra"))
    nina = client.user("nina")
    team = client.group("operations", nina)
    for path, one, attribute in (("/Users", nina, "displayName"), ("/Groups", team, "displayName")):
        here = f"{path}/{one['id']}"
        client.patch(here, {"op": "replace", "path": attribute, "value": "Anew"})
        kept = {key: value for key, value in one.items() if key not in ("meta", "id")}
        assert client("PUT", here, kept).status_code == 200
        schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
        assert client("POST", f"{path}/.search", {"schemas": [schema]}).status_code == 200
    for here in (f"/Groups/{team['id']}", f"/Users/{nina['id']}"):
        assert client("DELETE", here).status_code == 204
    for verb in ("POST", "PUT", "PATCH", "DELETE"):
        client(verb, "/nowhere/at/all", {"schemas": [PATCH]})
        client(verb, "/Me", {"schemas": [PATCH]})


SCENES = (roles, groups_and_rules, people, reviews, signing, scim)
