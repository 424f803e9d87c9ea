"""Who may speak SCIM and how much: no cookie, no wrong token, no endless body; errors in SCIM's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ops.web.declared import Bearer
from tests.scim.conftest import BASE, USER, Scim
from tests.web.visiting import ORIGIN, Visitor

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def _addresses(scim: Scim) -> list[tuple[str, str]]:
    found = []
    for rule in scim.app.url_map.iter_rules():
        if rule.rule.startswith("/scim/"):
            needs = scim.app.view_functions[rule.endpoint].needs
            assert isinstance(needs, Bearer), f"{rule.rule} is open"
            path = rule.rule.replace("<user_id>", "x").replace("<group_id>", "x").replace("<name>", "User")
            found += [(verb, path.replace("<path:rest>", "x/y")) for verb in rule.methods or ()]
    return [one for one in found if one[0] != "OPTIONS"]


def test_no_address_opens_without_a_token(scim: Scim, visit: Callable[..., Visitor]) -> None:
    """P13: every address, every verb; not with an owner's cookie, not with another's token."""
    oz = visit("oz")
    scim.token = ""
    for verb, path in _addresses(scim):
        for client in (scim.client, oz.client):
            answer = client.open(
                path, method=verb, base_url=ORIGIN, headers={"Sec-Fetch-Site": "same-origin"}
            )
            assert answer.status_code == 401, (verb, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert verb == "HEAD" or answer.json == {
                "schemas": [ERROR], "status": "401", "detail": answer.json["detail"],
            }  # fmt: skip


def test_wrong_tokens_are_refused_written_down_and_bounded(scim: Scim) -> None:
    """P24, P35: the trail does not grow without end for somebody who guesses."""
    statuses = []
    for _ in range(40):
        scim.token = "csscim_" + "A" * 43
        statuses.append(scim("GET", "/Users").status_code)
    assert set(statuses) == {401, 429} and statuses[:20] == [401] * 20
    assert scim.actions().count("access") == statuses.count(401)
    for header in ("Basic YTpi", "Bearer", "Bearer " + "x" * 5000, "bearer", "Token csscim_x"):
        answer = scim.client.get("/scim/v2/Users", base_url=ORIGIN, headers={"Authorization": header})
        assert answer.status_code in (401, 429, 431)


def test_the_last_use_is_kept_to_the_minute(scim: Scim) -> None:
    assert scim.sql("SELECT used_at FROM ops.scim_token")[0].used_at is None
    scim("GET", "/Users")
    first = scim.sql("SELECT used_at FROM ops.scim_token")[0].used_at
    scim("GET", "/Users")
    assert first is not None and scim.sql("SELECT used_at FROM ops.scim_token")[0].used_at == first


def test_the_token_is_nowhere(scim: Scim, caplog: pytest.LogCaptureFixture) -> None:
    """P42: not in the database, not in the log."""
    scim("GET", "/Users")
    dump = str(scim.sql("SELECT t::text FROM ops.scim_token t")) + str(
        scim.sql("SELECT body FROM ops.event_payload")
    )
    assert scim.token not in dump + caplog.text


MANY = [{"value": "x" * 900}] * 60


def _sent(body: dict[str, Any]) -> bytes:
    return json.dumps({"schemas": [USER], **body}).encode()


BAD = [
    ("POST", "/Users", b"{", 400, "invalidSyntax"),
    ("POST", "/Users", b"[]", 400, "invalidSyntax"),
    ("POST", "/Users", b"[" * 100_000, 400, "invalidSyntax"),
    ("POST", "/Users", _sent({"userName": {"a": 1}}), 400, None),
    ("POST", "/Users", _sent({}), 400, "invalidValue"),
    ("POST", "/Users", _sent({"userName": "  "}), 400, "invalidValue"),
    ("POST", "/Users", _sent({"userName": "a\x00"}), 400, "invalidValue"),
    ("POST", "/Users", _sent({"userName": "a" * 1001}), 400, "invalidValue"),
    ("POST", "/Users", _sent({"userName": "a", "externalId": "a" * 300}), 400, "invalidValue"),
    ("POST", "/Users", _sent({"userName": "a", "emails": MANY}), 400, "invalidValue"),
    ("POST", "/Users", b" " * (2 * 1024 * 1024 + 1), 413, None),
    ("GET", "/Users?filter=nothing eq 1", None, 400, "invalidFilter"),
    ("GET", "/Users?filter=((", None, 400, "invalidFilter"),
    ("GET", "/Users?filter=" + "(" * 500, None, 400, "invalidFilter"),
    ("GET", '/Users?filter=userName eq "' + "a" * 3000 + '"', None, 400, "invalidFilter"),
    ("GET", "/Users?count=many", None, 400, "invalidValue"),
    ("GET", "/Users?startIndex=99999999999999999999", None, 200, None),
    ("GET", "/Users/nobody", None, 404, None),
    ("GET", "/Users/5b0c2f5e-6a57-4c2a-9d55-2f2f0d1f7a11", None, 404, None),
    ("PATCH", "/Users/5b0c2f5e-6a57-4c2a-9d55-2f2f0d1f7a11", b"{}", 400, "invalidValue"),
    ("GET", "/Nothing", None, 404, None),
    ("GET", "/", None, 404, None),
    ("POST", "/Schemas", b"{}", 405, None),
    ("DELETE", "/Users", None, 405, None),
    ("POST", "/Bulk", b"{}", 501, None),
    ("GET", "/Me", None, 501, None),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "path", "body", "status", "kind"), BAD)
def test_what_is_wrong_is_told_in_scims_words(
    scim: Scim, verb: str, path: str, body: bytes | None, status: int, kind: str | None
) -> None:
    """P24, P26: bounded; never an error of ours, a trace or SQL."""
    answer = scim.client.open(
        "/scim/v2" + path,
        method=verb,
        base_url=ORIGIN,
        data=body,
        headers={"Authorization": f"Bearer {scim.token}", "Content-Type": "application/scim+json"},
    )
    assert answer.status_code == status, answer.text
    assert answer.content_type.startswith("application/scim+json")
    if status >= 400:
        assert answer.json["schemas"] == [ERROR] and answer.json["status"] == str(status)
        assert kind is None or answer.json["scimType"] == kind
        assert "Traceback" not in answer.text and "SELECT" not in answer.text
    assert not scim.sql("SELECT 1 FROM ops.scim_user")


def test_host_is_not_believed(scim: Scim) -> None:
    """P25: addresses in answers begin with OPS_PUBLIC_URL."""
    user = scim.user("ann")
    answer = scim.client.get(
        f"/scim/v2/Users/{user['id']}",
        base_url="http://evil.example",
        headers={"Authorization": f"Bearer {scim.token}"},
    )
    assert answer.json["meta"]["location"].startswith(BASE)
