"""The settings' page: every value with where it came from, secrets never, what is weak."""

from __future__ import annotations

from ops import settings as settings_room
from ops.identity import demo_provider
from tests.web.people.conftest import Town


def test_every_setting_with_where_it_came_from(house: Town) -> None:
    """P53, P42: no secret and no login of an address stands anywhere on the page."""
    cy = house.visit("cy")
    assert cy.get("/settings/").status_code == 200
    names = {row["id"] for row in cy.page.select("tbody tr")}
    known = {told.name for told in house.platform.settings.told}
    assert {
        name for name in known if not name.startswith(tuple(f"OPS_OIDC_{n}_" for n in range(2, 10)))
    } <= names
    assert "environment" in cy.page.select_one("#OPS_DATABASE_URL").text
    assert "default" in cy.page.select_one("#OPS_SESSION_IDLE").text
    assert "30m" in cy.page.select_one("#OPS_SESSION_IDLE").text
    assert "set" in cy.page.select_one("#OPS_OIDC_CLIENT_SECRET .badge").text
    text = cy.answer.text
    assert demo_provider.CLIENT_SECRET not in text
    password = house.platform.settings.database_url.split("@")[0].rpartition(":")[2]
    assert password
    assert password not in text


def test_what_is_weak_is_said(house: Town) -> None:
    oz = house.visit("oz")
    oz.get("/settings/")
    assert "Demo sign-in" in oz.page.select_one("#OPS_ENV").text
    assert "level B" in oz.page.select_one("#OPS_MIGRATION_URL").text
    assert "must begin with https" in oz.page.select_one(".note").text


def test_only_owners_and_auditors(house: Town) -> None:
    for sub in ("ann", "bo", "dee"):
        assert house.visit(sub).get("/settings/").status_code == 403


def test_files_and_secrets_are_told_apart(tmp_path_factory: object) -> None:
    folder = tmp_path_factory.mktemp("secrets")  # type: ignore[attr-defined]  # pytest's own factory
    (folder / "url").write_text("postgresql://ops:hush@db.example/shop?password=hush2")
    (folder / "key").write_text("k" * 40)
    read = settings_room.load(
        {
            "OPS_DATABASE_URL_FILE": str(folder / "url"),
            "OPS_SECRET_KEY_FILE": str(folder / "key"),
            "OPS_POOL_SIZE": "7",
        }
    )
    told = {one.name: one for one in read.told}
    assert (told["OPS_DATABASE_URL"].origin, told["OPS_DATABASE_URL"].text) == (
        "file", "postgresql://…@db.example/shop",
    )  # fmt: skip
    assert (told["OPS_SECRET_KEY"].origin, told["OPS_SECRET_KEY"].text) == ("file", None)
    assert (told["OPS_POOL_SIZE"].origin, told["OPS_POOL_SIZE"].text) == ("environment", "7")
    assert told["OPS_SESSION_IDLE"].origin == "unset"
    assert not told["OPS_LIMIT_PASSWORD"].secret
    assert "hush" not in repr(read)
