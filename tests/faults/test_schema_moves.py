"""P47 Tables change while web, worker and clock run: noticed without a restart, never a wrong write."""

from __future__ import annotations

import pytest

from tests.faults.client import Client
from tests.faults.conftest import World

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
SUPPLIERS = "/tables/shop.suppliers/"


def test_p47_web_and_worker_go_on_with_the_tables_as_they_are(world: World, ann: Client) -> None:
    before = {name: process.pid for name, process in world.stage.processes.items()}
    key = world.rows("SELECT min(id) FROM shop.suppliers")[0][0]
    form = ann.form(f"{SUPPLIERS}~{key}/edit", "#record-form").filled(
        v__name="Typed before it moved", v__website="x.example"
    )
    world.rows("ALTER TABLE shop.suppliers ADD nickname text NOT NULL DEFAULT 'nick'")
    world.rows("ALTER TABLE shop.suppliers RENAME website TO homepage")
    try:
        # Nobody asks for anything: the process looks by itself, within seconds.
        world.until(
            "noticed",
            lambda: "“Nickname” is new." in ann.get(SUPPLIERS).text,
            20,
        )
        answer = ann.send(form, follow=False)
        assert (
            answer.status_code == 409
            and "Typed before it moved" in answer.text
            and "x.example" in answer.text
        )
        assert world.rows("SELECT count(*) FROM shop.suppliers WHERE name = 'Typed before it moved'") == [
            (0,)
        ]
        address = ann.ask_for("shop.suppliers")
        world.until("written", lambda: world.state_of(address)[0] == "done", 60)
        head = ann.get(f"{address}/file").text.splitlines()[0]
        assert "nickname" in head and "homepage" in head and "website" not in head
        again = ann.form(f"{SUPPLIERS}~{key}/edit", "#record-form").filled(v__name="Typed afterwards")
        assert ann.send(again, follow=False).status_code == 303
        assert {name: process.pid for name, process in world.stage.processes.items()} == before
        assert all(process.poll() is None for process in world.stage.processes.values())
    finally:
        world.rows("ALTER TABLE shop.suppliers RENAME homepage TO website")
        world.rows("ALTER TABLE shop.suppliers DROP nickname")
