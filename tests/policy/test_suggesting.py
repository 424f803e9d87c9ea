"""Which columns look personal, and which look like secrets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ops.catalog import Resource, looks_secret
from ops.policy import suggested, suggestions
from tests.policy.company import Company, loaded


@pytest.mark.parametrize(
    ("name", "category", "pattern"),
    [
        ("iban", "text", "last4"),
        ("customer_email", "text", "email"),
        ("EmailAddress", "text", "email"),
        ("e_mail", "text", "email"),
        ("phone", "text", "last4"),
        ("mobile_no", "integer", "last4"),
        ("birth_date", "date", "full"),
        ("dateOfBirth", "date", "full"),
        ("tax_id", "text", "last4"),
        ("ssn", "text", "last4"),
        ("street_address", "text", "full"),
        ("ip_address", "network", "hash"),
        ("salary", "number", "full"),
        ("salary_amount", "money", "full"),
        ("email_sent_at", "timestamp", None),
        ("email_count", "integer", None),
        ("address_id", "integer", None),
        ("birth_year_known", "boolean", None),
        ("island", "text", None),
        ("telescope", "text", None),
        ("shipping_cost", "number", None),
        ("tax", "number", None),
        ("status", "text", None),
    ],
)
def test_what_looks_personal(company: Company, name: str, category: str, pattern: str | None) -> None:
    column = replace(
        company.catalog.by_name("shop", "customer").columns["name"], name=name, category=category
    )
    found = suggested(column)
    assert (found[0] if found else None) == pattern


def test_only_what_nothing_hides_or_masks_is_suggested(company: Company) -> None:
    class Customers(Resource):
        table = "shop.customer"
        masked = {"email": "support"}
        hidden = ("born",)

    company.catalog = loaded(company.db, [Customers])
    found = {one.column.name: one.pattern for one in suggestions(company.catalog)}
    assert found == {"iban": "last4", "salary": "full"}


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        *((name, True) for name in (
            "password", "passwd", "pwd", "user_pwd", "secret", "client_secret", "token", "accessToken", "api_key",
            "APIKey", "private_key", "salt", "password_salt", "otp", "otp_secret", "password_hash",
        )),
        *((name, False) for name in (
            "token_count", "secretary", "tokenizer", "passwordless", "salted", "otpional", "public_key", "key",
            "secret_name", "token_type", "passenger", "compass", "basalt",
        )),
    ],
)  # fmt: skip
def test_what_looks_secret(company: Company, name: str, secret: bool) -> None:
    """P14: words count, not letters."""
    column = replace(company.catalog.by_name("shop", "customer").columns["name"], name=name)
    assert looks_secret(column) is secret


def test_secrets_are_hidden_from_the_first_reflection_until_a_resource_shows_them(company: Company) -> None:
    """P14: from everybody, the owner too; a role cannot show them."""
    company.role("support", verbs="see edit create")
    for held in (("owner",), ("support",)):
        seen = company.view(*held)
        assert "password" not in seen.shape.by_name and seen.sees("token_count")
        assert "password" not in seen.settable("edit") | seen.settable("create")

    class Customers(Resource):
        table = "shop.customer"
        shown = ("password",)

    company.catalog = loaded(company.db, [Customers])
    assert company.view("owner").sees("password")
