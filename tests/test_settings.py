"""ops.settings: strict parsing, every problem at once, secrets from files, production's demands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ops import production
from ops.identity import demo_provider
from ops.settings import SettingsError, load

PRODUCTION = {
    "OPS_ENV": "production",
    "OPS_DATABASE_URL": "postgresql://ops@db/company",
    "OPS_REDIS_URL": "rediss://cache:6379/0",
    "OPS_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778",
    "OPS_ENCRYPTION_KEY": "9c4b7be1d8f02a6e53b1c7d4e9f80a2655aa77bb00ccddee",
    "OPS_PUBLIC_URL": "https://ops.example.com",
    "OPS_OIDC_ISSUER": "https://id.example.com",
    "OPS_OIDC_CLIENT_ID": "countersign",
    "OPS_OIDC_CLIENT_SECRET": "a secret",
}


def _problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(environ)
    return caught.value.problems


def test_nothing_set_is_a_laptop() -> None:
    settings = load({})
    assert (settings.env, settings.bind, settings.pool_size) == ("development", "127.0.0.1:8000", 5)
    assert settings.session_idle == timedelta(minutes=30)


def test_every_problem_is_told_at_once_and_named() -> None:
    problems = _problems(
        {
            "OPS_ENV": "prod",
            "OPS_POOL_SIZE": "many",
            "OPS_SESSION_IDLE": "half an hour",
            "OPS_DATABASE_URL": "mysql://x/y",
            "OPS_PUBLIC_URL": "https://x.example/path",
            "OPS_BIND": "8000",
        }
    )
    named = {problem.split("=")[0] for problem in problems}
    assert named == {
        "OPS_ENV", "OPS_POOL_SIZE", "OPS_SESSION_IDLE", "OPS_DATABASE_URL", "OPS_PUBLIC_URL", "OPS_BIND",
    }  # fmt: skip


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("k" * 40 + "\n")
    assert load({"OPS_SECRET_KEY_FILE": str(file)}).secret_key == "k" * 40
    assert "both set" in _problems({"OPS_SECRET_KEY_FILE": str(file), "OPS_SECRET_KEY": "x"})[0]
    assert "cannot read" in _problems({"OPS_SECRET_KEY_FILE": str(tmp_path / "none")})[0]


def test_production_refuses_what_a_laptop_allows_p53() -> None:
    """P53: weak or missing keys stop start-up in production; so do http and demo sign-in."""
    assert load(PRODUCTION).production
    for name in PRODUCTION:
        if name not in ("OPS_ENV", "OPS_OIDC_CLIENT_ID", "OPS_OIDC_CLIENT_SECRET"):
            assert any(name in p for p in _problems({k: v for k, v in PRODUCTION.items() if k != name}))
    assert _problems({**PRODUCTION, "OPS_PUBLIC_URL": "http://ops.example.com"})
    assert _problems({**PRODUCTION, "OPS_OIDC_ISSUER": "http://id.example.com"})


GOOD = PRODUCTION["OPS_SECRET_KEY"]
OTHER = PRODUCTION["OPS_ENCRYPTION_KEY"]


@pytest.mark.parametrize("name", ["OPS_SECRET_KEY", "OPS_ENCRYPTION_KEY", "OPS_SECRET_KEY_PREVIOUS"])
@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "a" * 64,
        "0123456789abcdef" * 4,  # a repetition
        "please-change-me-before-production-1",
        "this-is-a-very-secret-key-123456789",
        "insert-your-key-here-0123456789abcdef",
        f"{GOOD[:20]}",
    ],
)
def test_production_refuses_weak_keys_p53(name: str, weak: str) -> None:
    """P53; and no key is quoted in what is said."""
    problems = _problems({**PRODUCTION, name: weak})
    assert any(problem.startswith(name) for problem in problems)
    assert not any(weak in problem for problem in problems)


def test_production_wants_each_key_to_be_its_own_p53() -> None:
    """P53."""
    assert "same key" in _problems({**PRODUCTION, "OPS_ENCRYPTION_KEY": GOOD})[0]
    assert "same key" in _problems({**PRODUCTION, "OPS_SECRET_KEY_PREVIOUS": GOOD})[0]
    assert load({**PRODUCTION, "OPS_ENCRYPTION_KEY_PREVIOUS": f"{GOOD[::-1]},{OTHER[::-1]}"}).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPS_DATABASE_URL", "postgresql://postgres:postgres@db/company"),
        ("OPS_DATABASE_URL", "postgresql://ops:ops@db/company"),
        ("OPS_DATABASE_URL", "postgresql://app:Pass%77ord@db/company"),
        ("OPS_MIGRATION_URL", "postgresql://owner:changeme@db/company"),
        ("OPS_REDIS_URL", "redis://:foobared@cache/0"),
        ("OPS_OIDC_CLIENT_SECRET", "secret"),
        ("OPS_OIDC_CLIENT_SECRET", "demo-only"),
        ("OPS_OIDC_CLIENT_ID", "countersign-demo"),
    ],
)
def test_production_refuses_default_passwords_and_the_demo_p53(name: str, value: str) -> None:
    """P53."""
    problems = _problems({**PRODUCTION, name: value})
    assert len(problems) == 1 and problems[0].startswith(name)
    assert load({**PRODUCTION, name: value, "OPS_ENV": "development"})


def test_a_password_of_its_own_is_none_of_these_p53() -> None:
    """P53."""
    assert load({**PRODUCTION, "OPS_DATABASE_URL": "postgresql://ops:kE7-rT2_qPz9@db/company"})


def test_the_demo_is_known_by_its_name_p53() -> None:
    """P53: the floor below identity cannot import it."""
    assert production.DEMO_CLIENT == demo_provider.CLIENT_ID
    assert demo_provider.CLIENT_SECRET in production._DEFAULTS


def test_a_bad_address_is_named_without_its_password_p42() -> None:
    """P42."""
    (problem,) = _problems({"OPS_DATABASE_URL": "mysql://ops:hunter2pw@db/x"})
    assert "OPS_DATABASE_URL" in problem and "hunter2pw" not in problem and "mysql" in problem


def test_rates_are_read_as_people_write_them() -> None:
    settings = load({"OPS_LIMIT_EXPORT": "7 per 5 minutes", "OPS_LIMIT_REVEAL": "1 per day"})
    assert settings.rates["export"] == "7 per 5 minute"
    assert settings.rates["reveal"] == "1 per 1 day"
    assert settings.rates["sign_in"] == "120 per 1 minute"
    for bad in ("many", "0 per minute", "5 per fortnight", "-1 per day", "5/minute"):
        assert "rate such as" in _problems({"OPS_LIMIT_EXPORT": bad})[0]


def test_secrets_never_show_in_a_repr_p42() -> None:
    """P42: no secret in logs."""
    text = repr(load(PRODUCTION))
    assert "a secret" not in text and PRODUCTION["OPS_SECRET_KEY"] not in text and "ops@db" not in text


def test_a_slip_of_the_pen_is_a_warning() -> None:
    assert load({"OPS_DATABSE_URL": "x"}).warnings == ("OPS_DATABSE_URL is not a setting of this version",)


def test_half_a_provider_is_refused() -> None:
    assert "together" in _problems({"OPS_OIDC_2_ISSUER": "https://id.example.com"})[0]
