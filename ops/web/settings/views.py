"""The one address of the settings."""

from __future__ import annotations

from flask import Blueprint, Response

from ops.policy import Permission
from ops.web.gate import needs
from ops.web.page import render
from ops.web.settings.reading import screen

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("/")
@needs(Permission.SETTINGS_READ)
def index() -> Response:
    """Every setting, where it came from, and what is weak."""
    return render("settings/index.html", page=screen())
