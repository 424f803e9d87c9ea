"""Masks: what each pattern tells, and that the database and Python tell the same."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ops.catalog import MASKS
from ops.db import Database
from ops.policy import mask, masked
from ops.policy.masking import STRICTEST_FIRST
from tests.policy.company import Company

KEY = bytes(range(32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
ADDRESSES = st.from_regex(
    r"[^\x00\ud800-\udfff@]{0,4}@[^\x00\ud800-\udfff]{0,6}\.?[A-Za-zéß]{0,4}", fullmatch=True
)


@pytest.fixture(scope="module")
def database(make_module_database) -> Iterator[Database]:
    found = Database(make_module_database(), application_name="countersign tests", pool_size=2)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("last4", "DE89370400440532013000", "••••3000"),
        ("last4", "12345678", "••••"),
        ("last4", "", "••••"),
        ("email", "anna@example.org", "a•••@e•••.org"),
        ("email", "anna@mail.example.co.uk", "a•••@m•••.uk"),
        ("email", "al@ex.de", "•••@•••.de"),
        ("email", "no address", "••••"),
        ("email", "a@b", "••••"),
        ("email", "two@signs@example.org", "••••"),
        ("email", "x@y. this is a secret", "••••"),
        ("email", "", "••••"),
        ("full", "anything", "••••"),
        ("never heard of", "anything", "••••"),
    ],
)
def test_what_a_mask_tells(pattern: str, value: str, expected: str) -> None:
    assert masked(value, pattern, KEY) == expected
    assert masked(None, pattern, KEY) is None


def test_the_digest_is_hmac_and_needs_a_key() -> None:
    """P14: without the key nobody can try values until one fits; another installation has another key."""
    expected = "#" + hmac.new(KEY, "möglich".encode(), hashlib.sha256).hexdigest()[:12]
    assert masked("möglich", "hash", KEY) == expected
    assert masked("möglich", "hash", bytes(32)) != expected
    assert masked("möglich", "hash", None) == "••••", "closed by default"


def test_there_is_one_list_of_patterns() -> None:
    assert set(STRICTEST_FIRST) == set(MASKS)


@given(
    st.one_of(st.none(), TEXTS, ADDRESSES),
    st.sampled_from(MASKS),
    st.sampled_from([KEY, b"k" * 100, b"", None]),
)
@example("a@b.de\n", "email", KEY)
@example("x" * 9 + "🦊", "last4", KEY)
@example("ſ@K.Kk", "email", KEY)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_forms_agree(database: Database, value: str | None, pattern: str, key: bytes | None) -> None:
    """P14: what the database masks and what Python masks is the same text."""
    text = sa.cast(sa.literal(value, sa.Text), sa.Text)
    with database.reading() as tx:
        assert tx.scalar(sa.select(mask(text, pattern, key))) == masked(value, pattern, key)


def test_masks_work_under_collations_that_allow_no_patterns(database: Database) -> None:
    with database.transaction() as tx:
        try:
            with tx.begin_nested():
                tx.execute(
                    sa.text(
                        "CREATE COLLATION any_case "
                        "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
                    )
                )
        except sa.exc.NotSupportedError:
            pytest.skip("this PostgreSQL is built without ICU")
        tx.execute(sa.text("CREATE TABLE odd (v text COLLATE any_case)"))
        tx.execute(sa.text("INSERT INTO odd VALUES ('Anna@Example.ORG')"))
        column = sa.column("v", sa.Text)
        for pattern in MASKS:
            shown = tx.scalar(sa.select(mask(column, pattern, KEY)).select_from(sa.table("odd")))
            assert shown == masked("Anna@Example.ORG", pattern, KEY)


def test_every_pattern_leaves_the_view_and_the_trail_alike(company: Company) -> None:
    """P14: a list (made by the database) and a history (redacted here) show the same mask."""
    company.role("support", masked='{"iban": "last4", "email": "email", "owner": "hash", "name": "full"}')
    seen = company.view("support")
    names = ["iban", "email", "owner", "name"]
    with company.db.reading() as tx:
        raw = tx.execute(sa.text("SELECT iban, email, owner, name FROM shop.customer ORDER BY id")).all()
        shown = tx.execute(seen.select(*(seen.text(n) for n in names)).order_by(seen.raw("id"))).all()
        briefs = tx.execute(seen.select(*(seen.brief(n, 60) for n in names)).order_by(seen.raw("id"))).all()
    redacted = [tuple(seen.redact(dict(zip(names, row, strict=True))).values()) for row in raw]
    assert redacted == [tuple(row) for row in shown] == [tuple(row) for row in briefs]
    assert shown[0][2] == shown[2][2] != shown[1][2], "equal values have equal digests"
    assert not {value for row in raw for value in row if value} & {value for row in shown for value in row}
