"""What a sign-in leaves in the database: the person, roles with their origin, the session, the trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ops.actor import Actor
from ops.db import Database
from ops.identity import (
    Browser,
    Disabled,
    Identity,
    SignedIn,
    Terms,
    current_actor,
    grants_of,
    map_groups,
    refuse,
    roles_of,
    sessions,
    sign_in,
    sign_out,
    vouching,
)

ISS = "https://id.example"
ANN = Identity(
    ISS, "ann", "Ann", "ann@example.com", True, "UTC", "en", ("operations",), None, "s1", "the.id.token"
)
NOBODY = Actor(None, "", request_id="r1", ip="192.0.2.1")


@pytest.fixture
def mapped(db: Database) -> Database:
    with db.transaction() as tx:
        map_groups(tx, ISS, {"operations": ["operator"], "managers": ["manager"]})
    return db


def enter(
    db: Database, person: Identity, owners: tuple[str, ...] = (), previous: str | None = None
) -> SignedIn:
    browser = Browser(previous, "192.0.2.1", "a browser", timedelta(hours=12))
    with db.transaction() as tx:
        return sign_in(tx, NOBODY, person, browser, Terms(owners=owners))


def roles(db: Database, signed: SignedIn) -> set[tuple[str, str]]:
    with db.reading() as tx:
        return {(grant.role, grant.origin) for grant in grants_of(tx, signed.person_id)}


def events(db: Database) -> list[tuple[str, str]]:
    with db.reading() as tx:
        return [
            tuple(row) for row in tx.execute(sa.text("SELECT action, outcome FROM ops.event ORDER BY id"))
        ]


def test_a_person_is_issuer_and_subject(mapped: Database) -> None:
    """P2: another issuer, another case or the same address is somebody else."""
    first = enter(mapped, ANN)
    assert (
        enter(mapped, replace(ANN, name="Ann Renamed", email="new@example.com")).person_id == first.person_id
    )
    assert enter(mapped, replace(ANN, iss="https://other.example")).person_id != first.person_id
    assert enter(mapped, replace(ANN, sub="Ann")).person_id != first.person_id
    assert enter(mapped, replace(ANN, sub="ann ")).person_id != first.person_id


def test_groups_become_roles_and_an_empty_list_takes_them(mapped: Database) -> None:
    """P4."""
    signed = enter(mapped, ANN)
    assert roles(mapped, signed) == {("operator", "provider")}
    assert signed.warnings == ()
    assert roles(mapped, enter(mapped, replace(ANN, groups=("managers", "unknown")))) == {
        ("manager", "provider")
    }
    emptied = enter(mapped, replace(ANN, groups=()))
    assert roles(mapped, emptied) == set()
    assert emptied.warnings == ("no_role",)


def test_a_missing_claim_grants_nothing_and_takes_nothing(mapped: Database) -> None:
    """P4: a missing claim is not an empty list."""
    enter(mapped, ANN)
    missing = enter(mapped, replace(ANN, groups=None, warning="missing"))
    assert roles(mapped, missing) == {("operator", "provider")}
    assert missing.warnings == ("groups_missing",)
    stranger = enter(mapped, replace(ANN, sub="new", groups=None, warning="missing"))
    assert roles(mapped, stranger) == set()


def test_roles_given_by_hand_survive_the_provider(mapped: Database) -> None:
    """P4: each role remembers where it came from."""
    signed = enter(mapped, ANN)
    with mapped.transaction() as tx:
        tx.execute(
            sa.text("INSERT INTO ops.person_role (person_id, role, origin) VALUES (:p, 'auditor', 'hand')"),
            {"p": signed.person_id},
        )
    assert roles(mapped, enter(mapped, replace(ANN, groups=()))) == {("auditor", "hand")}


def test_an_unknown_group_grants_nothing_and_is_told(mapped: Database) -> None:
    """P4."""
    signed = enter(mapped, replace(ANN, groups=("Operations", "owners")))
    assert roles(mapped, signed) == set()
    assert signed.warnings == ("groups_unknown", "no_role")


def test_an_owner_is_pinned_once(mapped: Database) -> None:
    """The address makes one person owner, once; its next holder is somebody else (P2)."""
    owners = ("Ann@Example.com",)
    assert ("owner", "setting") in roles(mapped, enter(mapped, ANN, owners))
    later = replace(ANN, sub="the next holder of the address")
    assert ("owner", "setting") not in roles(mapped, enter(mapped, later, owners))
    assert ("owner", "setting") in roles(mapped, enter(mapped, replace(ANN, email="new@example.com"), owners))


@pytest.mark.parametrize("change", [{"email_verified": False}, {"email": None}, {"email": "x@example.com"}])
def test_an_unproved_address_makes_nobody_owner(mapped: Database, change: dict[str, object]) -> None:
    signed = enter(mapped, replace(ANN, **change), ("ann@example.com",))  # type: ignore[arg-type]  # a parametrized change
    assert ("owner", "setting") not in roles(mapped, signed)


def test_a_disabled_person_stays_out(mapped: Database) -> None:
    """P9."""
    signed = enter(mapped, ANN)
    actor = Actor(signed.person_id, "Ann", signed.roles)
    with mapped.transaction() as tx:
        assert current_actor(tx, actor).roles == {"operator"}
        tx.execute(sa.text("UPDATE ops.person SET disabled_at = now()"))
    with pytest.raises(Disabled):
        enter(mapped, ANN)
    with pytest.raises(Disabled), mapped.reading() as tx:
        current_actor(tx, actor)


def test_rights_are_todays(mapped: Database) -> None:
    """P16: what the actor carried does not count, what stands in the database does."""
    signed = enter(mapped, ANN)
    with mapped.reading() as tx:
        forged = Actor(signed.person_id, "Ann", frozenset({"owner"}))
        assert current_actor(tx, forged).roles == {"operator"} == roles_of(tx, signed.person_id)
        assert current_actor(tx, NOBODY) is NOBODY


def test_the_session_is_new_and_known_by_its_digest(mapped: Database) -> None:
    """P5: the name before sign-in dies; the database holds no cookie value and no readable ID token."""
    before = sessions.new_token()
    with mapped.transaction() as tx:
        sessions.keep_pending(tx, before, "state", {"nonce": "n"})
    signed = enter(mapped, ANN, previous=before)
    assert signed.token != before
    with mapped.reading() as tx:
        rows = tx.execute(sa.text("SELECT id, data::text AS data FROM ops.session")).all()
    assert [bytes(row.id) for row in rows] == [sessions.digest(signed.token)]
    assert signed.token not in rows[0].data
    assert "the.id.token" not in rows[0].data


def test_sign_out_ends_it_and_gives_back_the_id_token(mapped: Database) -> None:
    """P6."""
    signed = enter(mapped, ANN)
    with mapped.transaction() as tx:
        ended = sign_out(tx, Actor(signed.person_id, "Ann"), signed.token)
    assert ended is not None
    assert ended.id_token == "the.id.token"
    with mapped.transaction() as tx:
        assert sign_out(tx, Actor(signed.person_id, "Ann"), signed.token) is None
    assert events(mapped) == [("sign_in", "done"), ("roles.changed", "done"), ("sign_out", "done")]


def test_a_refusal_is_written_down(db: Database) -> None:
    """P35."""
    with db.transaction() as tx:
        refuse(tx, NOBODY, "nonce", issuer=ISS)
    assert events(db) == [("sign_in", "refused")]


def test_a_sign_in_under_way_counts_once_and_not_for_ever(db: Database) -> None:
    """P1: a state is used once; ten minutes by the database's clock; the oldest tab gives way."""
    token = sessions.new_token()
    with db.transaction() as tx:
        for number in range(7):
            sessions.keep_pending(tx, token, f"state{number}", {"nonce": str(number)})
    with db.transaction() as tx:
        assert sessions.take_pending(tx, token, "state0") is None
        assert sessions.take_pending(tx, token, "state6") == {"nonce": "6"}
        assert sessions.take_pending(tx, token, "state6") is None
        assert sessions.take_pending(tx, sessions.new_token(), "state5") is None
        tx.execute(sa.text("UPDATE ops.session SET expires_at = now() - interval '1 s'"))
        assert sessions.take_pending(tx, token, "state5") is None
        assert sessions.sweep(tx) == 1


def test_people_end_their_own_sessions_only(mapped: Database) -> None:
    """P12."""
    ann, bo = enter(mapped, ANN), enter(mapped, replace(ANN, sub="bo"))
    with mapped.transaction() as tx:
        listed = sessions.list_open(tx, ann.person_id, ann.token)
        assert [session.current for session in listed] == [True]
        assert not sessions.end_one(tx, bo.person_id, listed[0].ref)
        assert not sessions.end_one(tx, ann.person_id, "%")
        assert sessions.end_one(tx, ann.person_id, listed[0].ref)
        assert sessions.list_open(tx, ann.person_id, None) == []


def test_a_group_that_means_something_else_counts_at_once(mapped: Database) -> None:
    """P9: for everybody the provider put into it; others, and roles given by hand, stay as they are."""
    ann, bo = enter(mapped, ANN), enter(mapped, replace(ANN, sub="bo", groups=("managers",)))
    with mapped.transaction() as tx:
        tx.execute(sa.text("UPDATE ops.group_role SET role = 'viewer' WHERE group_name = 'operations'"))
        assert vouching.remap(tx, NOBODY, ISS, ["operations"]) == 1
        assert vouching.remap(tx, NOBODY, ISS, ["operations", "nobody is in it"]) == 0
        assert vouching.remap(tx, NOBODY, "https://other.example", ["operations"]) == 0
    assert roles(mapped, ann) == {("viewer", "provider")}
    assert roles(mapped, bo) == {("manager", "provider")}
    assert events(mapped)[-1] == ("roles.changed", "done")
