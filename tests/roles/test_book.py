"""The book of roles: read once for each stamp, closed by default, kept sound by the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from ops import identity, roles
from ops.actor import Actor
from ops.db import Database, reset_statements, statements
from ops.roles import BUILT_IN, Permission, TableRule


@pytest.fixture
def ops(db: Database) -> Iterator[Database]:
    with db.transaction() as tx:
        tx.execute(sa.text("INSERT INTO ops.person (id, iss, sub, name) VALUES (1, 'i', 'ann', 'Ann')"))
    return db


def run(db: Database, text: str, **values: object) -> None:
    with db.transaction() as tx:
        tx.execute(sa.text(text), values)


def stamp(db: Database) -> str:
    with db.reading() as tx:
        return str(tx.scalar(sa.text(f"SELECT {roles.STAMP}")))


def today(db: Database) -> roles.Book:
    with db.reading() as tx:
        return roles.book(tx, None)


def support(db: Database) -> None:
    run(
        db,
        "INSERT INTO ops.role (name, label, permissions) VALUES ('support', 'Support', '{trail.read,not.known}')",
    )
    run(
        db,
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs, rows, hidden, masked, readonly) VALUES "
        "('support', '*', '*', '{see}', '', '{}', '{}', '{}'), "
        "('support', 'shop', '*', '{see,edit}', '', '{}', '{}', '{}'), "
        "('support', 'shop', 'customer', '{}', 'a = 1', '{x}', '{\"y\": \"email\"}', '{z}'), "
        "('viewer', 'shop', 'secret', '{}', '', '{}', '{}', '{}')",
    )


def test_the_built_in_roles_are_what_they_were() -> None:
    """P13: one screen says who may do what before anybody wrote a rule."""
    read = {Permission.RECORDS_READ, Permission.CHANGES_READ}
    write = {
        Permission.RECORDS_CREATE, Permission.RECORDS_EDIT, Permission.RECORDS_DELETE, Permission.CHANGES_PROPOSE,
    }  # fmt: skip
    rights = {Permission.PEOPLE_EDIT, Permission.RULES_EDIT}
    by_name = {name: role.permissions for name, role in BUILT_IN.roles.items()}
    assert by_name["viewer"] == read
    assert by_name["operator"] == read | write | {Permission.EXPORTS_RUN, Permission.IMPORTS_RUN}
    assert by_name["manager"] >= read | {
        Permission.CHANGES_DECIDE, Permission.EXPORTS_RUN, Permission.RULES_READ,
    }  # fmt: skip
    assert by_name["auditor"] >= read | {
        Permission.TRAIL_READ, Permission.RULES_READ, Permission.PEOPLE_READ, Permission.JOBS_READ,
    }  # fmt: skip
    assert not (by_name["manager"] | by_name["auditor"]) & (write | rights)
    assert by_name["owner"] == set(Permission) - {Permission.CHANGES_EMERGENCY}, (
        "P33: nobody's until it is given"
    )
    assert BUILT_IN.permissions(frozenset(("finance", "nobody"))) == frozenset()


def test_the_most_specific_rule_of_a_role_counts(ops: Database) -> None:
    """P13, P14: a rule replaces the wider one as a whole, for built-in roles too."""
    support(ops)
    book = today(ops)
    held = frozenset(("support", "viewer", "unknown"))
    by_role = {rule.role: rule for rule in book.rules(held, "shop", "customer")}
    assert by_role["support"] == TableRule(
        "support", "shop", "customer", frozenset(), "a = 1", frozenset("x"), {"y": "email"}, frozenset("z")
    )
    assert by_role["viewer"].verbs == {"see"} and by_role["viewer"].built_in
    assert [rule.verbs for rule in book.rules(held, "shop", "orders")] == [{"see", "edit"}, {"see"}]
    assert [rule.verbs for rule in book.rules(held, "other", "orders")] == [{"see"}, {"see"}]
    assert [rule.place for rule in book.rules(held, "shop", "secret")] == ["shop.*", "shop.secret"]
    assert BUILT_IN.rules(held, "shop", "secret")[0].verbs == {"see"}, "another book, another answer"


def test_verbs_open_the_pages_they_are_done_on(ops: Database) -> None:
    support(ops)
    given = today(ops).permissions(frozenset(("support",)))
    assert given == {
        Permission.TRAIL_READ, Permission.RECORDS_READ, Permission.CHANGES_READ, Permission.RECORDS_EDIT,
        Permission.CHANGES_PROPOSE,
    }, "a permission nobody knows gives nothing"  # fmt: skip


def test_a_built_in_role_can_be_narrowed_on_every_table(ops: Database) -> None:
    run(ops, "INSERT INTO ops.role_table (role, verbs) VALUES ('operator', '{see}')")
    assert today(ops).permissions(frozenset(("operator",))) == {
        Permission.RECORDS_READ, Permission.CHANGES_READ, Permission.IMPORTS_RUN,
    }, "what is given beside verbs stays, and does nothing without them"  # fmt: skip


def test_the_book_is_read_once_for_each_stamp(ops: Database) -> None:
    """One statement reads a person with the stamp; the second only where the stamp is new to the process."""
    support(ops)
    actor = Actor(1, "")
    with ops.reading() as tx:
        reset_statements()
        first = identity.current_actor(tx, actor)
        assert statements() == 2
        again = identity.current_actor(tx, actor)
        assert statements() == 3 and again.book is first.book
    run(ops, "UPDATE ops.role SET label = 'Helpers'")
    with ops.reading() as tx:
        reset_statements()
        later = identity.current_actor(tx, actor)
        assert statements() == 2 and later.book is not first.book
        assert isinstance(later.book, roles.Book) and later.book.roles["support"].label == "Helpers"


def test_the_number_of_statements_does_not_grow_with_rules(ops: Database) -> None:
    """Speed: 50 roles on 100 tables cost what none cost."""
    run(ops, "INSERT INTO ops.role (name, label) SELECT 'r' || n, 'R' || n FROM generate_series(1, 50) n")
    run(
        ops,
        "INSERT INTO ops.role_table (role, schema_name, table_name, verbs) SELECT 'r' || n, 'shop', 't' || m, '{see}' "
        "FROM generate_series(1, 50) n, generate_series(1, 100) m",
    )
    with ops.reading() as tx:
        reset_statements()
        book = identity.current_actor(tx, Actor(1, "")).book
        assert statements() == 2 and isinstance(book, roles.Book)
        held = frozenset(f"r{n}" for n in range(1, 51))
        assert len(book.rules(held, "shop", "t7")) == 50
        assert statements() == 2


def test_every_change_gives_another_stamp_and_undoing_gives_the_old_one(ops: Database) -> None:
    seen = {stamp(ops)}
    for text in (
        "INSERT INTO ops.role (name, label) VALUES ('a', 'A')",
        "UPDATE ops.role SET description = 'x'",
        "INSERT INTO ops.role_table (role, verbs) VALUES ('a', '{see}')",
        "DELETE FROM ops.role_table",
        "DELETE FROM ops.role",
        "TRUNCATE ops.role_table",
    ):
        run(ops, text)
        assert stamp(ops) not in seen
        seen.add(stamp(ops))
    before = stamp(ops)
    with pytest.raises(RuntimeError), ops.transaction() as tx:
        tx.execute(sa.text("INSERT INTO ops.role (name, label) VALUES ('b', 'B')"))
        inside = str(tx.scalar(sa.text(f"SELECT {roles.STAMP}")))
        assert inside != before and "b" in roles.book(tx, inside).roles
        raise RuntimeError
    assert stamp(ops) == before
    with ops.reading() as tx:
        assert "b" not in roles.book(tx, before).roles


def test_a_book_is_kept_under_its_own_stamp(ops: Database) -> None:
    """Another person changed a role between the two statements: what is read is the newer one, and named so."""
    with ops.transaction() as tx:  # a state no other test of this process has read
        tx.execute(sa.text("UPDATE ops.rights SET stamp = gen_random_uuid()"))
    old = stamp(ops)
    support(ops)
    with ops.reading() as tx:
        found = roles.book(tx, old)
        assert found.stamp != old and "support" in found.roles


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO ops.role (name, label) VALUES ('owner', 'x')",
        "INSERT INTO ops.role (name, label) VALUES ('Owner', 'x')",
        "INSERT INTO ops.role (name, label) VALUES ('a b', 'x')",
        "INSERT INTO ops.role (name, label) VALUES ('*', 'x')",
        "INSERT INTO ops.role (name, label) VALUES ('a', ' ')",
        "INSERT INTO ops.role (name, label, permissions) VALUES ('a', 'A', '{NULL}')",
        "INSERT INTO ops.role (name, label, permissions) VALUES ('a', 'A', '{everything}')",
        "INSERT INTO ops.role_table (role, verbs) VALUES ('nobody', '{see}')",
        "INSERT INTO ops.role_table (role, verbs) VALUES ('viewer', '{fly}')",
        "INSERT INTO ops.role_table (role, verbs) VALUES ('viewer', '{NULL}')",
        "INSERT INTO ops.role_table (role, schema_name) VALUES ('viewer', 'ops')",
        "INSERT INTO ops.role_table (role, table_name) VALUES ('viewer', 'orders')",
        "INSERT INTO ops.role_table (role, masked) VALUES ('viewer', '[]')",
        "INSERT INTO ops.role_table (role, masked) VALUES ('viewer', '{\"a\": \"last5\"}')",
        "INSERT INTO ops.role_table (role, masked) VALUES ('viewer', '{\"a\": [\"full\"]}')",
        "INSERT INTO ops.role_table (role, masked) VALUES ('viewer', '{\"a\": null}')",
        "INSERT INTO ops.role_table (role, hidden) VALUES ('viewer', '{NULL}')",
    ],
)
def test_the_database_refuses_what_makes_no_sense(ops: Database, text: str) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        run(ops, text)


def test_a_role_keeps_its_name_and_goes_only_when_nothing_gives_it(ops: Database) -> None:
    """A role made later under the same name must not inherit what this one had."""
    support(ops)
    run(ops, "INSERT INTO ops.person_role (person_id, role, origin) VALUES (1, 'support', 'hand')")
    run(ops, "INSERT INTO ops.group_role VALUES ('i', 'helpers', 'support')")
    with pytest.raises(sa.exc.IntegrityError, match="keeps its name"):
        run(ops, "UPDATE ops.role SET name = 'helpers'")
    for text in ("ops.role_table", "ops.group_role", "ops.person_role"):
        with pytest.raises(sa.exc.IntegrityError, match="still in use"):
            run(ops, "DELETE FROM ops.role")
        run(ops, f"DELETE FROM {text}")
    run(ops, "DELETE FROM ops.role")


def test_the_key_of_masks_is_the_installation_s_own(ops: Database, make_database) -> None:
    key = today(ops).mask_key
    assert key is not None and len(key) == 32 and str(key) not in repr(today(ops))
    assert BUILT_IN.mask_key is None


def test_the_actor_carries_what_conditions_call_me(ops: Database) -> None:
    run(
        ops,
        "UPDATE ops.person SET email = 'ann@x.org', email_verified = true, groups = '{a,b}', scim_groups = '{b,c}', "
        'attributes = \'{"team": "red", "odd": 1}\', scim_attributes = \'{"desk": "7"}\', '
        "rights_until = now() + interval '1 day'",
    )
    with ops.reading() as tx:
        found = identity.current_actor(tx, Actor(1, ""))
    assert (found.email, found.sub, found.groups) == ("ann@x.org", "ann", ("a", "b", "c"))
    assert found.attributes == {"team": "red", "desk": "7"}
    run(ops, "UPDATE ops.person SET email_verified = false, rights_until = now() - interval '1 s'")
    with ops.reading() as tx:
        found = identity.current_actor(tx, Actor(1, ""))
    # P9: what a provider said counts no longer than the roles it gave.
    assert (found.email, found.groups, found.attributes) == (None, ("b", "c"), {"desk": "7"})
