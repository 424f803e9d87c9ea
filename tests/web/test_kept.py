"""Parts of pages that are kept show the same as if they were made anew: rights, places and counts included."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from jinja2 import DictLoader

from ops.web import kept


@pytest.fixture
def app() -> Flask:
    made = Flask("kept")
    made.jinja_env.loader = DictLoader({"part.html": "{{ who }}"})
    return made


def _install(app: Flask, *, production: bool) -> None:
    app.config["OPS_SETTINGS"] = SimpleNamespace(production=production)
    kept.install(app)


def test_one_key_is_one_part(app: Flask) -> None:
    _install(app, production=True)
    with app.app_context():
        assert kept.kept().part("part.html", ("a",), who="<a>") == "&lt;a&gt;"
        assert kept.kept().part("part.html", ("b",), who="b") == "b"
        assert kept.kept().part("part.html", ("b",), who="other") == "b"  # why a key must say everything
        assert kept.kept().part("part.html", ("c",), who="other") == "other"


def test_nothing_is_kept_while_templates_may_change(app: Flask) -> None:
    _install(app, production=False)
    with app.app_context():
        assert kept.kept().part("part.html", 1, who="a") == "a"
        assert kept.kept().part("part.html", 1, who="b") == "b"


def test_memory_is_bounded(app: Flask) -> None:
    _install(app, production=True)
    with app.app_context():
        for number in range(kept.MOST * 2):
            kept.kept().part("part.html", number, who=str(number))
        assert len(kept.kept()._parts) <= kept.MOST
