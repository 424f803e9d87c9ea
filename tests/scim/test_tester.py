"""scim2-tester, written by others, finds nothing against the RFCs."""

from __future__ import annotations

from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

BAD = {Status.DEVIATION, Status.ERROR, Status.CRITICAL}


def test_scim2_tester_passes(app: Flask, token: str) -> None:
    """P2, P9, P35: a client we did not write makes, reads, changes and deletes users and groups."""
    client = WSGISCIMClient(
        app, base_url="http://localhost:8000/scim/v2", headers={"Authorization": f"Bearer {token}"}
    )
    results = check_server(client)
    bad = [f"{one.title} {one.resource_type}: {one.reason}" for one in results if one.status in BAD]
    assert not bad, "\n".join(bad)
    done = {one.title for one in results if one.status == Status.SUCCESS}
    assert {
        "object_creation",
        "object_query",
        "object_query_without_id",
        "object_replacement",
        "object_deletion",
        "check_add_attribute",
        "check_remove_attribute",
        "check_replace_attribute",
        "random_url",
    } <= done
