"""ops.settings: strict parsing, every problem at once, secrets from files, production's demands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ops.settings import SettingsError, load

PRODUCTION = {
    "OPS_ENV": "production",
    "OPS_DATABASE_URL": "postgresql://ops@db/company",
    "OPS_REDIS_URL": "rediss://cache:6379/0",
    "OPS_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778",
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
    assert _problems({**PRODUCTION, "OPS_SECRET_KEY": "a" * 64})
    assert _problems({**PRODUCTION, "OPS_SECRET_KEY": "short"})
    assert _problems({**PRODUCTION, "OPS_PUBLIC_URL": "http://ops.example.com"})
    assert _problems({**PRODUCTION, "OPS_OIDC_ISSUER": "http://id.example.com"})


def test_secrets_never_show_in_a_repr_p42() -> None:
    """P42: no secret in logs."""
    text = repr(load(PRODUCTION))
    assert "a secret" not in text and PRODUCTION["OPS_SECRET_KEY"] not in text and "ops@db" not in text


def test_a_slip_of_the_pen_is_a_warning() -> None:
    assert load({"OPS_DATABSE_URL": "x"}).warnings == ("OPS_DATABSE_URL is not a setting of this version",)


def test_half_a_provider_is_refused() -> None:
    assert "together" in _problems({"OPS_OIDC_2_ISSUER": "https://id.example.com"})[0]
