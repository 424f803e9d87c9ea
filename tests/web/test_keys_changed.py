"""Sessions and open forms live on when OPS_SECRET_KEY is changed (P53)."""

from __future__ import annotations

from dataclasses import replace

from ops.app import create_app
from ops.platform import Platform
from ops.settings import Settings
from tests.web.visiting import Visitor

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4


def test_sessions_and_open_forms_live_on_p53(settings: Settings, platform: Platform) -> None:
    """P53: with the earlier key at hand; without it a form says so, and the session still lives."""
    old = replace(platform, settings=replace(platform.settings, secret_key=OLD))
    before = create_app(old.settings, old)
    ann = Visitor(before)
    ann.sign_in("ann")
    token, cookie = ann.token(), ann.cookie
    for previous, status in (((OLD,), 303), ((), 400)):
        new = replace(
            platform, settings=replace(platform.settings, secret_key=NEW, secret_key_previous=previous)
        )
        after = Visitor(create_app(new.settings, new))
        after.client.set_cookie("countersign", cookie or "", domain="localhost")
        assert after.get("/people/me").status_code == 200
        assert after.post("/notices/read", csrf=token).status_code == status
        after.get("/people/me")
        assert after.post("/notices/read").status_code == 303  # a form opened since
