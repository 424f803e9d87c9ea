"""Groups told again between sign-ins, by refresh token, beside the pages (P9, P10)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ops.clock import Clock
from ops.identity import Rechecks, clients, refreshing
from ops.platform import Platform
from tests.oidc.conftest import Person
from tests.oidc.independent import Independent
from tests.oidc.test_sign_in import roles

Visit = Callable[..., Person]


@pytest.fixture
def extra() -> dict[str, str]:
    return {"OPS_OIDC_ATTRIBUTES": "department,nothing"}


def rechecks_of(platform: Platform) -> Rechecks:
    """What a clock has, on its own connections to the provider."""
    known = clients(platform.settings).values()
    return Rechecks(platform.db, known, platform.keys, rights_last=platform.settings.rights_max_age)


@pytest.fixture
def rechecks(platform: Platform) -> Iterator[Rechecks]:
    made = rechecks_of(platform)
    yield made
    made.close()


def run(platform: Platform, statement: str, **values: object) -> None:
    """One statement, committed."""
    with platform.db.transaction() as tx:
        tx.execute(sa.text(statement), values)


def one(platform: Platform, statement: str, **values: object) -> object:
    """One value of the database."""
    with platform.db.reading() as tx:
        return tx.scalar(sa.text(statement), values)


def turn(platform: Platform, rechecks: Rechecks) -> int:
    """Let five minutes pass, and the clock do what is due."""
    run(platform, "UPDATE ops.refresh SET due_at = now()")
    started = 0
    while found := rechecks.turn():
        started += found
        rechecks.settled(20)
    return started


def trail(platform: Platform) -> list[dict[str, object]]:
    """What the trail says beside sign-ins."""
    with platform.db.reading() as tx:
        lines = tx.scalars(
            sa.text(
                "SELECT p.body FROM ops.event e JOIN ops.event_payload p ON p.uid = e.uid "
                "WHERE e.action <> 'sign_in' ORDER BY e.id"
            )
        )
        return [json.loads(line) for line in lines]


def test_a_group_taken_away_reaches_an_open_session(
    visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks
) -> None:
    """P9: without a sign-in, without the page asking anybody; and back again."""
    ann = visit("ann")
    assert roles(platform, "ann") == {("operator", "provider")}
    provider.account("ann", "managers")
    assert turn(platform, rechecks) == 1
    assert roles(platform, "ann") == {("manager", "provider")}
    assert ann.get("/").status_code == 200
    provider.account("ann")
    turn(platform, rechecks)
    assert roles(platform, "ann") == set()
    assert ann.get("/exports/").status_code == 403
    actions = "SELECT count(*) FROM ops.event WHERE action = 'roles.changed'"
    assert one(platform, actions) == 3


def test_the_clock_does_it(visit: Visit, platform: Platform, provider: Independent) -> None:
    """P9: each second it looks for whose turn it is; only the one that leads."""
    visit("ann")
    provider.account("ann", "managers")
    leads, stands_by = Clock(platform, platform.redis, {}), Clock(platform, platform.redis, {})
    assert leads.tick()
    run(platform, "UPDATE ops.refresh SET due_at = now()")
    assert not stands_by.tick()
    assert one(platform, "SELECT count(*) FROM ops.refresh WHERE due_at <= now()") == 1
    until = time.monotonic() + 20
    while roles(platform, "ann") != {("manager", "provider")}:
        assert time.monotonic() < until
        leads.tick()
        time.sleep(0.1)


def test_nobody_is_asked_more_often_than_every_five_minutes(
    visit: Visit, platform: Platform, rechecks: Rechecks
) -> None:
    """P9."""
    visit("ann")
    assert rechecks.turn() == 0
    assert turn(platform, rechecks) == 1
    assert rechecks.turn() == 0
    left = one(platform, "SELECT extract(epoch FROM due_at - now()) FROM ops.refresh")
    assert refreshing.CHECK_SECONDS - 30 < float(str(left)) <= refreshing.CHECK_SECONDS <= 300


def test_the_token_is_sealed_and_a_renewed_one_is_kept(
    visit: Visit, platform: Platform, rechecks: Rechecks
) -> None:
    """P53: never readable in the database. The provider renews it each time and takes no old one twice."""
    visit("ann")
    before = one(platform, "SELECT token FROM ops.refresh")
    assert str(before).startswith("v1.")
    for _ in range(3):
        turn(platform, rechecks)
        assert roles(platform, "ann") == {("operator", "provider")}
    assert one(platform, "SELECT token FROM ops.refresh") != before
    assert one(platform, "SELECT failures FROM ops.refresh") == 0


def test_somebody_switched_off_there_is_out_here(
    visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks
) -> None:
    """P9: the provider takes the token no more: the person's sessions end, others' do not, the trail says so."""
    first, second, oz = visit("ann"), visit("ann"), visit("oz")
    provider.account("ann", "operations", gone=True)
    turn(platform, rechecks)
    assert [person.get("/").status_code for person in (first, second, oz)] == [303, 303, 200]
    assert one(platform, "SELECT count(*) FROM ops.event WHERE action = 'session.ended'") == 1
    assert one(platform, "SELECT count(*) FROM ops.refresh") == 1


@pytest.mark.parametrize("wish", [{"mode": "dead"}, {"mode": "garbage"}])
def test_a_provider_that_is_away_takes_nothing_from_anyone(
    visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks, wish: dict[str, str]
) -> None:
    """P10: tried again soon, then less often; at most five minutes apart."""
    ann = visit("ann")
    turn(platform, rechecks)
    provider.control(**wish)
    for _ in range(2):
        assert turn(platform, rechecks) == 1
    assert ann.get("/").status_code == 200
    assert roles(platform, "ann") == {("operator", "provider")}
    left = float(str(one(platform, "SELECT extract(epoch FROM due_at - now()) FROM ops.refresh")))
    assert 5 < left <= 300
    provider.control(mode="well")
    turn(platform, rechecks)
    assert one(platform, "SELECT failures FROM ops.refresh") == 0


def test_a_slow_provider_holds_neither_the_clock_nor_a_page(
    visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks
) -> None:
    """P10: `turn` starts what threads are free for and returns at once."""
    ann = visit("ann")
    run(platform, "UPDATE ops.refresh SET due_at = now()")
    provider.control(mode="slow", seconds=2)
    began = time.monotonic()
    assert rechecks.turn() == 1
    assert ann.get("/").status_code == 200
    assert time.monotonic() - began < 1
    rechecks.settled(20)
    assert one(platform, "SELECT failures FROM ops.refresh") == 0


def test_two_clocks_never_ask_with_the_same_token(
    visit: Visit, platform: Platform, provider: Independent
) -> None:
    """P9: a token used twice would end its grant at this provider."""
    for sub in ("ann", "oz"):
        visit(sub)
    run(platform, "UPDATE ops.refresh SET due_at = now()")
    provider.control(mode="slow", seconds=0.3)
    clocks = [rechecks_of(platform) for _ in range(4)]
    threads = [threading.Thread(target=clock.turn) for clock in clocks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    for clock in clocks:
        clock.settled(20)
        clock.close()
    assert provider.control(mode="well")["asked"]["/token"] >= 2
    assert one(platform, "SELECT count(*) FROM ops.refresh WHERE failures = 0 AND claim IS NULL") == 2
    assert one(platform, "SELECT count(*) FROM ops.event WHERE action = 'session.ended'") == 0


def test_a_clock_that_died_gives_its_claim_away(visit: Visit, platform: Platform, rechecks: Rechecks) -> None:
    visit("ann")
    run(platform, "UPDATE ops.refresh SET due_at = now()")
    with platform.db.transaction() as tx:
        assert len(refreshing.claim(tx, [platform.settings.oidc[0].issuer], 5)) == 1
    assert rechecks.turn() == 0
    run(platform, "UPDATE ops.refresh SET claimed_until = now()")
    assert rechecks.turn() == 1
    rechecks.settled(20)


def test_signing_out_takes_the_token_along(visit: Visit, platform: Platform, rechecks: Rechecks) -> None:
    """Without offline access nobody is asked about once they have signed out."""
    ann = visit("ann")
    ann.get("/people/me")
    ann.post("/sign-out")
    assert one(platform, "SELECT count(*) FROM ops.refresh") == 0
    visit("ann")
    run(platform, "DELETE FROM ops.session")  # as another person ends it, or time does
    assert turn(platform, rechecks) == 0
    with platform.db.transaction() as tx:
        assert refreshing.sweep(tx) == 1


def test_attributes_are_kept_for_row_conditions(
    visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks
) -> None:
    """The claims OPS_OIDC_ATTRIBUTES names, and only those; told again like groups."""
    visit("ann")
    kept = "SELECT attributes FROM ops.person WHERE sub = 'ann'"
    assert one(platform, kept) == {"department": "Returns"}
    provider.account("ann", "operations", department="Repairs")
    turn(platform, rechecks)
    assert one(platform, kept) == {"department": "Repairs"}


def test_rights_of_those_not_vouched_for_stop_counting(
    visit: Visit, platform: Platform, rechecks: Rechecks
) -> None:
    """P9: OPS_RIGHTS_MAX_AGE after the provider last told; roles given by hand stay, and a word brings them back."""
    ann = visit("ann")
    run(
        platform,
        "INSERT INTO ops.person_role (person_id, role, origin) SELECT id, 'auditor', 'hand' FROM ops.person",
    )
    run(
        platform,
        "UPDATE ops.person SET rights_at = now() - interval '8 days', rights_until = now() - interval '1 day'",
    )
    assert roles(platform, "ann") == {("auditor", "hand")}
    ann.get("/people/me")
    assert "counts no more" in ann.page.select_one("#roles").text
    turn(platform, rechecks)
    assert roles(platform, "ann") == {("auditor", "hand"), ("operator", "provider")}


def test_a_changed_span_counts_for_words_given_before(visit: Visit, platform: Platform) -> None:
    """P9: the clock keeps `rights_until` in line with the setting; what was taken back stays so."""
    from ops.identity import vouching

    visit("ann")
    run(platform, "UPDATE ops.person SET rights_at = now() - interval '2 days'")
    for days, counts in ((1, False), (3, True)):
        with platform.db.transaction() as tx:
            assert vouching.keep_span(tx, timedelta(days=days)) == 1
        assert bool(roles(platform, "ann")) is counts
    with platform.db.transaction() as tx:
        vouching.withdraw(tx, int(str(tx.scalar(sa.text("SELECT id FROM ops.person")))))
        assert vouching.keep_span(tx, timedelta(days=30)) == 0
    assert roles(platform, "ann") == set()


class TestOffline:
    """With OPS_OIDC_SCOPES=offline_access the provider vouches for people who are absent."""

    @pytest.fixture
    def extra(self) -> dict[str, str]:
        return {"OPS_OIDC_SCOPES": "offline_access", "OPS_OIDC_PROMPT": "consent"}

    def test_absent_people_are_asked_about(
        self, visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks
    ) -> None:
        """P9: the session is long over; the group is taken all the same, within five minutes."""
        visit("ann")
        assert one(platform, "SELECT offline FROM ops.refresh") is True
        run(platform, "DELETE FROM ops.session")
        turn(platform, rechecks)
        assert roles(platform, "ann") == {("operator", "provider")}
        provider.account("ann")
        turn(platform, rechecks)
        assert roles(platform, "ann") == set()

    def test_who_is_switched_off_there_has_no_rights_here(
        self, visit: Visit, platform: Platform, provider: Independent, rechecks: Rechecks
    ) -> None:
        """P9: roles of the provider stop counting at once; the next sign-in brings them back."""
        ann = visit("ann")
        run(platform, "DELETE FROM ops.session")
        provider.account("ann", "operations", gone=True)
        turn(platform, rechecks)
        assert roles(platform, "ann") == set()
        provider.account("ann", "operations")
        ann.sign_in("ann")
        assert roles(platform, "ann") == {("operator", "provider")}


class TestOfflineNotGranted:
    """Asked for, but not given, as OpenID Connect Core 1.0, section 11, wants it without consent."""

    @pytest.fixture
    def extra(self) -> dict[str, str]:
        return {"OPS_OIDC_SCOPES": "offline_access"}

    def test_people_are_asked_about_while_they_are_there(
        self, visit: Visit, platform: Platform, rechecks: Rechecks
    ) -> None:
        """P9: what was granted counts, not what was asked for (RFC 6749, 5.1 and 6)."""
        visit("ann")
        assert one(platform, "SELECT offline FROM ops.refresh") is False
        turn(platform, rechecks)
        assert one(platform, "SELECT failures FROM ops.refresh") == 0
        run(platform, "DELETE FROM ops.session")
        assert turn(platform, rechecks) == 0
